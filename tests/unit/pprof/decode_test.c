/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/pprof/pprof_test.h"

#include <errno.h>
#include <stdlib.h>

#include <zlib.h>

/* --- pieces of protobuf: a tag byte is field number << 3 | wire type --- */

#define EMPTY_STRING "\x32\x00"
#define TYPE         "\x0a\x00" /* a sample type, unit and name "" */
#define FUNCTION_1   "\x2a\x02\x08\x01"
#define LOCATION_1   "\x22\x02\x08\x01"
#define LOCATION_2   "\x22\x04\x08\x02\x18\x02" /* with an address: not equal to 1 */
#define MAPPING_1    "\x1a\x02\x08\x01"
#define MINUS_1      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"

#define BYTES(literal) (literal), sizeof(literal) - 1

struct test_case {
	const char *bytes;
	size_t len;
	const char *expected;
};

static void check_refused(const struct test_case *c)
{
	struct profile *untouched = (struct profile *)-1, *p = untouched;
	struct error err = {0};
	int r = profile_decode(c->bytes, c->len, NULL, &p, &err);

	assert_string_equal(err.message, c->expected);
	assert_int_equal(r, -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_ptr_equal(p, untouched);
	assert_int_equal(profile_decode(c->bytes, c->len, NULL, &p, NULL), -EINVAL);
}

static const struct test_case not_protobuf[] = {
	{BYTES(""), "empty input"},
	{BYTES("not a profile"), "not a profile: no protobuf at byte 0"},
	{BYTES(EMPTY_STRING "\x0b"), "not a profile: no protobuf at byte 2"}, /* group */
	{BYTES(EMPTY_STRING "\x48"), "not a profile: no protobuf at byte 2"}, /* no value */
	{BYTES(EMPTY_STRING "\x48\xff"), "not a profile: no protobuf at byte 2"},
	{BYTES("\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), /* over 64 bits */
	 "not a profile: no protobuf at byte 0"},
	{BYTES("\x0a\x01"), "not a profile: no protobuf at byte 0"},
	{BYTES("\x0a" MINUS_1), "not a profile: no protobuf at byte 0"}, /* length 2^64 - 1 */
	{BYTES("\x81\x01\x00\x00\x00\x00\x00\x00\x00"), "not a profile: no protobuf at byte 0"},
	{BYTES("\x85\x01\x00\x00\x00"), "not a profile: no protobuf at byte 0"},
	{BYTES("\x48\x01"), "not a profile: no string_table"},
	{BYTES("\x00\x00"), "not a profile: no string_table"},
	/* Fields of the wrong wire type. */
	{BYTES(EMPTY_STRING "\x08\x01"),
	 "malformed profile: sample_type at byte 2: not as profile.proto has it"},
	{BYTES(EMPTY_STRING "\x4a\x00"),
	 "malformed profile: time_nanos at byte 2: not as profile.proto has it"},
	{BYTES("\x30\x01"),
	 "malformed profile: string_table at byte 0: not as profile.proto has it"},
	{BYTES(EMPTY_STRING TYPE "\x12\x09\x11\x01\x00\x00\x00\x00\x00\x00\x00"),
	 "malformed profile: sample at byte 4: not as profile.proto has it"},
	/* Elements that end early. */
	{BYTES(EMPTY_STRING TYPE "\x12\x01\x10"),
	 "malformed profile: sample at byte 4: not as profile.proto has it"},
	{BYTES(EMPTY_STRING "\x22\x02\x22\x01"),
	 "malformed profile: location at byte 2: not as profile.proto has it"},
	{BYTES(EMPTY_STRING "\x6a\x01\x80"),
	 "malformed profile: comment at byte 2: not as profile.proto has it"},
};

static const struct test_case bad_strings[] = {
	{BYTES("\x32\x01x"),
	 "malformed profile: string_table at byte 0: string_table[0] is not empty"},
	{BYTES("\x32\x01\x00"),
	 "malformed profile: string_table at byte 0: a string with a NUL byte"},
	{BYTES(EMPTY_STRING "\x32\x03"
			    "a\x00"
			    "b"),
	 "malformed profile: string_table at byte 2: a string with a NUL byte"},
	{BYTES(EMPTY_STRING "\x0a\x02\x08\x01"),
	 "malformed profile: sample_type at byte 2: string index 1, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x0a\x0b\x10" MINUS_1),
	 "malformed profile: sample_type at byte 2: string index -1, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x1a\x04\x08\x01\x28\x02"),
	 "malformed profile: mapping at byte 2: string index 2, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x1a\x04\x08\x01\x30\x02"),
	 "malformed profile: mapping at byte 2: string index 2, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x2a\x04\x08\x01\x10\x02"),
	 "malformed profile: function at byte 2: string index 2, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x2a\x04\x08\x01\x18\x02"),
	 "malformed profile: function at byte 2: string index 2, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x2a\x04\x08\x01\x20\x02"),
	 "malformed profile: function at byte 2: string index 2, but there are 1 strings"},
	{BYTES(EMPTY_STRING TYPE "\x12\x06\x10\x01\x1a\x02\x08\x03"), /* label key */
	 "malformed profile: sample at byte 4: string index 3, but there are 1 strings"},
	{BYTES(EMPTY_STRING TYPE "\x12\x06\x10\x01\x1a\x02\x10\x03"), /* label text */
	 "malformed profile: sample at byte 4: string index 3, but there are 1 strings"},
	{BYTES(EMPTY_STRING TYPE "\x12\x06\x10\x01\x1a\x02\x20\x03"), /* label unit */
	 "malformed profile: sample at byte 4: string index 3, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x38\x04"),
	 "malformed profile: drop_frames at byte 2: string index 4, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x40\x04"),
	 "malformed profile: keep_frames at byte 2: string index 4, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x5a\x02\x08\x04"),
	 "malformed profile: period_type at byte 2: string index 4, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x68\x04"),
	 "malformed profile: comment at byte 2: string index 4, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x6a\x02\x00\x04"),
	 "malformed profile: comment at byte 2: string index 4, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x70\x04"), "malformed profile: default_sample_type at byte 2: "
					 "string index 4, but there are 1 strings"},
	{BYTES(EMPTY_STRING "\x78\x04"),
	 "malformed profile: doc_url at byte 2: string index 4, but there are 1 strings"},
};

