/* SPDX-License-Identifier: BSD-2-Clause */
#include "flamegraph/functions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "flamegraph/frames.h"
#include "flamegraph/values.h"

struct line_cost {
	uint32_t cost; /* number of the function in costs */
	int64_t line;
	int64_t flat;
};

static bool cost_equal(const void *owner, uint32_t number, const void *key)
{
	const struct functions *f = owner;
	const struct function_cost *k = key;

	return f->costs[number].name == k->name && f->costs[number].file == k->file;
}

/* The number of the function with this name and file, added when it is new. */
static int cost_intern(struct functions *f, uint32_t name, uint32_t file, uint32_t *ret_number)
{
	struct function_cost key = {.name = name, .file = file};
	uint64_t hash = hash_combine(name, file);
	uint32_t number = index_find(&f->index, hash, cost_equal, f, &key);

	if (number == INDEX_NONE) {
		number = (uint32_t)f->n_costs;
		if (array_reserve(&f->costs, &f->costs_capacity, f->n_costs + 1) ||
		    index_insert(&f->index, hash, number))
			return -ENOMEM;
		f->costs[f->n_costs++] = key;
	}
	*ret_number = number;
	return 0;
}

/* All that has no name is one row a module: single addresses would flood the table. */
static int cost_of_unnamed(struct functions *f, const struct profile_location *location,
			   uint32_t *ret_number)
{
	const struct profile *p = f->profile;
	bool mapped = location->mapping != PROFILE_NONE;
	uint32_t *known = &f->of_mapping[mapped ? location->mapping : p->n_mappings];
	uint32_t file = mapped ? p->mappings[location->mapping].filename : 0;
	uint32_t name = 0, number = 0;
	int r;

	if (!*known) {
		if (file)
			r = names_of_string(&f->names, NAME_MODULE, file, &name);
		else
			r = names_of_text(&f->names, "[unknown]", &name);
		if (!r)
			r = cost_intern(f, name, 0, &number);
		if (r)
			return r;
		*known = number + 1;
	}
	*ret_number = *known - 1;
	return 0;
}

static int cost_of_function(struct functions *f, uint32_t function, bool kernel,
			    uint32_t *ret_number)
{
	const struct profile_function *described = &f->profile->functions[function];
	enum name_kind kind = kernel ? NAME_SHORT_KERNEL : NAME_SHORT;
	uint32_t *known = &f->of_function[kernel][function], name = 0, file = 0, number = 0;
	int r;

	if (!*known) {
		r = names_of_string(&f->names, kind, names_function_string(f->profile, function),
				    &name);
		if (!r)
			r = names_of_string(&f->names, NAME_FILE, described->filename, &file);
		if (!r)
			r = cost_intern(f, name, file, &number);
		if (r)
			return r;
		if (!f->costs[number].start_line)
			f->costs[number].start_line = described->start_line;
		*known = number + 1;
	}
	*ret_number = *known - 1;
	return 0;
}

static bool line_equal(const void *owner, uint32_t number, const void *key)
{
	const struct functions *f = owner;
	const struct line_cost *k = key;

	return f->lines[number].cost == k->cost && f->lines[number].line == k->line;
}

static int add_flat(struct functions *f, uint32_t cost, int64_t line, int64_t value)
{
	struct line_cost key = {.cost = cost, .line = line, .flat = value};
	uint64_t hash = hash_combine(cost, (uint64_t)line);
	uint32_t number = index_find(&f->lines_index, hash, line_equal, f, &key);

	if (number != INDEX_NONE) {
		f->lines[number].flat = value_add(f->lines[number].flat, value);
	} else {
		if (array_reserve(&f->lines, &f->lines_capacity, f->n_lines + 1) ||
		    index_insert(&f->lines_index, hash, (uint32_t)f->n_lines))
			return -ENOMEM;
		f->lines[f->n_lines++] = key;
	}
	f->costs[cost].flat = value_add(f->costs[cost].flat, value);
	return 0;
}

static void add_cum(struct functions *f, uint32_t cost, size_t sample, int64_t value)
{
	struct function_cost *c = &f->costs[cost];

	if (c->last_sample == sample + 1)
		return; /* recursion */
	c->last_sample = sample + 1;
	c->cum = value_add(c->cum, value);
}

/* Frame number i of a location; i is 0 where it has no lines. */
static int cost_of_frame(struct functions *f, const struct profile_location *location, uint32_t i,
			 int64_t *ret_line, uint32_t *ret_number)
{
	const struct profile_line *line = f->profile->lines;

	if (location->n_lines)
		line += location->first_line + i;
	if (location->n_lines == 0 || !names_function_string(f->profile, line->function)) {
		*ret_line = 0;
		return cost_of_unnamed(f, location, ret_number);
	}
	*ret_line = line->line;
	return cost_of_function(f, line->function, frame_is_kernel(f->profile, location),
				ret_number);
}

