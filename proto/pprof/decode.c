/* SPDX-License-Identifier: BSD-2-Clause */
#include "proto/pprof/decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/cursor.h"
#include "proto/pprof/gunzip.h"
#include "proto/pprof/profile.pb-c.h"

/*
 * A profile is one protobuf message, bare or gzipped; profile.proto has its fields. At the top
 * level it is a sequence of fields in any order: a varint of number << 3 | wire type, then a varint
 * (type 0), 8 bytes (1), a length and so many bytes (2) or 4 bytes (5). Go writes samples first and
 * the strings that they need last, so the fields are walked several times, and each pass adds what
 * the next one refers to.
 *
 * A single field is a whole Profile message by itself, one that has this field only. Each is
 * unpacked on its own, added to the profile and forgotten, so what two hostile bytes can grow to
 * is multiplied by the length of one element, not by that of the file, and has a limit. Nothing
 * recurses; the messages nest three deep.
 *
 * Where the format leaves room we do as google/pprof does: a mapping id without a mapping means no
 * mapping, every other reference must exist; a second time_nanos betrays two profiles in one file.
 */

typedef Perftools__Profiles__Profile profile_message;
typedef Perftools__Profiles__ValueType value_type_message;
typedef Perftools__Profiles__Sample sample_message;
typedef Perftools__Profiles__Label label_message;
typedef Perftools__Profiles__Mapping mapping_message;
typedef Perftools__Profiles__Location location_message;
typedef Perftools__Profiles__Function function_message;

static const size_t default_max_bytes = (size_t)1 << 30;
static const size_t default_max_memory = (size_t)4 << 30;

enum { BLOCK_BYTES = 16 * 1024, COUNT_MAX = INT32_MAX };

/* Which id of the file became which number of the profile. */
struct id_map {
	struct index index;
	uint64_t *ids;
	uint32_t *numbers;
	size_t n, ids_capacity, numbers_capacity;
};

struct decoder {
	struct profile *profile;
	struct error *err;
	uint32_t *strings; /* index in string_table -> number */
	size_t n_strings, strings_capacity;
	struct id_map mappings, functions, locations;
	size_t payload_len; /* of the field at hand, as the file has it */
	size_t max_memory;
	/* For one element: a block that does for nearly all, and an arena for what does not fit. */
	ProtobufCAllocator allocator;
	struct arena arena;
	size_t element_left; /* bytes that the element may still take */
	int element_failed;  /* why an allocation failed */
	size_t block_used;
	uint64_t block[BLOCK_BYTES / 8];
};

/* --- memory --- */

static size_t id_map_bytes(const struct id_map *map)
{
	return map->n * (sizeof(*map->ids) + sizeof(*map->numbers) + 16);
}

/* What is decoded so far, roughly: 16 bytes stand for the place of one thing in an index. */
static size_t decoder_bytes(const struct decoder *d)
{
	const struct profile *p = d->profile;

	return d->n_strings * sizeof(*d->strings) + id_map_bytes(&d->mappings) +
	       id_map_bytes(&d->functions) + id_map_bytes(&d->locations) + p->strings.arena.used +
	       p->strings.count * (sizeof(char *) + sizeof(uint32_t) + 16) +
	       p->n_sample_types * sizeof(*p->sample_types) +
	       p->n_mappings * (sizeof(*p->mappings) + 16) +
	       p->n_functions * (sizeof(*p->functions) + 16) + p->n_lines * sizeof(*p->lines) +
	       p->n_locations * (sizeof(*p->locations) + 16) +
	       p->n_stack_locations * sizeof(*p->stack_locations) +
	       p->n_labels * sizeof(*p->labels) + p->n_samples * (sizeof(*p->samples) + 48) +
	       p->n_values * sizeof(*p->values) + p->n_comments * sizeof(*p->comments);
}

static int memory_error(struct decoder *d, int code)
{
	if (code == -EFBIG)
		return error_set(d->err, code, "too large: it takes more than %zu bytes of memory",
				 d->max_memory);
	if (code == -EOVERFLOW)
		return error_set(d->err, -EFBIG, "too large: over %d elements", COUNT_MAX);
	return error_set(d->err, code, "out of memory while reading the profile");
}

