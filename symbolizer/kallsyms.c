/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbolizer/kallsyms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/cleanup.h"

/*
 * The format (kernel/kallsyms.c: s_show): a line for each symbol,
 *
 *     ffffffff81000000 T _text
 *     ffffffffc0a00000 t cleanup_module\t[fuse]
 *
 * 16 hexadecimal digits, all zero for readers without the privilege; the type as nm(1) writes it;
 * the name; in brackets the module, or "bpf", "__builtin__ftrace" and the like for code made at run
 * time. The kernel's own symbols come sorted, those of modules do not, and nothing tells where a
 * symbol ends: it ends where the next one begins, of any type.
 */

struct symbol {
	uint64_t address;
	uint32_t name;   /* offset in strings */
	uint32_t module; /* offset in strings; 0 is "" */
	uint32_t order;  /* in the file; makes the sort stable */
	char type;
};

struct kallsyms {
	struct symbol *symbols; /* by rising address, one for each address */
	size_t n_symbols, capacity;
	struct buf strings;
	uint64_t etext; /* where the kernel's own code ends */
};

enum {
	MAX_TEXT = 256 << 20,
	MAX_STRINGS = 64 << 20,
	MAX_SYMBOLS = 8 << 20,
	NOT_CODE = '-',   /* only marks where the symbol in front ends */
	LAST_SIZE = 4096, /* what the last symbol may cover: code is mapped in whole pages */
};

struct line {
	uint64_t address;
	char type;
	struct cursor_text {
		const char *at;
		size_t len;
	} name, module;
};

/* Takes what stands before the next `stop`, or all of it. */
static struct cursor_text take_text(const char **pos, const char *end, char stop)
{
	const char *hit = memchr(*pos, stop, (size_t)(end - *pos));
	struct cursor_text text = {*pos, (size_t)((hit ? hit : end) - *pos)};

	*pos = hit ? hit + 1 : end;
	return text;
}

static int parse_hex(struct cursor_text text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text.len == 0 || text.len > 16)
		return -EINVAL;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		unsigned digit = c - '0';

		if (digit > 9) {
			digit = (c | 0x20u) - 'a' + 10u;
			if (digit < 10 || digit > 15)
				return -EINVAL;
		}
		value = value << 4 | digit;
	}
	*ret_value = value;
	return 0;
}

static int parse_line(const char *pos, const char *end, struct line *ret_line)
{
	struct line line = {0};
	struct cursor_text type;

	if (parse_hex(take_text(&pos, end, ' '), &line.address))
		return -EINVAL;
	type = take_text(&pos, end, ' ');
	line.name = take_text(&pos, end, '\t');
	if (type.len != 1 || line.name.len == 0)
		return -EINVAL;
	line.type = *type.at;
	if (end - pos >= 2 && pos[0] == '[' && end[-1] == ']')
		line.module = (struct cursor_text){pos + 1, (size_t)(end - pos) - 2};
	*ret_line = line;
	return 0;
}

