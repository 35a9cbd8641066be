/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cursor.h"

static void test_fixed_width(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	struct cursor c = cursor_make(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_int_equal(cursor_u16(&c), 0x0302);
	assert_int_equal(cursor_u32(&c), 0x07060504);
	assert_true(cursor_u64(&c) == 0x0f0e0d0c0b0a0908);
	assert_int_equal(cursor_left(&c), 0);
	assert_false(c.failed);
}

static void test_failure_is_remembered(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct cursor c = cursor_make(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.failed);
	assert_int_equal(cursor_left(&c), 3); /* nothing was consumed ... */
	assert_int_equal(cursor_u8(&c), 0);   /* ... and nothing more is given */
	assert_null(cursor_bytes(&c, 0));
	assert_null(cursor_cstring(&c));
	assert_true(cursor_uvarint(&c) == 0);
}

static void test_sizes_do_not_wrap(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3};
	static const uint64_t sizes[] = {4, UINT32_MAX, (uint64_t)1 << 63, UINT64_MAX - 1,
					 UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct cursor c = cursor_make(bytes, sizeof(bytes));

		cursor_skip(&c, sizes[i]);
		assert_true(c.failed);
		assert_ptr_equal(c.pos, bytes);
	}
}

static void test_uvarint(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint64_t value;
		bool failed;
	} cases[] = {
		{"\x00", 1, 0, false},
		{"\x7f", 1, 127, false},
		{"\x80\x01", 2, 128, false},
		{"\x80\x00", 2, 0, false}, /* longer than needed, but a number */
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, UINT64_MAX, false},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, 0, true},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11, 0, true},
		{"\x80", 1, 0, true},
		{"", 0, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cursor c = cursor_make(cases[i].bytes, cases[i].len);

		assert_true(cursor_uvarint(&c) == cases[i].value);
		assert_int_equal(c.failed, cases[i].failed);
	}
}

static void test_cstring(void **state)
{
	struct cursor c = cursor_make("ab\0\0cd", 6);

	(void)state;
	assert_string_equal(cursor_cstring(&c), "ab");
	assert_string_equal(cursor_cstring(&c), "");
	assert_null(cursor_cstring(&c)); /* "cd" is not terminated inside */
	assert_true(c.failed);
}

static void test_nothing(void **state)
{
	struct cursor c = cursor_make(NULL, 0);

	(void)state;
	assert_int_equal(cursor_left(&c), 0);
	assert_non_null(cursor_bytes(&c, 0));
	assert_false(c.failed);
	assert_null(cursor_cstring(&c));
	assert_true(c.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed_width),
		cmocka_unit_test(test_failure_is_remembered),
		cmocka_unit_test(test_sizes_do_not_wrap),
		cmocka_unit_test(test_uvarint),
		cmocka_unit_test(test_cstring),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
