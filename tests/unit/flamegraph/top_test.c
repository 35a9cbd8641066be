/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flamegraph/text.h"
#include "flamegraph/top.h"
#include "tests/unit/flamegraph/build.h"

static void expect(const struct profile *p, const struct top_options *options, const char *text)
{
	struct error err = {0};
	struct buf out;

	buf_init(&out, 1 << 20);
	assert_int_equal(top_write(p, options, &out, &err), 0);
	assert_string_equal(buf_cstr(&out), text);
	buf_deinit(&out);
}

static struct profile *cpu_profile(void)
{
	struct profile *p = profile_new("samples", "count");

	assert_int_equal(profile_add_sample_type(p, "cpu", "nanoseconds"), 0);
	return p;
}

/* count samples of 10 ms; locations leaf first */
static void cpu(struct profile *p, int64_t count, const uint32_t *stack, size_t n)
{
	int64_t values[] = {count, count * 10000000};

	assert_int_equal(profile_add_sample(p, stack, n, NULL, 0, values), 0);
}

#define CPU(p, count, ...)                             \
	cpu(p, count, (const uint32_t[]){__VA_ARGS__}, \
	    sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static uint32_t at(struct profile *p, const char *name, const char *file, int64_t start,
		   int64_t line)
{
	struct fn fn = {name, file, start, line};

	return loc_lines(p, PROFILE_NONE, (uint64_t)line, &fn, 1);
}

/* A small service: recursion, inlining, generics, the kernel, code without names. */
static struct profile *service(void)
{
	static const struct fn inlined[] = {
		{"strings.IndexByte", "/usr/local/go/src/strings/strings.go", 9, 10},
		{"main.find", "/srv/shop/main.go", 50, 52},
	};
	static const struct fn kernel[] = {{.name = "vfs_read"}};
	struct profile *p = cpu_profile();
	uint32_t kernel_map = map(p, "[kernel.kallsyms]", 0, 0);
	uint32_t libc = map(p, "/lib/x86_64-linux-gnu/libc.so.6", 0x7000, 0);
	uint32_t root = at(p, "main.main", "/srv/shop/main.go", 10, 17);
	uint32_t walk = at(p, "main.walk", "/srv/shop/tree/walk.go", 20, 25);
	uint32_t walk_hot = at(p, "main.walk", "/srv/shop/tree/walk.go", 20, 22);
	uint32_t list = at(p, "main.(*List[go.shape.int]).Push", "/srv/shop/list.go", 30, 31);
	uint32_t list2 = at(p, "main.(*List[go.shape.string]).Push", "/srv/shop/list.go", 30, 31);
	uint32_t find = loc_lines(p, PROFILE_NONE, 1, inlined, 2);

	CPU(p, 60, walk, walk, walk, root);
	CPU(p, 140, walk_hot, walk, root);
	CPU(p, 25, list, root);
	CPU(p, 20, list2, root);
	CPU(p, 41, find, root);
	CPU(p, 10, loc_lines(p, kernel_map, 1, kernel, 1), root);
	CPU(p, 2, loc_lines(p, kernel_map, 0x99, NULL, 0), root);
	CPU(p, 3, loc_lines(p, libc, 0x7001, NULL, 0), loc_lines(p, libc, 0x7002, NULL, 0));
	CPU(p, 1, loc_lines(p, PROFILE_NONE, 0xbeef, NULL, 0));
	cpu(p, 1, NULL, 0);
	p->duration_nanos = 10000000000;
	return p;
}

static void test_table(void **state)
{
	struct profile *p = service();

	(void)state;
	expect(p, NULL,
	       "Total: 3.03s cpu (303 samples) in 10.00s, 30.3%\n"
	       "Showing 3.03s (100%) in 10 functions\n"
	       "    flat  flat%       cum   cum%  function                file:line\n"
	       "   2.00s  66.0%     2.00s  66.0%  main.walk               /srv/shop/tree/walk.go:22\n"
	       "450.00ms  14.9%  450.00ms  14.9%  main.(*List[...]).Push  /srv/shop/list.go:31\n"
	       "410.00ms  13.5%  410.00ms  13.5%  strings.IndexByte       /usr/local/go/src/strings/strings.go:10\n"
	       "100.00ms   3.3%  100.00ms   3.3%  vfs_read_[k]\n"
	       " 30.00ms   1.0%   30.00ms   1.0%  [libc.so.6]\n"
	       " 20.00ms   0.7%   20.00ms   0.7%  [kernel.kallsyms]\n"
	       " 10.00ms   0.3%   10.00ms   0.3%  [no stack]\n"
	       " 10.00ms   0.3%   10.00ms   0.3%  [unknown]\n"
	       "       0     0%     2.98s  98.3%  main.main               /srv/shop/main.go:10\n"
	       "       0     0%  410.00ms  13.5%  main.find               /srv/shop/main.go:50\n");
	profile_destroy(p);
}

static void test_rows_and_types(void **state)
{
	static const struct top_options options = {.value_type = "samples", .max_rows = 2};
	static const struct top_options wrong = {.value_type = "heap"};
	struct profile *p = service();
	struct error err = {0};
	struct buf out;

	(void)state;
	expect(p, &options,
	       "Total: 303 samples (3.03s cpu) in 10.00s\n"
	       "Showing 245 (80.9%) in the top 2 of 10 functions\n"
	       "flat  flat%  cum   cum%  function                file:line\n"
	       " 200  66.0%  200  66.0%  main.walk               /srv/shop/tree/walk.go:22\n"
	       "  45  14.9%   45  14.9%  main.(*List[...]).Push  /srv/shop/list.go:31\n");
	buf_init(&out, 1000);
	assert_int_equal(top_write(p, &wrong, &out, &err), -EINVAL);
	assert_int_equal(out.len, 0);
	assert_int_equal(err.code, -EINVAL);
	buf_deinit(&out);
	profile_destroy(p);
}

static void test_narrow_windows(void **state)
{
	struct top_options options = {.max_rows = 3, .width = 80};
	struct profile *p = service();

	(void)state;
	expect(p, &options,
	       "Total: 3.03s cpu (303 samples) in 10.00s, 30.3%\n"
	       "Showing 2.86s (94.4%) in the top 3 of 10 functions\n"
	       "    flat  flat%       cum   cum%  function                file:line\n"
	       "   2.00s  66.0%     2.00s  66.0%  main.walk               …/shop/tree/walk.go:22\n"
	       "450.00ms  14.9%  450.00ms  14.9%  main.(*List[...]).Push  /srv/shop/list.go:31\n"
	       "410.00ms  13.5%  410.00ms  13.5%  strings.IndexByte       …strings/strings.go:10\n");
	options.width = 70;
	expect(p, &options,
	       "Total: 3.03s cpu (303 samples) in 10.00s, 30.3%\n"
	       "Showing 2.86s (94.4%) in the top 3 of 10 functions\n"
	       "    flat  flat%       cum   cum%  function            file:line\n"
	       "   2.00s  66.0%     2.00s  66.0%  main.walk           …tree/walk.go:22\n"
	       "450.00ms  14.9%  450.00ms  14.9%  main.(*L…..]).Push  …shop/list.go:31\n"
	       "410.00ms  13.5%  410.00ms  13.5%  strings.IndexByte   …s/strings.go:10\n");
	options.width = 1;
	expect(p, &options,
	       "Total: 3.03s cpu (303 samples) in 10.00s, 30.3%\n"
	       "Showing 2.86s (94.4%) in the top 3 of 10 functions\n"
	       "    flat  flat%       cum   cum%  function\n"
	       "   2.00s  66.0%     2.00s  66.0%  main.walk\n"
	       "450.00ms  14.9%  450.00ms  14.9%  main.(*….]).Push\n"
	       "410.00ms  13.5%  410.00ms  13.5%  strings…ndexByte\n");
	profile_destroy(p);
}

static void test_every_width(void **state)
{
	static const char *const names[] = {
		"main.a",
		"github.com/shop/internal/backend.(*Connection).readLoop.func1.2",
		"main.\u65e5\u672c\u8a9e\u306e\u95a2\u6570\u540d\u65e5\u672c\u8a9e",
		"\xff\xff\x1b[2J",
	};
	struct profile *p = cpu_profile();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CPU(p, 1234, at(p, names[i], "/srv/\u65e5\u672c\u8a9e/path/to/the/file.go", 0, 7));
	for (unsigned width = 60; width < 150; width++) {
		struct top_options options = {.width = width};
		struct buf out;
		char *line, *save;

		buf_init(&out, 1 << 20);
		assert_int_equal(top_write(p, &options, &out, NULL), 0);
		buf_cstr(&out);
		assert_null(memchr(out.data, 0x1b, out.len));
		for (line = strtok_r(out.data, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			assert_in_range(text_columns(line, strlen(line)), 1, width);
			assert_int_not_equal(line[strlen(line) - 1], ' ');
		}
		buf_deinit(&out);
	}
	profile_destroy(p);
}

static void test_differences(void **state)
{
	static const struct top_options options = {.width = 100};
	struct profile *p = cpu_profile();

	(void)state;
	p->duration_nanos = 10000000000;
	CPU(p, 10, at(p, "slower", "a.go", 1, 2));
	CPU(p, -30, at(p, "faster", "a.go", 5, 6));
	CPU(p, 5, at(p, "same", "a.go", 8, 9));
	CPU(p, -5, at(p, "same", "a.go", 8, 10));
	expect(p, &options,
	       "Total: -200.00ms cpu of 500.00ms changed (-20 samples) in 10.00s, -2.0%\n"
	       "Showing -200.00ms (-40.0%) in 2 functions\n"
	       "     flat   flat%        cum    cum%  function  file:line\n"
	       "-300.00ms  -60.0%  -300.00ms  -60.0%  faster    a.go:6\n"
	       " 100.00ms   20.0%   100.00ms   20.0%  slower    a.go:2\n");
	profile_destroy(p);
}

static void test_extreme_values(void **state)
{
	struct profile *p = profile_new("alloc_space", "bytes");
	struct profile *low = profile_new("events", "count");
	uint32_t a = at(p, "a", "a.go", 0, 1), b = at(p, "a", "a.go", 0, 2);

	(void)state;
	sample(p, INT64_MAX, a, b);
	sample(p, INT64_MAX, b, a);
	sample(p, INT64_MAX, b);
	expect(p, NULL,
	       "Total: 8192.0PB alloc_space of 8192.0PB changed\n"
	       "Showing 8192.0PB (50.0%) in 1 function\n"
	       "    flat  flat%       cum   cum%  function  file:line\n"
	       "8192.0PB  50.0%  8192.0PB  50.0%  a         a.go:1\n");
	profile_destroy(p);
	sample(low, INT64_MIN, loc(low, "a"));
	sample(low, INT64_MIN, loc(low, "b"));
	sample(low, -1, loc(low, "a"), loc(low, "b"));
	expect(low, NULL,
	       "Total: -9223372036854775808 events of 9223372036854775807 changed\n"
	       "Showing -9223372036854775808 (-50.0%) in 2 functions\n"
	       "                flat   flat%                   cum    cum%  function\n"
	       "-9223372036854775808  -50.0%  -9223372036854775808  -50.0%  a\n"
	       "-9223372036854775808  -50.0%  -9223372036854775808  -50.0%  b\n");
	profile_destroy(low);
}

static void test_hot_line(void **state)
{
	static const struct top_options options = {.value_type = "samples"};
	struct profile *p = cpu_profile();
	uint32_t root = at(p, "root", "r.go", 0, 99); /* no start line: the file alone */

	(void)state;
	CPU(p, 2, at(p, "f", "f.go", 1, 30), root);
	CPU(p, 2, at(p, "f", "f.go", 1, 20), root); /* as hot: the first line wins */
	CPU(p, 3, at(p, "f", "f.go", 1, 0), root);  /* no line known */
	CPU(p, 1, at(p, "g", "", 7, 8));            /* no file: no line either */
	CPU(p, 1, at(p, "f", "other.go", 3, 4));    /* another function of that name */
	expect(p, &options,
	       "Total: 9 samples (90.00ms cpu)\n"
	       "Showing 9 (100%) in 4 functions\n"
	       "flat  flat%  cum   cum%  function  file:line\n"
	       "   7  77.8%    7  77.8%  f         f.go:20\n"
	       "   1  11.1%    1  11.1%  f         other.go:4\n"
	       "   1  11.1%    1  11.1%  g\n"
	       "   0     0%    7  77.8%  root      r.go\n");
	profile_destroy(p);
}

static void test_hostile_texts(void **state)
{
	struct profile *p = profile_new("\x1b[1mcpu\n", "nanoseconds");

	(void)state;
	sample(p, 5, at(p, "\x1b]0;owned\x07\n\xff", "/a\x1b[2J\r/b.go", 0, 3));
	expect(p, NULL,
	       "Total: 5ns ?[1mcpu?\n"
	       "Showing 5ns (100%) in 1 function\n"
	       "flat  flat%  cum  cum%  function      file:line\n"
	       " 5ns   100%  5ns  100%  ?]0;owned??\ufffd  /a?[2J?/b.go:3\n");
	profile_destroy(p);
}

/* One endless name must not push every other row's file out of sight, and it costs no time. */
static void test_long_names(void **state)
{
	enum { NAME = 1 << 20, ROWS = 2000 };
	static const struct top_options narrow = {.width = 100};
	CLEANUP_FREE char *name = malloc(NAME + 1);
	struct profile *p = profile_new("samples", "count");
	struct buf out;

	(void)state;
	assert_non_null(name);
	memset(name, 'x', NAME);
	name[NAME] = '\0';
	sample(p, 100000, at(p, "short", "a.go", 0, 1));
	for (int i = 0; i < ROWS; i++) {
		char file[32];

		snprintf(file, sizeof(file), "f%d.go", i);
		sample(p, 1, at(p, name, file, 0, 1));
	}
	buf_init(&out, 1 << 20);
	assert_int_equal(top_write(p, NULL, &out, NULL), -EFBIG);
	assert_int_equal(out.len, 0);
	buf_deinit(&out);
	buf_init(&out, 1 << 20);
	assert_int_equal(top_write(p, &narrow, &out, NULL), 0);
	assert_in_range(out.len, ROWS * 50, ROWS * 110);
	buf_deinit(&out);
	profile_destroy(p);

	p = profile_new("samples", "count");
	name[70] = '\0';
	sample(p, 2, at(p, "short", "a.go", 0, 1));
	sample(p, 2, at(p, name, "b.go", 0, 1));
	expect(p, NULL,
	       "Total: 4 samples\n"
	       "Showing 4 (100%) in 2 functions\n"
	       "flat  flat%  cum   cum%  function                                                      file:line\n"
	       "   2  50.0%    2  50.0%  short                                                         a.go:1\n"
	       "   2  50.0%    2  50.0%  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  b.go:1\n");
	profile_destroy(p);
}

static void test_empty_profiles(void **state)
{
	struct profile *p = cpu_profile(), *no_type = profile_new(NULL, NULL);
	struct error err = {0};
	struct buf out;

	(void)state;
	expect(p, NULL, "Total: 0 cpu (0 samples)\nShowing 0 (0%) in 0 functions\n");
	buf_init(&out, 100);
	assert_int_equal(top_write(no_type, NULL, &out, &err), -EINVAL);
	assert_string_equal(err.message, "the profile has no sample types");
	buf_deinit(&out);
	profile_destroy(p);
	profile_destroy(no_type);
}

static void test_small_buffer(void **state)
{
	struct profile *p = service();
	struct buf out;

	(void)state;
	for (size_t max = 0; max < 400; max += 7) {
		buf_init(&out, max);
		assert_int_equal(top_write(p, NULL, &out, NULL), -EFBIG);
		assert_int_equal(out.len, 0);
		buf_deinit(&out);
	}
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),          cmocka_unit_test(test_rows_and_types),
		cmocka_unit_test(test_narrow_windows), cmocka_unit_test(test_every_width),
		cmocka_unit_test(test_differences),    cmocka_unit_test(test_extreme_values),
		cmocka_unit_test(test_hot_line),       cmocka_unit_test(test_hostile_texts),
		cmocka_unit_test(test_long_names),     cmocka_unit_test(test_empty_profiles),
		cmocka_unit_test(test_small_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
