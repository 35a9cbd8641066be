/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_SAMPLES_H
#define PROFILER_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/index.h"
#include "profiler/sources/cpu.h"

/*
 * What a run has captured so far: every distinct stack of addresses once, with its count. Bounded:
 * when it is full, samples with new stacks are counted as dropped.
 */

struct stored_sample {
	uint32_t pid, tid;
	const uint64_t *addresses; /* n_user, then n_kernel; each part leaf first */
	uint16_t n_user, n_kernel;
	bool user_cut, kernel_cut;
	uint64_t count;
};

struct samples {
	struct stored_sample *list;
	size_t n, capacity;
	uint64_t total;	  /* sum of the counts */
	uint64_t dropped; /* samples that found no room */
	struct arena arena;
	struct index index;
};

void samples_init(struct samples *s, size_t max_bytes);
void samples_deinit(struct samples *s);

/*
 * Adds count to the stack. *ret_new tells whether it was not there before. Never fails: what there
 * is no memory for is counted as dropped.
 */
void samples_add(struct samples *s, const struct raw_sample *raw, uint64_t count, bool *ret_new);

#endif
