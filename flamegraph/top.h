/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLAMEGRAPH_TOP_H
#define FLAMEGRAPH_TOP_H

#include "base/buf.h"
#include "proto/pprof/profile.h"

struct top_options {
	const char *value_type; /* NULL: the profile's default (the last sample type) */
	size_t max_rows;        /* 0: all */
	unsigned width; /* of the window in columns; 0: not a terminal, nothing is shortened */
};

/*
 * Writes a table for people: total, then rows by falling flat value: flat, flat %, cum, cum %,
 * function, file:line (of the function's hottest line where it is the leaf, else of its start).
 * A function counts once a stack in cum however often it recurses. Names with "[...]" for type
 * arguments; control characters in names never reach the terminal. Times as "1.23s", bytes as
 * "12.3MB".
 *
 * One row is one function of one file. Kernel functions end in "_[k]"; what has no name is counted
 * by module ("[libc.so.6]"; "[unknown]" outside of every mapping), samples without a stack are
 * "[no stack]". Of a difference of two profiles the largest changes come first, and percentages are
 * of the sum of all changes without their signs. Where the window is too narrow, long names lose
 * their middle and long paths their beginning.
 *
 * options may be NULL. Returns 0; -EINVAL when there is no such sample type, -EFBIG when the buffer
 * is too small or the stacks are too many, -ENOMEM. A failure leaves in the buffer what was there
 * before.
 */
int top_write(const struct profile *p, const struct top_options *options, struct buf *out,
	      struct error *err);

#endif
