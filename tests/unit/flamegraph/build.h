/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_FLAMEGRAPH_BUILD_H
#define TESTS_UNIT_FLAMEGRAPH_BUILD_H

/* Small profiles written as literals. Include after cmocka.h. */

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "proto/pprof/profile.h"

struct fn {
	const char *name, *file;
	int64_t start_line, line;
};

static inline struct profile *profile_new(const char *type, const char *unit)
{
	struct profile *p = NULL;

	assert_int_equal(profile_create(&p), 0);
	if (type)
		assert_int_equal(profile_add_sample_type(p, type, unit), 0);
	return p;
}

static inline uint32_t str(struct profile *p, const char *text)
{
	uint32_t number = 0;

	assert_int_equal(profile_add_string(p, text, &number), 0);
	return number;
}

static inline uint32_t map(struct profile *p, const char *file, uint64_t start, uint64_t offset)
{
	struct profile_mapping m = {.start = start, .limit = start + 0x100000, .offset = offset};
	uint32_t number = 0;

	m.filename = str(p, file);
	assert_int_equal(profile_add_mapping(p, &m, &number), 0);
	return number;
}

/* A location; fns[0] is the innermost inlined call. */
static inline uint32_t loc_lines(struct profile *p, uint32_t mapping, uint64_t address,
				 const struct fn *fns, size_t n)
{
	struct profile_line lines[8] = {0};
	uint32_t number = 0;

	for (size_t i = 0; i < n; i++) {
		struct profile_function f = {.start_line = fns[i].start_line};

		f.name = str(p, fns[i].name);
		f.filename = str(p, fns[i].file ? fns[i].file : "");
		lines[i].line = fns[i].line;
		assert_int_equal(profile_add_function(p, &f, &lines[i].function), 0);
	}
	assert_int_equal(profile_add_location(p, mapping, address, lines, n, &number), 0);
	return number;
}

/* A location of its own with one function and nothing known but its name. */
static inline uint32_t loc(struct profile *p, const char *name)
{
	struct fn fn = {.name = name};

	return loc_lines(p, PROFILE_NONE, 0, &fn, 1);
}

/* Locations are given leaf first. */
#define sample(p, value, ...)                                                                    \
	do {                                                                                     \
		const uint32_t _stack[] = {__VA_ARGS__};                                         \
		const int64_t _values[] = {value};                                               \
		assert_int_equal(                                                                \
			profile_add_sample(p, _stack, ARRAY_SIZE(_stack), NULL, 0, _values), 0); \
	} while (0)

#endif
