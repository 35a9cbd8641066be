// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * On-CPU samples. A perf event of the software CPU clock fires at a fixed period on every CPU; when
 * a target process is running there, its stacks go into a STACK_TRACE map and a count goes up.
 *
 * bpf_get_stackid() has two faults, both met here: two stacks with the same hash fight for one
 * bucket (-EEXIST: the newer one loses), and with BPF_F_REUSE_STACKID the older one is replaced
 * under the feet of its counts. So the flag is never used, and the loser is written whole into a ring
 * buffer. There are two sets of maps; user space switches `active_set`, waits until no program can
 * still be running that saw the old value, and reads the set that nobody writes to.
 *
 * Needs Linux 5.10, nothing newer.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/kernel_types.h"

#define EEXIST 17
#define EFAULT 14

/* Set before loading. */
const volatile __u32 pid_namespace_inum; /* of the reader; 0: the initial one */
const volatile __u8 by_thread;
const volatile __u8 with_kernel;

/* Which set is being filled: 0 or 1. */
volatile __u32 active_set;

struct stack_map {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, ABI_MAX_DEPTH * sizeof(__u64));
	__uint(max_entries, 1024); /* user space sets the size */
} stacks_0 SEC(".maps"), stacks_1 SEC(".maps");

/* Preallocated: a perf_event program may use no other kind before Linux 6.1. */
struct count_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct sample_key);
	__type(value, __u64);
	__uint(max_entries, 1024);
} counts_0 SEC(".maps"), counts_1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32); /* pid as the reader numbers it */
	__type(value, __u32);
	__uint(max_entries, 1024);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, ABI_COUNTERS);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} spill SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct spilled_sample);
	__uint(max_entries, 1);
} scratch SEC(".maps");

/*
 * Never looked at. Since Linux 4.20 (1ae80cf31938) an update of a map in a map returns only when
 * every program that ran before it has ended: the wait that switching sets needs.
 */
struct barrier_inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} barrier_inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, 1);
	__array(values, struct barrier_inner);
} barrier SEC(".maps") = {.values = {&barrier_inner}};

static __always_inline void count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &which);

	if (value)
		*value += 1;
}

/*
 * The number of a task in the reader's pid namespace, 0 if it has none there. A task has a number
 * in its own namespace and in each one above.
 */
static __always_inline __u32 task_number(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);

	for (__u32 i = 0; i <= 32; i++) { /* MAX_PID_NS_LEVEL */
		struct upid *number;

		if (i > level)
			break;
		number = (void *)__builtin_preserve_access_index(&pid->numbers[0]) +
			 i * bpf_core_type_size(struct upid);
		if (BPF_CORE_READ(number, ns, ns.inum) == pid_namespace_inum)
			return BPF_CORE_READ(number, nr);
	}
	return 0;
}

static __always_inline void current_numbers(struct sample_key *key)
{
	struct task_struct *task;
	__u64 both;

	if (!pid_namespace_inum) {
		both = bpf_get_current_pid_tgid();
		key->pid = both >> 32;
		key->tid = (__u32)both;
		return;
	}
	task = (void *)bpf_get_current_task();
	key->pid = task_number(BPF_CORE_READ(task, group_leader));
	key->tid = task_number(task);
}

/* bpf_get_stack() into out; the number of addresses, 0 if there are none. */
static __always_inline __u32 copy_stack(void *ctx, __u64 *out, __u64 flags)
{
	long bytes = bpf_get_stack(ctx, out, ABI_MAX_DEPTH * sizeof(__u64), flags);

	if (bytes < 0) {
		if (bytes != -EFAULT)
			count(ABI_LOST_NO_STACK);
		return 0;
	}
	return (__u32)bytes / sizeof(__u64);
}

/* The way for samples that the maps have no room for: nothing is counted twice, nothing dropped. */
static __noinline int spill_sample(struct bpf_perf_event_data *ctx, struct sample_key *key)
{
	struct spilled_sample *s;
	__u32 zero = 0;
	long r;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s || !key)
		return 0;
	s->key = *key;
	s->n_user = copy_stack(ctx, s->user, BPF_F_USER_STACK);
	s->n_kernel = 0;
	if (key->kernel_stack != ABI_STACK_NONE)
		s->n_kernel = copy_stack(ctx, s->kernel, 0);
	/* Constant sizes, because verifiers differ in what they can prove of a computed one. */
	if (s->n_kernel)
		r = bpf_ringbuf_output(&spill, s, sizeof(*s), BPF_RB_NO_WAKEUP);
	else
		r = bpf_ringbuf_output(&spill, s, sizeof(*s) - sizeof(s->kernel),
				       BPF_RB_NO_WAKEUP);
	count(r ? ABI_LOST_RING_FULL : ABI_SPILLED);
	return 0;
}

static __always_inline int bump(void *counts, struct sample_key *key)
{
	__u64 one = 1, *value;
	long r;

	value = bpf_map_lookup_elem(counts, key);
	if (!value) {
		r = bpf_map_update_elem(counts, key, &one, BPF_NOEXIST);
		if (r != -EEXIST)
			return r;
		value = bpf_map_lookup_elem(counts, key); /* another CPU was quicker */
		if (!value)
			return -EEXIST;
	}
	__sync_fetch_and_add(value, 1);
	return 0;
}

/* A stack id, ABI_STACK_NONE, or ABI_STACK_SPILLED when the map did not take it. */
static __always_inline __s32 stack_id(void *ctx, void *stacks, __u64 flags)
{
	long id = bpf_get_stackid(ctx, stacks, flags);

	if (id >= 0)
		return id;
	return id == -EFAULT ? ABI_STACK_NONE : ABI_STACK_SPILLED;
}

static __always_inline int sample_into(struct bpf_perf_event_data *ctx, struct sample_key *key,
				       void *stacks, void *counts)
{
	key->kernel_stack = ABI_STACK_NONE;
	/* The low two bits of cs are the privilege level the CPU was interrupted at. */
	if (with_kernel && !(ctx->regs.cs & 3))
		key->kernel_stack = stack_id(ctx, stacks, 0);
	key->user_stack = stack_id(ctx, stacks, BPF_F_USER_STACK);
	if (key->kernel_stack == ABI_STACK_SPILLED || key->user_stack == ABI_STACK_SPILLED ||
	    bump(counts, key))
		spill_sample(ctx, key);
	return 0;
}

SEC("perf_event")
int sample_cpu(struct bpf_perf_event_data *ctx)
{
	struct sample_key key = {};

	count(ABI_TICKS);
	current_numbers(&key);
	if (!key.pid || !bpf_map_lookup_elem(&targets, &key.pid))
		return 0;
	count(ABI_SAMPLES);
	if (!by_thread)
		key.tid = 0;
	if (active_set & 1)
		return sample_into(ctx, &key, &stacks_1, &counts_1);
	return sample_into(ctx, &key, &stacks_0, &counts_0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