static const struct test_case bad_references[] = {
	{BYTES(EMPTY_STRING "\x1a\x00"),
	 "malformed profile: mapping at byte 2: the id 0 is reserved"},
	{BYTES(EMPTY_STRING MAPPING_1 MAPPING_1),
	 "malformed profile: mapping at byte 6: a second one with id 1"},
	{BYTES(EMPTY_STRING "\x2a\x00"),
	 "malformed profile: function at byte 2: the id 0 is reserved"},
	{BYTES(EMPTY_STRING FUNCTION_1 FUNCTION_1),
	 "malformed profile: function at byte 6: a second one with id 1"},
	{BYTES(EMPTY_STRING "\x22\x00"),
	 "malformed profile: location at byte 2: the id 0 is reserved"},
	{BYTES(EMPTY_STRING LOCATION_2 LOCATION_1 LOCATION_2),
	 "malformed profile: location at byte 12: a second one with id 2"},
	{BYTES(EMPTY_STRING FUNCTION_1 "\x22\x06\x08\x07\x22\x02\x08\x02"),
	 "malformed profile: location at byte 6: location id 7 has a line with function id 2, "
	 "which does not exist"},
	{BYTES(EMPTY_STRING FUNCTION_1 "\x22\x04\x08\x07\x22\x00"),
	 "malformed profile: location at byte 6: location id 7 has a line with function id 0, "
	 "which does not exist"},
	{BYTES(EMPTY_STRING LOCATION_1 "\x12\x02\x08\x01"),
	 "malformed profile: sample at byte 6: samples, but no sample types"},
	{BYTES(EMPTY_STRING TYPE TYPE LOCATION_1 "\x12\x04\x08\x01\x10\x01"),
	 "malformed profile: sample at byte 10: 1 values for 2 sample types"},
	{BYTES(EMPTY_STRING TYPE LOCATION_1 "\x12\x02\x08\x01"),
	 "malformed profile: sample at byte 8: 0 values for 1 sample types"},
	{BYTES(EMPTY_STRING TYPE LOCATION_1 "\x12\x06\x08\x01\x08\x02\x10\x01"),
	 "malformed profile: sample at byte 8: location id 2 does not exist"},
	{BYTES(EMPTY_STRING TYPE LOCATION_1 "\x12\x05\x0a\x01\x00\x10\x01"),
	 "malformed profile: sample at byte 8: location id 0 does not exist"},
	{BYTES(EMPTY_STRING "\x48\x05" EMPTY_STRING "\x48\x06"),
	 "malformed profile: time_nanos at byte 6: concatenated profiles (a second time)"},
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(not_protobuf); i++)
		check_refused(&not_protobuf[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad_strings); i++)
		check_refused(&bad_strings[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad_references); i++)
		check_refused(&bad_references[i]);
}

