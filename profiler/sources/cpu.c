/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/sources/cpu.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "bpf/cpu.skel.h"
#include "profiler/privilege.h"

enum {
	MIN_STACKS = 2048,
	MAX_STACKS = 32768, /* 1 kB each; what does not fit goes through the ring buffer */
	RING_BYTES_PER_STACK = 512, /* a quarter of the stacks of one drain may collide */
};

struct cpu_source {
	struct cpu_config config;
	struct cpu_bpf *skeleton;
	struct ring_buffer *ring;
	int *events; /* perf event of each possible CPU, -1: none */
	int n_cpus;
	unsigned n_online;
	uint32_t max_stacks, max_depth;
	int map_stacks[ABI_SETS], map_counts[ABI_SETS];
	struct sample_key *keys; /* room for one drained set */
	uint64_t *counts;
	uint64_t lost_unreadable;
	char online[256]; /* /sys/devices/system/cpu/online when last read */
	/* of the drain under way */
	cpu_sample_fn fn;
	void *context;
};

/* --- loading ----------------------------------------------------------------------------------- */

static unsigned max_stack_depth(void)
{
	struct buf text;
	int depth;

	buf_init(&text, 32);
	(void)buf_read_file(&text, AT_FDCWD, "/proc/sys/kernel/perf_event_max_stack");
	depth = atoi(buf_cstr(&text));
	buf_deinit(&text);
	return depth > 0 && depth < ABI_MAX_DEPTH ? (unsigned)depth : ABI_MAX_DEPTH;
}

/*
 * Ten buckets for every sample that one second can bring: collisions stay rare, and the maps small
 * (kernels before 5.11 count them against RLIMIT_MEMLOCK).
 */
static uint32_t stacks_wanted(const struct cpu_source *s)
{
	uint64_t want = 10ull * s->config.frequency_hz * (unsigned)s->n_cpus;
	uint32_t size = MIN_STACKS;

	while (size < want && size < MAX_STACKS)
		size *= 2;
	return size;
}

static int resize_maps(struct cpu_source *s)
{
	struct bpf_map *stacks[] = {s->skeleton->maps.stacks_0, s->skeleton->maps.stacks_1};
	struct bpf_map *counts[] = {s->skeleton->maps.counts_0, s->skeleton->maps.counts_1};
	int r = 0;

	for (int i = 0; i < ABI_SETS && !r; i++) {
		r = bpf_map__set_max_entries(stacks[i], s->max_stacks);
		if (!r)
			r = bpf_map__set_value_size(stacks[i], s->max_depth * (uint32_t)sizeof(uint64_t));
		if (!r)
			r = bpf_map__set_max_entries(counts[i], s->max_stacks);
	}
	if (!r)
		r = bpf_map__set_max_entries(s->skeleton->maps.spill,
					      s->max_stacks * RING_BYTES_PER_STACK);
	return r;
}

/* libbpf says more than an errno, but by printing: the last thing it printed becomes the message. */
static char libbpf_says[256];

static int libbpf_listen(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN) {
		vsnprintf(libbpf_says, sizeof(libbpf_says), format, args);
		libbpf_says[strcspn(libbpf_says, "\n")] = '\0';
	}
	return 0;
}

static int handle_spilled(void *context, void *data, size_t size);

/*
 * Linux before 5.11 counts maps as locked memory. libbpf asks for no limit at all, which takes
 * CAP_SYS_RESOURCE; up to the hard limit anybody may go.
 */
