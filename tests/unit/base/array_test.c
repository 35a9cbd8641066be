/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"

static void test_growth(void **state)
{
	uint32_t *numbers = NULL;
	size_t capacity = 0, grown = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		size_t before = capacity;

		assert_int_equal(array_reserve(&numbers, &capacity, i + 1), 0);
		assert_true(capacity > i);
		grown += capacity != before;
		numbers[i] = i;
	}
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(numbers[i], i);
	assert_in_range(grown, 1, 30);
	assert_int_equal(array_reserve(&numbers, &capacity, 5), 0); /* never shrinks */
	assert_true(capacity >= 100000);
	free(numbers);
}

static void test_failure_keeps_the_array(void **state)
{
	uint64_t *numbers = NULL;
	size_t capacity = 0, before;
	uint64_t *same;

	(void)state;
	assert_int_equal(array_reserve(&numbers, &capacity, 1), 0);
	numbers[0] = 7;
	same = numbers;
	before = capacity;
	assert_int_equal(array_reserve(&numbers, &capacity, SIZE_MAX), -EOVERFLOW);
	assert_int_equal(array_reserve(&numbers, &capacity, SIZE_MAX / 8 + 1), -EOVERFLOW);
	assert_ptr_equal(numbers, same);
	assert_int_equal(capacity, before);
	assert_int_equal(numbers[0], 7);
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_failure_keeps_the_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
