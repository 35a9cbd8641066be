/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_TARGET_TARGET_H
#define PROFILER_TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "profiler/target/modules.h"

/* One process that is profiled: who it is, what is mapped where, how much CPU time it used. */

struct mapping {
	uint64_t start, end, offset;
	struct module *module; /* NULL: no file behind it */
	char *name;	       /* the path, "[vdso]", or "//anon"; never NULL */
	bool gone;	       /* no longer in the process, kept for samples taken before */
};

struct target {
	pid_t pid; /* in goprof's own pid namespace */
	int proc;  /* directory /proc/PID: stays this process even if the number is reused */
	int pidfd; /* readable when the process has ended; -1 where the kernel has none */
	bool ended;
	char command[32]; /* comm */
	struct module *executable;
	struct mapping *mappings; /* executable ones, newest first */
	size_t n_mappings, mappings_capacity;
	int64_t cpu_ns_at_start;
	int64_t cpu_ns; /* utime + stime when last read */
};

/*
 * Finds the process and checks that it can be profiled: it exists, is no kernel thread, no 32-bit
 * program, not goprof itself. Each refusal has its own sentence. Opens its executable.
 */
int target_open(pid_t pid, struct modules *modules, struct target **ret_target, struct error *err);
/* Accepts NULL. Modules stay with their owner. */
void target_close(struct target *t);

/* 0 when the executable is a Go program whose names can be read, else -ENODATA and such, with the reason. */
int target_check_go(struct target *t, struct error *err);

/*
 * Reads the mapping list again, and the executable, which exec() replaces. A mapping that vanished is
 * kept behind the new ones. Returns 0, or a negative errno (the process has ended, no permission).
 */
int target_refresh(struct target *t, struct modules *modules, struct error *err);

/* The executable mapping that holds the address, or NULL. */
const struct mapping *target_mapping(const struct target *t, uint64_t address);

/* Reads utime + stime into t->cpu_ns. Returns 0, or a negative errno once the process is gone. */
int target_read_cpu(struct target *t);

/* The inode number of goprof's own pid namespace, 0 when it is the initial one. */
int pid_namespace_read(uint32_t *ret_inum, struct error *err);

#endif