static void raise_memlock(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

static int load(struct cpu_source *s, struct error *err)
{
	int r;

	raise_memlock();
	libbpf_says[0] = '\0';
	libbpf_set_print(libbpf_listen);
	s->skeleton = cpu_bpf__open();
	if (!s->skeleton)
		return error_set(err, -errno, "opening the BPF object: %s", error_text(errno));
	s->skeleton->rodata->pid_namespace_inum = s->config.pid_namespace_inum;
	s->skeleton->rodata->by_thread = s->config.by_thread;
	s->skeleton->rodata->with_kernel = s->config.with_kernel;
	r = resize_maps(s);
	if (!r)
		r = cpu_bpf__load(s->skeleton);
	if (r) {
		error_set(err, r, "loading the BPF program: %s (%s)", error_text(r), libbpf_says);
		return privilege_explain(PRIVILEGE_BPF, r, err);
	}
	s->map_stacks[0] = bpf_map__fd(s->skeleton->maps.stacks_0);
	s->map_stacks[1] = bpf_map__fd(s->skeleton->maps.stacks_1);
	s->map_counts[0] = bpf_map__fd(s->skeleton->maps.counts_0);
	s->map_counts[1] = bpf_map__fd(s->skeleton->maps.counts_1);
	s->ring = ring_buffer__new(bpf_map__fd(s->skeleton->maps.spill), handle_spilled, s, NULL);
	if (!s->ring)
		return error_set(err, -errno, "mapping the ring buffer: %s", error_text(errno));
	return 0;
}

int cpu_source_open(const struct cpu_config *config, struct cpu_source **ret_source,
		    struct error *err)
{
	struct cpu_source *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	if (!s)
		goto out_of_memory;
	s->config = *config;
	s->n_cpus = libbpf_num_possible_cpus();
	if (s->n_cpus <= 0)
		s->n_cpus = 1;
	s->max_stacks = stacks_wanted(s);
	s->max_depth = max_stack_depth();
	s->events = malloc((size_t)s->n_cpus * sizeof(*s->events));
	s->keys = calloc(s->max_stacks, sizeof(*s->keys));
	s->counts = calloc(s->max_stacks, sizeof(*s->counts));
	if (!s->events || !s->keys || !s->counts)
		goto out_of_memory;
	for (int i = 0; i < s->n_cpus; i++)
		s->events[i] = -1;
	r = load(s, err);
	if (r)
		goto fail;
	*ret_source = s;
	return 0;
out_of_memory:
	error_set(err, r, "out of memory");
fail:
	cpu_source_close(s);
	return r;
}

static void event_close(struct cpu_source *s, int cpu)
{
	if (s->events[cpu] >= 0)
		close(s->events[cpu]);
	s->events[cpu] = -1;
}

void cpu_source_close(struct cpu_source *s)
{
	if (!s)
		return;
	for (int cpu = 0; s->events && cpu < s->n_cpus; cpu++)
		event_close(s, cpu);
	ring_buffer__free(s->ring);
	cpu_bpf__destroy(s->skeleton);
	free(s->events);
	free(s->keys);
	free(s->counts);
	free(s);
}

int cpu_source_add_target(struct cpu_source *s, pid_t pid, struct error *err)
{
	uint32_t key = (uint32_t)pid, value = 1;
	int fd = bpf_map__fd(s->skeleton->maps.targets);

	if (bpf_map_update_elem(fd, &key, &value, BPF_ANY))
		return error_set(err, -errno, "adding process %d to the filter: %s", pid,
				 error_text(errno));
	return 0;
}

/* --- events ------------------------------------------------------------------------------------ */

int64_t cpu_source_period_ns(const struct cpu_source *s)
{
	return 1000000000 / (int64_t)s->config.frequency_hz;
}

unsigned cpu_source_online(const struct cpu_source *s)
{
	return s->n_online;
}

static int event_open(struct cpu_source *s, int cpu, struct error *err)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = (uint64_t)cpu_source_period_ns(s),
		.disabled = 1,
	};
	CLEANUP_FD int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1,
					 PERF_FLAG_FD_CLOEXEC);
	int program = bpf_program__fd(s->skeleton->progs.sample_cpu);

	if (fd < 0) {
		int code = -errno;

		error_set(err, code, "opening a perf event on CPU %d: %s", cpu, error_text(code));
		return privilege_explain(PRIVILEGE_PERF, code, err);
	}
	/* Not a bpf_link: Linux 5.10 has none for perf events. */
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		return error_set(err, -errno, "starting the perf event on CPU %d: %s", cpu,
				 error_text(errno));
	s->events[cpu] = take_fd(&fd);
	return 0;
}

