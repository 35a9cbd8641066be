/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/index.h"

static bool equal(const void *owner, uint32_t number, const void *key)
{
	const uint64_t *elements = owner;

	return elements[number] == *(const uint64_t *)key;
}

enum { COUNT = 10000 };

static uint64_t elements[COUNT];

static uint64_t hash_number(uint64_t key)
{
	return hash_combine(1, key);
}

/* Every element collides with every other one. */
static uint64_t hash_badly(uint64_t key)
{
	(void)key;
	return 5;
}

static void fill_and_find(uint64_t (*hash)(uint64_t), uint32_t count)
{
	struct index ix = {0};

	for (uint32_t i = 0; i < count; i++) {
		elements[i] = (uint64_t)i * i + 3;
		assert_int_equal(index_find(&ix, hash(elements[i]), equal, elements, &elements[i]),
				 INDEX_NONE);
		assert_int_equal(index_insert(&ix, hash(elements[i]), i), 0);
	}
	assert_int_equal(ix.count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(index_find(&ix, hash(elements[i]), equal, elements, &elements[i]),
				 i);

	index_clear(&ix);
	assert_int_equal(index_find(&ix, hash(elements[0]), equal, elements, &elements[0]),
			 INDEX_NONE);
	assert_int_equal(index_insert(&ix, hash(elements[1]), 1), 0);
	assert_int_equal(index_find(&ix, hash(elements[1]), equal, elements, &elements[1]), 1);
	index_deinit(&ix);
	assert_int_equal(index_find(&ix, hash(elements[1]), equal, elements, &elements[1]),
			 INDEX_NONE);
}

static void test_find(void **state)
{
	(void)state;
	fill_and_find(hash_number, COUNT);
}

static void test_collisions(void **state)
{
	(void)state;
	fill_and_find(hash_badly, 500);
}

static void test_empty(void **state)
{
	struct index ix = {0};

	(void)state;
	index_clear(&ix);
	assert_int_equal(index_find(&ix, 1, equal, elements, &elements[0]), INDEX_NONE);
	index_deinit(&ix);
}

static void test_hash(void **state)
{
	static const char bytes[] = "0123456789abcdef0123456789abcdef";

	(void)state;
	assert_true(hash_bytes(NULL, 0) == hash_bytes("", 0));
	for (size_t len = 0; len < sizeof(bytes) - 1; len++) {
		char changed[sizeof(bytes)];

		assert_true(hash_bytes(bytes, len) == hash_bytes(bytes, len));
		assert_true(hash_bytes(bytes, len) != hash_bytes(bytes, len + 1));
		for (size_t i = 0; i < len; i++) {
			for (size_t j = 0; j < sizeof(bytes); j++)
				changed[j] = bytes[j];
			changed[i] ^= 1;
			assert_true(hash_bytes(changed, len) != hash_bytes(bytes, len));
		}
	}
	assert_true(hash_bytes("\0\0", 1) != hash_bytes("\0\0", 2)); /* zeros count */
	assert_true(hash_combine(1, 2) != hash_combine(2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_collisions),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
