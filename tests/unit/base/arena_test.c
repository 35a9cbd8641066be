/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void test_pieces(void **state)
{
	struct arena a;
	char *pieces[1000];

	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < 1000; i++) {
		pieces[i] = arena_alloc(&a, i);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % 8, 0);
		memset(pieces[i], (int)i, i);
	}
	for (size_t i = 0; i < 1000; i++) {
		for (size_t j = 0; j < i; j++)
			assert_int_equal((unsigned char)pieces[i][j], (unsigned char)i);
	}
	arena_deinit(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 1));
	arena_deinit(&a);
}

static void test_limit(void **state)
{
	struct arena a;
	size_t pieces = 0;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_null(arena_alloc(&a, (1 << 20) + 1));
	while (arena_alloc(&a, 1024))
		pieces++;
	assert_int_equal(pieces, 1024);
	assert_true(a.used <= a.max);
	arena_deinit(&a);

	/* A limit below the usual chunk is a limit, not a refusal. */
	arena_init(&a, 1000);
	assert_non_null(arena_alloc(&a, 600));
	assert_null(arena_alloc(&a, 600));
	assert_non_null(arena_alloc(&a, 400));
	assert_true(a.used <= a.max);
	arena_deinit(&a);

	arena_init(&a, 0);
	assert_null(arena_alloc(&a, 1));
	arena_deinit(&a);
}

static void test_sizes_do_not_wrap(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, SIZE_MAX);
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 7));
	assert_null(arena_alloc(&a, SIZE_MAX - 16));
	assert_null(arena_strndup(&a, "x", SIZE_MAX));
	arena_deinit(&a);
}

static void test_strndup(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&a, "", 0), "");
	assert_memory_equal(arena_strndup(&a, "a\0b", 3), "a\0b", 4);
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_sizes_do_not_wrap),
		cmocka_unit_test(test_strndup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
