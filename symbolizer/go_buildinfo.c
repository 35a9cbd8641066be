/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbolizer/go_buildinfo.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/*
 * The format (debug/buildinfo, cmd/link/internal/ld/data.go: buildinfo): a header of 32 bytes,
 * aligned to 16: "\xff Go buildinf:", u8 pointer size, u8 flags (bit 0 big endian, bit 1 inline
 * strings). With inline strings (1.18 and later) two strings follow, each a varint length and its
 * bytes; before, two words of the header point to Go string headers {pointer, length}. The first is
 * the version, the second the module info: lines of tab-separated fields between two sentinels of
 * 16 bytes.
 */

static const char magic[] = "\xff Go buildinf:";

enum {
	MAGIC_SIZE = sizeof(magic) - 1,
	HEADER_SIZE = 32,
	FLAG_BIG_ENDIAN = 1,
	FLAG_INLINE = 2,
	SENTINEL_SIZE = 16,
	MAX_SEARCH = 1 << 20, /* where sections are gone: the info opens the first data segment */
};

static struct cursor where_to_search(const struct elf_file *elf)
{
	struct elf_section section;

	if (elf_file_section(elf, ".go.buildinfo", &section))
		return elf_file_section_bytes(elf, &section);
	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (s->type == PT_LOAD && (s->flags & (PF_W | PF_X)) == PF_W)
			return cursor_make(elf->data + s->offset,
					   s->filesz < MAX_SEARCH ? s->filesz : MAX_SEARCH);
	}
	return (struct cursor){.failed = true};
}

static bool find_header(const struct elf_file *elf, struct cursor *ret_header)
{
	struct cursor c = where_to_search(elf);

	for (; cursor_left(&c) >= HEADER_SIZE; cursor_skip(&c, 16)) {
		if (memcmp(c.pos, magic, MAGIC_SIZE) != 0)
			continue;
		*ret_header = c;
		return true;
	}
	return false;
}

/* A string behind a Go string header at vaddr. */
static struct cursor string_at(const struct elf_file *elf, uint64_t vaddr)
{
	struct cursor bytes = elf_file_at(elf, elf_file_pointer(elf, vaddr));
	uint64_t len = elf_file_pointer(elf, vaddr + 8);
	const uint8_t *text = cursor_bytes(&bytes, len);

	return text ? cursor_make(text, len) : (struct cursor){.failed = true};
}

static struct cursor inline_string(struct cursor *c)
{
	uint64_t len = cursor_uvarint(c);
	const uint8_t *text = cursor_bytes(c, len);

	return text ? cursor_make(text, len) : (struct cursor){.failed = true};
}

/* Takes the bytes up to `end` (or the end of c) off c. */
static struct cursor take_until(struct cursor *c, char end)
{
	const uint8_t *hit = cursor_left(c) ? memchr(c->pos, end, cursor_left(c)) : NULL;
	struct cursor field = *c;

	if (hit)
		field.end = hit;
	c->pos = hit ? hit + 1 : c->end;
	return field;
}

static bool field_is(const struct cursor *field, const char *text)
{
	return cursor_left(field) == strlen(text) &&
	       memcmp(field->pos, text, cursor_left(field)) == 0;
}

static int keep(struct arena *arena, const struct cursor *field, const char **ret_text)
{
	char *text = arena_strndup(arena, (const char *)field->pos, cursor_left(field));

	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

static int parse_modules(struct cursor c, struct arena *arena, struct symbolizer_build_info *info)
{
	int r = 0;

	if (cursor_left(&c) < 2 * SENTINEL_SIZE)
		return 0; /* built without modules */
	c.pos += SENTINEL_SIZE;
	c.end -= SENTINEL_SIZE;
	while (cursor_left(&c) && r == 0) {
		struct cursor line = take_until(&c, '\n');
		struct cursor key = take_until(&line, '\t');
		struct cursor value = take_until(&line, '\t');

		if (field_is(&key, "path")) {
			r = keep(arena, &value, &info->path);
		} else if (field_is(&key, "mod")) {
			struct cursor version = take_until(&line, '\t');

			r = keep(arena, &value, &info->module);
			if (r == 0)
				r = keep(arena, &version, &info->module_version);
		}
	}
	return r;
}

int go_buildinfo_read(const struct elf_file *elf, struct arena *arena,
		      struct symbolizer_build_info *ret_info)
{
	struct symbolizer_build_info info = {"", "", "", ""};
	struct cursor header, version, modules;
	int r;

	*ret_info = info;
	if (!find_header(elf, &header))
		return -ENODATA;
	if (header.pos[MAGIC_SIZE + 1] & FLAG_BIG_ENDIAN)
		return -EINVAL;
	if (header.pos[MAGIC_SIZE + 1] & FLAG_INLINE) {
		cursor_skip(&header, HEADER_SIZE);
		version = inline_string(&header);
		modules = inline_string(&header);
	} else {
		uint64_t at[2];

		memcpy(at, header.pos + 16, sizeof(at));
		version = string_at(elf, at[0]);
		modules = string_at(elf, at[1]);
	}
	if (version.failed)
		return -EINVAL;
	r = keep(arena, &version, &info.go_version);
	if (r == 0 && !modules.failed)
		r = parse_modules(modules, arena, &info);
	if (r == 0)
		*ret_info = info;
	return r;
}
