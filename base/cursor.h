/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A reader over untrusted bytes (little-endian). Bounds are compared with what remains, so no sum
 * can wrap. A read past the end gives 0 and sets `failed`, which stays set: a parser may read a
 * whole record and check once.
 */
struct cursor {
	const uint8_t *pos;
	const uint8_t *end;
	bool failed;
};

static inline struct cursor cursor_make(const void *bytes, size_t len)
{
	const uint8_t *pos = bytes ? bytes : (const void *)""; /* no arithmetic with NULL, ever */

	return (struct cursor){.pos = pos, .end = pos + len};
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->pos);
}

/* The next len bytes, or NULL when fewer remain. */
static inline const uint8_t *cursor_bytes(struct cursor *c, uint64_t len)
{
	const uint8_t *bytes = c->pos;

	if (c->failed || len > cursor_left(c)) {
		c->failed = true;
		return NULL;
	}
	c->pos += len;
	return bytes;
}

static inline void cursor_skip(struct cursor *c, uint64_t len)
{
	(void)cursor_bytes(c, len);
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 1);

	return p ? *p : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);
	uint16_t value = 0;

	if (p)
		memcpy(&value, p, 2);
	return value;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);
	uint32_t value = 0;

	if (p)
		memcpy(&value, p, 4);
	return value;
}

static inline uint64_t cursor_u64(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 8);
	uint64_t value = 0;

	if (p)
		memcpy(&value, p, 8);
	return value;
}

/* An unsigned LEB128 number of at most 64 bits; a longer one is a failure. */
static inline uint64_t cursor_uvarint(struct cursor *c)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cursor_u8(c);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return c->failed ? 0 : value;
	}
	c->failed = true;
	return 0;
}

/* A NUL-terminated string inside the bytes, or NULL (and failed) when no NUL remains. */
static inline const char *cursor_cstring(struct cursor *c)
{
	const uint8_t *nul = c->failed ? NULL : memchr(c->pos, 0, cursor_left(c));
	const char *text = (const char *)c->pos;

	if (!nul) {
		c->failed = true;
		return NULL;
	}
	c->pos = nul + 1;
	return text;
}

#endif
