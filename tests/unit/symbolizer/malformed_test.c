/* SPDX-License-Identifier: BSD-2-Clause */
/* What broken and hostile files lead to: an error with a reason, or fewer names; never a wrong one.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "symbolizer/symbolizer.h"
#include "tests/unit/symbolizer/go_image.h"

/* Which part of the image a change counts from. */
enum base { FILE_START, HEADER, FUNCTIONS, FUNC_MAIN, FUNC_GOEXIT, TREE, MODULEDATA, SECTIONS };

static size_t base_of(const struct image *m, enum base base)
{
	switch (base) {
	case FILE_START:
		return 0;
	case HEADER:
		return m->header;
	case FUNCTIONS:
		return m->functions;
	case FUNC_MAIN:
		return m->func[2];
	case FUNC_GOEXIT:
		return m->func[0];
	case TREE:
		return m->inline_tree;
	case MODULEDATA:
		return m->moduledata;
	case SECTIONS:
		return m->sections;
	}
	return 0;
}

struct change {
	const char *what;
	enum base base;
	size_t at;
	unsigned size; /* in bytes */
	uint64_t value;
	int open_result, go_status;
	const char *message; /* a part of it */
};

#define PHDR(i, field) (sizeof(Elf64_Ehdr) + (i) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, field))

static const struct change changes[] = {
	{"program headers outside of the file", FILE_START, offsetof(Elf64_Ehdr, e_phoff), 8,
	 UINT64_MAX - 8, -EINVAL, 0, "image: corrupt ELF header: program headers lie outside"},
	{"program headers of another size", FILE_START, offsetof(Elf64_Ehdr, e_phentsize), 2, 55,
	 -EINVAL, 0, "3 program headers of 55 bytes"},
	{"too many program headers", FILE_START, offsetof(Elf64_Ehdr, e_phnum), 2, 0xffff, -EINVAL,
	 0, "65535 program headers"},
	{"tables in a segment that wraps around", FILE_START, PHDR(1, p_vaddr), 8, UINT64_MAX - 15,
	 0, -ENOTSUP, "unknown or obfuscated pclntab"},
	{"tables cut off by the end of the file", FILE_START, PHDR(1, p_offset), 8, 1 << 30, 0,
	 -ENOTSUP, "unknown or obfuscated pclntab"},
	{"code that is not executable", FILE_START, PHDR(0, p_flags), 4, PF_R, 0, -EINVAL,
	 "functions from 0x401000 to 0x4010e0 are not in code"},
	{"unknown magic", HEADER, 0, 4, 0xfffffff9, 0, -ENOTSUP, "unknown or obfuscated pclntab"},
	{"quantum of another machine", HEADER, 6, 1, 2, 0, -ENOTSUP, "unknown or obfuscated"},
	{"32-bit pointers", HEADER, 7, 1, 4, 0, -ENOTSUP, "unknown or obfuscated"},
	{"no functions", HEADER, 8, 8, 0, 0, -EINVAL, "0 functions"},
	{"more functions than bytes", HEADER, 8, 8, 0x1000, 0, -EINVAL, "4096 functions in"},
	{"a count whose size wraps", HEADER, 8, 8, 0x2000000000000001, 0, -EINVAL, "functions in"},
	{"names behind units", HEADER, 8 + 3 * 8, 8, 0x400, 0, -EINVAL, "part 0 runs from 0x400"},
	{"a part outside of the segment", HEADER, 8 + 7 * 8, 8, 1 << 20, 0, -EINVAL, "part 3 runs"},
	{"a part that wraps", HEADER, 8 + 7 * 8, 8, UINT64_MAX, 0, -EINVAL, "part 3 runs"},
	{"functions out of order", FUNCTIONS, 0, 4, 0xf00, 0, -EINVAL, "are not in code"},
	{"an end in front of the last function", FUNCTIONS, 8 * IMAGE_FUNCTIONS, 4, 0x10, 0,
	 -EINVAL, "are not in code"},
	{"an end far behind the code", FUNCTIONS, 8 * IMAGE_FUNCTIONS, 4, UINT32_MAX, 0, -EINVAL,
	 "are not in code"},
	{"a function record outside", FUNCTIONS, 4, 4, UINT32_MAX, 0, -ENOTSUP,
	 "no known layout of runtime.moduledata fits"},
	{"an inline tree outside", FUNC_MAIN, 68, 4, 0x7fffffff, 0, 0, ""},
	{"moduledata of another table", MODULEDATA, 0, 8, IMAGE_TABLES + 8, 0, -ENOTSUP,
	 "runtime.moduledata does not fit the pclntab"},
	{"moduledata with fewer functions", MODULEDATA, 136, 8, IMAGE_FUNCTIONS, 0, -ENOTSUP,
	 "runtime.moduledata does not fit the pclntab"},
	{"no runtime.text", MODULEDATA, 176, 8, 0, 0, -EINVAL, "runtime.text is 0 and 0"},
	{"another runtime.text", MODULEDATA, 176, 8, IMAGE_TEXT + 0x10, 0, -ENOTSUP,
	 "runtime.moduledata does not fit the functions"},
	{"another runtime.text than the header's", HEADER, 8 + 2 * 8, 8, IMAGE_TEXT + 1, 0, -EINVAL,
	 "runtime.text is 0x401000 and 0x401001"},
	{"gofunc outside of the tables", MODULEDATA, 320, 8, IMAGE_TEXT, 0, -ENOTSUP,
	 "no known layout of runtime.moduledata fits"},
	{"no gofunc", MODULEDATA, 320, 8, 0, 0, -ENOTSUP, "no known layout"},
	{"an inlined call that is none", TREE, 4, 4, 3, 0, -ENOTSUP, "no known layout"},
	{"an inlined call from outside of the function", TREE, 8, 4, 0x60, 0, -ENOTSUP,
	 "no known layout"},
	{"goexit under another name", FUNC_GOEXIT, 4, 4, 1, 0, -ENOTSUP, "no runtime.goexit"},
	{"goexit that does not end a stack", FUNC_GOEXIT, 41, 1, 0, 0, -ENOTSUP,
	 "no runtime.goexit"},
	{"section names outside of the file", SECTIONS, 4 * sizeof(Elf64_Shdr) + 24, 8, UINT64_MAX,
	 0, 0, ""},
	{"more section headers than bytes", FILE_START, offsetof(Elf64_Ehdr, e_shnum), 2, 0xffff, 0,
	 0, ""},
};

