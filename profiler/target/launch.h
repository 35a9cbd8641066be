/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_TARGET_LAUNCH_H
#define PROFILER_TARGET_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* A program that goprof starts: forked first, so that its pid is known, let go when sampling runs. */
struct launch {
	pid_t pid; /* 0: nothing was started */
	int gate;  /* one byte lets the child go */
	int report; /* LAUNCH_TRACED, the errno of a failed exec; end of file: it has exec'ed */
	bool stopped; /* it waits at its first instruction */
	bool reaped;
	int status; /* of waitpid(), once reaped */
};

/*
 * Forks. The child waits; mask is the signal mask it shall have, stdout_to_stderr keeps its output
 * apart from a profile that goes to stdout.
 */
int launch_fork(char *const *argv, const sigset_t *mask, bool stdout_to_stderr,
		struct launch *ret_launch, struct error *err);
/*
 * Lets the child exec, and waits until it has. It then stands still before its first instruction
 * (where tracing is allowed), so that even the shortest program can be looked at, until
 * launch_continue(). Returns 0, or why it could not.
 */
int launch_release(struct launch *l, const char *name, struct error *err);
void launch_continue(struct launch *l);
/* Collects the exit status if the child has ended. */
void launch_reap(struct launch *l);
/* "exited with status 3", "was ended by signal 9 (Killed)". Into out; returns out. */
const char *launch_describe(const struct launch *l, char *out, size_t size);
/* Ends a child that was never let go. Accepts an all-zero one. */
void launch_close(struct launch *l);

#endif
