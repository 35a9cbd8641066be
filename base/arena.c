/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_CHUNK_BYTES = 64 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	size_t size;
	char bytes[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

void arena_deinit(struct arena *a)
{
	struct arena_chunk *next;

	for (struct arena_chunk *c = a->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	arena_init(a, a->max);
}

static struct arena_chunk *arena_grow(struct arena *a, size_t size)
{
	size_t left = a->max - a->used;
	size_t want = left < ARENA_CHUNK_BYTES ? left : ARENA_CHUNK_BYTES;
	struct arena_chunk *c;

	if (size > left)
		return NULL;
	if (want < size)
		want = size;
	c = malloc(sizeof(*c) + want);
	if (!c)
		return NULL;
	*c = (struct arena_chunk){.next = a->chunks, .size = want};
	a->chunks = c;
	a->used += want;
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunks;
	void *result;

	if (size > a->max || size > PTRDIFF_MAX)
		return NULL;
	size = (size + 7) & ~(size_t)7;
	if (!c || size > c->size - c->used)
		c = arena_grow(a, size);
	if (!c)
		return NULL;
	result = c->bytes + c->used;
	c->used += size;
	return result;
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = len < (size_t)-1 ? arena_alloc(a, len + 1) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}
