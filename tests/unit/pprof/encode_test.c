/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/pprof/pprof_test.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/pprof/gunzip.h"

static struct buf gunzipped(const struct buf *file)
{
	struct buf message;

	buf_init(&message, 1 << 30);
	assert_ok(gunzip(file->data, file->len, &message, NULL));
	return message;
}

/* Written out by hand, so that encoder and decoder cannot be wrong in the same way. */
static const char expected_bytes[] =
	"\x0a\x04\x08\x01\x10\x02"                     /* sample_type {type 1, unit 2} */
	"\x12\x0f"                                     /* sample */
	"\x0a\x02\x02\x01"                             /*   location ids 2, 1, packed */
	"\x12\x01\x05"                                 /*   values 5, packed */
	"\x1a\x06\x08\x03\x18\x2a\x20\x02"             /*   label {key 3, num 42, unit 2} */
	"\x1a\x09\x08\x01\x18\x80\x20\x28\x03\x38\x01" /* mapping {id 1, limit, filename 3,
							  has_functions} */
	"\x22\x0c\x08\x01\x10\x01\x18\x10\x22\x04\x08\x01\x10\x07" /* location {1, mapping 1,
								      address 16, line {1, 7}} */
	"\x22\x04\x08\x02\x18\x20"                                 /* location {id 2, address 32} */
	"\x2a\x06\x08\x01\x10\x04\x28\x06" /* function {id 1, name 4, start_line 6} */
	"\x32\x00"                         /* string_table */
	"\x32\x03"
	"cpu"
	"\x32\x02"
	"ns"
	"\x32\x01"
	"k"
	"\x32\x01"
	"f"
	"\x48\x08\x50\x09"         /* time_nanos 8, duration_nanos 9 */
	"\x5a\x04\x08\x01\x10\x02" /* period_type */
	"\x60\x0a"                 /* period 10 */
	"\x6a\x01\x03"             /* comment 3, packed */
	"\x70\x01";                /* default_sample_type 1 */

static struct profile *small_profile(void)
{
	struct profile *p = new_profile();
	struct profile_mapping m = {.limit = 0x1000, .has_functions = true};
	struct profile_function f = {.start_line = 6};
	struct profile_line line = {.line = 7};
	struct profile_label label = {.num = 42};
	uint32_t number, root, leaf;

	assert_ok(profile_add_sample_type(p, "cpu", "ns"));
	label.key = m.filename = add_string(p, "k");
	label.num_unit = p->sample_types[0].unit;
	f.name = add_string(p, "f");
	assert_ok(profile_add_mapping(p, &m, &number));
	assert_ok(profile_add_function(p, &f, &number));
	assert_ok(profile_add_location(p, 0, 16, &line, 1, &root));
	assert_ok(profile_add_location(p, PROFILE_NONE, 32, NULL, 0, &leaf));
	assert_ok(profile_add_sample(p, (uint32_t[]){leaf, root}, 2, &label, 1, (int64_t[]){5}));
	assert_ok(profile_add_comment(p, "k"));
	p->time_nanos = 8;
	p->duration_nanos = 9;
	p->period_type = p->sample_types[0];
	p->period = 10;
	p->default_sample_type = p->sample_types[0].type;
	return p;
}

