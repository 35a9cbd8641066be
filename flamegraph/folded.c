/* SPDX-License-Identifier: BSD-2-Clause */
#include "flamegraph/folded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/index.h"
#include "flamegraph/frames.h"
#include "flamegraph/names.h"
#include "flamegraph/values.h"

/* A stack as it will be printed: numbers of texts, root first. */
struct stack {
	uint64_t first; /* into folded.frames */
	uint32_t n;
	int64_t value;
};

struct folded {
	const struct profile *profile;
	const struct folded_options *options;
	size_t type;
	struct names names;
	uint32_t no_stack;
	uint32_t *frames;
	size_t n_frames, frames_capacity, max_frames;
	struct stack *stacks;
	size_t n_stacks, stacks_capacity;
	struct index index;
};

struct stack_key {
	const uint32_t *frames;
	size_t n;
};

static bool stack_equal(const void *owner, uint32_t number, const void *key)
{
	const struct folded *f = owner;
	const struct stack *s = &f->stacks[number];
	const struct stack_key *k = key;

	return s->n == k->n &&
	       memcmp(f->frames + s->first, k->frames, k->n * sizeof(*k->frames)) == 0;
}

static int push_frame(struct folded *f, uint32_t text)
{
	if (f->n_frames >= f->max_frames)
		return -EFBIG;
	if (array_reserve(&f->frames, &f->frames_capacity, f->n_frames + 1))
		return -ENOMEM;
	f->frames[f->n_frames++] = text;
	return 0;
}

static int push_label(struct folded *f, const char *key, const struct profile_label *label)
{
	uint32_t text = 0;
	int r;

	if (label->text)
		r = names_of_string(&f->names, NAME_LABEL, label->text, &text);
	else
		r = names_of_number(&f->names, key, label->num, &text);
	return r ? r : push_frame(f, text);
}

static int push_labels(struct folded *f, const struct profile_sample *s)
{
	for (size_t i = 0; i < f->options->n_root_labels; i++) {
		const char *key = f->options->root_labels[i];

		for (uint32_t j = 0; j < s->n_labels; j++) {
			const struct profile_label *label = &f->profile->labels[s->first_label + j];
			int r;

			if (strcmp(profile_text(f->profile, label->key), key))
				continue;
			r = push_label(f, key, label);
			if (r)
				return r;
			break; /* a key has one value */
		}
	}
	return 0;
}

static int push_unnamed(struct folded *f, const struct profile_location *location)
{
	uint32_t text = 0;
	int r = names_of_unnamed(&f->names, location, &text);

	return r ? r : push_frame(f, text);
}

/* The frames of one location: the function first, what was inlined into it after it. */
static int push_location(struct folded *f, const struct profile_location *location)
{
	const struct profile *p = f->profile;
	enum name_kind kind = frame_is_kernel(p, location) ? NAME_FOLDED_KERNEL : NAME_FOLDED;

	if (location->n_lines == 0)
		return push_unnamed(f, location);
	for (uint32_t i = location->n_lines; i-- > 0;) {
		const struct profile_line *line = &p->lines[location->first_line + i];
		uint32_t string = names_function_string(p, line->function), text = 0;
		int r;

		if (!string) {
			r = push_unnamed(f, location);
		} else {
			r = names_of_string(&f->names, kind, string, &text);
			if (!r)
				r = push_frame(f, text);
		}
		if (r)
			return r;
	}
	return 0;
}

static int push_stack(struct folded *f, const struct profile_sample *s)
{
	const struct profile *p = f->profile;
	int r = push_labels(f, s);

	if (!r && s->n_locations == 0)
		r = push_frame(f, f->no_stack);
	for (uint32_t i = s->n_locations; !r && i-- > 0;)
		r = push_location(f, &p->locations[p->stack_locations[s->first_location + i]]);
	return r;
}

