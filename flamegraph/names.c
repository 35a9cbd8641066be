/* SPDX-License-Identifier: BSD-2-Clause */
#include "flamegraph/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/frames.h"
#include "flamegraph/text.h"

enum { NAMES_MIN_BYTES = 1024 * 1024 }; /* an arena takes memory by the chunk */

int names_init(struct names *n, const struct profile *p, size_t max_bytes)
{
	size_t max = max_bytes < SIZE_MAX / 2 ? max_bytes + NAMES_MIN_BYTES : max_bytes;

	*n = (struct names){.profile = p};
	buf_init(&n->text, max);
	buf_init(&n->raw, max);
	return strtab_init(&n->texts, max);
}

void names_deinit(struct names *n)
{
	for (size_t i = 0; i < NAME_KINDS; i++)
		free(n->known[i]);
	free(n->unnamed);
	buf_deinit(&n->text);
	buf_deinit(&n->raw);
	strtab_deinit(&n->texts);
}

uint32_t names_function_string(const struct profile *p, uint32_t function)
{
	const struct profile_function *f = &p->functions[function];

	return f->name ? f->name : f->system_name;
}

/*
 * flamegraph.pl and inferno take "worker 7 30" for a line with two counts: a number at the end of a
 * frame must not stand behind a space. (A fraction counts as a number too.)
 */
static void join_trailing_number(struct buf *b)
{
	size_t i = b->len;

	while (i > 0 && strchr("0123456789.", b->data[i - 1]))
		i--;
	if (i > 0 && i < b->len && b->data[i] != '.' && b->data[i - 1] == ' ')
		b->data[i - 1] = '_';
}

static void make_text(struct names *n, enum name_kind kind, const char *string)
{
	size_t len = strlen(string);

	switch (kind) {
	case NAME_FOLDED:
	case NAME_FOLDED_KERNEL:
	case NAME_LABEL:
		text_append_clean(&n->text, string, len, ';', ':');
		break;
	case NAME_SHORT:
	case NAME_SHORT_KERNEL:
		frame_append_short(&n->raw, string);
		text_append_clean(&n->text, n->raw.data, n->raw.len, 0, 0);
		break;
	case NAME_MODULE:
		buf_putc(&n->raw, '[');
		frame_append_module(&n->raw, string);
		buf_putc(&n->raw, ']');
		text_append_clean(&n->text, n->raw.data, n->raw.len, 0, 0);
		break;
	case NAME_FILE:
	case NAME_KINDS:
		text_append_clean(&n->text, string, len, 0, 0);
		break;
	}
	if (kind == NAME_FOLDED)
		join_trailing_number(&n->text);
	if (kind == NAME_FOLDED_KERNEL || kind == NAME_SHORT_KERNEL)
		buf_puts(&n->text, "_[k]");
}

static void scratch_clear(struct names *n)
{
	n->text.len = n->raw.len = 0;
	n->text.failed = n->raw.failed = 0;
}

/* Turns what is in n->text into a number. */
static int names_intern(struct names *n, uint32_t *ret_text)
{
	if (n->raw.failed)
		return n->raw.failed;
	if (n->text.failed)
		return n->text.failed;
	return strtab_intern(&n->texts, buf_cstr(&n->text), n->text.len, ret_text);
}

/* Most reports need few kinds: each gets its array when it is first asked for. */
static int known_reserve(uint32_t **known, size_t count)
{
	if (!*known)
		*known = calloc(count, sizeof(**known));
	return *known ? 0 : -ENOMEM;
}

int names_of_string(struct names *n, enum name_kind kind, uint32_t string, uint32_t *ret_text)
{
	uint32_t **known = &n->known[kind];
	int r = known_reserve(known, n->profile->strings.count);

	if (r)
		return r;
	if (!(*known)[string]) {
		scratch_clear(n);
		make_text(n, kind, profile_text(n->profile, string));
		r = names_intern(n, &(*known)[string]);
	}
	if (!r)
		*ret_text = (*known)[string];
	return r;
}

int names_of_unnamed(struct names *n, const struct profile_location *location, uint32_t *ret_text)
{
	size_t number = (size_t)(location - n->profile->locations);
	int r = known_reserve(&n->unnamed, n->profile->n_locations);

	if (r)
		return r;
	if (!n->unnamed[number]) {
		scratch_clear(n);
		frame_append_unnamed(&n->raw, n->profile, location);
		text_append_clean(&n->text, n->raw.data, n->raw.len, ';', ':');
		if (frame_is_kernel(n->profile, location))
			buf_puts(&n->text, "_[k]");
		r = names_intern(n, &n->unnamed[number]);
	}
	if (!r)
		*ret_text = n->unnamed[number];
	return r;
}

int names_of_number(struct names *n, const char *key, int64_t number, uint32_t *ret_text)
{
	scratch_clear(n);
	buf_printf(&n->raw, "%s %" PRId64, key, number);
	text_append_clean(&n->text, n->raw.data, n->raw.len, ';', ':');
	return names_intern(n, ret_text);
}

int names_of_text(struct names *n, const char *text, uint32_t *ret_text)
{
	scratch_clear(n);
	make_text(n, NAME_LABEL, text);
	return names_intern(n, ret_text);
}