static void exact_bytes(void **state)
{
	struct profile *p = small_profile();
	struct buf file = encode(p), message = gunzipped(&file);

	(void)state;
	/* No name, no flags, no time. */
	assert_memory_equal(file.data, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00", 9);
	assert_memory_equal(message.data, expected_bytes,
			    message.len < sizeof(expected_bytes) ? message.len
								 : sizeof(expected_bytes) - 1);
	assert_int_equal(message.len, sizeof(expected_bytes) - 1);
	buf_deinit(&file);
	buf_deinit(&message);
	profile_destroy(p);
}

static void empty_profile(void **state)
{
	struct profile *p = new_profile();
	struct buf file = encode(p), message = gunzipped(&file);

	(void)state;
	assert_int_equal(message.len, 2);
	assert_memory_equal(message.data, "\x32\x00", 2);
	buf_deinit(&file);
	buf_deinit(&message);
	profile_destroy(p);
}

static void equal_profiles_give_equal_bytes(void **state)
{
	struct profile *p = full_profile(), *q = full_profile();
	struct buf a = encode(p), b = encode(q), c = encode(p);

	(void)state;
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	assert_int_equal(a.len, c.len);
	assert_memory_equal(a.data, c.data, a.len);
	buf_deinit(&a);
	buf_deinit(&b);
	buf_deinit(&c);
	profile_destroy(p);
	profile_destroy(q);
}

/* Elements that are larger than the encoder's buffers, between others that are not. */
static struct profile *large_profile(void)
{
	enum { DEEP = 100000 };
	struct profile *p = new_profile();
	CLEANUP_FREE uint32_t *stack = calloc(DEEP, sizeof(*stack));
	CLEANUP_FREE struct profile_label *labels = calloc(DEEP, sizeof(*labels));
	CLEANUP_FREE char *text = malloc(DEEP);

	assert_true(stack && labels && text);
	memset(text, 'x', DEEP);
	text[DEEP - 1] = '\0';
	add_string(p, text);
	assert_ok(profile_add_sample_type(p, "samples", "count"));
	for (uint32_t i = 0; i < DEEP; i++) {
		stack[i] = add_location(p, (uint64_t)i * 0x9e3779b97f4a7c15u);
		labels[i].num = i;
	}
	for (uint32_t i = 0; i < 10; i++) {
		assert_ok(profile_add_sample(p, stack, i, labels, i, (int64_t[]){i}));
		assert_ok(profile_add_sample(p, stack, DEEP - i, labels, i, (int64_t[]){i}));
		assert_ok(profile_add_sample(p, stack, i, labels, DEEP - i, (int64_t[]){i}));
	}
	return p;
}

static void large_elements(void **state)
{
	struct profile *p = large_profile(), *q;
	struct buf file = encode(p), again;

	(void)state;
	q = decode(file.data, file.len);
	assert_int_equal(q->n_samples, p->n_samples);
	assert_int_equal(q->n_stack_locations, p->n_stack_locations);
	assert_memory_equal(q->stack_locations, p->stack_locations,
			    p->n_stack_locations * sizeof(*p->stack_locations));
	assert_int_equal(q->n_labels, p->n_labels);
	again = encode(q);
	assert_int_equal(again.len, file.len);
	assert_memory_equal(again.data, file.data, file.len);
	buf_deinit(&file);
	buf_deinit(&again);
	profile_destroy(p);
	profile_destroy(q);
}

struct failing_sink {
	int calls_left;
	int code;
	size_t calls_after;
};

static int write_failing(void *sink, const void *bytes, size_t len)
{
	struct failing_sink *f = sink;

	(void)bytes;
	assert_true(len > 0);
	if (f->calls_left-- > 0)
		return 0;
	f->calls_after++;
	return f->code;
}

static void failing_writer(void **state)
{
	struct profile *p = large_profile();

	(void)state;
	for (int calls = 0; calls < 3; calls++) {
		struct failing_sink sink = {.calls_left = calls, .code = -ENOSPC};
		struct error err = {0};

		assert_int_equal(profile_encode(p, write_failing, &sink, &err), -ENOSPC);
		assert_int_equal(sink.calls_after, 1);
		assert_int_equal(err.code, -ENOSPC);
		assert_string_equal(err.message, "writing the profile: No space left on device");
	}
	assert_int_equal(
		profile_encode(p, write_failing, &(struct failing_sink){.code = -EPIPE}, NULL),
		-EPIPE);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_bytes),
		cmocka_unit_test(empty_profile),
		cmocka_unit_test(equal_profiles_give_equal_bytes),
		cmocka_unit_test(large_elements),
		cmocka_unit_test(failing_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
