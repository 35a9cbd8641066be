/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "profiler/target/maps.h"

struct seen {
	struct maps_line lines[8];
	size_t n;
	int answer;
};

static int remember(const struct maps_line *line, void *context)
{
	struct seen *seen = context;

	assert_true(seen->n < 8);
	seen->lines[seen->n++] = *line;
	return seen->answer;
}

static struct seen parse(const char *text)
{
	struct seen seen = {0};

	assert_int_equal(maps_parse(text, strlen(text), remember, &seen), 0);
	return seen;
}

static void assert_path(const struct maps_line *line, const char *path)
{
	assert_int_equal(line->path_len, strlen(path));
	assert_memory_equal(line->path, path, line->path_len);
}

static void reads_a_file_mapping(void **state)
{
	struct seen seen = parse("00400000-0047e000 r-xp 00001000 fe:1a 1187    /srv/my server\n");
	const struct maps_line *line = &seen.lines[0];

	(void)state;
	assert_int_equal(seen.n, 1);
	assert_int_equal(line->start, 0x400000);
	assert_int_equal(line->end, 0x47e000);
	assert_int_equal(line->offset, 0x1000);
	assert_int_equal(line->major, 0xfe);
	assert_int_equal(line->minor, 0x1a);
	assert_int_equal(line->inode, 1187);
	assert_true(line->executable);
	assert_false(line->deleted);
	assert_path(line, "/srv/my server");
}

static void knows_anonymous_vdso_and_deleted(void **state)
{
	struct seen seen = parse("c000000000-c000400000 rw-p 00000000 00:00 0 \n"
				 "7ffe4f7fd000-7ffe4f7ff000 r-xp 00000000 00:00 0   [vdso]\n"
				 "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n"
				 "00400000-00401000 r-xp 00000000 08:01 7   /bin/x (deleted)\n");

	(void)state;
	assert_int_equal(seen.n, 4);
	assert_path(&seen.lines[0], "");
	assert_false(seen.lines[0].executable);
	assert_path(&seen.lines[1], "[vdso]");
	assert_int_equal(seen.lines[2].start, 0xffffffffff600000);
	assert_path(&seen.lines[3], "/bin/x");
	assert_true(seen.lines[3].deleted);
}

static void skips_what_is_malformed(void **state)
{
	struct seen seen = parse("\n"
				 "garbage\n"
				 "400000-300000 r-xp 0 0:0 0 /end/before/start\n"
				 "11112222333344445-5 r-xp 0 0:0 0 /too/long\n"
				 "400000-500000 r-x\n"
				 "400000-500000 r-xp 0 0:0 \n"
				 "400000-500000 r-xp 0 0:0 1");

	(void)state;
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.lines[0].inode, 1);
}

static void ends_when_told_to(void **state)
{
	static const char text[] = "1-2 r-xp 0 0:0 0\n3-4 r-xp 0 0:0 0\n";
	struct seen seen = {.answer = -7};

	(void)state;
	assert_int_equal(maps_parse(text, strlen(text), remember, &seen), -7);
	assert_int_equal(seen.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_file_mapping),
		cmocka_unit_test(knows_anonymous_vdso_and_deleted),
		cmocka_unit_test(skips_what_is_malformed),
		cmocka_unit_test(ends_when_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