static void *element_alloc(void *decoder, size_t size)
{
	struct decoder *d = decoder;
	void *result;

	if (size > d->element_left) {
		d->element_failed = -EFBIG;
		return NULL;
	}
	d->element_left -= size;
	if (size < sizeof(d->block) - d->block_used) {
		result = (char *)d->block + d->block_used;
		d->block_used += (size + 7) & ~(size_t)7;
		return result;
	}
	result = arena_alloc(&d->arena, size);
	if (!result)
		d->element_failed = -ENOMEM;
	return result;
}

/* An element's memory goes all at once, when the next one begins. */
static void element_free(void *decoder, void *pointer)
{
	(void)decoder;
	(void)pointer;
}

static int element_begin(struct decoder *d)
{
	size_t used = decoder_bytes(d);

	if (used > d->max_memory)
		return memory_error(d, -EFBIG);
	arena_deinit(&d->arena);
	d->block_used = 0;
	d->element_left = d->max_memory - used;
	return 0;
}

/* --- references --- */

static void id_map_deinit(struct id_map *map)
{
	index_deinit(&map->index);
	free(map->ids);
	free(map->numbers);
}

static bool id_equal(const void *owner, uint32_t n, const void *key)
{
	return ((const struct id_map *)owner)->ids[n] == *(const uint64_t *)key;
}

/* The number that the id stands for, or PROFILE_NONE. */
static uint32_t id_map_find(const struct id_map *map, uint64_t id)
{
	uint32_t n = index_find(&map->index, hash_combine(0, id), id_equal, map, &id);

	return n == INDEX_NONE ? PROFILE_NONE : map->numbers[n];
}

static int id_map_add(struct decoder *d, struct id_map *map, uint64_t id, uint32_t number)
{
	if (!id)
		return error_set(d->err, -EINVAL, "the id 0 is reserved");
	if (id_map_find(map, id) != PROFILE_NONE)
		return error_set(d->err, -EINVAL, "a second one with id %" PRIu64, id);
	if (map->n >= COUNT_MAX)
		return memory_error(d, -EOVERFLOW);
	if (array_reserve(&map->ids, &map->ids_capacity, map->n + 1) ||
	    array_reserve(&map->numbers, &map->numbers_capacity, map->n + 1) ||
	    index_insert(&map->index, hash_combine(0, id), (uint32_t)map->n))
		return memory_error(d, -ENOMEM);
	map->ids[map->n] = id;
	map->numbers[map->n++] = number;
	return 0;
}

static int decode_text(struct decoder *d, int64_t index, uint32_t *ret_string)
{
	if (index < 0 || (uint64_t)index >= d->n_strings) {
		error_set(d->err, -EINVAL, "string index %" PRId64 ", but there are %zu strings",
			  index, d->n_strings);
		return -EINVAL;
	}
	*ret_string = d->strings[index];
	return 0;
}

/* --- fields: each gets a message in which only this field is set --- */

static int decode_string(struct decoder *d, const profile_message *one)
{
	const char *text = one->string_table[0];
	int r;

	if (!d->n_strings && *text)
		return error_set(d->err, -EINVAL, "string_table[0] is not empty");
	if (strlen(text) != d->payload_len)
		return error_set(d->err, -EINVAL, "a string with a NUL byte");
	if (array_reserve(&d->strings, &d->strings_capacity, d->n_strings + 1))
		return memory_error(d, -ENOMEM);
	r = profile_add_string(d->profile, text, &d->strings[d->n_strings]);
	if (r)
		return memory_error(d, r);
	d->n_strings++;
	return 0;
}

static int decode_value_type(struct decoder *d, const value_type_message *message,
			     struct profile_value_type *ret_type)
{
	struct profile_value_type type;
	int r = decode_text(d, message->type, &type.type);

	if (!r)
		r = decode_text(d, message->unit, &type.unit);
	if (!r)
		*ret_type = type;
	return r;
}

