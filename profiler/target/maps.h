/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_TARGET_MAPS_H
#define PROFILER_TARGET_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line of /proc/PID/maps. */
struct maps_line {
	uint64_t start, end, offset;
	uint64_t inode;
	unsigned major, minor;
	bool executable;
	bool deleted;	  /* the path ended in " (deleted)", which is cut off */
	const char *path; /* not NUL-terminated; "[vdso]", "" for anonymous memory */
	size_t path_len;
};

/* Returns 0 to go on, anything else to end with it. */
typedef int (*maps_fn)(const struct maps_line *line, void *context);

/*
 * Calls fn for every well-formed line; a malformed one is skipped (the kernel writes none, and a
 * half-read list is better than none). Returns 0 or what fn returned.
 */
int maps_parse(const char *text, size_t len, maps_fn fn, void *context);

#endif
