/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_ASSEMBLE_H
#define PROFILER_ASSEMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/pprof/profile.h"
#include "profiler/samples.h"
#include "profiler/sources/cpu.h"
#include "profiler/target/target.h"

/*
 * From what was captured to a profile with names. Needs no privilege and no living target: the
 * binaries were opened while it lived.
 */

struct capture {
	const struct samples *samples;
	struct target *const *targets; /* [0] gives mapping[0], the main binary */
	size_t n_targets;
	unsigned frequency_hz;
	int64_t period_ns;
	int64_t start_unix_ns, duration_ns;
	bool label_pid, label_thread, label_command;
	bool show_wrappers;	      /* compiler-made wrappers too */
	struct cpu_counters counters; /* of the kernel side */
	uint64_t expected_ticks;      /* of the sampling timers: CPUs x time / period */
};

struct assembled {
	struct profile *profile; /* owned by the caller */
	uint64_t samples;	 /* in the profile */
	uint64_t lost;		 /* taken by the kernel side and not in the profile */
	uint64_t truncated;	 /* in the profile, root end missing */
	uint64_t unnamed;	 /* in the profile, with an unnamed frame in the Go binary */
	uint64_t kernel_hidden;	 /* in the profile, kernel frames without addresses */
};

/* Returns 0 or a negative errno with the reason; *ret is written on success only. */
int profile_assemble(const struct capture *capture, struct assembled *ret, struct error *err);

#endif
