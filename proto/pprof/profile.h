/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROTO_PPROF_PROFILE_H
#define PROTO_PPROF_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/index.h"
#include "base/strtab.h"

/*
 * A profile as a value: what github.com/google/pprof's profile.proto says, with every reference a
 * number (0, 1, 2, ...) into one of the arrays below and every string a number into `strings`.
 * On the wire the ids are these numbers + 1, in file order (Parca insists on that).
 *
 * Everything is added once and then only read; equal things get one number. A reader may walk the
 * arrays directly. All memory belongs to the profile and dies with profile_destroy().
 */

enum { PROFILE_NONE = UINT32_MAX }; /* "no mapping" in a location */

struct profile_value_type {
	uint32_t type; /* string numbers */
	uint32_t unit;
};

struct profile_mapping {
	uint64_t start, limit, offset; /* as in /proc/PID/maps, in bytes */
	uint32_t filename;
	uint32_t build_id; /* hexadecimal GNU build id, or "" */
	/* Promises for every location in the mapping: pprof never looks again where one is true. */
	bool has_functions, has_filenames, has_line_numbers, has_inline_frames;
};

struct profile_function {
	uint32_t name;
	uint32_t system_name; /* "" in what goprof writes: pprof demangles nothing then */
	uint32_t filename;
	int64_t start_line; /* of the function's declaration; 0: unknown */
};

struct profile_line {
	uint32_t function;
	int64_t line; /* 0: unknown */
	int64_t column;
};

struct profile_location {
	uint32_t mapping; /* or PROFILE_NONE */
	uint32_t n_lines; /* 0: not symbolized; else innermost inlined call first */
	uint64_t address;
	uint64_t first_line; /* into profile.lines */
	bool is_folded;
};

struct profile_label {
	uint32_t key;
	uint32_t text;     /* a text label, or 0 ... */
	uint32_t num_unit; /* ... and a number with its unit */
	int64_t num;
};

/* Equal stacks, and equal sets of labels, are stored once: samples share these ranges. */
struct profile_sample {
	uint64_t first_location; /* into profile.stack_locations; [0] is the leaf */
	uint64_t first_label;    /* into profile.labels */
	uint32_t n_locations;
	uint32_t n_labels;
};

struct profile {
	struct strtab strings;
	struct profile_value_type *sample_types;
	struct profile_mapping *mappings; /* [0] is the main binary */
	struct profile_function *functions;
	struct profile_line *lines;
	struct profile_location *locations;
	uint32_t *stack_locations;
	struct profile_label *labels;
	struct profile_sample *samples;
	int64_t *values;    /* n_sample_types for each sample, in sample order */
	uint32_t *comments; /* string numbers */
	size_t n_sample_types, n_mappings, n_functions, n_lines, n_locations, n_stack_locations;
	size_t n_labels, n_samples, n_values, n_comments;

	struct profile_value_type period_type;
	int64_t period;
	int64_t time_nanos; /* start of the measurement, since 1970 */
	int64_t duration_nanos;
	uint32_t default_sample_type;               /* a sample type's name; 0: the last one */
	uint32_t drop_frames, keep_frames, doc_url; /* regular expressions, URL; normally 0 */

	struct profile_private *private; /* the indexes that find equal things */
};

/* An empty profile. Returns 0 or -ENOMEM. */
int profile_create(struct profile **ret_profile);
/* Accepts NULL. */
void profile_destroy(struct profile *p);

/*
 * Each adds one thing, or finds the equal one that is there already, and writes its number.
 * They return 0, -ENOMEM, -EINVAL (a number that does not exist, a NUL byte in a string) or
 * -EOVERFLOW (more than 2^31 of a kind). After a failure the profile is unchanged and usable.
 */
int profile_add_string(struct profile *p, const char *text, uint32_t *ret_number);
/* One more column of values; not deduplicated. -EINVAL once there are samples. */
int profile_add_sample_type(struct profile *p, const char *type, const char *unit);
int profile_add_mapping(struct profile *p, const struct profile_mapping *m, uint32_t *ret_number);
int profile_add_function(struct profile *p, const struct profile_function *f, uint32_t *ret_number);
/* Equal means: same mapping, address and lines. lines[] is copied. */
int profile_add_location(struct profile *p, uint32_t mapping, uint64_t address,
			 const struct profile_line *lines, size_t n_lines, uint32_t *ret_number);
/*
 * Adds values (one for each sample type) to the sample with this stack (location numbers, leaf
 * first; may be empty) and these labels, or makes a new one. Sums saturate.
 */
int profile_add_sample(struct profile *p, const uint32_t *locations, size_t n_locations,
		       const struct profile_label *labels, size_t n_labels, const int64_t *values);
/* A line for people, shown by pprof in its header. Not deduplicated. */
int profile_add_comment(struct profile *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for strings that the profile has already. */
int profile_append_sample_type(struct profile *p, const struct profile_value_type *type);
int profile_append_comment(struct profile *p, uint32_t string);

/* The text of a string number; "" for 0. Never NULL for a number that the profile gave out. */
static inline const char *profile_text(const struct profile *p, uint32_t string)
{
	return strtab_text(&p->strings, string);
}

/* The values of sample number i: n_sample_types of them. */
static inline const int64_t *profile_values(const struct profile *p, size_t i)
{
	return p->values + i * p->n_sample_types;
}

#endif