static int decode_sample_type(struct decoder *d, const profile_message *one)
{
	struct profile_value_type type;
	int r = decode_value_type(d, one->sample_type[0], &type);

	if (r)
		return r;
	r = profile_append_sample_type(d->profile, &type);
	return r ? memory_error(d, r) : 0;
}

static int decode_mapping(struct decoder *d, const profile_message *one)
{
	const mapping_message *message = one->mapping[0];
	struct profile_mapping mapping = {
		.start = message->memory_start,
		.limit = message->memory_limit,
		.offset = message->file_offset,
		.has_functions = message->has_functions,
		.has_filenames = message->has_filenames,
		.has_line_numbers = message->has_line_numbers,
		.has_inline_frames = message->has_inline_frames,
	};
	uint32_t number;
	int r = decode_text(d, message->filename, &mapping.filename);

	if (!r)
		r = decode_text(d, message->build_id, &mapping.build_id);
	if (r)
		return r;
	r = profile_add_mapping(d->profile, &mapping, &number);
	return r ? memory_error(d, r) : id_map_add(d, &d->mappings, message->id, number);
}

static int decode_function(struct decoder *d, const profile_message *one)
{
	const function_message *message = one->function[0];
	struct profile_function function = {.start_line = message->start_line};
	uint32_t number;
	int r = decode_text(d, message->name, &function.name);

	if (!r)
		r = decode_text(d, message->system_name, &function.system_name);
	if (!r)
		r = decode_text(d, message->filename, &function.filename);
	if (r)
		return r;
	r = profile_add_function(d->profile, &function, &number);
	return r ? memory_error(d, r) : id_map_add(d, &d->functions, message->id, number);
}

static int decode_lines(struct decoder *d, const location_message *message,
			struct profile_line *lines)
{
	for (size_t i = 0; i < message->n_line; i++) {
		uint64_t id = message->line[i]->function_id;

		lines[i] = (struct profile_line){
			.function = id_map_find(&d->functions, id),
			.line = message->line[i]->line,
			.column = message->line[i]->column,
		};
		if (lines[i].function == PROFILE_NONE)
			return error_set(d->err, -EINVAL,
					 "location id %" PRIu64
					 " has a line with function id %" PRIu64
					 ", which does not exist",
					 message->id, id);
	}
	return 0;
}

static int decode_location(struct decoder *d, const profile_message *one)
{
	const location_message *message = one->location[0];
	struct profile_line *lines = element_alloc(d, message->n_line * sizeof(*lines));
	uint32_t number;
	int r;

	if (!lines)
		return memory_error(d, d->element_failed);
	r = decode_lines(d, message, lines);
	if (r)
		return r;
	r = profile_add_location(d->profile, id_map_find(&d->mappings, message->mapping_id),
				 message->address, lines, message->n_line, &number);
	if (r)
		return memory_error(d, r);
	if (message->is_folded)
		d->profile->locations[number].is_folded = true;
	return id_map_add(d, &d->locations, message->id, number);
}

static int decode_stack(struct decoder *d, const sample_message *message, uint32_t *stack)
{
	for (size_t i = 0; i < message->n_location_id; i++) {
		stack[i] = id_map_find(&d->locations, message->location_id[i]);
		if (stack[i] == PROFILE_NONE)
			return error_set(d->err, -EINVAL, "location id %" PRIu64 " does not exist",
					 message->location_id[i]);
	}
	return 0;
}

static int decode_labels(struct decoder *d, const sample_message *message,
			 struct profile_label *labels)
{
	for (size_t i = 0; i < message->n_label; i++) {
		const label_message *label = message->label[i];
		int r = decode_text(d, label->key, &labels[i].key);

		if (!r)
			r = decode_text(d, label->str, &labels[i].text);
		if (!r)
			r = decode_text(d, label->num_unit, &labels[i].num_unit);
		if (r)
			return r;
		labels[i].num = label->num;
	}
	return 0;
}

