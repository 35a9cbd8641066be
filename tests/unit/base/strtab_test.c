/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strtab.h"

static uint32_t intern(struct strtab *t, const char *text)
{
	uint32_t number = 77;

	assert_int_equal(strtab_intern(t, text, strlen(text), &number), 0);
	return number;
}

static void test_equal_strings_have_one_number(void **state)
{
	struct strtab t;
	char text[16];

	(void)state;
	assert_int_equal(strtab_init(&t, 1 << 20), 0);
	assert_int_equal(intern(&t, ""), 0);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 1; i < 5000; i++) {
			snprintf(text, sizeof(text), "name%u", i);
			assert_int_equal(intern(&t, text), i);
		}
	}
	assert_int_equal(t.count, 5000);
	assert_string_equal(strtab_text(&t, 0), "");
	assert_string_equal(strtab_text(&t, 4999), "name4999");
	assert_int_equal(t.lengths[4999], 8);
	strtab_deinit(&t);
}

static void test_part_of_a_text(void **state)
{
	struct strtab t;
	uint32_t number = 0;

	(void)state;
	assert_int_equal(strtab_init(&t, 1 << 20), 0);
	assert_int_equal(strtab_intern(&t, "abcdef", 3, &number), 0);
	assert_string_equal(strtab_text(&t, number), "abc");
	assert_int_equal(intern(&t, "abc"), number);
	assert_int_not_equal(intern(&t, "ab"), number);
	strtab_deinit(&t);
}

static void test_refusals(void **state)
{
	struct strtab t;
	uint32_t number = 77;
	static char big[1 << 16];

	(void)state;
	assert_int_equal(strtab_init(&t, 1 << 16), 0);
	assert_int_equal(strtab_intern(&t, "a\0b", 3, &number), -EINVAL);
	memset(big, 'x', sizeof(big));
	assert_int_equal(strtab_intern(&t, big, sizeof(big), &number), -ENOMEM);
	assert_int_equal(number, 77);
	assert_int_equal(t.count, 1);
	assert_int_equal(intern(&t, "small"), 1); /* still usable */
	strtab_deinit(&t);

	assert_int_equal(strtab_init(&t, 0), -ENOMEM);
	strtab_deinit(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_strings_have_one_number),
		cmocka_unit_test(test_part_of_a_text),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
