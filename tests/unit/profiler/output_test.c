/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "profiler/export/output.h"

/* Each test runs in a directory of its own. */
static int enter(void **state)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/goprof-output.XXXXXX");
	*state = mkdtemp(path);
	return *state && !chdir(path) ? 0 : -1;
}

static int leave(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	return chdir("/") || system(command);
}

static unsigned count_files(void)
{
	DIR *dir = opendir(".");
	unsigned n = 0;

	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void assert_contents(const char *path, const char *expected)
{
	struct buf text;

	buf_init(&text, 4096);
	assert_int_equal(buf_read_file(&text, AT_FDCWD, path), 0);
	assert_string_equal(buf_cstr(&text), expected);
	buf_deinit(&text);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void appears_whole_or_not_at_all(void **state)
{
	struct output o;
	struct error err;

	(void)state;
	write_file("out", "old");
	assert_int_equal(output_open("out", &o, &err), 0);
	assert_contents("out", "old");
	assert_int_equal(count_files(), 1); /* nothing beside it while it is open */
	assert_int_equal(output_commit(&o, "new", 3, &err), 0);
	output_close(&o);
	assert_contents("out", "new");
	assert_int_equal(count_files(), 1);
}

static void leaves_nothing_when_given_up(void **state)
{
	struct output o;
	struct error err;

	(void)state;
	assert_int_equal(output_open("out", &o, &err), 0);
	output_close(&o);
	assert_int_equal(count_files(), 0);
}

static void replaces_what_a_link_points_to(void **state)
{
	struct output o;
	struct error err;
	struct stat st;

	(void)state;
	write_file("real", "old");
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(output_open("link", &o, &err), 0);
	assert_int_equal(output_commit(&o, "new", 3, &err), 0);
	output_close(&o);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_contents("real", "new");
}

static void says_at_once_what_cannot_be_written(void **state)
{
	struct output o;
	struct error err;

	(void)state;
	assert_int_equal(output_open("no/such/directory", &o, &err), -ENOENT);
	assert_string_equal(err.message, "cannot write no/such/directory: No such file or directory");
	assert_int_equal(output_open(".", &o, &err), -EISDIR);
}

static void a_device_is_written_in_place(void **state)
{
	struct output o;
	struct error err;

	(void)state;
	assert_int_equal(output_open("/dev/null", &o, &err), 0);
	assert_int_equal(output_commit(&o, "x", 1, &err), 0);
	output_close(&o);
	assert_int_equal(output_open("/dev/full", &o, &err), 0);
	assert_int_equal(output_commit(&o, "x", 1, &err), -ENOSPC);
	assert_string_equal(err.message, "cannot write /dev/full: No space left on device");
	output_close(&o);
}

static void notices_that_nobody_reads_a_pipe(void **state)
{
	int ends[2], saved = dup(STDOUT_FILENO);
	struct output o;
	struct error err;
	bool alive, alive_after;
	int r;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(saved >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0);
	r = output_open(NULL, &o, &err);
	alive = output_alive(&o);
	close(ends[0]);
	alive_after = output_alive(&o);
	dup2(saved, STDOUT_FILENO);
	assert_int_equal(r, 0);
	assert_true(alive);
	assert_false(alive_after);
	output_close(&o);
	close(ends[1]);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(appears_whole_or_not_at_all, enter, leave),
		cmocka_unit_test_setup_teardown(leaves_nothing_when_given_up, enter, leave),
		cmocka_unit_test_setup_teardown(replaces_what_a_link_points_to, enter, leave),
		cmocka_unit_test_setup_teardown(says_at_once_what_cannot_be_written, enter, leave),
		cmocka_unit_test_setup_teardown(a_device_is_written_in_place, enter, leave),
		cmocka_unit_test_setup_teardown(notices_that_nobody_reads_a_pipe, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
