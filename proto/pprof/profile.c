/* SPDX-License-Identifier: BSD-2-Clause */
#include "proto/pprof/profile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/*
 * A million samples of thirty frames must fit: a stack is stored once however many samples have it
 * (with other labels), and so is a set of labels. There is no table of stacks for that: their
 * indexes hold the number of the first sample that has the stack, or the labels.
 *
 * Every add first reserves all memory, then enters the indexes, then stores. An index entry cannot
 * be taken back when the next index fails to grow, so a comparison first asks whether the number
 * exists (yet). As it compares contents, it stays right when the number is given to another sample.
 */

enum { COUNT_MAX = INT32_MAX };

static const size_t strings_max_bytes = (size_t)4 << 30;

struct profile_private {
	struct index mappings, functions, locations, samples;
	struct index stacks, label_sets; /* numbers of samples */
	struct {
		size_t sample_types, mappings, functions, lines, locations;
		size_t stack_locations, labels, samples, values, comments;
	} capacity;
};

int profile_create(struct profile **ret_profile)
{
	struct profile *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->private = calloc(1, sizeof(*p->private));
	r = p->private ? strtab_init(&p->strings, strings_max_bytes) : -ENOMEM;
	if (r) {
		profile_destroy(p);
		return r;
	}
	*ret_profile = p;
	return 0;
}

static void private_destroy(struct profile_private *priv)
{
	if (!priv)
		return;
	index_deinit(&priv->mappings);
	index_deinit(&priv->functions);
	index_deinit(&priv->locations);
	index_deinit(&priv->samples);
	index_deinit(&priv->stacks);
	index_deinit(&priv->label_sets);
	free(priv);
}

void profile_destroy(struct profile *p)
{
	if (!p)
		return;
	strtab_deinit(&p->strings);
	private_destroy(p->private);
	free(p->sample_types);
	free(p->mappings);
	free(p->functions);
	free(p->lines);
	free(p->locations);
	free(p->stack_locations);
	free(p->labels);
	free(p->samples);
	free(p->values);
	free(p->comments);
	free(p);
}

/* --- strings --- */

int profile_add_string(struct profile *p, const char *text, uint32_t *ret_number)
{
	return strtab_intern(&p->strings, text, strlen(text), ret_number);
}

static bool string_exists(const struct profile *p, uint32_t number)
{
	return number < p->strings.count;
}

int profile_append_comment(struct profile *p, uint32_t string)
{
	int r;

	if (!string_exists(p, string))
		return -EINVAL;
	if (p->n_comments >= COUNT_MAX)
		return -EOVERFLOW;
	r = array_reserve(&p->comments, &p->private->capacity.comments, p->n_comments + 1);
	if (!r)
		p->comments[p->n_comments++] = string;
	return r;
}

int profile_add_comment(struct profile *p, const char *format, ...)
{
	uint32_t string;
	va_list args;
	char *text;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0)
		return -ENOMEM;
	r = profile_add_string(p, text, &string);
	free(text);
	return r ? r : profile_append_comment(p, string);
}

/* --- sample types --- */

int profile_append_sample_type(struct profile *p, const struct profile_value_type *type)
{
	int r;

	if (p->n_samples || !string_exists(p, type->type) || !string_exists(p, type->unit))
		return -EINVAL;
	if (p->n_sample_types >= COUNT_MAX)
		return -EOVERFLOW;
	r = array_reserve(&p->sample_types, &p->private->capacity.sample_types,
			  p->n_sample_types + 1);
	if (!r)
		p->sample_types[p->n_sample_types++] = *type;
	return r;
}

int profile_add_sample_type(struct profile *p, const char *type, const char *unit)
{
	struct profile_value_type added;
	int r = profile_add_string(p, type, &added.type);

	if (!r)
		r = profile_add_string(p, unit, &added.unit);
	return r ? r : profile_append_sample_type(p, &added);
}

/* --- mappings --- */

static unsigned mapping_flags(const struct profile_mapping *m)
{
	return m->has_functions | m->has_filenames << 1 | m->has_line_numbers << 2 |
	       m->has_inline_frames << 3;
}

