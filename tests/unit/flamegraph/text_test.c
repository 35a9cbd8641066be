/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "flamegraph/text.h"

#define BAD "\ufffd"

static void test_clean(void **state)
{
	static const struct {
		const char *text, *clean;
	} cases[] = {
		{"", ""},
		{"main.main", "main.main"},
		{"a b~", "a b~"},
		{"a;b", "a:b"},
		{"a\nb\r\tc\x7f", "a?b??c?"},
		{"\x1b[2J\x1b]0;owned\x07", "?[2J?]0:owned?"},
		{"caf\u00e9 \u65e5\u672c \U0001f600", "caf\u00e9 \u65e5\u672c \U0001f600"},
		/* C1 controls: U+009B begins an escape sequence as ESC [ does. */
		{"\xc2\x9b"
		 "31m\xc2\x80\xc2\x85",
		 "?31m??"},
		/* Text that is invisible or turns the writing direction, ends of line, no XML. */
		{"a\u200bb\u202ec\u2066d\u2028e\ufefff\uffffg",
		 "a" BAD "b" BAD "c" BAD "d" BAD "e" BAD "f" BAD "g"},
		/* No UTF-8: stray, overlong, surrogate, too large, cut off. */
		{"a\x80z", "a" BAD "z"},
		{"\xc0\xaf", BAD BAD},
		{"\xed\xa0\x80", BAD BAD BAD},
		{"\xf4\x90\x80\x80", BAD BAD BAD BAD},
		{"\xff\xfe", BAD BAD},
		{"z\xe6\x97", "z" BAD BAD},
		{"\xe6\x97;", BAD BAD ":"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		out.len = 0;
		assert_int_equal(
			text_append_clean(&out, cases[i].text, strlen(cases[i].text), ';', ':'), 0);
		assert_string_equal(buf_cstr(&out), cases[i].clean);
	}
	out.len = 0;
	assert_int_equal(text_append_clean(&out, "a;b", 3, 0, 0), 0);
	assert_string_equal(buf_cstr(&out), "a;b");
	buf_deinit(&out);
	buf_init(&out, 4);
	assert_int_equal(text_append_clean(&out, "abc\xff", 4, 0, 0), -EFBIG);
	buf_deinit(&out);
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(text_columns("", 0), 0);
	assert_int_equal(text_columns("main", 4), 4);
	assert_int_equal(text_columns("45\u00b5s", 5), 4);
	assert_int_equal(text_columns("\u2026", 3), 1);
	assert_int_equal(text_columns("\u65e5\u672c", 6), 4);
	assert_int_equal(text_columns("\x80\xff", 2), 2);
}

static void test_head_and_tail(void **state)
{
	static const char text[] = "a\u65e5b\u00e9"; /* columns 1 2 1 1, bytes 1 3 1 2 */
	static const size_t head[] = {0, 1, 1, 4, 5, 7, 7};
	static const size_t tail[] = {0, 2, 3, 3, 6, 7, 7};

	(void)state;
	for (size_t columns = 0; columns < ARRAY_SIZE(head); columns++) {
		assert_int_equal(text_head(text, sizeof(text) - 1, columns), head[columns]);
		assert_int_equal(text_tail(text, sizeof(text) - 1, columns), tail[columns]);
	}
	/* Bytes that are no UTF-8 are a column each, from both sides. */
	assert_int_equal(text_tail("\x80\x80\x80\x80\x80\x80", 6, 4), 4);
	assert_int_equal(text_head("\x80\x80\x80\x80\x80\x80", 6, 4), 4);
	assert_int_equal(text_tail("a\xc3", 2, 1), 1);
	assert_int_equal(text_tail("\xff\xa9\xa9", 3, 2), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_head_and_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
