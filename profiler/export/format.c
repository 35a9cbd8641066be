/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/export/format.h"

#include <string.h>

#include "flamegraph/folded.h"
#include "flamegraph/top.h"
#include "proto/pprof/encode.h"

static int append(void *sink, const void *bytes, size_t len)
{
	return buf_append(sink, bytes, len);
}

static int write_pprof(const struct profile *p, const struct format_options *options,
		       struct buf *out, struct error *err)
{
	(void)options;
	return profile_encode(p, append, out, err);
}

static int write_folded(const struct profile *p, const struct format_options *options,
			struct buf *out, struct error *err)
{
	struct folded_options folded = {
		.root_labels = options->root_labels,
		.n_root_labels = options->n_root_labels,
	};

	return folded_write(p, &folded, out, err);
}

static int write_top(const struct profile *p, const struct format_options *options, struct buf *out,
		     struct error *err)
{
	struct top_options top = {.width = options->width, .max_rows = options->max_rows};

	return top_write(p, &top, out, err);
}

static const char *const pprof_suffixes[] = {".pb.gz", ".pprof", ".pb", NULL};
static const char *const folded_suffixes[] = {".folded", ".collapsed", ".stacks", NULL};
static const char *const top_suffixes[] = {".txt", ".top", NULL};

const struct format formats[] = {
	{"pprof", pprof_suffixes, true, write_pprof},
	{"folded", folded_suffixes, false, write_folded},
	{"top", top_suffixes, false, write_top},
	{NULL, NULL, false, NULL},
};

const struct format *format_by_name(const char *name)
{
	for (const struct format *f = formats; f->name; f++) {
		if (!strcmp(f->name, name))
			return f;
	}
	return NULL;
}

const struct format *format_by_path(const char *path)
{
	size_t len = strlen(path);

	for (const struct format *f = formats; f->name; f++) {
		for (const char *const *suffix = f->suffixes; *suffix; suffix++) {
			size_t tail = strlen(*suffix);

			if (len > tail && !strcmp(path + len - tail, *suffix))
				return f;
		}
	}
	return &formats[0];
}
