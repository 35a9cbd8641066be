/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/pprof/pprof_test.h"

#include <errno.h>

static struct profile *new_cpu_profile(void)
{
	struct profile *p = new_profile();

	assert_ok(profile_add_sample_type(p, "samples", "count"));
	assert_ok(profile_add_sample_type(p, "cpu", "nanoseconds"));
	return p;
}

static void empty_profile(void **state)
{
	struct profile *p = new_profile();

	(void)state;
	assert_string_equal(profile_text(p, 0), "");
	assert_int_equal(p->strings.count, 1);
	assert_int_equal(p->n_samples, 0);
	profile_destroy(p);
	profile_destroy(NULL);
}

static void strings_are_interned(void **state)
{
	struct profile *p = new_profile();
	uint32_t a = add_string(p, "main.main"), b = add_string(p, "main.init");

	(void)state;
	assert_int_equal(add_string(p, ""), 0);
	assert_int_not_equal(a, b);
	assert_int_equal(add_string(p, "main.main"), a);
	assert_string_equal(profile_text(p, b), "main.init");
	profile_destroy(p);
}

static void mappings_are_interned(void **state)
{
	struct profile *p = new_profile();
	struct profile_mapping m = {.start = 0x1000, .limit = 0x2000, .has_functions = true};
	uint32_t a, b, c;

	(void)state;
	assert_ok(profile_add_mapping(p, &m, &a));
	assert_ok(profile_add_mapping(p, &m, &b));
	m.has_functions = false; /* the part of the binary without names */
	assert_ok(profile_add_mapping(p, &m, &c));
	assert_int_equal(a, 0);
	assert_int_equal(b, 0);
	assert_int_equal(c, 1);
	m.filename = 1;
	assert_int_equal(profile_add_mapping(p, &m, &c), -EINVAL);
	assert_int_equal(c, 1);
	assert_int_equal(p->n_mappings, 2);
	profile_destroy(p);
}

static void functions_are_interned(void **state)
{
	struct profile *p = new_profile();
	struct profile_function f = {.name = add_string(p, "main.main"), .start_line = 3};
	uint32_t a, b, c;

	(void)state;
	assert_ok(profile_add_function(p, &f, &a));
	assert_ok(profile_add_function(p, &f, &b));
	f.start_line = 4;
	assert_ok(profile_add_function(p, &f, &c));
	assert_int_equal(a, b);
	assert_int_equal(c, 1);
	f.system_name = 99;
	assert_int_equal(profile_add_function(p, &f, &c), -EINVAL);
	assert_int_equal(p->n_functions, 2);
	profile_destroy(p);
}

static void locations_are_interned(void **state)
{
	struct profile *p = new_profile();
	struct profile_line lines[2] = {{add_function(p, "inner"), 1, 0},
					{add_function(p, "outer"), 2, 0}};
	uint32_t a, b, c, d;

	(void)state;
	assert_ok(profile_add_location(p, PROFILE_NONE, 0x10, lines, 2, &a));
	assert_ok(profile_add_location(p, PROFILE_NONE, 0x10, lines, 2, &b));
	assert_ok(profile_add_location(p, PROFILE_NONE, 0x10, lines, 1, &c));
	lines[0].column = 7;
	assert_ok(profile_add_location(p, PROFILE_NONE, 0x10, lines, 1, &d));
	assert_int_equal(a, b);
	assert_int_equal(c, 1);
	assert_int_equal(d, 2);
	assert_int_equal(p->n_lines, 4);
	assert_int_equal(p->lines[p->locations[d].first_line].column, 7);

	assert_int_equal(profile_add_location(p, 0, 0x10, NULL, 0, &d), -EINVAL);
	lines[1].function = 2;
	assert_int_equal(profile_add_location(p, PROFILE_NONE, 0x10, lines, 2, &d), -EINVAL);
	assert_int_equal(p->n_locations, 3);
	assert_int_equal(d, 2);
	profile_destroy(p);
}

static void equal_samples_are_summed(void **state)
{
	struct profile *p = new_cpu_profile();
	uint32_t stack[2] = {add_location(p, 1), add_location(p, 2)};
	uint32_t reversed[2] = {stack[1], stack[0]};

	(void)state;
	assert_ok(profile_add_sample(p, stack, 2, NULL, 0, (int64_t[]){1, 10}));
	assert_ok(profile_add_sample(p, reversed, 2, NULL, 0, (int64_t[]){1, 10}));
	assert_ok(profile_add_sample(p, stack, 1, NULL, 0, (int64_t[]){1, 10}));
	assert_ok(profile_add_sample(p, NULL, 0, NULL, 0, (int64_t[]){1, 10}));
	assert_ok(profile_add_sample(p, stack, 2, NULL, 0, (int64_t[]){2, -5}));
	assert_ok(profile_add_sample(p, NULL, 0, NULL, 0, (int64_t[]){5, 0}));
	assert_int_equal(p->n_samples, 4);
	assert_int_equal(profile_values(p, 0)[0], 3);
	assert_int_equal(profile_values(p, 0)[1], 5);
	assert_int_equal(profile_values(p, 1)[0], 1);
	assert_int_equal(profile_values(p, 3)[0], 6);
	assert_int_equal(p->stack_locations[p->samples[1].first_location], stack[1]);
	profile_destroy(p);
}