static int add_location(struct functions *f, uint32_t number, bool is_leaf, size_t sample,
			int64_t value)
{
	const struct profile_location *location = &f->profile->locations[number];

	for (uint32_t i = 0; i == 0 || i < location->n_lines; i++) {
		uint32_t cost = 0;
		int64_t line = 0;
		int r = cost_of_frame(f, location, i, &line, &cost);

		if (!r && is_leaf && i == 0)
			r = add_flat(f, cost, line, value);
		if (r)
			return r;
		add_cum(f, cost, sample, value);
	}
	return 0;
}

static int add_no_stack(struct functions *f, size_t sample, int64_t value)
{
	uint32_t name = 0, cost = 0;
	int r = names_of_text(&f->names, "[no stack]", &name);

	if (!r)
		r = cost_intern(f, name, 0, &cost);
	if (!r)
		r = add_flat(f, cost, 0, value);
	if (!r)
		add_cum(f, cost, sample, value);
	return r;
}

static int add_sample(struct functions *f, size_t sample, int64_t value)
{
	const struct profile_sample *s = &f->profile->samples[sample];
	int r = 0;

	f->total = value_add(f->total, value);
	if (__builtin_add_overflow(f->total_size, value_size(value), &f->total_size))
		f->total_size = UINT64_MAX;
	if (s->n_locations == 0)
		return add_no_stack(f, sample, value);
	for (uint32_t i = 0; !r && i < s->n_locations; i++)
		r = add_location(f, f->profile->stack_locations[s->first_location + i], i == 0,
				 sample, value);
	return r;
}

int functions_init(struct functions *f, const struct profile *p, size_t type, size_t max_bytes)
{
	int r;

	*f = (struct functions){.profile = p};
	r = names_init(&f->names, p, max_bytes);
	f->of_function[0] = calloc(p->n_functions + 1, sizeof(**f->of_function));
	f->of_function[1] = calloc(p->n_functions + 1, sizeof(**f->of_function));
	f->of_mapping = calloc(p->n_mappings + 1, sizeof(*f->of_mapping));
	if (!f->of_function[0] || !f->of_function[1] || !f->of_mapping)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < p->n_samples; i++) {
		int64_t value = profile_values(p, i)[type];

		if (value)
			r = add_sample(f, i, value);
	}
	return r;
}

void functions_deinit(struct functions *f)
{
	names_deinit(&f->names);
	index_deinit(&f->index);
	index_deinit(&f->lines_index);
	free(f->of_function[0]);
	free(f->of_function[1]);
	free(f->of_mapping);
	free(f->costs);
	free(f->lines);
}

/* Of equally hot lines the first one is taken, so that the report depends on the profile alone. */
static void find_hot_lines(struct functions *f)
{
	for (size_t i = 0; i < f->n_lines; i++) {
		const struct line_cost *line = &f->lines[i];
		struct function_cost *c = &f->costs[line->cost];
		uint64_t size = value_size(line->flat), most = value_size(c->hot_flat);

		if (line->line <= 0 || size == 0)
			continue;
		if (size > most || (size == most && line->line < c->hot_line)) {
			c->hot_line = line->line;
			c->hot_flat = line->flat;
		}
	}
}

static int falling(int64_t a, int64_t b)
{
	uint64_t size_a = value_size(a), size_b = value_size(b);

	return (size_a < size_b) - (size_a > size_b);
}

static int cost_compare(const void *left, const void *right, void *arg)
{
	const struct function_cost *a = left, *b = right;
	const struct strtab *texts = arg;
	int order = falling(a->flat, b->flat);

	if (!order)
		order = falling(a->cum, b->cum);
	if (!order && a->name != b->name)
		order = strcmp(strtab_text(texts, a->name), strtab_text(texts, b->name));
	if (!order && a->file != b->file)
		order = strcmp(strtab_text(texts, a->file), strtab_text(texts, b->file));
	return order;
}

void functions_sort(struct functions *f)
{
	size_t kept = 0;

	find_hot_lines(f);
	f->n_lines = 0; /* their numbers are void now, as are those of the indexes */
	for (size_t i = 0; i < f->n_costs; i++) {
		if (f->costs[i].flat || f->costs[i].cum)
			f->costs[kept++] = f->costs[i];
	}
	f->n_costs = kept;
	if (kept)
		qsort_r(f->costs, kept, sizeof(*f->costs), cost_compare, &f->names.texts);
}
