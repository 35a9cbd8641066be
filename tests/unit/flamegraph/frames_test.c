/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flamegraph/frames.h"
#include "tests/unit/flamegraph/build.h"

static void test_kernel_mappings(void **state)
{
	static const struct {
		const char *file;
		bool kernel;
	} cases[] = {
		{"[kernel.kallsyms]", true},
		{"[kernel.kallsyms]_text", true},
		{"[kernel.kallsyms]_stext", true},
		{"[kernel.vmlinux]", true},
		{"[kernel]", true},
		{"[guest.kernel.kallsyms]", true},
		{"[guest.kernel.kallsyms.77]", true},
		{"[vdso]", false},
		{"[kernelspace]", false},
		{"/opt/[kernel.kallsyms]", false},
		{"/usr/bin/kernel", false},
		{"", false},
	};
	struct profile *p = profile_new("cpu", "nanoseconds");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t l = loc_lines(p, map(p, cases[i].file, 0x1000 * i, 0), 1, NULL, 0);

		assert_int_equal(frame_is_kernel(p, &p->locations[l]), cases[i].kernel);
	}
	assert_false(frame_is_kernel(p, &p->locations[loc(p, "[kernel.kallsyms]")]));
	profile_destroy(p);
}

static void test_unnamed(void **state)
{
	static const struct {
		const char *file; /* NULL: no mapping */
		uint64_t start, offset, address;
		const char *name;
	} cases[] = {
		{"/usr/lib/libc.so.6", 0x7f0000001000, 0x28000, 0x7f0000001234,
		 "[libc.so.6+0x28234]"},
		{"/srv/app", 0x400000, 0, 0x401000, "[app+0x1000]"},
		{"app", 0x400000, 0, 0x401000, "[app+0x1000]"},
		{"[vdso]", 0x7fff0000, 0, 0x7fff05b0, "[vdso+0x5b0]"},
		{"[kernel.kallsyms]_text", 0, 0, 0xffffffff81000010,
		 "[kernel.kallsyms+0xffffffff81000010]"},
		{"//anon", 0x1000, 0, 0x1001, "[anon+0x1]"},
		{"", 0x1000, 0, 0x1001, "[0x1001]"},
		{NULL, 0, 0, 0xdead, "[0xdead]"},
		{"/x", 0x2000, 0, 0x1fff, "[x+0xffffffffffffffff]"}, /* not in its mapping */
	};
	struct profile *p = profile_new("cpu", "nanoseconds");
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t m = cases[i].file ? map(p, cases[i].file, cases[i].start, cases[i].offset)
					   : PROFILE_NONE;
		uint32_t l = loc_lines(p, m, cases[i].address, NULL, 0);

		out.len = 0;
		assert_int_equal(frame_append_unnamed(&out, p, &p->locations[l]), 0);
		assert_string_equal(buf_cstr(&out), cases[i].name);
	}
	buf_deinit(&out);
	profile_destroy(p);
}

static void test_short(void **state)
{
	static const struct {
		const char *name, *shortened;
	} cases[] = {
		{"", ""},
		{"main.main", "main.main"},
		{"main.Map[go.shape.int]", "main.Map[...]"},
		{"main.Map[go.shape.int,go.shape.string].func1", "main.Map[...].func1"},
		{"main.(*List[go.shape.string]).Push", "main.(*List[...]).Push"},
		{"main.G[go.shape.struct { main.a [4]int; main.b map[string]int }_0]",
		 "main.G[...]"},
		{"main.(*List[int]).Map[go.shape.string]", "main.(*List[...]).Map[...]"},
		{"main.Map[...]", "main.Map[...]"},
		{"main.\u00dcber\u00e4[int]", "main.\u00dcber\u00e4[...]"},
		/* Brackets that are no type arguments. */
		{"[lost samples]", "[lost samples]"},
		{"[libc.so.6+0x10]", "[libc.so.6+0x10]"},
		{"std::vector::operator[](unsigned long)",
		 "std::vector::operator[](unsigned long)"},
		{"<[T]>::sort", "<[T]>::sort"},
		/* Brackets that do not pair: up to the last one, or as it is. */
		{"main.F[struct { a int \"x[\" }].func1", "main.F[...].func1"},
		{"main.F[go.shape.int", "main.F[go.shape.int"},
		{"main.F]go[", "main.F]go["},
		{"main.A[int].B[", "main.A[...].B["},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		out.len = 0;
		assert_int_equal(frame_append_short(&out, cases[i].name), 0);
		assert_string_equal(buf_cstr(&out), cases[i].shortened);
	}
	buf_deinit(&out);
}

static void test_short_of_long_names(void **state)
{
	CLEANUP_FREE char *name = malloc(2 << 20);
	struct buf out;

	(void)state;
	assert_non_null(name);
	buf_init(&out, 4 << 20);
	memset(name, '[', (2 << 20) - 1);
	name[(2 << 20) - 1] = '\0';
	for (size_t i = 0; i < (2 << 20) - 1; i += 2)
		name[i] = 'a';
	assert_int_equal(frame_append_short(&out, name), 0); /* "a[a[a[...": linear time */
	assert_int_equal(out.len, (2 << 20) - 1);
	buf_deinit(&out);

	buf_init(&out, 8);
	assert_int_equal(frame_append_short(&out, "main.Map[int]"), -EFBIG);
	buf_deinit(&out);
}

static void test_count(void **state)
{
	static const struct fn inlined[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
	struct profile *p = profile_new("cpu", "nanoseconds");
	uint32_t three = loc_lines(p, PROFILE_NONE, 1, inlined, 3);
	uint32_t unnamed = loc_lines(p, PROFILE_NONE, 2, NULL, 0);

	(void)state;
	assert_int_equal(frames_count(p, 100), 0);
	sample(p, 1, three, unnamed, three);
	sample(p, 1, unnamed);
	assert_int_equal(frames_count(p, 100), 8);
	assert_int_equal(frames_count(p, 3), 7); /* stopped after the first sample */
	assert_int_equal(frames_check(p, NULL), 0);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_mappings), cmocka_unit_test(test_unnamed),
		cmocka_unit_test(test_short),           cmocka_unit_test(test_short_of_long_names),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
