/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "symbolizer/pclntab.h"

enum { ENTRY = 0x1000, BUDGET = 100 };

struct value_case {
	const char *what;
	uint8_t quantum;
	uint8_t table[24]; /* at offset 1 of the values */
	size_t len;
	uint64_t at; /* from the entry */
	int32_t expected;
};

static const struct value_case cases[] = {
	{"first value", 1, {2, 8, 4, 8, 0}, 5, 0, 0},
	{"end of the first range", 1, {2, 8, 4, 8, 0}, 5, 7, 0},
	{"second value", 1, {2, 8, 4, 8, 0}, 5, 8, 2},
	{"behind the table", 1, {2, 8, 4, 8, 0}, 5, 16, -1},
	{"negative delta", 1, {20, 8, 5, 8, 0}, 5, 8, 6},
	{"a first delta of 0 is no end", 1, {0, 8, 4, 8, 0}, 5, 3, -1},
	{"and the next value counts from -1", 1, {0, 8, 4, 8, 0}, 5, 9, 1},
	{"pcs of arm64 count in words", 4, {2, 2, 4, 2, 0}, 5, 7, 0},
	{"second value there", 4, {2, 2, 4, 2, 0}, 5, 8, 2},
	{"an address between words", 4, {2, 2, 4, 2, 0}, 5, 15, 2},
	{"behind the table there", 4, {2, 2, 4, 2, 0}, 5, 16, -1},
	{"long varints", 1, {0x82, 0x01, 0x80, 0x02, 2, 1, 0}, 7, 255, 64},
	{"behind long varints", 1, {0x82, 0x01, 0x80, 0x02, 2, 1, 0}, 7, 256, 65},
	{"ends without an end", 1, {2, 8}, 2, 8, -1},
	{"ends within a pair", 1, {2, 8, 4}, 3, 8, -1},
	{"ends within a varint", 1, {2, 8, 0x80}, 3, 8, -1},
	{"a varint of 11 bytes",
	 1,
	 {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 8},
	 12,
	 0,
	 -1},
	{"pc does not move", 1, {2, 0, 2, 0, 2, 0, 2, 1, 0}, 9, 0, 3},
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct value_case *c = &cases[i];
		struct pclntab p = {.quantum = c->quantum};
		struct pclntab_function f = {.entry = ENTRY};
		uint8_t bytes[32] = {0};
		uint32_t budget = BUDGET;
		int32_t value;

		memcpy(bytes + 1, c->table, c->len);
		p.values = cursor_make(bytes, 1 + c->len);
		value = pclntab_value(&p, &f, 1, ENTRY + c->at, &budget);
		if (value != c->expected)
			fail_msg("%s: %d, not %d", c->what, value, c->expected);
		assert_int_equal(pclntab_value(&p, &f, 0, ENTRY, &budget), -1);
		assert_int_equal(pclntab_value(&p, &f, UINT32_MAX, ENTRY, &budget), -1);
	}
}

static void test_budget(void **state)
{
	static uint8_t bytes[1 << 16];
	struct pclntab p = {.quantum = 1};
	struct pclntab_function f = {.entry = ENTRY};
	uint32_t budget = BUDGET;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i += 2)
		bytes[i] = 2; /* the value rises, the pc stays */
	p.values = cursor_make(bytes, sizeof(bytes));
	assert_int_equal(pclntab_value(&p, &f, 2, ENTRY, &budget), -1);
	assert_int_equal(budget, 0);
	bytes[3] = 1;
	assert_int_equal(pclntab_value(&p, &f, 2, ENTRY, &budget), -1);
	budget = 1;
	assert_int_equal(pclntab_value(&p, &f, 2, ENTRY, &budget), 0);
}

static void test_headers(void **state)
{
	static const uint8_t yes[][8] = {
		{0xfb, 0xff, 0xff, 0xff, 0, 0, 1, 8},
		{0xfa, 0xff, 0xff, 0xff, 0, 0, 1, 8},
		{0xf0, 0xff, 0xff, 0xff, 0, 0, 1, 8},
		{0xf1, 0xff, 0xff, 0xff, 0, 0, 4, 8},
	};
	static const uint8_t no[][8] = {
		{0xf2, 0xff, 0xff, 0xff, 0, 0, 1, 8}, {0xf1, 0xff, 0xff, 0xfe, 0, 0, 1, 8},
		{0xf1, 0xff, 0xff, 0xff, 1, 0, 1, 8}, {0xf1, 0xff, 0xff, 0xff, 0, 1, 1, 8},
		{0xf1, 0xff, 0xff, 0xff, 0, 0, 2, 8}, {0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 4},
		{0xff, 0xff, 0xff, 0xf1, 0, 0, 1, 8},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_true(pclntab_is_header(yes[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_false(pclntab_is_header(no[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