/* Does the list ("0-3,5") hold the CPU? */
static bool cpu_listed(const char *list, int cpu)
{
	while (*list) {
		char *end;
		long first = strtol(list, &end, 10), last = first;

		if (end == list)
			return false;
		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (cpu >= first && cpu <= last)
			return true;
		list = *end == ',' ? end + 1 : end;
		if (*list == '\n')
			return false;
	}
	return false;
}

int cpu_source_follow_cpus(struct cpu_source *s, struct error *err)
{
	struct buf text;
	int r;

	buf_init(&text, sizeof(s->online) - 1);
	r = buf_read_file(&text, AT_FDCWD, "/sys/devices/system/cpu/online");
	if (r)
		error_set(err, r, "reading the list of CPUs: %s", error_text(r));
	if (r || !strcmp(buf_cstr(&text), s->online))
		goto out;
	snprintf(s->online, sizeof(s->online), "%s", buf_cstr(&text));
	s->n_online = 0;
	for (int cpu = 0; cpu < s->n_cpus; cpu++) {
		/* An event whose CPU went away does not come back with it: open a new one then. */
		if (!cpu_listed(buf_cstr(&text), cpu))
			event_close(s, cpu);
		else if (s->events[cpu] < 0)
			r = event_open(s, cpu, err);
		if (r == -ENODEV) { /* it is on its way up or down: look again next time */
			s->online[0] = '\0';
			r = 0;
		}
		if (r)
			goto out;
		s->n_online += s->events[cpu] >= 0;
	}
out:
	buf_deinit(&text);
	return r;
}

int cpu_source_start(struct cpu_source *s, struct error *err)
{
	return cpu_source_follow_cpus(s, err);
}

/* Closing an event waits for an RCU grace period, disabling it does not: all CPUs end together. */
void cpu_source_stop(struct cpu_source *s)
{
	for (int cpu = 0; s->events && cpu < s->n_cpus; cpu++) {
		if (s->events[cpu] >= 0)
			ioctl(s->events[cpu], PERF_EVENT_IOC_DISABLE, 0);
	}
}

/* --- draining ---------------------------------------------------------------------------------- */

/* Fills the other set from now on; returns the one that nobody writes to any more. */
static int switch_sets(struct cpu_source *s, struct error *err)
{
	int old = s->skeleton->bss->active_set & 1, inner = bpf_map__fd(s->skeleton->maps.barrier_inner);
	uint32_t zero = 0;

	__atomic_store_n(&s->skeleton->bss->active_set, (uint32_t)!old, __ATOMIC_SEQ_CST);
	/* Returns when every program that may have seen the old value has ended (bpf/cpu.bpf.c). */
	if (bpf_map_update_elem(bpf_map__fd(s->skeleton->maps.barrier), &zero, &inner, BPF_ANY))
		return error_set(err, -errno, "waiting for BPF programs: %s", error_text(errno));
	return old;
}

/* Reads a stack out of the map. The kernel pads it with zeros. Returns the depth, 0 if it is not there. */
static uint32_t read_stack(struct cpu_source *s, int set, int32_t id, uint64_t *out, bool *ret_cut)
{
	uint32_t n = 0, key = (uint32_t)id;

	*ret_cut = false;
	if (id < 0 || key >= s->max_stacks)
		return 0;
	if (bpf_map_lookup_elem(s->map_stacks[set], &key, out))
		return 0;
	while (n < s->max_depth && out[n])
		n++;
	*ret_cut = n == s->max_depth;
	return n;
}