static int decode_sample(struct decoder *d, const profile_message *one)
{
	const sample_message *message = one->sample[0];
	uint32_t *stack = element_alloc(d, message->n_location_id * sizeof(*stack));
	struct profile_label *labels = element_alloc(d, message->n_label * sizeof(*labels));
	int r;

	if (!stack || !labels)
		return memory_error(d, d->element_failed);
	if (!d->profile->n_sample_types)
		return error_set(d->err, -EINVAL, "samples, but no sample types");
	if (message->n_value != d->profile->n_sample_types)
		return error_set(d->err, -EINVAL, "%zu values for %zu sample types",
				 message->n_value, d->profile->n_sample_types);
	r = decode_stack(d, message, stack);
	if (!r)
		r = decode_labels(d, message, labels);
	if (r)
		return r;
	r = profile_add_sample(d->profile, stack, message->n_location_id, labels, message->n_label,
			       message->value);
	return r ? memory_error(d, r) : 0;
}

static int decode_drop_frames(struct decoder *d, const profile_message *one)
{
	return decode_text(d, one->drop_frames, &d->profile->drop_frames);
}

static int decode_keep_frames(struct decoder *d, const profile_message *one)
{
	return decode_text(d, one->keep_frames, &d->profile->keep_frames);
}

static int decode_time(struct decoder *d, const profile_message *one)
{
	if (d->profile->time_nanos)
		return error_set(d->err, -EINVAL, "concatenated profiles (a second time)");
	d->profile->time_nanos = one->time_nanos;
	return 0;
}

static int decode_duration(struct decoder *d, const profile_message *one)
{
	d->profile->duration_nanos = one->duration_nanos;
	return 0;
}

static int decode_period_type(struct decoder *d, const profile_message *one)
{
	return decode_value_type(d, one->period_type, &d->profile->period_type);
}

static int decode_period(struct decoder *d, const profile_message *one)
{
	d->profile->period = one->period;
	return 0;
}

static int decode_comments(struct decoder *d, const profile_message *one)
{
	for (size_t i = 0; i < one->n_comment; i++) {
		uint32_t string;
		int r = decode_text(d, one->comment[i], &string);

		if (r)
			return r;
		r = profile_append_comment(d->profile, string);
		if (r)
			return memory_error(d, r);
	}
	return 0;
}

static int decode_default_type(struct decoder *d, const profile_message *one)
{
	return decode_text(d, one->default_sample_type, &d->profile->default_sample_type);
}

static int decode_doc_url(struct decoder *d, const profile_message *one)
{
	return decode_text(d, one->doc_url, &d->profile->doc_url);
}

/* --- the top level --- */

enum pass { PASS_STRINGS, PASS_HEAD, PASS_FUNCTIONS, PASS_LOCATIONS, PASS_SAMPLES, N_PASSES };

static const struct {
	const char *name;
	int (*decode)(struct decoder *d, const profile_message *one);
	enum pass pass;
} fields[] = {
	[1] = {"sample_type", decode_sample_type, PASS_HEAD},
	[2] = {"sample", decode_sample, PASS_SAMPLES},
	[3] = {"mapping", decode_mapping, PASS_HEAD},
	[4] = {"location", decode_location, PASS_LOCATIONS},
	[5] = {"function", decode_function, PASS_FUNCTIONS},
	[6] = {"string_table", decode_string, PASS_STRINGS},
	[7] = {"drop_frames", decode_drop_frames, PASS_HEAD},
	[8] = {"keep_frames", decode_keep_frames, PASS_HEAD},
	/* Early: in two profiles that were put together ids come twice as well. */
	[9] = {"time_nanos", decode_time, PASS_STRINGS},
	[10] = {"duration_nanos", decode_duration, PASS_HEAD},
	[11] = {"period_type", decode_period_type, PASS_HEAD},
	[12] = {"period", decode_period, PASS_HEAD},
	[13] = {"comment", decode_comments, PASS_HEAD},
	[14] = {"default_sample_type", decode_default_type, PASS_HEAD},
	[15] = {"doc_url", decode_doc_url, PASS_HEAD},
};

/* A field of the top level. Empty bytes: the end; failed: not protobuf. */
struct field {
	uint64_t number;
	const uint8_t *bytes; /* with its tag */
	size_t len;
	size_t payload_len; /* of wire type 2 */
};

static struct field field_next(struct cursor *c)
{
	struct field f = {.bytes = c->pos};
	uint64_t tag = cursor_uvarint(c);