static void labels_tell_samples_apart(void **state)
{
	struct profile *p = new_cpu_profile();
	uint32_t stack[1] = {add_location(p, 1)};
	struct profile_label label = {.key = add_string(p, "goid")};

	(void)state;
	assert_ok(profile_add_sample(p, stack, 1, NULL, 0, (int64_t[]){1, 1}));
	assert_ok(profile_add_sample(p, stack, 1, &label, 1, (int64_t[]){1, 1}));
	label.num_unit = add_string(p, "id"); /* the number 0, as opposed to no value */
	assert_ok(profile_add_sample(p, stack, 1, &label, 1, (int64_t[]){1, 1}));
	label.num = 1;
	assert_ok(profile_add_sample(p, stack, 1, &label, 1, (int64_t[]){1, 1}));
	assert_ok(profile_add_sample(p, NULL, 0, &label, 1, (int64_t[]){1, 1}));
	assert_ok(profile_add_sample(p, stack, 1, &label, 1, (int64_t[]){1, 1}));
	assert_int_equal(p->n_samples, 5);
	assert_int_equal(profile_values(p, 3)[0], 2);
	/* The stack is there once, and so is the label that two samples have. */
	assert_int_equal(p->n_stack_locations, 1);
	assert_int_equal(p->n_labels, 3);
	assert_int_equal(p->labels[p->samples[4].first_label].num, 1);
	profile_destroy(p);
}

static void sums_saturate(void **state)
{
	struct profile *p = new_cpu_profile();

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_ok(
			profile_add_sample(p, NULL, 0, NULL, 0, (int64_t[]){INT64_MAX, INT64_MIN}));
	assert_true(profile_values(p, 0)[0] == INT64_MAX);
	assert_true(profile_values(p, 0)[1] == INT64_MIN);
	assert_ok(profile_add_sample(p, NULL, 0, NULL, 0, (int64_t[]){INT64_MIN, INT64_MAX}));
	assert_int_equal(profile_values(p, 0)[0], -1);
	assert_int_equal(profile_values(p, 0)[1], -1);
	profile_destroy(p);
}

static void bad_samples_change_nothing(void **state)
{
	struct profile *p = new_profile();
	uint32_t stack[2] = {add_location(p, 1), 1};
	struct profile_label label = {.key = 1};
	const int64_t value = 1;

	(void)state;
	assert_int_equal(profile_add_sample(p, stack, 1, NULL, 0, &value), -EINVAL);
	assert_ok(profile_add_sample_type(p, "samples", "")); /* string 1 */
	assert_int_equal(profile_add_sample(p, stack, 2, NULL, 0, &value), -EINVAL);
	label.num_unit = 2;
	assert_int_equal(profile_add_sample(p, stack, 1, &label, 1, &value), -EINVAL);
	assert_int_equal(profile_add_sample(p, stack, (size_t)1 << 32, NULL, 0, &value),
			 -EOVERFLOW);
	assert_int_equal(p->n_samples + p->n_values + p->n_stack_locations + p->n_labels, 0);
	label.num_unit = 1;
	assert_ok(profile_add_sample(p, stack, 1, &label, 1, &value));
	assert_int_equal(profile_add_sample_type(p, "late", "count"), -EINVAL);
	assert_int_equal(p->n_sample_types, 1);
	profile_destroy(p);
}

static void comments_keep_their_order(void **state)
{
	struct profile *p = new_profile();

	(void)state;
	assert_ok(profile_add_comment(p, "lost %d", 1));
	assert_ok(profile_add_comment(p, "cut %d", 2));
	assert_ok(profile_add_comment(p, "lost %d", 1));
	assert_int_equal(profile_append_comment(p, 99), -EINVAL);
	assert_int_equal(p->n_comments, 3);
	assert_string_equal(profile_text(p, p->comments[1]), "cut 2");
	assert_int_equal(p->comments[0], p->comments[2]);
	profile_destroy(p);
}

/* Everything twice, in numbers that make every array and index grow. */
static void many(void **state)
{
	enum { N = 20000 };
	struct profile *p = new_cpu_profile();
	uint32_t first = add_location(p, 0);

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < N; i++) {
			struct profile_label label = {.key = 1, .num = i % 100};
			uint32_t stack[3] = {add_location(p, i), first, add_location(p, i / 2)};

			assert_ok(
				profile_add_sample(p, stack, i % 4, &label, 1, (int64_t[]){1, i}));
		}
	}
	assert_int_equal(p->n_locations, N);
	assert_int_equal(p->n_samples, N / 4 * 3 + 25); /* i % 4 == 0: only labels differ */
	assert_int_equal(p->n_labels, 100);
	for (size_t i = 0; i < p->n_samples; i++)
		assert_int_equal(profile_values(p, i)[0],
				 p->samples[i].n_locations ? 2 : N / 100 * 2);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_profile),
		cmocka_unit_test(strings_are_interned),
		cmocka_unit_test(mappings_are_interned),
		cmocka_unit_test(functions_are_interned),
		cmocka_unit_test(locations_are_interned),
		cmocka_unit_test(equal_samples_are_summed),
		cmocka_unit_test(labels_tell_samples_apart),
		cmocka_unit_test(sums_saturate),
		cmocka_unit_test(bad_samples_change_nothing),
		cmocka_unit_test(comments_keep_their_order),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