/* --- what is unusual, but allowed --- */

static void ids_in_any_order(void **state)
{
	struct profile *p = decode(BYTES(TYPE "\x12\x06\x0a\x02\x09\x05\x10\x03" /* stack 9, 5 */
					      "\x22\x06\x08\x05\x22\x02\x08\x63"
					      "\x22\x08\x08\x09\x22\x04\x08\x64\x10\x08"
					      "\x2a\x04\x08\x64\x10\x01" /* function 100: "a" */
					      "\x2a\x04\x08\x63\x10\x02" /* function 99: "b" */
					 EMPTY_STRING "\x32\x01"
					      "a"
					      "\x32\x01"
					      "b"));
	const struct profile_line *lines = p->lines;

	(void)state;
	assert_int_equal(p->n_samples, 1);
	assert_int_equal(p->n_locations, 2);
	assert_int_equal(p->stack_locations[0], 1);
	assert_int_equal(p->stack_locations[1], 0);
	assert_int_equal(lines[p->locations[1].first_line].line, 8);
	assert_string_equal(profile_text(p, p->functions[lines[1].function].name), "a");
	assert_string_equal(profile_text(p, p->functions[lines[0].function].name), "b");
	profile_destroy(p);
}

static void unknown_fields(void **state)
{
	struct profile *p = decode(BYTES(EMPTY_STRING "\x80\x02\x01"             /* field 32 */
						      "\xf9\x07zzzzzzzz"         /* 127, 8 bytes */
						      "\xfd\xff\xff\xff\x0fzzzz" /* 4 bytes */
						      "\x00\x00"                 /* field 0 */
						      "\x22\x05\x08\x01\x9a\x06\x00"));

	(void)state;
	assert_int_equal(p->n_locations, 1);
	profile_destroy(p);
}

static void integers_packed_or_not(void **state)
{
	static const uint32_t stack[] = {0, 1, 0, 0};
	struct profile *p = decode(BYTES(EMPTY_STRING TYPE TYPE LOCATION_1 LOCATION_2
					 "\x12\x0c\x08\x01\x0a\x02\x02\x01\x08\x01\x10\x05\x10\x06"
					 "\x68\x00\x6a\x02\x00\x00"));

	(void)state;
	assert_int_equal(p->samples[0].n_locations, ARRAY_SIZE(stack));
	assert_memory_equal(p->stack_locations, stack, sizeof(stack));
	assert_int_equal(profile_values(p, 0)[0], 5);
	assert_int_equal(profile_values(p, 0)[1], 6);
	assert_int_equal(p->n_comments, 3);
	profile_destroy(p);
}

/* As google/pprof reads it. */
static void mapping_that_does_not_exist(void **state)
{
	struct profile *p = decode(BYTES(EMPTY_STRING MAPPING_1
					 "\x22\x04\x08\x01\x10\x07" /* mapping 7 */
					 "\x22\x04\x08\x02\x10\x01"));

	(void)state;
	assert_true(p->locations[0].mapping == PROFILE_NONE);
	assert_int_equal(p->locations[1].mapping, 0);
	profile_destroy(p);
}