/* The flags belong to the key: a binary that is named only in part is two mappings of one range. */
static bool mapping_equal(const void *owner, uint32_t number, const void *key)
{
	const struct profile_mapping *a = &((const struct profile *)owner)->mappings[number];
	const struct profile_mapping *b = key;

	return a->start == b->start && a->limit == b->limit && a->offset == b->offset &&
	       a->filename == b->filename && a->build_id == b->build_id &&
	       mapping_flags(a) == mapping_flags(b);
}

static uint64_t mapping_hash(const struct profile_mapping *m)
{
	uint64_t hash = hash_combine(m->start, m->limit);

	hash = hash_combine(hash, m->offset);
	hash = hash_combine(hash, (uint64_t)m->filename << 32 | m->build_id);
	return hash_combine(hash, mapping_flags(m));
}

int profile_add_mapping(struct profile *p, const struct profile_mapping *m, uint32_t *ret_number)
{
	struct index *ix = &p->private->mappings;
	uint64_t hash = mapping_hash(m);
	uint32_t number = index_find(ix, hash, mapping_equal, p, m);

	if (number == INDEX_NONE) {
		int r;

		if (!string_exists(p, m->filename) || !string_exists(p, m->build_id))
			return -EINVAL;
		if (p->n_mappings >= COUNT_MAX)
			return -EOVERFLOW;
		number = (uint32_t)p->n_mappings;
		r = array_reserve(&p->mappings, &p->private->capacity.mappings, number + 1u);
		if (!r)
			r = index_insert(ix, hash, number);
		if (r)
			return r;
		p->mappings[p->n_mappings++] = *m;
	}
	*ret_number = number;
	return 0;
}

/* --- functions --- */

static bool function_equal(const void *owner, uint32_t number, const void *key)
{
	const struct profile_function *a = &((const struct profile *)owner)->functions[number];
	const struct profile_function *b = key;

	return a->name == b->name && a->system_name == b->system_name &&
	       a->filename == b->filename && a->start_line == b->start_line;
}

static uint64_t function_hash(const struct profile_function *f)
{
	uint64_t hash = hash_combine(f->name, f->system_name);

	return hash_combine(hash_combine(hash, f->filename), (uint64_t)f->start_line);
}

int profile_add_function(struct profile *p, const struct profile_function *f, uint32_t *ret_number)
{
	struct index *ix = &p->private->functions;
	uint64_t hash = function_hash(f);
	uint32_t number = index_find(ix, hash, function_equal, p, f);

	if (number == INDEX_NONE) {
		int r;

		if (!string_exists(p, f->name) || !string_exists(p, f->system_name) ||
		    !string_exists(p, f->filename))
			return -EINVAL;
		if (p->n_functions >= COUNT_MAX)
			return -EOVERFLOW;
		number = (uint32_t)p->n_functions;
		r = array_reserve(&p->functions, &p->private->capacity.functions, number + 1u);
		if (!r)
			r = index_insert(ix, hash, number);
		if (r)
			return r;
		p->functions[p->n_functions++] = *f;
	}
	*ret_number = number;
	return 0;
}

/* --- locations --- */

struct location_key {
	const struct profile_line *lines;
	size_t n_lines;
	uint64_t address;
	uint32_t mapping;
};

static bool location_equal(const void *owner, uint32_t number, const void *key)
{
	const struct profile *p = owner;
	const struct location_key *k = key;
	const struct profile_location *location = &p->locations[number];

	if (location->mapping != k->mapping || location->address != k->address ||
	    location->n_lines != k->n_lines)
		return false;
	for (size_t i = 0; i < k->n_lines; i++) {
		const struct profile_line *a = &p->lines[location->first_line + i];
		const struct profile_line *b = &k->lines[i];

		if (a->function != b->function || a->line != b->line || a->column != b->column)
			return false;
	}
	return true;
}

static uint64_t location_hash(const struct location_key *k)
{
	uint64_t hash = hash_combine(k->address, k->mapping);

	for (size_t i = 0; i < k->n_lines; i++) {
		hash = hash_combine(hash, k->lines[i].function);
		hash = hash_combine(hash, (uint64_t)k->lines[i].line);
		hash = hash_combine(hash, (uint64_t)k->lines[i].column);
	}
	return hash;
}

static int location_check(const struct profile *p, const struct location_key *k)
{
	if (k->mapping != PROFILE_NONE && k->mapping >= p->n_mappings)
		return -EINVAL;
	for (size_t i = 0; i < k->n_lines; i++) {
		if (k->lines[i].function >= p->n_functions)
			return -EINVAL;
	}
	return p->n_locations >= COUNT_MAX || k->n_lines > COUNT_MAX ? -EOVERFLOW : 0;
}

