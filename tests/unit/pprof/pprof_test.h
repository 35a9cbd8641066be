/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_PPROF_PPROF_TEST_H
#define TESTS_UNIT_PPROF_PPROF_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "proto/pprof/decode.h"
#include "proto/pprof/encode.h"
#include "proto/pprof/profile.h"

#define assert_ok(expression) assert_int_equal((expression), 0)

static inline struct profile *new_profile(void)
{
	struct profile *p;

	assert_ok(profile_create(&p));
	return p;
}

static inline uint32_t add_string(struct profile *p, const char *text)
{
	uint32_t number;

	assert_ok(profile_add_string(p, text, &number));
	return number;
}

static inline uint32_t add_function(struct profile *p, const char *name)
{
	struct profile_function f = {.name = add_string(p, name)};
	uint32_t number;

	assert_ok(profile_add_function(p, &f, &number));
	return number;
}

static inline uint32_t add_location(struct profile *p, uint64_t address)
{
	uint32_t number;

	assert_ok(profile_add_location(p, PROFILE_NONE, address, NULL, 0, &number));
	return number;
}

static inline int write_to_buf(void *sink, const void *bytes, size_t len)
{
	return buf_append(sink, bytes, len);
}

/* The profile as a file; the caller calls buf_deinit(). */
static inline struct buf encode(const struct profile *p)
{
	struct error err = {0};
	struct buf b;

	buf_init(&b, 1 << 30);
	if (profile_encode(p, write_to_buf, &b, &err))
		fail_msg("encode: %s", err.message);
	return b;
}

static inline struct profile *decode(const void *bytes, size_t len)
{
	struct error err = {0};
	struct profile *p = NULL;

	if (profile_decode(bytes, len, NULL, &p, &err))
		fail_msg("decode: %s", err.message);
	return p;
}

/* A profile that uses every field. */
static inline struct profile *full_profile(void)
{
	struct profile *p = new_profile();
	struct profile_mapping binary = {0x400000,
					 0x500000,
					 0x1000,
					 add_string(p, "/bin/app"),
					 add_string(p, "0123abcd"),
					 true,
					 true,
					 true,
					 true};
	struct profile_mapping kernel = {.start = UINT64_MAX - 0xfff,
					 .limit = UINT64_MAX,
					 .filename = add_string(p, "[kernel.kallsyms]")};
	struct profile_function inlined = {add_string(p, "main.inlined"), add_string(p, "system"),
					   add_string(p, "/src/main.go"), 10};
	struct profile_line lines[2] = {{0, 12, 5}, {1, -1, 0}};
	struct profile_label labels[4] = {
		{.key = add_string(p, "thread"), .text = add_string(p, "main")},
		{.key = add_string(p, "goid"), .num_unit = add_string(p, "id")},
		{.key = add_string(p, "bytes"), .num = INT64_MIN},
		{.key = add_string(p, "nothing")},
	};
	uint32_t number, leaf, root;

	assert_ok(profile_add_sample_type(p, "samples", "count"));
	assert_ok(profile_add_sample_type(p, "cpu", "nanoseconds"));
	assert_ok(profile_add_mapping(p, &binary, &number));
	assert_ok(profile_add_mapping(p, &kernel, &number));
	assert_ok(profile_add_function(p, &inlined, &number));
	add_function(p, "main.main");
	assert_ok(profile_add_location(p, 0, 0x400100, lines, 2, &root));
	assert_ok(profile_add_location(p, 1, UINT64_MAX, NULL, 0, &leaf));
	add_location(p, 0);
	p->locations[leaf].is_folded = true;
	assert_ok(profile_add_sample(p, (uint32_t[]){leaf, root}, 2, labels, 4,
				     (int64_t[]){3, 30303030}));
	assert_ok(profile_add_sample(p, (uint32_t[]){root}, 1, NULL, 0, (int64_t[]){0, -1}));
	assert_ok(profile_add_sample(p, NULL, 0, NULL, 0, (int64_t[]){INT64_MAX, INT64_MIN}));
	assert_ok(profile_add_comment(p, "%d samples lost", 7));
	assert_ok(profile_add_comment(p, "%s", ""));
	p->period_type = p->sample_types[1];
	p->period = 10101010;
	p->time_nanos = 1700000000000000000;
	p->duration_nanos = 2000000000;
	p->default_sample_type = add_string(p, "cpu");
	p->drop_frames = add_string(p, "runtime\\..*");
	p->keep_frames = add_string(p, "runtime\\.main");
	p->doc_url = add_string(p, "https://example.org/");
	return p;
}

#endif