static void equal_things_become_one(void **state)
{
	struct profile *p = decode(BYTES(EMPTY_STRING TYPE MAPPING_1
					 "\x1a\x02\x08\x02"                    /* mapping 2 */
					 LOCATION_1 "\x22\x04\x08\x02\x28\x01" /* 2: folded */
					 "\x12\x04\x08\x01\x10\x05"            /* sample at 1: 5 */
					 "\x12\x04\x08\x02\x10\x06"));         /* sample at 2: 6 */

	(void)state;
	assert_int_equal(p->n_mappings, 1);
	assert_int_equal(p->n_locations, 1);
	assert_true(p->locations[0].is_folded);
	assert_int_equal(p->n_samples, 1);
	assert_int_equal(profile_values(p, 0)[0], 11);
	profile_destroy(p);
}

static void scalars_that_come_twice(void **state)
{
	struct profile *p = decode(BYTES(EMPTY_STRING "\x48\x00\x48\x05" /* no time, then one */
						      "\x50\x01\x50\x02\x60\x03\x60\x04"));

	(void)state;
	assert_int_equal(p->time_nanos, 5);
	assert_int_equal(p->duration_nanos, 2);
	assert_int_equal(p->period, 4);
	profile_destroy(p);
}

static void labels_with_zero_values(void **state)
{
	struct profile *p = decode(BYTES(EMPTY_STRING "\x32\x01u" TYPE
						      "\x12\x0c\x10\x01" /* sample */
						      "\x1a\x02\x08\x01" /* key 1: nothing */
						      "\x1a\x04\x08\x01\x20\x01")); /* 0 u */

	(void)state;
	assert_int_equal(p->n_labels, 2);
	assert_int_equal(p->labels[0].key, 1);
	assert_int_equal(p->labels[0].num_unit, 0);
	assert_int_equal(p->labels[1].num, 0);
	assert_int_equal(p->labels[1].num_unit, 1);
	profile_destroy(p);
}

/* --- there and back --- */

static void assert_same_text(const struct profile *p, uint32_t a, const struct profile *q,
			     uint32_t b)
{
	assert_string_equal(profile_text(p, a), profile_text(q, b));
}

static void assert_same_tables(const struct profile *p, const struct profile *q)
{
	assert_int_equal(p->n_mappings, q->n_mappings);
	for (size_t i = 0; i < p->n_mappings; i++) {
		const struct profile_mapping *a = &p->mappings[i], *b = &q->mappings[i];

		assert_true(a->start == b->start && a->limit == b->limit && a->offset == b->offset);
		assert_same_text(p, a->filename, q, b->filename);
		assert_same_text(p, a->build_id, q, b->build_id);
		assert_int_equal(a->has_functions, b->has_functions);
		assert_int_equal(a->has_filenames, b->has_filenames);
		assert_int_equal(a->has_line_numbers, b->has_line_numbers);
		assert_int_equal(a->has_inline_frames, b->has_inline_frames);
	}
	assert_int_equal(p->n_functions, q->n_functions);
	for (size_t i = 0; i < p->n_functions; i++) {
		const struct profile_function *a = &p->functions[i], *b = &q->functions[i];

		assert_same_text(p, a->name, q, b->name);
		assert_same_text(p, a->system_name, q, b->system_name);
		assert_same_text(p, a->filename, q, b->filename);
		assert_int_equal(a->start_line, b->start_line);
	}
	assert_int_equal(p->n_locations, q->n_locations);
	for (size_t i = 0; i < p->n_locations; i++) {
		const struct profile_location *a = &p->locations[i], *b = &q->locations[i];

		assert_true(a->mapping == b->mapping && a->address == b->address);
		assert_int_equal(a->is_folded, b->is_folded);
		assert_int_equal(a->n_lines, b->n_lines);
		assert_int_equal(a->first_line, b->first_line);
	}
	assert_int_equal(p->n_lines, q->n_lines);
	for (size_t i = 0; i < p->n_lines; i++) {
		assert_int_equal(p->lines[i].function, q->lines[i].function);
		assert_int_equal(p->lines[i].line, q->lines[i].line);
		assert_int_equal(p->lines[i].column, q->lines[i].column);
	}
}

