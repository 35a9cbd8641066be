/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_PRIVILEGE_H
#define PROFILER_PRIVILEGE_H

#include "base/error.h"

/* What can be refused, and what the kernel asks for it (capabilities(7), Linux 5.8 and later). */
enum privilege_step {
	PRIVILEGE_READ_PROCESS, /* /proc/PID/exe, maps, map_files */
	PRIVILEGE_BPF,		/* creating maps, loading programs */
	PRIVILEGE_PERF,		/* perf_event_open on every CPU */
};

/*
 * Turns a failed step into a sentence that names what is missing (capability, sysctl, limit, BTF,
 * lockdown, seccomp) and the one command that mends it. A failure that has nothing to do with
 * privileges keeps the message that is in err. Returns code.
 */
int privilege_explain(enum privilege_step step, int code, struct error *err);

/* Writes why the kernel hides the names of its functions, and what mends it, into err->message. */
void privilege_explain_kernel_names(struct error *err);

#endif
