/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flamegraph/values.h"
#include "tests/unit/flamegraph/build.h"

static void test_format(void **state)
{
	static const struct {
		int64_t value;
		const char *unit, *text;
	} cases[] = {
		{0, "nanoseconds", "0"},
		{999, "nanoseconds", "999ns"},
		{1000, "nanoseconds", "1.00\u00b5s"},
		{45600000, "nanoseconds", "45.60ms"},
		{999994999, "nanoseconds", "999.99ms"},
		{999995000, "nanoseconds", "1.00s"}, /* never "1000.00ms" */
		{1234567890, "nanoseconds", "1.23s"},
		{-1234567890, "nanoseconds", "-1.23s"},
		{90000000000, "nanoseconds", "90.00s"},
		{5400000000000, "nanoseconds", "1.50h"},
		{INT64_MAX, "nanoseconds", "2562047.79h"},
		{INT64_MIN, "nanoseconds", "-2562047.79h"},
		{1500, "microseconds", "1.50ms"},
		{1500, "milliseconds", "1.50s"},
		{2, "seconds", "2.00s"},
		{0, "bytes", "0"},
		{512, "bytes", "512B"},
		{1536, "bytes", "1.5kB"},
		{1024 * 1024 - 1, "bytes", "1.0MB"}, /* never "1024.0kB" */
		{12897485, "bytes", "12.3MB"},
		{-12897485, "bytes", "-12.3MB"},
		{INT64_MAX, "bytes", "8192.0PB"},
		{2048, "kilobytes", "2.0MB"},
		{498, "count", "498"},
		{INT64_MIN, "count", "-9223372036854775808"},
		{7, "", "7"},
		{7, "cycles", "7"},
	};
	char text[VALUE_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(value_format(cases[i].value, cases[i].unit, text),
				    cases[i].text);
}

static void test_percent(void **state)
{
	char text[VALUE_TEXT_BYTES];

	(void)state;
	assert_string_equal(value_format_percent(495, 1000, text), "49.5%");
	assert_string_equal(value_format_percent(1000, 1000, text), "100%");
	assert_string_equal(value_format_percent(-1, 8, text), "-12.5%");
	assert_string_equal(value_format_percent(0, 8, text), "0%");
	assert_string_equal(value_format_percent(5, 0, text), "0%");
	assert_string_equal(value_format_percent(1, 100000, text), "0.0%");
	assert_string_equal(value_format_percent(INT64_MIN, UINT64_MAX, text), "-50.0%");
}

static void test_saturation(void **state)
{
	(void)state;
	assert_true(value_add(INT64_MAX, 1) == INT64_MAX);
	assert_true(value_add(INT64_MIN, -1) == INT64_MIN);
	assert_true(value_add(INT64_MIN, INT64_MAX) == -1);
	assert_true(value_size(INT64_MIN) == (uint64_t)1 << 63);
	assert_true(value_size(-5) == 5);
}

static void test_find_type(void **state)
{
	struct profile *p = profile_new("samples", "count");
	struct profile *empty = profile_new(NULL, NULL);
	struct error err = {0};
	size_t type = 77;

	(void)state;
	assert_int_equal(profile_add_sample_type(p, "cpu", "nanoseconds"), 0);
	assert_int_equal(profile_add_sample_type(p, "wall", "nanoseconds"), 0);

	assert_int_equal(values_find_type(p, NULL, false, &type, &err), 0);
	assert_int_equal(type, 0);
	assert_int_equal(values_find_type(p, NULL, true, &type, &err), 0);
	assert_int_equal(type, 2);
	assert_int_equal(values_find_type(p, "cpu", true, &type, &err), 0);
	assert_int_equal(type, 1);
	p->default_sample_type = str(p, "cpu");
	assert_int_equal(values_find_type(p, NULL, true, &type, &err), 0);
	assert_int_equal(type, 1);
	p->default_sample_type = str(p, "gone");
	assert_int_equal(values_find_type(p, NULL, true, &type, &err), 0);
	assert_int_equal(type, 2);

	assert_int_equal(values_find_type(p, "heap", true, &type, &err), -EINVAL);
	assert_string_equal(err.message,
			    "the profile has no sample type \"heap\" (it has samples, cpu, wall)");
	assert_int_equal(values_find_type(empty, NULL, true, &type, &err), -EINVAL);
	assert_string_equal(err.message, "the profile has no sample types");
	assert_int_equal(type, 2); /* untouched by failures */
	profile_destroy(p);
	profile_destroy(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_saturation),
		cmocka_unit_test(test_find_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