static void assert_same_samples(const struct profile *p, const struct profile *q)
{
	assert_int_equal(p->n_samples, q->n_samples);
	assert_memory_equal(p->samples, q->samples, p->n_samples * sizeof(*p->samples));
	assert_int_equal(p->n_stack_locations, q->n_stack_locations);
	assert_memory_equal(p->stack_locations, q->stack_locations,
			    p->n_stack_locations * sizeof(*p->stack_locations));
	assert_int_equal(p->n_values, q->n_values);
	assert_memory_equal(p->values, q->values, p->n_values * sizeof(*p->values));
	assert_int_equal(p->n_labels, q->n_labels);
	for (size_t i = 0; i < p->n_labels; i++) {
		assert_same_text(p, p->labels[i].key, q, q->labels[i].key);
		assert_same_text(p, p->labels[i].text, q, q->labels[i].text);
		assert_same_text(p, p->labels[i].num_unit, q, q->labels[i].num_unit);
		assert_true(p->labels[i].num == q->labels[i].num);
	}
}

static void assert_same_head(const struct profile *p, const struct profile *q)
{
	assert_int_equal(p->n_sample_types, q->n_sample_types);
	for (size_t i = 0; i < p->n_sample_types; i++) {
		assert_same_text(p, p->sample_types[i].type, q, q->sample_types[i].type);
		assert_same_text(p, p->sample_types[i].unit, q, q->sample_types[i].unit);
	}
	assert_int_equal(p->n_comments, q->n_comments);
	for (size_t i = 0; i < p->n_comments; i++)
		assert_same_text(p, p->comments[i], q, q->comments[i]);
	assert_same_text(p, p->period_type.type, q, q->period_type.type);
	assert_same_text(p, p->period_type.unit, q, q->period_type.unit);
	assert_int_equal(p->period, q->period);
	assert_int_equal(p->time_nanos, q->time_nanos);
	assert_int_equal(p->duration_nanos, q->duration_nanos);
	assert_same_text(p, p->default_sample_type, q, q->default_sample_type);
	assert_same_text(p, p->drop_frames, q, q->drop_frames);
	assert_same_text(p, p->keep_frames, q, q->keep_frames);
	assert_same_text(p, p->doc_url, q, q->doc_url);
}

static void round_trip(void **state)
{
	struct profile *p = full_profile(), *q;
	struct buf file = encode(p), again;

	(void)state;
	q = decode(file.data, file.len);
	assert_same_head(p, q);
	assert_same_tables(p, q);
	assert_same_samples(p, q);
	again = encode(q);
	assert_int_equal(file.len, again.len);
	assert_memory_equal(file.data, again.data, file.len);
	buf_deinit(&file);
	buf_deinit(&again);
	profile_destroy(p);
	profile_destroy(q);
}

/* --- gzip --- */

static size_t gzip(const void *bytes, size_t len, uint8_t *out, size_t size)
{
	z_stream z = {.next_in = (Bytef *)bytes,
		      .avail_in = (uInt)len,
		      .next_out = out,
		      .avail_out = (uInt)size};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return size - z.avail_out;
}

static void gzip_in_two_members(void **state)
{
	static const char bytes[] = EMPTY_STRING LOCATION_1 LOCATION_2;
	uint8_t file[256];
	size_t len = gzip(bytes, 4, file, sizeof(file));
	struct profile *p;

	(void)state;
	len += gzip(bytes + 4, sizeof(bytes) - 1 - 4, file + len, sizeof(file) - len);
	p = decode(file, len);
	assert_int_equal(p->n_locations, 2);
	profile_destroy(p);
}

static void two_files_in_one(void **state)
{
	struct profile *p = full_profile(), *q;
	struct buf file = encode(p);
	size_t len = file.len;
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_ok(buf_putc(&file, file.data[i]));
	assert_int_equal(profile_decode(file.data, file.len, NULL, &q, &err), -EINVAL);
	assert_non_null(strstr(err.message, "concatenated profiles"));
	buf_deinit(&file);
	profile_destroy(p);
}