static int location_append(struct profile *p, const struct location_key *k, uint64_t hash)
{
	struct profile_private *priv = p->private;
	int r = location_check(p, k);

	if (!r)
		r = array_reserve(&p->locations, &priv->capacity.locations, p->n_locations + 1);
	if (!r)
		r = array_reserve(&p->lines, &priv->capacity.lines, p->n_lines + k->n_lines);
	if (!r)
		r = index_insert(&priv->locations, hash, (uint32_t)p->n_locations);
	if (r)
		return r;
	p->locations[p->n_locations++] = (struct profile_location){
		.mapping = k->mapping,
		.n_lines = (uint32_t)k->n_lines,
		.address = k->address,
		.first_line = p->n_lines,
	};
	for (size_t i = 0; i < k->n_lines; i++)
		p->lines[p->n_lines++] = k->lines[i];
	return 0;
}

int profile_add_location(struct profile *p, uint32_t mapping, uint64_t address,
			 const struct profile_line *lines, size_t n_lines, uint32_t *ret_number)
{
	struct location_key key = {lines, n_lines, address, mapping};
	uint64_t hash = location_hash(&key);
	uint32_t number = index_find(&p->private->locations, hash, location_equal, p, &key);

	if (number == INDEX_NONE) {
		int r = location_append(p, &key, hash);

		if (r)
			return r;
		number = (uint32_t)p->n_locations - 1;
	}
	*ret_number = number;
	return 0;
}

/* --- samples --- */

/* A sample on its way in: what the caller gave, and where that is stored already. */
struct sample_key {
	const uint32_t *locations;
	const struct profile_label *labels;
	struct profile_sample sample;
	bool new_stack, new_labels;
	uint64_t stack_hash, labels_hash;
};

static bool stack_equal(const void *owner, uint32_t number, const void *key)
{
	const struct profile *p = owner;
	const struct sample_key *k = key;
	const struct profile_sample *s;

	if (number >= p->n_samples)
		return false;
	s = &p->samples[number];
	return s->n_locations == k->sample.n_locations &&
	       !memcmp(p->stack_locations + s->first_location, k->locations,
		       s->n_locations * sizeof(*k->locations));
}

static bool labels_equal(const void *owner, uint32_t number, const void *key)
{
	const struct profile *p = owner;
	const struct sample_key *k = key;
	const struct profile_sample *s;

	if (number >= p->n_samples)
		return false;
	s = &p->samples[number];
	if (s->n_labels != k->sample.n_labels)
		return false;
	for (size_t i = 0; i < s->n_labels; i++) {
		const struct profile_label *a = &p->labels[s->first_label + i];
		const struct profile_label *b = &k->labels[i];

		if (a->key != b->key || a->text != b->text || a->num_unit != b->num_unit ||
		    a->num != b->num)
			return false;
	}
	return true;
}

/* Equal stacks and equal sets of labels are stored once, so where they are says what they are. */
static bool sample_equal(const void *owner, uint32_t number, const void *key)
{
	const struct profile *p = owner;
	const struct profile_sample *a, *b = &((const struct sample_key *)key)->sample;

	if (number >= p->n_samples)
		return false;
	a = &p->samples[number];
	return a->first_location == b->first_location && a->n_locations == b->n_locations &&
	       a->first_label == b->first_label && a->n_labels == b->n_labels;
}

static uint64_t labels_hash(const struct profile_label *labels, size_t n)
{
	uint64_t hash = n;

	for (size_t i = 0; i < n; i++) {
		hash = hash_combine(hash, (uint64_t)labels[i].key << 32 | labels[i].text);
		hash = hash_combine(hash, (uint64_t)labels[i].num);
		hash = hash_combine(hash, labels[i].num_unit);
	}
	return hash;
}

static uint64_t sample_hash(const struct profile_sample *s)
{
	uint64_t hash = hash_combine(s->first_location, s->n_locations);

	return hash_combine(hash_combine(hash, s->first_label), s->n_labels);
}

