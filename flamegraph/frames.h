/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLAMEGRAPH_FRAMES_H
#define FLAMEGRAPH_FRAMES_H

#include "base/buf.h"
#include "proto/pprof/profile.h"

/*
 * How every text form names a frame of a profile. The texts hold what the profile holds, control
 * characters too: names.h makes them safe to show.
 */

/* Does the mapping hold the kernel ("[kernel.kallsyms]", "[kernel...", perf's and parca's
 * spelling)? */
bool frame_is_kernel(const struct profile *p, const struct profile_location *location);

/*
 * Appends the name of an unnamed location: "[module+0xoffset]", the offset being that in the file,
 * or "[0xaddress]" outside of every mapping.
 */
int frame_append_unnamed(struct buf *out, const struct profile *p,
			 const struct profile_location *location);

/* Appends what a mapping's file is called for short: "libc.so.6", "vdso", "kernel.kallsyms". */
int frame_append_module(struct buf *out, const char *filename);

/* Appends a name with type arguments as Go's reports print them: "main.Map[...]". */
int frame_append_short(struct buf *out, const char *function);

/*
 * How many frames the stacks of all samples have together, inlined calls counted; counting stops
 * above the limit. A small file can make this number huge.
 */
uint64_t frames_count(const struct profile *p, uint64_t limit);

/* Reports refuse a profile with more frames than this. */
#define FRAMES_MAX ((uint64_t)1 << 30)

/* Returns 0, or -EFBIG with the reason when the profile has more than FRAMES_MAX frames. */
int frames_check(const struct profile *p, struct error *err);

#endif
