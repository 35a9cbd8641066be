/* SPDX-License-Identifier: BSD-2-Clause */
/* Every allocation of an array or an index fails in turn. */
#include "tests/unit/pprof/pprof_test.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

static bool counting;
static size_t allocations, failing; /* the number of the one that fails; 0: none */

static bool fails(void)
{
	return counting && ++allocations == failing;
}

/* A compiler that sees malloc() and memset() makes a calloc() of them, and that would be ours. */
static void *(*const volatile allocate)(size_t size) = malloc;

/* These two stand in for the C library's. */
void *calloc(size_t n, size_t size)
{
	size_t bytes;
	void *result = NULL;

	if (!fails() && !__builtin_mul_overflow(n, size, &bytes))
		result = allocate(bytes);
	return result ? memset(result, 0, bytes) : NULL;
}

void *realloc(void *old, size_t size)
{
	size_t old_size = old ? malloc_usable_size(old) : 0;
	void *result = fails() ? NULL : allocate(size);

	if (!result)
		return NULL;
	if (old)
		memcpy(result, old, old_size < size ? old_size : size);
	free(old);
	return result;
}

static void count_from(size_t nth)
{
	allocations = 0;
	failing = nth;
	counting = true;
}

/* A failed add must be a matter of trying again: the profile is as it was. */
#define RETRY(expression)                              \
	do {                                           \
		int _r = (expression);                 \
		if (_r) {                              \
			assert_int_equal(_r, -ENOMEM); \
			failing = 0;                   \
			assert_ok(expression);         \
		}                                      \
	} while (0)

static struct profile *build(void)
{
	struct profile *p;
	uint32_t name;

	RETRY(profile_create(&p));
	RETRY(profile_add_sample_type(p, "samples", "count"));
	RETRY(profile_add_comment(p, "comment"));
	RETRY(profile_add_string(p, "main.main", &name));
	for (uint32_t i = 0; i < 200; i++) {
		struct profile_mapping m = {.start = i};
		struct profile_function f = {.name = name, .start_line = i};
		struct profile_line line = {.line = i};
		struct profile_label label = {.key = name, .num = i};
		uint32_t stack[2];

		RETRY(profile_add_mapping(p, &m, &line.function));
		RETRY(profile_add_function(p, &f, &line.function));
		RETRY(profile_add_location(p, i, i, &line, 1, &stack[0]));
		stack[1] = i / 2;
		RETRY(profile_add_sample(p, stack, 2, &label, 1, (int64_t[]){1}));
		RETRY(profile_add_sample(p, stack, 2, NULL, 0, (int64_t[]){1}));
	}
	return p;
}

static void builder(void **state)
{
	struct profile *p = build();
	struct buf expected = encode(p), got;

	(void)state;
	profile_destroy(p);
	for (size_t nth = 1;; nth++) {
		count_from(nth);
		p = build();
		counting = false;
		if (failing) { /* so many allocations are not made */
			assert_true(nth > 50);
			break;
		}
		got = encode(p);
		assert_int_equal(got.len, expected.len);
		assert_memory_equal(got.data, expected.data, got.len);
		buf_deinit(&got);
		profile_destroy(p);
	}
	buf_deinit(&expected);
	profile_destroy(p);
}

static int discard(void *sink, const void *bytes, size_t len)
{
	(void)sink;
	(void)bytes;
	(void)len;
	return 0;
}

static void encoder(void **state)
{
	struct profile *p = build();
	size_t nth = 1;
	int r;

	(void)state;
	do {
		struct error err = {0};

		count_from(nth++);
		r = profile_encode(p, discard, NULL, &err);
		counting = false;
		assert_true(!r || r == -ENOMEM);
		assert_int_equal(err.code, r);
	} while (r);
	assert_true(nth > 4);
	profile_destroy(p);
}

static void decoder(void **state)
{
	struct profile *p = build(), *q = NULL;
	struct buf file = encode(p);
	size_t nth = 1;
	int r;

	(void)state;
	do {
		struct error err = {0};

		count_from(nth++);
		r = profile_decode(file.data, file.len, NULL, &q, &err);
		counting = false;
		assert_true(!r || r == -ENOMEM);
		assert_int_equal(err.code, r);
		assert_true(!r == !!q);
	} while (r);
	assert_true(nth > 50);
	profile_destroy(p);
	profile_destroy(q);
	buf_deinit(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builder),
		cmocka_unit_test(encoder),
		cmocka_unit_test(decoder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
