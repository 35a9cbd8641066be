/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef BPF_ABI_H
#define BPF_ABI_H

/*
 * What the kernel side and user space say to each other: the only header that both include.
 * Fixed-width types, no pointers, every hole is an explicit pad; enum values are numbered and only
 * ever grow. Object and reader are built together (the object is inside the binary), so there is no
 * version to negotiate.
 */

#include <linux/types.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

enum {
	/* kernel.perf_event_max_stack is 127 unless an administrator changed it. */
	ABI_MAX_DEPTH = 127,
	/* The two sets of maps: one is filled while the other is drained. */
	ABI_SETS = 2,
};

/* Values of sample_key.user_stack and .kernel_stack that are not stack ids. */
enum abi_no_stack {
	ABI_STACK_NONE = -1,	/* there is none: user mode, or a thread whose memory is gone */
	ABI_STACK_SPILLED = -2, /* only inside struct spilled_sample */
};

/* What one count in `counts` counts. */
struct sample_key {
	__u32 pid; /* process, in the pid namespace of the reader */
	__u32 tid; /* thread likewise, or 0 when threads are not told apart */
	__s32 user_stack;
	__s32 kernel_stack;
};

/*
 * A sample that the maps had no room for (hash collision of two stacks, or full), with its stacks,
 * leaf first. A record without a kernel stack ends before `kernel`.
 */
struct spilled_sample {
	struct sample_key key;
	__u32 n_user;
	__u32 n_kernel;
	__u64 user[ABI_MAX_DEPTH];
	__u64 kernel[ABI_MAX_DEPTH];
};

/* Counters, one of each kind per CPU. */
enum abi_counter {
	ABI_TICKS = 0,		/* the timer fired, whoever was running */
	ABI_SAMPLES = 1,	/* of these: a target was running */
	ABI_SPILLED = 2,	/* of these: kept through the ring buffer */
	ABI_LOST_RING_FULL = 3, /* of these: lost, the ring buffer was full too */
	ABI_LOST_NO_STACK = 4,	/* kept, but the stack could not be read into the spill buffer */
	ABI_COUNTERS = 5,
};

#pragma GCC diagnostic pop

#endif
