/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_SOURCES_CPU_H
#define PROFILER_SOURCES_CPU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "bpf/abi.h"

/*
 * On-CPU samples from the kernel: one perf event of the software CPU clock on every CPU, a BPF
 * program that keeps the samples of the targets (bpf/cpu.bpf.c). Knows addresses, no names.
 *
 * Everything in the kernel hangs on descriptors of this process: however it dies, all is gone.
 */
struct cpu_source;

struct cpu_config {
	unsigned frequency_hz;
	bool by_thread;	      /* keep threads apart */
	bool with_kernel;     /* kernel stacks too */
	uint32_t pid_namespace_inum; /* see pid_namespace_read() */
};

/* A stack with a count, as drained. The addresses are valid during the call only; leaf first. */
struct raw_sample {
	uint32_t pid, tid;
	const uint64_t *user, *kernel;
	uint32_t n_user, n_kernel;
	bool user_cut, kernel_cut; /* as deep as the kernel walks: the root end is missing */
};

/* Takes a drained stack. Returns 0, or a negative errno that ends the draining. */
typedef int (*cpu_sample_fn)(const struct raw_sample *sample, uint64_t count, void *context);

/* Sums over all CPUs since the start, by enum abi_counter, and what draining itself could not read. */
struct cpu_counters {
	uint64_t value[ABI_COUNTERS];
	uint64_t lost_unreadable; /* samples whose stack was gone from the map */
};

/* Loads the program and creates the maps; no event runs yet. */
int cpu_source_open(const struct cpu_config *config, struct cpu_source **ret_source,
		    struct error *err);
/* Accepts NULL and half-opened ones. */
void cpu_source_close(struct cpu_source *s);

int cpu_source_add_target(struct cpu_source *s, pid_t pid, struct error *err);

/* Opens and starts an event on every CPU that is online. */
int cpu_source_start(struct cpu_source *s, struct error *err);
/* CPUs come online and go: opens events on new ones. Cheap when nothing changed. */
int cpu_source_follow_cpus(struct cpu_source *s, struct error *err);
/* No sample is taken after this returned. */
void cpu_source_stop(struct cpu_source *s);

/*
 * Switches the map sets, waits until no program can still write to the old one, hands out everything
 * in it and empties it. Blocks for an RCU grace period (some 10 ms).
 */
int cpu_source_drain(struct cpu_source *s, cpu_sample_fn fn, void *context, struct error *err);

int cpu_source_counters(struct cpu_source *s, struct cpu_counters *ret_counters);

/* The exact time between two samples. */
int64_t cpu_source_period_ns(const struct cpu_source *s);
/* Events that run now: one for each CPU that is online. */
unsigned cpu_source_online(const struct cpu_source *s);

#endif