static bool is_code(char type)
{
	return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

/* Appends a string; its offset is written. Offset 0 is "". */
static int keep_string(struct kallsyms *k, struct cursor_text text, uint32_t *ret_offset)
{
	uint32_t offset = (uint32_t)k->strings.len;
	int r = buf_append(&k->strings, text.at, text.len);

	if (r == 0)
		r = buf_putc(&k->strings, '\0');
	if (r == 0)
		*ret_offset = offset;
	return r;
}

/* The lines of a module stand together, so it is enough to look at the one before. */
static int keep_module(struct kallsyms *k, struct cursor_text module, uint32_t last,
		       uint32_t *ret_offset)
{
	const char *name = k->strings.data + last;

	if (module.len == 0) {
		*ret_offset = 0;
		return 0;
	}
	if (strlen(name) == module.len && memcmp(name, module.at, module.len) == 0) {
		*ret_offset = last;
		return 0;
	}
	return keep_string(k, module, ret_offset);
}

static int add_line(struct kallsyms *k, const struct line *line, uint32_t *last_module)
{
	struct symbol symbol = {.address = line->address,
				.order = (uint32_t)k->n_symbols,
				.type = is_code(line->type) ? line->type : NOT_CODE};
	int r;

	if (k->n_symbols >= MAX_SYMBOLS)
		return -EFBIG;
	r = array_reserve(&k->symbols, &k->capacity, k->n_symbols + 1);
	if (r == 0 && symbol.type != NOT_CODE)
		r = keep_module(k, line->module, *last_module, &symbol.module);
	if (r == 0 && symbol.type != NOT_CODE)
		r = keep_string(k, line->name, &symbol.name);
	if (r)
		return r;
	*last_module = symbol.module;
	k->symbols[k->n_symbols++] = symbol;
	return 0;
}

static int parse(struct kallsyms *k, const struct buf *text, struct error *err)
{
	const char *pos = text->data, *end = text->data + text->len;
	uint32_t last_module = 0;
	uint64_t any_address = 0;
	size_t number = 0;

	while (pos < end) {
		struct cursor_text row = take_text(&pos, end, '\n');
		struct line line;
		int r = parse_line(row.at, row.at + row.len, &line);

		number++;
		if (r)
			return error_set(err, r, "line %zu is not a kernel symbol", number);
		any_address |= line.address;
		if (line.name.len == 6 && line.module.len == 0 &&
		    memcmp(line.name.at, "_etext", 6) == 0)
			k->etext = line.address;
		r = add_line(k, &line, &last_module);
		if (r)
			return error_set(err, r, "too many kernel symbols");
	}
	if (number == 0)
		return error_set(err, -EINVAL, "no kernel symbols");
	if (any_address == 0)
		return error_set(err, -EPERM,
				 "the addresses of kernel symbols are hidden (kptr_restrict)");
	return 0;
}

static int compare_symbols(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool is_sorted(const struct kallsyms *k)
{
	for (size_t i = 1; i < k->n_symbols; i++)
		if (k->symbols[i].address < k->symbols[i - 1].address)
			return false;
	return true;
}

/* How good a name for its address: aliases are often weak, local, or begin with underscores. */
static int symbol_rank(const struct kallsyms *k, const struct symbol *s)
{
	const char *name = k->strings.data + s->name;
	int rank = 0;

	if (s->type == NOT_CODE)
		return -1000;
	if (s->type == 'w' || s->type == 'W')
		rank -= 100;
	if (s->type == 't' || s->type == 'w')
		rank -= 10;
	for (int i = 0; i < 9 && name[i] == '_'; i++)
		rank--;
	return rank;
}

/* Leaves one symbol for each address, and of what is no code only what ends a function. */
static void compact(struct kallsyms *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n_symbols; i++) {
		const struct symbol *s = &k->symbols[i];
		struct symbol *last = n ? &k->symbols[n - 1] : NULL;

		if (last && last->address == s->address) {
			if (symbol_rank(k, s) > symbol_rank(k, last))
				*last = *s;
		} else if (s->type != NOT_CODE || (last && last->type != NOT_CODE)) {
			k->symbols[n++] = *s;
		}
	}
	k->n_symbols = n;
}

int kallsyms_open_fd(int fd, struct kallsyms **ret_kallsyms, struct error *err)
{
	struct buf text CLEANUP(buf_deinit);
	struct kallsyms *k;
	void *shrunk;
	int r;

	buf_init(&text, MAX_TEXT);
	r = buf_read_fd(&text, fd);
	if (r)
		return error_set(err, r, "reading kernel symbols: %s", error_text(r));
	k = calloc(1, sizeof(*k));
	if (!k)
		return error_set(err, -ENOMEM, "out of memory");
	k->etext = UINT64_MAX;
	buf_init(&k->strings, MAX_STRINGS);
	r = buf_putc(&k->strings, '\0');
	r = r ? error_set(err, r, "out of memory") : parse(k, &text, err);
	if (r) {
		kallsyms_close(k);
		return r;
	}
	if (!is_sorted(k))
		qsort(k->symbols, k->n_symbols, sizeof(*k->symbols), compare_symbols);
	compact(k);
	shrunk = realloc(k->symbols, (k->n_symbols + 1) * sizeof(*k->symbols));
	if (shrunk)
		k->symbols = shrunk;
	*ret_kallsyms = k;
	return 0;
}

void kallsyms_close(struct kallsyms *k)
{
	if (!k)
		return;
	free(k->symbols);
	buf_deinit(&k->strings);
	free(k);
}

const char *kallsyms_lookup(const struct kallsyms *k, uint64_t address, const char **ret_module)
{
	size_t low = 0, high = k->n_symbols;
	const struct symbol *s;

	while (low < high) { /* the first symbol above the address */
		size_t middle = low + (high - low) / 2;

		if (k->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	s = &k->symbols[low - 1];
	if (s->type == NOT_CODE || (s->module == 0 && address >= k->etext))
		return NULL;
	if (low == k->n_symbols && address - s->address >= LAST_SIZE)
		return NULL;
	*ret_module = k->strings.data + s->module;
	return k->strings.data + s->name;
}