/* Adds value to the stack that lies at the end of frames, from `first` on. */
static int stack_add(struct folded *f, size_t first, int64_t value)
{
	struct stack_key key = {f->frames + first, f->n_frames - first};
	uint64_t hash = hash_bytes(key.frames, key.n * sizeof(*key.frames));
	uint32_t number = index_find(&f->index, hash, stack_equal, f, &key);

	if (number != INDEX_NONE) {
		f->stacks[number].value = value_add(f->stacks[number].value, value);
		f->n_frames = first;
		return 0;
	}
	if (array_reserve(&f->stacks, &f->stacks_capacity, f->n_stacks + 1) ||
	    index_insert(&f->index, hash, (uint32_t)f->n_stacks))
		return -ENOMEM;
	f->stacks[f->n_stacks++] = (struct stack){first, (uint32_t)key.n, value};
	return 0;
}

static int collect(struct folded *f)
{
	const struct profile *p = f->profile;
	int r = names_of_text(&f->names, "[no stack]", &f->no_stack);

	for (size_t i = 0; !r && i < p->n_samples; i++) {
		int64_t value = profile_values(p, i)[f->type];
		size_t first = f->n_frames;

		if (value == 0)
			continue;
		r = push_stack(f, &p->samples[i]);
		if (!r)
			r = stack_add(f, first, value);
	}
	return r;
}

/* Which of two different texts comes first, when ';' follows (more) or the stack ends there? */
static int text_compare(const struct strtab *t, uint32_t a, bool more_a, uint32_t b, bool more_b)
{
	size_t len_a = t->lengths[a], len_b = t->lengths[b];
	size_t common = len_a < len_b ? len_a : len_b;
	const char *text_a = strtab_text(t, a), *text_b = strtab_text(t, b);
	int order = memcmp(text_a, text_b, common);
	unsigned char next_a, next_b;

	if (order)
		return order;
	next_a = len_a > common ? (unsigned char)text_a[common] : more_a ? ';' : 0;
	next_b = len_b > common ? (unsigned char)text_b[common] : more_b ? ';' : 0;
	return next_a - next_b;
}

/* The order of the printed lines, found without printing them. */
static int stack_compare(const void *left, const void *right, void *arg)
{
	const struct folded *f = arg;
	const struct stack *a = left, *b = right;
	const uint32_t *frames_a = f->frames + a->first, *frames_b = f->frames + b->first;
	uint32_t common = a->n < b->n ? a->n : b->n, i = 0;

	while (i < common && frames_a[i] == frames_b[i])
		i++;
	if (i == common)
		return (a->n > b->n) - (a->n < b->n);
	return text_compare(&f->names.texts, frames_a[i], i + 1 < a->n, frames_b[i], i + 1 < b->n);
}

static int write_stack(const struct folded *f, const struct stack *s, struct buf *out)
{
	const struct strtab *t = &f->names.texts;

	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t text = f->frames[s->first + i];
		int r = i ? buf_putc(out, ';') : 0;

		if (!r)
			r = buf_append(out, strtab_text(t, text), t->lengths[text]);
		if (r)
			return r;
	}
	return buf_printf(out, " %" PRId64 "\n", s->value);
}

static int write_all(struct folded *f, struct buf *out)
{
	size_t before = out->len;
	int r = 0;

	if (f->n_stacks)
		qsort_r(f->stacks, f->n_stacks, sizeof(*f->stacks), stack_compare, f);
	for (size_t i = 0; !r && i < f->n_stacks; i++) {
		if (f->stacks[i].value)
			r = write_stack(f, &f->stacks[i], out);
	}
	if (r)
		out->len = before;
	return r;
}

static void folded_deinit(struct folded *f)
{
	names_deinit(&f->names);
	index_deinit(&f->index);
	free(f->frames);
	free(f->stacks);
}

int folded_write(const struct profile *p, const struct folded_options *options, struct buf *out,
		 struct error *err)
{
	static const struct folded_options defaults;
	struct folded f = {.profile = p, .options = options ? options : &defaults};
	int r = values_find_type(p, f.options->value_type, false, &f.type, err);

	if (!r)
		r = frames_check(p, err);
	if (r)
		return r;
	/* A printed frame takes two bytes or more; half of this may be a stack that is there
	 * already. */
	f.max_frames = out->max - out->len;
	r = names_init(&f.names, p, out->max);
	if (!r)
		r = collect(&f);
	if (!r)
		r = write_all(&f, out);
	folded_deinit(&f);
	return r ? error_set(err, r, "writing folded stacks: %s", error_text(r)) : 0;
}