static void look_everywhere(struct symbolizer *s)
{
	struct symbolizer_frame frames[SYMBOLIZER_MAX_FRAMES];
	struct symbolizer_result result;

	for (uint64_t vaddr = IMAGE_TEXT - 0x10; vaddr < IMAGE_TEXT + 0x110; vaddr++) {
		symbolizer_lookup(s, vaddr, vaddr & 1, frames, &result);
		for (size_t i = 0; i < result.n_frames; i++)
			assert_non_null(frames[i].function);
	}
}

static void test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		const struct change *c = &changes[i];
		struct symbolizer *s = NULL;
		struct error err = {0};
		struct image m;

		image_build(&m, &image_go126);
		memcpy(m.bytes + base_of(&m, c->base) + c->at, &c->value, c->size);
		print_message("# %s\n", c->what);
		assert_int_equal(symbolizer_open_bytes(m.bytes, m.len, "image", &s, &err),
				 c->open_result);
		if (c->open_result == 0) {
			assert_int_equal(symbolizer_go_status(s, &err), c->go_status);
			look_everywhere(s);
		}
		if (!strstr(err.message, c->message))
			fail_msg("%s: \"%s\"", c->what, err.message);
		symbolizer_close(s);
	}
}

/* Every prefix of a file, and every single byte of its tables set to each of a few values. */
static void test_any_truncation(void **state)
{
	static struct image m;
	struct symbolizer *s;

	(void)state;
	image_build(&m, &image_go127);
	for (size_t len = 0; len < m.len; len += 3) {
		if (symbolizer_open_bytes(m.bytes, len, "image", &s, NULL))
			continue;
		look_everywhere(s);
		symbolizer_close(s);
	}
}

static void test_any_byte(void **state)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	static struct image m;
	struct symbolizer *s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		image_build(&m, &image_go126);
		for (size_t at = 0; at < m.len; at++) {
			uint8_t old = m.bytes[at];

			if (at >= IMAGE_TEXT_AT && at < IMAGE_TEXT_AT + 0x100)
				continue;
			m.bytes[at] = values[i];
			if (symbolizer_open_bytes(m.bytes, m.len, "image", &s, NULL) == 0) {
				if (symbolizer_go_status(s, NULL) == 0)
					look_everywhere(s);
				symbolizer_close(s);
			}
			m.bytes[at] = old;
		}
	}
}

/* Where inlining cannot be followed, the physical function is named, without a line. */
static void assert_only_main(const struct image *m)
{
	struct symbolizer_frame frames[SYMBOLIZER_MAX_FRAMES];
	struct symbolizer_result result;
	struct symbolizer *s;

	assert_int_equal(symbolizer_open_bytes(m->bytes, m->len, "image", &s, NULL), 0);
	assert_int_equal(symbolizer_go_status(s, NULL), 0);
	symbolizer_lookup(s, IMAGE_TEXT + 0x60, SYMBOLIZER_EXACT, frames, &result);
	assert_int_equal(result.n_frames, 1);
	assert_string_equal(frames[0].function, "main.main");
	assert_null(frames[0].file);
	assert_int_equal(frames[0].line, 0);
	assert_false(frames[0].inlined);
	symbolizer_close(s);
}

static void test_inline_loop(void **state)
{
	struct image m;

	(void)state;
	image_build(&m, &image_go126);
	image_u32(&m, m.inline_tree + 16 + 8, 0x22); /* main.inner, called from within itself */
	assert_only_main(&m);
	image_u32(&m, m.inline_tree + 16 + 8, 0x1000); /* from outside of the function */
	assert_only_main(&m);
	image_u32(&m, m.inline_tree + 16 + 8, UINT32_MAX);
	assert_only_main(&m);
	image_build(&m, &image_go126);
	image_u32(&m, m.inline_tree + 16 + 4, 0x7fffffff); /* no such name */
	assert_only_main(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_any_truncation),
		cmocka_unit_test(test_any_byte),
		cmocka_unit_test(test_inline_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