static void gzip_damaged(void **state)
{
	uint8_t file[256], empty[64];
	size_t len = gzip(BYTES(EMPTY_STRING LOCATION_1), file, sizeof(file));

	(void)state;
	check_refused(&(struct test_case){(char *)empty, gzip("", 0, empty, sizeof(empty)),
					  "empty input"});
	for (size_t cut = 2; cut < len; cut++)
		check_refused(&(struct test_case){(char *)file, cut, "gzip data ends early"});
	file[len] = 0;
	check_refused(&(struct test_case){(char *)file, len + 1, "gzip data ends early"});
	file[len + 1] = 'x';
	check_refused(&(struct test_case){(char *)file, len + 2, "gzip: incorrect header check"});
	file[len - 1] ^= 1;
	check_refused(&(struct test_case){(char *)file, len, "gzip: incorrect length check"});
	file[len - 8] ^= 1;
	check_refused(&(struct test_case){(char *)file, len, "gzip: incorrect data check"});
	file[2] = 7;
	check_refused(&(struct test_case){(char *)file, len, "gzip: unknown compression method"});
}

/* --- limits --- */

static void check_too_large(const void *bytes, size_t len, size_t max_bytes, size_t max_memory,
			    const char *expected)
{
	struct profile_decode_limits limits = {max_bytes, max_memory};
	struct error err = {0};
	struct profile *p;

	assert_int_equal(profile_decode(bytes, len, &limits, &p, &err), -EFBIG);
	assert_string_equal(err.message, expected);
}

static void decompression_bomb(void **state)
{
	enum { SIZE = 10 << 20 };
	char *zeros = calloc(1, SIZE);
	uint8_t *file = malloc(SIZE);
	size_t len;

	(void)state;
	assert_true(zeros && file);
	len = gzip(zeros, SIZE, file, SIZE);
	check_too_large(file, len, 1 << 20, 0,
			"too large: more than 1048576 bytes after decompression");
	check_too_large(zeros, SIZE, SIZE - 1, 0, "too large: more than 10485759 bytes");
	free(zeros);
	free(file);
}

/* A message with so many bytes of `element`, in one field when `tag` is not 0. */
static struct buf flood(const char *head, size_t head_len, char tag, const char *element,
			size_t element_len)
{
	enum { BYTES_2_21 = 1 << 21 };
	struct buf b;

	buf_init(&b, 1 << 24);
	buf_append(&b, head, head_len);
	if (tag) {
		buf_putc(&b, tag);
		buf_append(&b, "\x80\x80\x80\x01", 4); /* length 2^21 */
	}
	for (size_t n = 0; n < BYTES_2_21; n += element_len)
		buf_append(&b, element, element_len);
	assert_ok(b.failed);
	return b;
}

static void memory_limit(void **state)
{
	const struct {
		const char *head;
		size_t head_len;
		char tag;
		const char *element;
		size_t element_len;
	} floods[] = {
		{BYTES(EMPTY_STRING TYPE), 0x12, BYTES("\x1a\x00")}, /* one sample: labels */
		{BYTES(EMPTY_STRING), 0x22, BYTES("\x22\x00")},      /* one location: lines */
		{BYTES(EMPTY_STRING), 0x22, BYTES("\x7a\x00")},      /* ... unknown fields */
		{BYTES(EMPTY_STRING), 0x6a, BYTES("\x00")},          /* packed comments */
		{BYTES(EMPTY_STRING), 0, BYTES(EMPTY_STRING)},
		{BYTES(EMPTY_STRING), 0, BYTES(TYPE)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(floods); i++) {
		struct buf b = flood(floods[i].head, floods[i].head_len, floods[i].tag,
				     floods[i].element, floods[i].element_len);

		check_too_large(b.data, b.len, 0, 3 << 20,
				"too large: it takes more than 3145728 bytes of memory");
		buf_deinit(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(ids_in_any_order),
		cmocka_unit_test(unknown_fields),
		cmocka_unit_test(integers_packed_or_not),
		cmocka_unit_test(mapping_that_does_not_exist),
		cmocka_unit_test(equal_things_become_one),
		cmocka_unit_test(scalars_that_come_twice),
		cmocka_unit_test(labels_with_zero_values),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(gzip_in_two_members),
		cmocka_unit_test(two_files_in_one),
		cmocka_unit_test(gzip_damaged),
		cmocka_unit_test(decompression_bomb),
		cmocka_unit_test(memory_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
