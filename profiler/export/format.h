/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_EXPORT_FORMAT_H
#define PROFILER_EXPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "proto/pprof/profile.h"

/* The forms in which a profile can be written. */

struct format_options {
	const char *const *root_labels; /* folded: labels that become root frames, outermost first */
	size_t n_root_labels;
	unsigned width;	 /* top: columns of the window, 0: none */
	size_t max_rows; /* top: 0: all */
};

struct format {
	const char *name;
	const char *const *suffixes; /* of file names, the usual one first; ends with NULL */
	bool binary;		     /* never written to a terminal */
	int (*write)(const struct profile *p, const struct format_options *options, struct buf *out,
		     struct error *err);
};

/* All of them; [0] is pprof. Ends with a NULL name. */
extern const struct format formats[];

/* By name; NULL when there is none. */
const struct format *format_by_name(const char *name);
/* By the suffix of a file name; pprof when no suffix is known. */
const struct format *format_by_path(const char *path);

#endif
