/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/duration.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"0", 0},
		{"30", 30000000000},
		{"0.5", 500000000},
		{".5s", 500000000},
		{"5.s", 5000000000},
		{"1ns", 1},
		{"500ms", 500000000},
		{"3us", 3000},
		{"3\u00b5s", 3000}, /* micro sign */
		{"3\u03bcs", 3000}, /* Greek letter */
		{"1m30s", 90000000000},
		{"1.5h", 5400000000000},
		{"1h0m0.000000001s", 3600000000001},
		{"1m1ms", 60001000000},
		{"0.1ns", 0},
		{"0.333333333333333333333333333333s", 333333333},
		{"9223372036854775807ns", INT64_MAX},
		{"2562047h47m16.854775807s", INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t ns = -1;

		assert_int_equal(duration_parse(cases[i].text, &ns), 0);
		assert_true(ns == cases[i].ns);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{"", -EINVAL},
		{".", -EINVAL},
		{"s", -EINVAL},
		{".s", -EINVAL},
		{"-5s", -EINVAL},
		{"5 s", -EINVAL},
		{"5sec", -EINVAL},
		{"5S", -EINVAL},
		{"1m30", -EINVAL},
		{"1d", -EINVAL},
		{"1.2.3", -EINVAL},
		{"1s ", -EINVAL},
		{"0x10", -EINVAL},
		{"1e3s", -EINVAL},
		{"9223372037", -ERANGE},
		{"2562048h", -ERANGE},
		{"9223372036854775808ns", -ERANGE},
		{"2562047h47m16.854775808s", -ERANGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t ns = -1;

		assert_int_equal(duration_parse(cases[i].text, &ns), cases[i].result);
		assert_true(ns == -1);
	}
}

/* No fraction of a second that can be written in decimals loses a nanosecond. */
static void test_fractions_are_exact(void **state)
{
	(void)state;
	for (int i = 0; i < 1000000; i += 7) {
		char text[40];
		int64_t ns = -1;

		snprintf(text, sizeof(text), "0.%06ds", i);
		assert_int_equal(duration_parse(text, &ns), 0);
		assert_true(ns == i * (int64_t)1000);
		snprintf(text, sizeof(text), "0.%09ds", i);
		assert_int_equal(duration_parse(text, &ns), 0);
		assert_true(ns == i);
	}
}

static void test_format(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "0s"},
		{1, "1ns"},
		{999, "999ns"},
		{1000, "1\u00b5s"},
		{1500, "1.5\u00b5s"},
		{500000000, "500ms"},
		{999999999, "999.999999ms"},
		{1000000000, "1s"},
		{10000000000, "10s"},
		{90000000000, "1m30s"},
		{3600000000000, "1h0m0s"},
		{5400000000001, "1h30m0.000000001s"},
		{-1500000000, "-1.5s"},
		{INT64_MAX, "2562047h47m16.854775807s"},
		{INT64_MIN, "-2562047h47m16.854775808s"},
	};
	char text[64], small[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(duration_format(cases[i].ns, text, sizeof(text)),
				    cases[i].text);
	assert_string_equal(duration_format(90000000000, small, sizeof(small)), "1m3");
}

static void test_round_trip(void **state)
{
	char text[64];

	(void)state;
	for (int64_t ns = 1; ns < INT64_MAX / 3; ns = ns * 3 + 1) {
		int64_t again = -1;

		assert_int_equal(duration_parse(duration_format(ns, text, sizeof(text)), &again),
				 0);
		assert_true(again == ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_fractions_are_exact),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
