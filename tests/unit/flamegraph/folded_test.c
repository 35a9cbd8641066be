/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flamegraph/folded.h"
#include "tests/unit/flamegraph/build.h"

/* Compares the folded form of p, which it destroys. */
static void expect(struct profile *p, const struct folded_options *options, const char *text)
{
	struct error err = {0};
	struct buf out;

	buf_init(&out, 1 << 20);
	assert_int_equal(folded_write(p, options, &out, &err), 0);
	assert_string_equal(buf_cstr(&out), text);
	buf_deinit(&out);
	profile_destroy(p);
}

static void test_root_first_sorted_and_summed(void **state)
{
	struct profile *p = profile_new("samples", "count");
	uint32_t a = loc(p, "main.main"), b = loc(p, "main.work"),
		 c = loc(p, "net/http.(*conn).serve");
	uint32_t other_b = 0;
	struct fn work = {.name = "main.work", .line = 7};

	(void)state;
	other_b = loc_lines(p, PROFILE_NONE, 0x1234, &work, 1); /* another line of main.work */
	sample(p, 5, c);
	sample(p, 2, b, a);
	sample(p, 1, a);
	sample(p, 3, other_b, a);
	sample(p, 9, b, b, a);
	expect(p, NULL,
	       "main.main 1\n"
	       "main.main;main.work 5\n"
	       "main.main;main.work;main.work 9\n"
	       "net/http.(*conn).serve 5\n");
}

static void test_order_is_that_of_the_lines(void **state)
{
	struct profile *p = profile_new("samples", "count");
	uint32_t a = loc(p, "a"), a_b = loc(p, "a b"), a_dash = loc(p, "a-"), x = loc(p, "x");
	uint32_t z = loc(p, "\u00e9");

	(void)state;
	sample(p, 1, x, a);
	sample(p, 2, x, a_b);
	sample(p, 3, x, a_dash);
	sample(p, 4, a);
	sample(p, 5, a_b);
	sample(p, 6, z);
	/* ' ' and '-' sort before ';', other letters after all of ASCII. */
	expect(p, NULL,
	       "a 4\n"
	       "a b 5\n"
	       "a b;x 2\n"
	       "a-;x 3\n"
	       "a;x 1\n"
	       "\u00e9 6\n");
}

static void test_inlined_calls_are_frames(void **state)
{
	static const struct fn chain[] = {
		{"strings.IndexByte", "/go/strings.go", 9, 10},
		{"strings.Index", "/go/strings.go", 30, 44},
		{"main.find", "/src/main.go", 5, 6},
	};
	struct profile *p = profile_new("samples", "count");
	uint32_t inlined = loc_lines(p, map(p, "/app", 0x1000, 0), 0x1010, chain, 3);

	(void)state;
	sample(p, 4, inlined, loc(p, "main.main"));
	expect(p, NULL, "main.main;main.find;strings.Index;strings.IndexByte 4\n");
}

static void test_kernel_and_unnamed(void **state)
{
	static const struct fn read = {.name = "vfs_read"};
	static const struct fn nameless = {.name = ""};
	struct profile *p = profile_new("samples", "count");
	uint32_t kernel = map(p, "[kernel.kallsyms]", 0, 0),
		 libc = map(p, "/lib/libc.so.6", 0x7000, 0x100);
	uint32_t named = loc_lines(p, kernel, 0x10, &read, 1);
	uint32_t hidden = loc_lines(p, kernel, 0xffffffff81000020, NULL, 0);
	uint32_t user = loc_lines(p, libc, 0x7010, NULL, 0);
	uint32_t empty = loc_lines(p, libc, 0x7020, &nameless, 1);
	uint32_t nowhere = loc_lines(p, PROFILE_NONE, 0xbeef, NULL, 0);

	(void)state;
	sample(p, 1, hidden, named, user, empty, nowhere);
	expect(p, NULL,
	       "[0xbeef];[libc.so.6+0x120];[libc.so.6+0x110];vfs_read_[k];"
	       "[kernel.kallsyms+0xffffffff81000020]_[k] 1\n");
}

static void test_generic_names_stay_whole(void **state)
{
	struct profile *p = profile_new("samples", "count");

	(void)state;
	/* A real name of the linker has ';' and spaces. */
	sample(p, 1, loc(p, "main.G[go.shape.struct { main.a int; main.b int }_0]"),
	       loc(p, "main.Map[go.shape.int]"));
	expect(p, NULL,
	       "main.Map[go.shape.int];main.G[go.shape.struct { main.a int: main.b int }_0] 1\n");
}

