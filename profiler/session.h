/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_SESSION_H
#define PROFILER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "profiler/assemble.h"
#include "profiler/export/output.h"

/*
 * One measurement from attaching to the last drain. States, in order: opened (targets found, BPF
 * loaded, nothing runs), running (samples arrive, drained once a second), ended. The loop of
 * session_run() is the only place that knows the order of things; there are no threads.
 */
struct session;

struct session_config {
	const pid_t *pids; /* n_pids of them, or ... */
	size_t n_pids;
	char *const *command; /* ... a program to start, NULL-terminated */
	bool command_stdout_to_stderr;
	unsigned frequency_hz;
	int64_t duration_ns; /* 0: until the target ends */
	bool with_kernel;
	bool by_thread;
	bool show_progress;	     /* one line on stderr, rewritten */
	const struct output *output; /* watched: when nobody reads any more, the run ends */
};

enum session_end {
	SESSION_TIME = 0,	/* the duration is over */
	SESSION_SIGNAL = 1,	/* somebody wants it to end now */
	SESSION_TARGET = 2,	/* every target has ended */
	SESSION_OUTPUT = 3,	/* the output's reader is gone */
};

/* Finds or forks the targets and loads everything. Returns 0 or a negative errno with the reason. */
int session_open(const struct session_config *config, struct session **ret_session,
		 struct error *err);
/* Accepts NULL. A started program goes on. */
void session_close(struct session *s);

/* Runs to the end. From the first signal on, what was captured is kept; *ret_end says why it ended. */
int session_run(struct session *s, enum session_end *ret_end, struct error *err);

/* What was captured, for profile_assemble(). Valid until session_close(). */
void session_capture(struct session *s, struct capture *ret_capture);

/* utime + stime that the targets gained while the session ran, by the kernel's own account. */
int64_t session_cpu_ns(const struct session *s);

/*
 * After the profile is written: waits for a started program that outlived the duration, passing
 * signals on, and says how it ended. Returns at once when there is none.
 */
void session_finish_command(struct session *s);

#endif