static int drain_count(struct cpu_source *s, int set, const struct sample_key *key, uint64_t count)
{
	uint64_t user[ABI_MAX_DEPTH], kernel[ABI_MAX_DEPTH];
	struct raw_sample sample = {.pid = key->pid, .tid = key->tid, .user = user, .kernel = kernel};

	sample.n_user = read_stack(s, set, key->user_stack, user, &sample.user_cut);
	sample.n_kernel = read_stack(s, set, key->kernel_stack, kernel, &sample.kernel_cut);
	if ((key->user_stack >= 0 && !sample.n_user) || (key->kernel_stack >= 0 && !sample.n_kernel))
		s->lost_unreadable += count;
	return s->fn(&sample, count, s->context);
}

static int handle_spilled(void *context, void *data, size_t size)
{
	struct cpu_source *s = context;
	const struct spilled_sample *spilled = data;
	struct raw_sample sample;

	if (size < offsetof(struct spilled_sample, kernel) || spilled->n_user > ABI_MAX_DEPTH ||
	    spilled->n_kernel > ABI_MAX_DEPTH || (spilled->n_kernel && size < sizeof(*spilled)))
		return 0;
	sample = (struct raw_sample){
		.pid = spilled->key.pid,
		.tid = spilled->key.tid,
		.user = (const uint64_t *)spilled->user,
		.kernel = (const uint64_t *)spilled->kernel,
		.n_user = spilled->n_user,
		.n_kernel = spilled->n_kernel,
		.user_cut = spilled->n_user >= s->max_depth,
		.kernel_cut = spilled->n_kernel >= s->max_depth,
	};
	return s->fn(&sample, 1, s->context);
}

/* The kernel skips empty buckets, so this costs by stacks, not by the size of the map. */
static void delete_stacks(struct cpu_source *s, int set)
{
	uint32_t id, *previous = NULL, next;

	while (!bpf_map_get_next_key(s->map_stacks[set], previous, &next)) {
		(void)bpf_map_delete_elem(s->map_stacks[set], &next);
		id = next;
		previous = &id;
	}
}

static int drain_counts(struct cpu_source *s, int set, struct error *err)
{
	uint32_t position, n = s->max_stacks;
	int r;

	/* One call takes the whole map; nobody else touches this set. */
	if (bpf_map_lookup_and_delete_batch(s->map_counts[set], NULL, &position, s->keys, s->counts, &n,
					    NULL) &&
	    errno != ENOENT)
		return error_set(err, -errno, "reading the counts: %s", error_text(errno));
	for (uint32_t i = 0; i < n; i++) {
		r = drain_count(s, set, &s->keys[i], s->counts[i]);
		if (r)
			return error_set(err, r, "storing samples: %s", error_text(r));
	}
	return 0;
}

int cpu_source_drain(struct cpu_source *s, cpu_sample_fn fn, void *context, struct error *err)
{
	int set = switch_sets(s, err), r;

	if (set < 0)
		return set;
	s->fn = fn;
	s->context = context;
	r = drain_counts(s, set, err);
	if (r)
		return r;
	r = ring_buffer__consume(s->ring);
	if (r < 0)
		return error_set(err, r, "reading the ring buffer: %s", error_text(r));
	delete_stacks(s, set);
	return 0;
}

int cpu_source_counters(struct cpu_source *s, struct cpu_counters *ret_counters)
{
	CLEANUP_FREE uint64_t *per_cpu = calloc((size_t)s->n_cpus, sizeof(*per_cpu));
	struct cpu_counters sums = {.lost_unreadable = s->lost_unreadable};
	int fd = bpf_map__fd(s->skeleton->maps.counters);

	if (!per_cpu)
		return -ENOMEM;
	for (uint32_t which = 0; which < ABI_COUNTERS; which++) {
		if (bpf_map_lookup_elem(fd, &which, per_cpu))
			return -errno;
		for (int cpu = 0; cpu < s->n_cpus; cpu++)
			sums.value[which] += per_cpu[cpu];
	}
	*ret_counters = sums;
	return 0;
}