static void test_hostile_names(void **state)
{
	struct profile *p = profile_new("samples", "count");

	(void)state;
	sample(p, 1, loc(p, "evil 1\nfake;stack 99"), loc(p, "\x1b[31mred\x1b[0m"),
	       loc(p, "\xff\xc0;"));
	sample(p, 2, loc(p, "worker 7"));
	sample(p, 3, loc(p, "worker 7.5"));
	sample(p, 4, loc(p, "7"));
	sample(p, 5, loc(p, "v1.7"));
	sample(p, 6, loc(p, " 8"));
	sample(p, 7, loc(p, "tab\t9"));
	expect(p, NULL,
	       "7 4\n"
	       "_8 6\n"
	       "tab?9 7\n"
	       "v1.7 5\n"
	       "worker_7 2\n"
	       "worker_7.5 3\n"
	       "\ufffd\ufffd:;?[31mred?[0m;evil 1?fake:stack_99 1\n");
}

static void test_values(void **state)
{
	static const int64_t values[][2] = {{1, 10000000}, {0, 5}, {2, 0}};
	struct folded_options cpu = {.value_type = "cpu"}, wrong = {.value_type = "heap"};
	struct profile *p = profile_new("samples", "count");
	uint32_t stacks[] = {loc(p, "a"), loc(p, "b"), loc(p, "c")};
	struct error err = {0};
	struct buf out;

	(void)state;
	assert_int_equal(profile_add_sample_type(p, "cpu", "nanoseconds"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
		assert_int_equal(profile_add_sample(p, &stacks[i], 1, NULL, 0, values[i]), 0);
	buf_init(&out, 1 << 20);
	assert_int_equal(folded_write(p, NULL, &out, &err), 0);
	assert_string_equal(buf_cstr(&out), "a 1\nc 2\n");
	assert_int_equal(folded_write(p, &wrong, &out, &err), -EINVAL);
	assert_string_equal(buf_cstr(&out), "a 1\nc 2\n");
	buf_deinit(&out);
	expect(p, &cpu, "a 10000000\nb 5\n");
}

static void test_extreme_values(void **state)
{
	static const struct fn line1 = {.name = "a", .line = 1}, line2 = {.name = "a", .line = 2};
	static const struct fn other1 = {.name = "b", .line = 1}, other2 = {.name = "b", .line = 2};
	struct profile *p = profile_new("samples", "count");

	(void)state;
	sample(p, INT64_MAX, loc_lines(p, PROFILE_NONE, 1, &line1, 1));
	sample(p, INT64_MAX, loc_lines(p, PROFILE_NONE, 2, &line2, 1));
	sample(p, 7, loc_lines(p, PROFILE_NONE, 1, &other1, 1));
	sample(p, -7, loc_lines(p, PROFILE_NONE, 2, &other2, 1)); /* cancels out */
	sample(p, -3, loc(p, "c"));
	expect(p, NULL, "a 9223372036854775807\nc -3\n");
}

static void test_root_labels(void **state)
{
	static const char *const keys[] = {"handler", "goid"};
	static const struct folded_options both = {.root_labels = keys, .n_root_labels = 2};
	static const int64_t one = 1;
	struct profile *p = profile_new("samples", "count");
	struct profile_label path = {.key = str(p, "handler"), .text = str(p, "/a;b 7")};
	struct profile_label goid = {.key = str(p, "goid"), .num = 18};
	struct profile_label both_labels[] = {goid, path};
	uint32_t a = loc(p, "main.a");

	(void)state;
	assert_int_equal(profile_add_sample(p, &a, 1, both_labels, 2, &one), 0);
	assert_int_equal(profile_add_sample(p, &a, 1, &goid, 1, &one), 0);
	assert_int_equal(profile_add_sample(p, &a, 1, NULL, 0, &one), 0);
	assert_int_equal(profile_add_sample(p, NULL, 0, &goid, 1, &one), 0);
	expect(p, &both,
	       "/a:b 7;goid 18;main.a 1\n"
	       "goid 18;[no stack] 1\n"
	       "goid 18;main.a 1\n"
	       "main.a 1\n");
}

static void test_empty_profiles(void **state)
{
	struct profile *p = profile_new("samples", "count"), *no_type = profile_new(NULL, NULL);
	static const int64_t two = 2;
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(folded_write(p, NULL, &out, NULL), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(folded_write(no_type, NULL, &out, NULL), -EINVAL);
	buf_deinit(&out);
	profile_destroy(no_type);
	assert_int_equal(profile_add_sample(p, NULL, 0, NULL, 0, &two), 0);
	expect(p, NULL, "[no stack] 2\n");
}

static void test_small_buffer(void **state)
{
	struct profile *p = profile_new("samples", "count");
	uint32_t a = loc(p, "a"), b = loc(p, "b");

	(void)state;
	sample(p, 1, a, b);
	sample(p, 1, b, a);
	for (size_t max = 0; max <= 14; max++) {
		struct error err = {0};
		struct buf out;

		buf_init(&out, max);
		if (max >= 2)
			buf_puts(&out, "#\n");
		/* "#\na;b 1\nb;a 1\n" */
		assert_int_equal(folded_write(p, NULL, &out, &err), max < 14 ? -EFBIG : 0);
		assert_int_equal(out.len, max < 2 ? 0 : max < 14 ? 2 : 14);
		assert_int_equal(err.code, max < 14 ? -EFBIG : 0);
		buf_deinit(&out);
	}
	profile_destroy(p);
}

static void test_deep_stack_of_long_names(void **state)
{
	enum { DEPTH = 5000, NAME = 10000 };
	struct profile *p = profile_new("samples", "count");
	CLEANUP_FREE char *name = malloc(NAME + 1);
	CLEANUP_FREE uint32_t *stack = malloc(DEPTH * sizeof(*stack));
	static const int64_t one = 1;
	struct buf out;

	(void)state;
	assert_non_null(name);
	assert_non_null(stack);
	memset(name, 'x', NAME);
	name[NAME] = '\0';
	for (size_t i = 0; i < DEPTH; i++)
		stack[i] = 0;
	assert_int_equal(loc(p, name), 0);
	assert_int_equal(profile_add_sample(p, stack, DEPTH, NULL, 0, &one), 0);
	buf_init(&out, 100 << 20);
	assert_int_equal(folded_write(p, NULL, &out, NULL), 0);
	assert_int_equal(out.len, (size_t)DEPTH * (NAME + 1) + 2);
	buf_deinit(&out);
	buf_init(&out, 1 << 20);
	assert_int_equal(folded_write(p, NULL, &out, NULL), -EFBIG);
	assert_int_equal(out.len, 0);
	buf_deinit(&out);
	profile_destroy(p);
}

/* Many samples that differ in their labels or their addresses alone. */
static void test_many_samples(void **state)
{
	enum { SAMPLES = 200000, FUNCTIONS = 50 };
	struct profile *p = profile_new("samples", "count");
	struct profile_label goid = {.key = str(p, "goid")};
	uint32_t locations[FUNCTIONS];
	static const int64_t one = 1;
	struct buf out;
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < FUNCTIONS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "main.f%zu", i);
		locations[i] = loc(p, name);
	}
	for (size_t i = 0; i < SAMPLES; i++) {
		uint32_t stack[] = {locations[i % FUNCTIONS], locations[i / FUNCTIONS % FUNCTIONS]};

		goid.num = (int64_t)i + 1;
		assert_int_equal(profile_add_sample(p, stack, 2, &goid, 1, &one), 0);
	}
	buf_init(&out, 1 << 20);
	assert_int_equal(folded_write(p, NULL, &out, NULL), 0);
	for (size_t i = 0; i < out.len; i++)
		lines += out.data[i] == '\n';
	assert_int_equal(lines, FUNCTIONS * FUNCTIONS);
	assert_memory_equal(out.data, "main.f0;main.f0 80\n", 19);
	buf_deinit(&out);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_first_sorted_and_summed),
		cmocka_unit_test(test_order_is_that_of_the_lines),
		cmocka_unit_test(test_inlined_calls_are_frames),
		cmocka_unit_test(test_kernel_and_unnamed),
		cmocka_unit_test(test_generic_names_stay_whole),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_extreme_values),
		cmocka_unit_test(test_root_labels),
		cmocka_unit_test(test_empty_profiles),
		cmocka_unit_test(test_small_buffer),
		cmocka_unit_test(test_deep_stack_of_long_names),
		cmocka_unit_test(test_many_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
