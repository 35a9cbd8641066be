/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "profiler/samples.h"

static const uint64_t user[] = {0x401000, 0x402000}, kernel[] = {0xffffffff81000000};

static struct raw_sample stack(uint32_t pid, uint32_t n_user, uint32_t n_kernel)
{
	return (struct raw_sample){
		.pid = pid, .user = user, .kernel = kernel, .n_user = n_user, .n_kernel = n_kernel};
}

static void equal_stacks_are_counted_together(void **state)
{
	struct raw_sample a = stack(7, 2, 1), b = stack(7, 2, 0), c = stack(8, 2, 1);
	struct samples s;
	bool new;

	(void)state;
	samples_init(&s, 1 << 20);
	samples_add(&s, &a, 3, &new);
	assert_true(new);
	samples_add(&s, &b, 1, &new);
	assert_true(new);
	samples_add(&s, &c, 1, &new);
	assert_true(new);
	samples_add(&s, &a, 4, &new);
	assert_false(new);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.total, 9);
	assert_int_equal(s.list[0].count, 7);
	assert_int_equal(s.list[0].n_user, 2);
	assert_int_equal(s.list[0].addresses[1], 0x402000);
	assert_int_equal(s.list[0].addresses[2], 0xffffffff81000000);
	samples_deinit(&s);
}

static void the_same_addresses_split_differently_are_different(void **state)
{
	struct raw_sample a = stack(7, 1, 0), b = stack(7, 0, 1);
	struct samples s;
	bool new;

	(void)state;
	b.kernel = user;
	samples_init(&s, 1 << 20);
	samples_add(&s, &a, 1, &new);
	samples_add(&s, &b, 1, &new);
	assert_true(new);
	assert_int_equal(s.n, 2);
	samples_deinit(&s);
}

static void a_full_table_counts_what_it_drops(void **state)
{
	struct samples s;
	uint64_t address;
	struct raw_sample raw = {.pid = 1, .user = &address, .n_user = 1};
	bool new;

	(void)state;
	samples_init(&s, 64 * 1024); /* one chunk of the arena */
	for (address = 0; address < 20000; address++)
		samples_add(&s, &raw, 1, &new);
	assert_true(s.dropped > 0);
	assert_int_equal(s.total + s.dropped, 20000);
	address = 5; /* known stacks go on being counted */
	samples_add(&s, &raw, 10, &new);
	assert_int_equal(s.total + s.dropped, 20010);
	assert_int_equal(s.list[5].count, 11);
	samples_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_are_counted_together),
		cmocka_unit_test(the_same_addresses_split_differently_are_different),
		cmocka_unit_test(a_full_table_counts_what_it_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
