/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

static void test_append(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_string_equal(buf_cstr(&b), "");
	assert_int_equal(buf_puts(&b, "ab"), 0);
	assert_int_equal(buf_putc(&b, '\0'), 0);
	assert_int_equal(buf_append(&b, NULL, 0), 0);
	assert_int_equal(buf_printf(&b, "%d%s", -7, "z"), 0);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "ab\0-7z", 6);
	assert_int_equal(buf_cstr(&b)[6], '\0');
	buf_deinit(&b);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_puts(&b, "again"), 0);
	assert_string_equal(buf_cstr(&b), "again");
	buf_deinit(&b);
}

static void test_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(buf_puts(&b, "abc"), 0);
	assert_int_equal(buf_puts(&b, "de"), -EFBIG);
	assert_int_equal(buf_printf(&b, "%d", 10), -EFBIG);
	assert_string_equal(buf_cstr(&b), "abc"); /* a failure adds nothing */
	assert_int_equal(buf_putc(&b, 'd'), 0);   /* what fits is still taken ... */
	assert_string_equal(buf_cstr(&b), "abcd");
	assert_int_equal(b.failed, -EFBIG); /* ... but the failure is remembered */
	assert_int_equal(buf_append(&b, "x", SIZE_MAX), -EFBIG);
	buf_deinit(&b);
	assert_int_equal(b.failed, 0);
	assert_int_equal(b.max, 4);

	buf_init(&b, 0);
	assert_int_equal(buf_putc(&b, 'x'), -EFBIG);
	assert_string_equal(buf_cstr(&b), "");
	buf_deinit(&b);
}

static void test_growth(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 1 << 20; i++)
		assert_int_equal(buf_putc(&b, (char)i), 0);
	assert_int_equal(buf_putc(&b, 0), -EFBIG);
	for (int i = 0; i < 1 << 20; i++)
		assert_int_equal((char)i, b.data[i]);
	buf_deinit(&b);
}

/* A pipe that gives len bytes and then ends. */
static int pipe_with(size_t len)
{
	char bytes[4096];
	int fds[2];

	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], bytes, len), len);
	close(fds[1]);
	return fds[0];
}

static void test_read_fd(void **state)
{
	static const struct {
		size_t len, max;
		int result;
	} cases[] = {{0, 10, 0},  {0, 0, 0},        {9, 10, 0},
		     {10, 10, 0}, {11, 10, -EFBIG}, {4096, 1 << 20, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int fd = pipe_with(cases[i].len);
		struct buf b;

		buf_init(&b, cases[i].max);
		assert_int_equal(buf_read_fd(&b, fd), cases[i].result);
		assert_int_equal(b.failed, cases[i].result);
		if (!cases[i].result)
			assert_int_equal(b.len, cases[i].len);
		buf_deinit(&b);
		close(fd);
	}
}

static void test_read_file(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	/* Files made up by the kernel have size 0 and yet contents. */
	assert_int_equal(buf_read_file(&b, AT_FDCWD, "/proc/self/maps"), 0);
	assert_non_null(strstr(buf_cstr(&b), "[stack]"));
	buf_deinit(&b);
	assert_int_equal(buf_read_file(&b, AT_FDCWD, "/proc/self/no-such-file"), -ENOENT);
	assert_int_equal(buf_read_file(&b, AT_FDCWD, "/proc/self"), -EISDIR);
	assert_int_equal(b.failed, -ENOENT); /* the first failure stays */
	buf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),    cmocka_unit_test(test_limit),
		cmocka_unit_test(test_growth),    cmocka_unit_test(test_read_fd),
		cmocka_unit_test(test_read_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
