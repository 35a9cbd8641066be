/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLAMEGRAPH_FUNCTIONS_H
#define FLAMEGRAPH_FUNCTIONS_H

#include "base/index.h"
#include "flamegraph/names.h"
#include "proto/pprof/profile.h"

/* What each function of a profile costs, itself (flat) and with all that it calls (cum). */

struct function_cost {
	uint32_t name, file; /* texts of functions.names */
	int64_t start_line;
	int64_t flat, cum;
	int64_t hot_line; /* where it spent most as the leaf; 0: unknown or never the leaf */
	int64_t hot_flat;
	uint64_t last_sample; /* the sample that was counted last, + 1 */
};

struct functions {
	const struct profile *profile;
	struct names names;
	struct function_cost *costs; /* in no order */
	size_t n_costs, costs_capacity;
	struct index index;       /* of costs by name and file */
	uint32_t *of_function[2]; /* number in costs + 1 by function; [1] in the kernel */
	uint32_t *of_mapping;     /* the same for unnamed locations by mapping; the last: none */
	struct line_cost *lines;  /* flat by function and line */
	size_t n_lines, lines_capacity;
	struct index lines_index;
	int64_t total;       /* of all samples */
	uint64_t total_size; /* of all samples, each without its sign; stops at UINT64_MAX */
};

/*
 * Adds up value number `type` of all samples. max_bytes is for the names.
 * Returns 0, -ENOMEM or -EFBIG; functions_deinit() is allowed after all of them.
 */
int functions_init(struct functions *f, const struct profile *p, size_t type, size_t max_bytes);
void functions_deinit(struct functions *f);

/* Drops what adds up to nothing, puts the largest flat value first and finds the hot lines. */
void functions_sort(struct functions *f);

#endif
