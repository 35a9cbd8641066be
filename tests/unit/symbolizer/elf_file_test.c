/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "symbolizer/elf_file.h"
#include "symbolizer/go_buildinfo.h"
#include "tests/unit/symbolizer/go_image.h"

static const struct note_case {
	const char *what;
	uint8_t bytes[64];
	size_t len;
	const char *expected;
} notes[] = {
	{"plain",
	 {4, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 0xab, 0x0c, 0xff, 0},
	 20,
	 "ab0cff"},
	{"desc not padded at the end",
	 {4, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 1, 2, 3},
	 19,
	 "010203"},
	{"behind Go's own id",
	 {4, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 'G', 'o', 0,   0,   'a', 'b', 'c',  'd', 'e', 0,
	  0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0,   0,   'G', 'N', 'U', 0,   0x42, 0,   0,   0},
	 44,
	 "42"},
	{"Go's own id only",
	 {4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 'G', 'o', 0, 0, 1, 0, 0, 0},
	 20,
	 ""},
	{"another note of GNU's",
	 {4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'G', 'N', 'U', 0, 1, 0, 0, 0},
	 20,
	 ""},
	{"empty id", {4, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0}, 16, ""},
	{"cut off", {4, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 1, 2, 3, 4}, 20, ""},
	{"too long to be true",
	 {4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 3, 0, 0, 0, 'G', 'N', 'U', 0},
	 20,
	 ""},
	{"a name whose padding wraps",
	 {0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 3, 0, 0, 0, 'G'},
	 20,
	 ""},
};

static void test_build_id(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		char id[2 * ELF_BUILD_ID_MAX + 1];
		struct elf_file elf;
		struct image m;
		Elf64_Phdr p = {.p_type = PT_NOTE,
				.p_offset = IMAGE_TEXT_AT,
				.p_filesz = notes[i].len,
				.p_memsz = notes[i].len};

		image_build(&m, &image_go126);
		memcpy(m.bytes + IMAGE_TEXT_AT, notes[i].bytes, notes[i].len);
		memcpy(m.bytes + sizeof(Elf64_Ehdr), &p, sizeof(p));
		assert_int_equal(elf_file_open_bytes(m.bytes, m.len, &elf, NULL), 0);
		elf_file_build_id(&elf, id);
		if (strcmp(id, notes[i].expected) != 0)
			fail_msg("%s: \"%s\"", notes[i].what, id);
		elf_file_close(&elf);
	}
}

static void test_addresses(void **state)
{
	struct elf_file elf;
	struct image m;
	struct cursor c;

	(void)state;
	image_build(&m, &image_go126);
	assert_int_equal(elf_file_open_bytes(m.bytes, m.len, &elf, NULL), 0);
	c = elf_file_at(&elf, IMAGE_TEXT + 0x10);
	assert_int_equal(cursor_left(&c), 0xf0);
	assert_ptr_equal(c.pos, m.bytes + IMAGE_TEXT_AT + 0x10);
	assert_true(elf_file_at(&elf, IMAGE_TEXT + 0x100).failed);
	assert_true(elf_file_at(&elf, 0).failed);
	assert_true(elf_file_at(&elf, UINT64_MAX).failed);
	assert_true(elf_file_is_code(&elf, IMAGE_TEXT + 0xff));
	assert_false(elf_file_is_code(&elf, IMAGE_TEXT + 0x100));
	assert_false(elf_file_is_code(&elf, IMAGE_TABLES));
	assert_int_equal(elf_file_pointer(&elf, IMAGE_MODULEDATA), IMAGE_TABLES);
	assert_int_equal(elf_file_pointer(&elf, IMAGE_DATA + 0x3fc), 0); /* ends within the word */
	elf_file_close(&elf);
}

static void read_info(const struct image *m, int expected, struct arena *arena,
		      struct symbolizer_build_info *ret_info)
{
	struct elf_file elf;

	assert_int_equal(elf_file_open_bytes(m->bytes, m->len, &elf, NULL), 0);
	assert_int_equal(go_buildinfo_read(&elf, arena, ret_info), expected);
	elf_file_close(&elf);
}

static void test_build_info(void **state)
{
	struct symbolizer_build_info info;
	struct arena arena;
	struct image m;

	(void)state;
	arena_init(&arena, 1 << 20);
	image_build(&m, &image_go126);
	read_info(&m, 0, &arena, &info);
	assert_string_equal(info.go_version, "go1.26");
	assert_string_equal(info.path, "main/cmd");
	assert_string_equal(info.module, "main");
	assert_string_equal(info.module_version, "v1.2.3");

	m.bytes[IMAGE_DATA_AT + 39] =
		0xff; /* the length of the module info: two bytes of varint now */
	read_info(&m, 0, &arena, &info);
	assert_string_equal(info.go_version, "go1.26");
	assert_string_equal(info.path, "");
	m.bytes[IMAGE_DATA_AT + 32] = 0xff; /* that of the version */
	read_info(&m, -EINVAL, &arena, &info);
	assert_string_equal(info.go_version, "");
	m.bytes[IMAGE_DATA_AT + 15] = 3; /* big endian */
	read_info(&m, -EINVAL, &arena, &info);
	m.bytes[IMAGE_DATA_AT + 3] = 'g';
	read_info(&m, -ENODATA, &arena, &info);

	/* Up to 1.17 the header points to Go strings. */
	image_build(&m, &image_go126);
	m.bytes[IMAGE_DATA_AT + 15] = 0;
	image_u64(&m, IMAGE_DATA_AT + 16, IMAGE_DATA + 0x300);
	image_u64(&m, IMAGE_DATA_AT + 24, IMAGE_DATA + 0x310);
	image_u64(&m, IMAGE_DATA_AT + 0x300, IMAGE_DATA + 33);
	image_u64(&m, IMAGE_DATA_AT + 0x308, 6);
	image_u64(&m, IMAGE_DATA_AT + 0x310, IMAGE_DATA + 40);
	image_u64(&m, IMAGE_DATA_AT + 0x318, m.bytes[IMAGE_DATA_AT + 39]);
	read_info(&m, 0, &arena, &info);
	assert_string_equal(info.go_version, "go1.26");
	assert_string_equal(info.path, "main/cmd");
	image_u64(&m, IMAGE_DATA_AT + 0x308, UINT64_MAX);
	read_info(&m, -EINVAL, &arena, &info);
	arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_build_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
