/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_EXPORT_OUTPUT_H
#define PROFILER_EXPORT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Where a result goes. It is opened before the measurement starts, so that a directory that cannot
 * be written, a full disk or a closed pipe is noticed while nothing is lost yet. A regular file is
 * written beside its final name and appears at once and whole, or not at all; until then it has no
 * name, so that nothing stays behind even after SIGKILL.
 */
struct output {
	int fd;
	char *path;	 /* final name, symbolic links resolved; NULL: stdout or not a regular file */
	char *label;	 /* for messages: the name as given, or "stdout" */
	char *temporary; /* its name where the file system has no unnamed files, else NULL */
	bool pipe;	 /* a reader may close it */
};

/* path NULL: stdout. Returns 0 or a negative errno with the reason. */
int output_open(const char *path, struct output *ret_output, struct error *err);
/* Is there still somebody to read a pipe? Always true for anything else. */
bool output_alive(const struct output *o);
/* Writes everything and, for a regular file, gives it its name. Returns 0 or a negative errno. */
int output_commit(struct output *o, const void *bytes, size_t len, struct error *err);
/* Releases the descriptor and whatever was not committed. Accepts an all-zero one. */
void output_close(struct output *o);

#endif
