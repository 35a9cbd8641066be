/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "symbolizer/kallsyms.h"

static int open_text(const char *text, struct kallsyms **ret_kallsyms, struct error *err)
{
	CLEANUP_FD int fd = memfd_create("kallsyms", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	lseek(fd, 0, SEEK_SET);
	return kallsyms_open_fd(fd, ret_kallsyms, err);
}

static void assert_symbol(const struct kallsyms *k, uint64_t address, const char *name,
			  const char *module)
{
	const char *got_module = "untouched";
	const char *got = kallsyms_lookup(k, address, &got_module);

	if (!name) {
		assert_null(got);
		assert_string_equal(got_module, "untouched");
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, name);
	assert_string_equal(got_module, module);
}

static void test_lookup(void **state)
{
	struct kallsyms *k;
	struct error err = {0};

	(void)state;
	assert_int_equal(open_text("0000000000000000 A fixed_percpu_data\n"
				   "ffffffff81000000 T _text\n"
				   "ffffffff81000000 T first\n"
				   "ffffffff81000000 t __first_local\n"
				   "ffffffff81000100 t second\n"
				   "ffffffff81000200 W weak\n"
				   "ffffffff81000200 T strong\n"
				   "ffffffff81000300 T last\n"
				   "ffffffff81001000 T _etext\n"
				   "ffffffff81002000 D some_data\n"
				   "ffffffff81003000 D more_data\n"
				   "ffffffff81004000 T freed_init\n"
				   "ffffffffc0002000 t two_b\t[two]\n"
				   "ffffffffc0002100 d two_data\t[two]\n"
				   "ffffffffc0001000 t one_a\t[one]\n"
				   "ffffffffc0002050 t two_c\t[two]\n"
				   "ffffffffc0003000 t bpf_prog_0123456789abcdef_name\t[bpf]\n",
				   &k, &err),
			 0);
	assert_symbol(k, 0, NULL, NULL);
	assert_symbol(k, 0xffffffff80ffffff, NULL, NULL);
	assert_symbol(k, 0xffffffff81000000, "first", "");
	assert_symbol(k, 0xffffffff810000ff, "first", "");
	assert_symbol(k, 0xffffffff81000100, "second", "");
	assert_symbol(k, 0xffffffff81000200, "strong", "");
	assert_symbol(k, 0xffffffff81000fff, "last", "");
	assert_symbol(k, 0xffffffff81001000, NULL, NULL);
	assert_symbol(k, 0xffffffff81002010, NULL, NULL);
	assert_symbol(k, 0xffffffff81004010, NULL, NULL);
	assert_symbol(k, 0xffffffffc0001234, "one_a", "one");
	assert_symbol(k, 0xffffffffc0002010, "two_b", "two");
	assert_symbol(k, 0xffffffffc0002060, "two_c", "two");
	assert_symbol(k, 0xffffffffc0002100, NULL, NULL);
	assert_symbol(k, 0xffffffffc0002fff, NULL, NULL);
	assert_symbol(k, 0xffffffffc0003fff, "bpf_prog_0123456789abcdef_name", "bpf");
	assert_symbol(k, 0xffffffffc0004000, NULL, NULL);
	assert_symbol(k, UINT64_MAX, NULL, NULL);
	kallsyms_close(k);
	kallsyms_close(NULL);
}

static const struct refusal {
	const char *text;
	int result;
	const char *message;
} refusals[] = {
	{"0000000000000000 T _text\n0000000000000000 t x\t[m]\n", -EPERM,
	 "the addresses of kernel symbols are hidden (kptr_restrict)"},
	{"", -EINVAL, "no kernel symbols"},
	{"\n", -EINVAL, "line 1 is not a kernel symbol"},
	{"ffffffff81000000 T a\nffffffff8100000g T b\n", -EINVAL, "line 2 is not a kernel symbol"},
	{"ffffffff810000000 T a\n", -EINVAL, "line 1 is not a kernel symbol"},
	{"ffffffff81000000 T\n", -EINVAL, "line 1 is not a kernel symbol"},
	{"ffffffff81000000 TT a\n", -EINVAL, "line 1 is not a kernel symbol"},
	{" T a\n", -EINVAL, "line 1 is not a kernel symbol"},
	{"ffffffff81000000\n", -EINVAL, "line 1 is not a kernel symbol"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct kallsyms *k = NULL;
		struct error err = {0};

		assert_int_equal(open_text(refusals[i].text, &k, &err), refusals[i].result);
		assert_string_equal(err.message, refusals[i].message);
		assert_null(k);
	}
	assert_int_equal(kallsyms_open_fd(-1, &(struct kallsyms *){NULL}, NULL), -EBADF);
}

static void test_no_final_newline(void **state)
{
	struct kallsyms *k;

	(void)state;
	assert_int_equal(open_text("ffffffff81000000 T a\t[]\nffffffff81000010 t b", &k, NULL), 0);
	assert_symbol(k, 0xffffffff8100000f, "a", "");
	assert_symbol(k, 0xffffffff81000010, "b", "");
	kallsyms_close(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_final_newline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
