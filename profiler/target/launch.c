/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/target/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { LAUNCH_TRACED = -1 };

__attribute__((noreturn)) static void child(char *const *argv, const sigset_t *mask,
					    bool stdout_to_stderr, int gate, int report)
{
	int code = 0, traced = LAUNCH_TRACED;
	char byte;

	if (read(gate, &byte, 1) != 1)
		_exit(127); /* goprof gave up */
	if (stdout_to_stderr && dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		code = errno;
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	/* A tracee stops when it execs. Refused under a debugger or in a tight container: then not. */
	if (!code && !ptrace(PTRACE_TRACEME, 0, NULL, NULL) &&
	    write(report, &traced, sizeof(traced)) != sizeof(traced))
		code = errno;
	if (!code) {
		execvp(argv[0], argv);
		code = errno;
	}
	_exit(write(report, &code, sizeof(code)) < 0 ? 126 : 127);
}

int launch_fork(char *const *argv, const sigset_t *mask, bool stdout_to_stderr,
		struct launch *ret_launch, struct error *err)
{
	int gate[2], report[2];
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC))
		return error_set(err, -errno, "pipe: %s", error_text(errno));
	if (pipe2(report, O_CLOEXEC)) {
		int code = -errno;

		close(gate[0]);
		close(gate[1]);
		return error_set(err, code, "pipe: %s", error_text(code));
	}
	pid = fork();
	if (pid == 0) {
		close(gate[1]); /* so that the end of goprof ends the wait */
		close(report[0]);
		child(argv, mask, stdout_to_stderr, gate[0], report[1]);
	}
	close(gate[0]);
	close(report[1]);
	if (pid < 0) {
		int code = -errno;

		close(gate[1]);
		close(report[0]);
		return error_set(err, code, "fork: %s", error_text(code));
	}
	*ret_launch = (struct launch){.pid = pid, .gate = gate[1], .report = report[0]};
	return 0;
}

/* The next word of the child, 0 at end of file. */
static int read_report(struct launch *l)
{
	int word = 0;
	ssize_t n;

	do {
		n = read(l->report, &word, sizeof(word));
	} while (n < 0 && errno == EINTR);
	return n == sizeof(word) ? word : 0;
}

int launch_release(struct launch *l, const char *name, struct error *err)
{
	int word, status;
	bool traced;

	if (write(l->gate, "", 1) != 1)
		return error_set(err, -EPIPE, "%s ended before it could start", name);
	close(take_fd(&l->gate));
	word = read_report(l);
	traced = word == LAUNCH_TRACED;
	if (traced)
		word = read_report(l);
	close(take_fd(&l->report));
	if (word > 0) {
		launch_reap(l);
		return error_set(err, -word, "cannot run %s: %s", name, error_text(word));
	}
	if (traced && waitpid(l->pid, &status, 0) == l->pid) {
		l->stopped = WIFSTOPPED(status);
		l->reaped = !l->stopped;
		l->status = status;
	}
	return 0;
}

void launch_continue(struct launch *l)
{
	if (l->stopped)
		ptrace(PTRACE_DETACH, l->pid, NULL, NULL);
	l->stopped = false;
}

void launch_reap(struct launch *l)
{
	if (l->pid > 0 && !l->reaped && waitpid(l->pid, &l->status, WNOHANG) == l->pid)
		l->reaped = true;
}

const char *launch_describe(const struct launch *l, char *out, size_t size)
{
	if (!l->reaped)
		snprintf(out, size, "is still running");
	else if (WIFSIGNALED(l->status))
		snprintf(out, size, "was ended by signal %d (%s)", WTERMSIG(l->status),
			 strsignal(WTERMSIG(l->status)));
	else
		snprintf(out, size, "exited with status %d", WEXITSTATUS(l->status));
	return out;
}

void launch_close(struct launch *l)
{
	if (l->pid <= 0)
		return;
	launch_continue(l);
	if (l->report >= 0)
		close(l->report);
	if (l->gate >= 0) {
		close(l->gate); /* the waiting child reads end of file and ends */
		(void)waitpid(l->pid, NULL, 0);
	}
	*l = (struct launch){0};
}