static int sample_check(const struct profile *p, const struct sample_key *k)
{
	if (!p->n_sample_types)
		return -EINVAL;
	for (size_t i = 0; i < k->sample.n_locations; i++) {
		if (k->locations[i] >= p->n_locations)
			return -EINVAL;
	}
	for (size_t i = 0; i < k->sample.n_labels; i++) {
		const struct profile_label *label = &k->labels[i];

		if (!string_exists(p, label->key) || !string_exists(p, label->text) ||
		    !string_exists(p, label->num_unit))
			return -EINVAL;
	}
	return 0;
}

static void sample_find_stack(const struct profile *p, struct sample_key *k)
{
	uint32_t number;

	if (!k->sample.n_locations)
		return;
	k->stack_hash = hash_bytes(k->locations, k->sample.n_locations * sizeof(*k->locations));
	number = index_find(&p->private->stacks, k->stack_hash, stack_equal, p, k);
	k->new_stack = number == INDEX_NONE;
	k->sample.first_location = k->new_stack ? p->n_stack_locations
						: p->samples[number].first_location;
}

static void sample_find_labels(const struct profile *p, struct sample_key *k)
{
	uint32_t number;

	if (!k->sample.n_labels)
		return;
	k->labels_hash = labels_hash(k->labels, k->sample.n_labels);
	number = index_find(&p->private->label_sets, k->labels_hash, labels_equal, p, k);
	k->new_labels = number == INDEX_NONE;
	k->sample.first_label = k->new_labels ? p->n_labels : p->samples[number].first_label;
}

static int sample_reserve(struct profile *p, const struct sample_key *k)
{
	struct profile_private *priv = p->private;
	int r = array_reserve(&p->samples, &priv->capacity.samples, p->n_samples + 1);

	if (!r)
		r = array_reserve(&p->values, &priv->capacity.values,
				  p->n_values + p->n_sample_types);
	if (!r && k->new_stack)
		r = array_reserve(&p->stack_locations, &priv->capacity.stack_locations,
				  p->n_stack_locations + k->sample.n_locations);
	if (!r && k->new_labels)
		r = array_reserve(&p->labels, &priv->capacity.labels,
				  p->n_labels + k->sample.n_labels);
	return r;
}

static int sample_append(struct profile *p, const struct sample_key *k, const int64_t *values)
{
	struct profile_private *priv = p->private;
	uint32_t number = (uint32_t)p->n_samples;
	int r = p->n_samples >= COUNT_MAX ? -EOVERFLOW : sample_reserve(p, k);

	if (!r && k->new_stack)
		r = index_insert(&priv->stacks, k->stack_hash, number);
	if (!r && k->new_labels)
		r = index_insert(&priv->label_sets, k->labels_hash, number);
	if (!r)
		r = index_insert(&priv->samples, sample_hash(&k->sample), number);
	if (r)
		return r;
	if (k->new_stack)
		for (size_t i = 0; i < k->sample.n_locations; i++)
			p->stack_locations[p->n_stack_locations++] = k->locations[i];
	if (k->new_labels)
		for (size_t i = 0; i < k->sample.n_labels; i++)
			p->labels[p->n_labels++] = k->labels[i];
	for (size_t i = 0; i < p->n_sample_types; i++)
		p->values[p->n_values++] = values[i];
	p->samples[p->n_samples++] = k->sample;
	return 0;
}

static int64_t add_saturating(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

int profile_add_sample(struct profile *p, const uint32_t *locations, size_t n_locations,
		       const struct profile_label *labels, size_t n_labels, const int64_t *values)
{
	struct sample_key key = {
		.locations = locations,
		.labels = labels,
		.sample = {.n_locations = (uint32_t)n_locations, .n_labels = (uint32_t)n_labels},
	};
	uint32_t number = INDEX_NONE;
	int64_t *sums;
	int r;

	if (n_locations > COUNT_MAX || n_labels > COUNT_MAX)
		return -EOVERFLOW;
	r = sample_check(p, &key);
	if (r)
		return r;
	sample_find_stack(p, &key);
	sample_find_labels(p, &key);
	if (!key.new_stack && !key.new_labels)
		number = index_find(&p->private->samples, sample_hash(&key.sample), sample_equal, p,
				    &key);
	if (number == INDEX_NONE)
		return sample_append(p, &key, values);
	sums = p->values + number * p->n_sample_types;
	for (size_t i = 0; i < p->n_sample_types; i++)
		sums[i] = add_saturating(sums[i], values[i]);
	return 0;
}
