/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void test_set_and_prefix(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(error_set(&err, -EINVAL, "bad header at %d", 64), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.message, "bad header at 64");
	assert_int_equal(error_prefix(&err, "reading %s", "/proc/7/exe"), -EINVAL);
	assert_string_equal(err.message, "reading /proc/7/exe: bad header at 64");
}

static void test_without_a_receiver(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, -ENOMEM, "lost"), -ENOMEM);
	assert_int_equal(error_prefix(NULL, "lost"), 0);
}

static void test_long_messages_are_cut(void **state)
{
	struct error err = {0};
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&err, -EIO, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	error_prefix(&err, "reading");
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_memory_equal(err.message, "reading: xxx", 12);
	/* A prefix of every length near the limit. */
	for (size_t len = sizeof(err.message) - 5; len < sizeof(err.message) + 5; len++) {
		error_set(&err, -EIO, "why");
		assert_int_equal(error_prefix(&err, "%.*s", (int)len, text), -EIO);
		assert_true(strlen(err.message) < sizeof(err.message));
		assert_true(err.message[0] == 'x');
	}
}

static void test_text(void **state)
{
	(void)state;
	assert_string_equal(error_text(-ENOENT), "No such file or directory");
	assert_string_equal(error_text(ENOENT), "No such file or directory");
	assert_non_null(strstr(error_text(-524), "ENOTSUPP"));
	assert_string_equal(error_text(-99999), "Unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_prefix),
		cmocka_unit_test(test_without_a_receiver),
		cmocka_unit_test(test_long_messages_are_cut),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