	f.number = tag >> 3;
	switch (tag & 7) {
	case 0:
		cursor_uvarint(c);
		break;
	case 1:
		cursor_skip(c, 8);
		break;
	case 2:
		f.payload_len = cursor_uvarint(c);
		cursor_skip(c, f.payload_len);
		break;
	case 5:
		cursor_skip(c, 4);
		break;
	default: /* groups, which proto3 does not have */
		c->failed = true;
	}
	f.len = (size_t)(c->pos - f.bytes);
	return f;
}

static int decode_field(struct decoder *d, const struct field *f)
{
	profile_message *one;
	int r = element_begin(d);

	if (r)
		return r;
	d->element_failed = 0;
	d->payload_len = f->payload_len;
	one = perftools__profiles__profile__unpack(&d->allocator, f->len, f->bytes);
	if (one)
		return fields[f->number].decode(d, one);
	if (d->element_failed)
		return memory_error(d, d->element_failed);
	return error_set(d->err, -EINVAL, "not as profile.proto has it");
}

static int decode_pass(struct decoder *d, const uint8_t *bytes, size_t len, enum pass pass)
{
	struct cursor c = cursor_make(bytes, len);

	while (cursor_left(&c)) {
		struct field f = field_next(&c);
		int r;

		if (c.failed)
			return error_set(d->err, -EINVAL, "not a profile: no protobuf at byte %zu",
					 (size_t)(f.bytes - bytes));
		if (f.number >= ARRAY_SIZE(fields) || !fields[f.number].decode ||
		    fields[f.number].pass != pass)
			continue;
		r = decode_field(d, &f);
		if (r == -EINVAL)
			error_prefix(d->err, "malformed profile: %s at byte %zu",
				     fields[f.number].name, (size_t)(f.bytes - bytes));
		if (r)
			return r;
	}
	return 0;
}

static int decode_message(struct decoder *d, const uint8_t *bytes, size_t len)
{
	if (!len)
		return error_set(d->err, -EINVAL, "empty input");
	for (enum pass pass = 0; pass < N_PASSES; pass++) {
		int r = decode_pass(d, bytes, len, pass);

		if (r)
			return r;
		if (!d->n_strings)
			return error_set(d->err, -EINVAL, "not a profile: no string_table");
	}
	return 0;
}

/* Owns nothing of the caller's; on success the profile is the caller's. */
static int decode_bare(const uint8_t *bytes, size_t len, size_t max_memory,
		       struct profile **ret_profile, struct error *err)
{
	struct decoder *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return error_set(err, -ENOMEM, "out of memory while reading the profile");
	d->err = err;
	d->max_memory = max_memory;
	d->allocator = (ProtobufCAllocator){element_alloc, element_free, d};
	arena_init(&d->arena, SIZE_MAX);
	r = profile_create(&d->profile);
	r = r ? memory_error(d, r) : decode_message(d, bytes, len);
	if (!r)
		*ret_profile = take_ptr(d->profile);
	profile_destroy(d->profile);
	id_map_deinit(&d->mappings);
	id_map_deinit(&d->functions);
	id_map_deinit(&d->locations);
	arena_deinit(&d->arena);
	free(d->strings);
	free(d);
	return r;
}

int profile_decode(const void *bytes, size_t len, const struct profile_decode_limits *limits,
		   struct profile **ret_profile, struct error *err)
{
	size_t max_bytes = limits && limits->max_bytes ? limits->max_bytes : default_max_bytes;
	size_t max_memory = limits && limits->max_memory ? limits->max_memory : default_max_memory;
	struct buf message;
	int r;

	if (!gunzip_detect(bytes, len)) {
		if (len > max_bytes)
			return error_set(err, -EFBIG, "too large: more than %zu bytes", max_bytes);
		return decode_bare(bytes, len, max_memory, ret_profile, err);
	}
	buf_init(&message, max_bytes);
	r = gunzip(bytes, len, &message, err);
	if (!r)
		r = decode_bare((const uint8_t *)message.data, message.len, max_memory, ret_profile,
				err);
	buf_deinit(&message);
	return r;
}
