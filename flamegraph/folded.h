/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLAMEGRAPH_FOLDED_H
#define FLAMEGRAPH_FOLDED_H

#include "base/buf.h"
#include "proto/pprof/profile.h"

struct folded_options {
	const char *value_type; /* sample type to print ("samples", "cpu"); NULL: the first one */
	const char *const
		*root_labels; /* labels whose values become root frames, outermost first */
	size_t n_root_labels;
};

/*
 * Writes the profile in the folded form of stackcollapse-*.pl: one line a stack, "root;...;leaf N",
 * lines sorted by their stacks, equal stacks summed, zero ones left out. Inlined calls are frames
 * of their own. N is a whole number in the unit of the sample type; it is negative where a
 * difference of two profiles is (viewers skip such lines).
 *
 * A name is written whole, type arguments too, because it is the identity that tools compare.
 * Kernel frames end in "_[k]". A ';' inside a name becomes ':', a control character '?', and a
 * space before a number at its end '_' (flamegraph.pl would read it as a second count), so that a
 * line always has one meaning. A frame without a name is "[module+0xoffset]" (or "[0xaddress]"
 * outside of every mapping), a sample without a stack "[no stack]". A root label's frame is the
 * value of a text label, "key N" of a number; a sample without the label goes without the frame.
 *
 * The memory needed is bounded by a multiple of the buffer's limit. options may be NULL.
 * Returns 0; -EINVAL when there is no such sample type, -EFBIG when the buffer is too small or the
 * stacks are too many, -ENOMEM. A failure leaves in the buffer what was there before.
 */
int folded_write(const struct profile *p, const struct folded_options *options, struct buf *out,
		 struct error *err);

#endif
