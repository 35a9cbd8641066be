/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/session.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/log.h"
#include "profiler/target/launch.h"

enum {
	/* A young process maps much, and a short one is gone soon: look early, then once a second. */
	FIRST_DRAIN_NS = 10000000,
	DRAIN_NS = 1000000000,
	MAX_SAMPLE_BYTES = 256 << 20,
};

/* epoll's data: which descriptor, and for targets which one. */
enum { EVENT_SIGNAL = -1, EVENT_DRAIN = -2, EVENT_DEADLINE = -3 };

struct session {
	struct session_config config;
	struct modules modules;
	struct target **targets;
	size_t n_targets;
	bool *stale; /* targets with an address outside of the known mappings */
	uint64_t unmapped_pages[1024]; /* such addresses that were met before; a hash table that forgets */
	struct launch launch;
	struct cpu_source *cpu;
	struct cpu_counters counters;
	struct samples samples;
	sigset_t old_mask;
	int epoll, signals, drain_timer, deadline_timer;
	int64_t drain_ns; /* until the next drain */
	int64_t open_ns, start_ns, end_ns, start_unix_ns;
	int64_t ticks_ns;     /* CPUs x time, up to ... */
	int64_t ticks_until_ns; /* ... this moment: what the timers should have seen */
	int64_t progress_ns, progress_cpu_ns; /* time and CPU time at the last progress line */
	unsigned n_signals;
	bool ended;
	enum session_end end;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void session_end(struct session *s, enum session_end end)
{
	if (!s->ended)
		s->end = end;
	s->ended = true;
}

/* --- opening ----------------------------------------------------------------------------------- */

static int watch(struct session *s, int fd, int64_t which)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)which};

	return fd >= 0 && !epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) ? 0 : -errno;
}

/* Signals become events. With a started program those that are usually sent to servers are passed on. */
static int open_events(struct session *s, struct error *err)
{
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	if (s->config.command) {
		sigaddset(&mask, SIGQUIT);
		sigaddset(&mask, SIGUSR1);
		sigaddset(&mask, SIGUSR2);
	}
	sigprocmask(SIG_BLOCK, &mask, &s->old_mask);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	s->drain_timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	s->deadline_timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	r = watch(s, s->signals, EVENT_SIGNAL);
	if (!r)
		r = watch(s, s->drain_timer, EVENT_DRAIN);
	if (!r)
		r = watch(s, s->deadline_timer, EVENT_DEADLINE);
	return r ? error_set(err, r, "preparing to wait: %s", error_text(r)) : 0;
}

static int add_target(struct session *s, pid_t pid, struct error *err)
{
	struct target *t;
	int r = target_open(pid, &s->modules, &t, err);

	if (r)
		return r;
	s->targets[s->n_targets] = t;
	r = watch(s, t->pidfd, (int64_t)s->n_targets++);
	return r ? error_set(err, r, "watching process %d: %s", pid, error_text(r)) : 0;
}

static int open_targets(struct session *s, struct error *err)
{
	size_t n = s->config.command ? 1 : s->config.n_pids;
	int r = 0;

	s->targets = calloc(n, sizeof(struct target *));
	s->stale = calloc(n, sizeof(*s->stale));
	if (!s->targets || !s->stale)
		return error_set(err, -ENOMEM, "out of memory");
	if (s->config.command)
		return launch_fork(s->config.command, &s->old_mask, s->config.command_stdout_to_stderr,
				   &s->launch, err);
	for (size_t i = 0; i < n && !r; i++) {
		r = add_target(s, s->config.pids[i], err);
		if (!r)
			r = target_check_go(s->targets[i], err);
	}
	return r;
}

static int open_cpu(struct session *s, struct error *err)
{
	struct cpu_config config = {
		.frequency_hz = s->config.frequency_hz,
		.by_thread = s->config.by_thread,
		.with_kernel = s->config.with_kernel,
	};
	int r = pid_namespace_read(&config.pid_namespace_inum, err);

	if (!r)
		r = cpu_source_open(&config, &s->cpu, err);
	for (size_t i = 0; i < s->n_targets && !r; i++)
		r = cpu_source_add_target(s->cpu, s->targets[i]->pid, err);
	if (!r && s->config.command)
		r = cpu_source_add_target(s->cpu, s->launch.pid, err);
	return r;
}

int session_open(const struct session_config *config, struct session **ret_session,
		 struct error *err)
{
	struct session *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->config = *config;
	s->open_ns = clock_ns(CLOCK_MONOTONIC);
	s->epoll = s->signals = s->drain_timer = s->deadline_timer = -1;
	samples_init(&s->samples, MAX_SAMPLE_BYTES);
	r = open_events(s, err);
	if (!r)
		r = open_targets(s, err);
	if (!r)
		r = open_cpu(s, err);
	if (r) {
		session_close(s);
		return r;
	}
	*ret_session = s;
	return 0;
}

void session_close(struct session *s)
{
	int descriptors[] = {s ? s->epoll : -1, s ? s->signals : -1, s ? s->drain_timer : -1,
			     s ? s->deadline_timer : -1};

	if (!s)
		return;
	cpu_source_close(s->cpu);
	launch_close(&s->launch);
	for (size_t i = 0; i < s->n_targets; i++)
		target_close(s->targets[i]);
	free(s->targets);
	free(s->stale);
	modules_deinit(&s->modules);
	samples_deinit(&s->samples);
	for (size_t i = 0; i < ARRAY_SIZE(descriptors); i++) {
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	}
	sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	free(s);
}

/* --- running ----------------------------------------------------------------------------------- */

static void arm(int timer, int64_t ns)
{
	struct itimerspec when = {.it_value = {ns / 1000000000, ns % 1000000000}};

	timerfd_settime(timer, 0, &when, NULL);
}

static struct target *target_of(struct session *s, uint32_t pid, size_t *ret_number)
{
	for (size_t i = 0; i < s->n_targets; i++) {
		if ((uint32_t)s->targets[i]->pid == pid) {
			*ret_number = i;
			return s->targets[i];
		}
	}
	return NULL;
}

/*
 * An address outside of the known mappings asks for a look at the list, once: some are no addresses
 * at all (frame pointers lead astray), and the list of a large process is long.
 */
static bool is_news(struct session *s, const struct target *t, uint64_t address)
{
	uint64_t page = address >> 12, *slot;

	if (target_mapping(t, address))
		return false;
	slot = &s->unmapped_pages[hash_combine(page, (uint64_t)t->pid) % ARRAY_SIZE(s->unmapped_pages)];
	if (*slot == page)
		return false;
	*slot = page;
	return true;
}

static int take_sample(const struct raw_sample *raw, uint64_t count, void *context)
{
	struct session *s = context;
	struct target *t;
	size_t number;
	bool new;

	if (s->samples.total == 0)
		log_debug("from start to first samples %.1f ms",
			  (double)(clock_ns(CLOCK_MONOTONIC) - s->open_ns) / 1e6);
	samples_add(&s->samples, raw, count, &new);
	t = new ? target_of(s, raw->pid, &number) : NULL;
	for (uint32_t i = 0; t && i < raw->n_user && !s->stale[number]; i++)
		s->stale[number] = is_news(s, t, raw->user[i]);
	return 0;
}

/* Code that was mapped since the last look (dlopen, a plugin, exec). */
static void refresh_stale(struct session *s)
{
	for (size_t i = 0; i < s->n_targets; i++) {
		struct error why;

		if (s->stale[i] && !s->targets[i]->ended &&
		    target_refresh(s->targets[i], &s->modules, &why))
			log_debug("%s", why.message);
		s->stale[i] = false;
	}
}

static int drain(struct session *s, struct error *err)
{
	int r = cpu_source_drain(s->cpu, take_sample, s, err);

	if (r)
		return r;
	refresh_stale(s);
	r = cpu_source_counters(s->cpu, &s->counters);
	return r ? error_set(err, r, "reading the counters: %s", error_text(r)) : 0;
}

int64_t session_cpu_ns(const struct session *s)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->n_targets; i++)
		sum += s->targets[i]->cpu_ns - s->targets[i]->cpu_ns_at_start;
	return sum;
}

static void read_cpu_times(struct session *s)
{
	for (size_t i = 0; i < s->n_targets; i++)
		(void)target_read_cpu(s->targets[i]); /* one that has ended keeps its last value */
}

static void show_progress(struct session *s)
{
	int64_t now = clock_ns(CLOCK_MONOTONIC), cpu = session_cpu_ns(s);
	char left[64] = "", line[256];

	if (!s->config.show_progress || now - s->progress_ns < DRAIN_NS / 2)
		return;
	if (s->config.duration_ns) {
		int64_t seconds = (s->config.duration_ns - (now - s->start_ns) + 500000000) / 1000000000;

		duration_format(seconds * 1000000000, left, sizeof(left));
		strcat(left, " left, ");
	}
	snprintf(line, sizeof(line), "goprof: %s%" PRIu64 " samples, CPU now %.0f%%", left,
		 s->samples.total,
		 (double)(cpu - s->progress_cpu_ns) / (double)(now - s->progress_ns) * 100);
	log_status(line);
	s->progress_ns = now;
	s->progress_cpu_ns = cpu;
}

/* CPUs come and go between drains; the number of the last drain is good enough. */
static void expect_ticks(struct session *s, int64_t now)
{
	s->ticks_ns += (now - s->ticks_until_ns) * cpu_source_online(s->cpu);
	s->ticks_until_ns = now;
}

static int on_drain_timer(struct session *s, struct error *err)
{
	uint64_t expirations;
	int r;

	if (read(s->drain_timer, &expirations, sizeof(expirations)) < 0)
		return 0;
	expect_ticks(s, clock_ns(CLOCK_MONOTONIC));
	r = cpu_source_follow_cpus(s->cpu, err);
	if (!r)
		r = drain(s, err);
	if (r)
		return r;
	read_cpu_times(s);
	show_progress(s);
	if (s->config.output && !output_alive(s->config.output))
		session_end(s, SESSION_OUTPUT);
	s->drain_ns = s->drain_ns * 2 < DRAIN_NS ? s->drain_ns * 2 : DRAIN_NS;
	arm(s->drain_timer, s->drain_ns);
	return 0;
}

/*
 * Without a started program the first signal ends the run. A started program gets the signal (unless
 * it came from the terminal, which sends it to the whole group by itself) and decides; a second one
 * ends the run.
 */
static void on_signals(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		s->n_signals++;
		if (s->config.command && info.ssi_code != SI_KERNEL && !s->launch.reaped)
			kill(s->launch.pid, (int)info.ssi_signo);
		if (!s->config.command || s->n_signals > 1)
			session_end(s, SESSION_SIGNAL);
	}
}

static void on_target_ended(struct session *s, size_t number)
{
	struct target *t = s->targets[number];
	bool all = true;

	(void)target_read_cpu(t);
	t->ended = true;
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, t->pidfd, NULL);
	if (s->config.command)
		launch_reap(&s->launch);
	for (size_t i = 0; i < s->n_targets; i++)
		all &= s->targets[i]->ended;
	if (all)
		session_end(s, SESSION_TARGET);
	else
		log_info("process %d (%s) has ended, the others go on", t->pid, t->command);
}

static int dispatch(struct session *s, int64_t which, struct error *err)
{
	if (which == EVENT_DRAIN)
		return on_drain_timer(s, err);
	if (which == EVENT_SIGNAL)
		on_signals(s);
	else if (which == EVENT_DEADLINE)
		session_end(s, SESSION_TIME);
	else
		on_target_ended(s, (size_t)which);
	return 0;
}

static int start_command(struct session *s, struct error *err)
{
	const char *name = s->config.command[0];
	struct error why;
	int r = launch_release(&s->launch, name, err);

	if (!r)
		r = add_target(s, s->launch.pid, err);
	launch_continue(&s->launch);
	if (r)
		return r == -ESRCH ? error_set(err, r, "%s ended at once", name) : r;
	s->targets[0]->cpu_ns_at_start = 0;
	if (target_check_go(s->targets[0], &why) == -ENODATA)
		log_warning("%s; waiting for it to exec one", why.message);
	return 0;
}

int session_run(struct session *s, enum session_end *ret_end, struct error *err)
{
	struct epoll_event events[16];
	int r, n;

	r = cpu_source_start(s->cpu, err);
	s->start_ns = s->progress_ns = s->ticks_until_ns = clock_ns(CLOCK_MONOTONIC);
	s->start_unix_ns = clock_ns(CLOCK_REALTIME);
	if (!r && s->config.command)
		r = start_command(s, err);
	if (r)
		return r;
	for (size_t i = 0; i < s->n_targets && !s->config.command; i++) {
		(void)target_read_cpu(s->targets[i]);
		s->targets[i]->cpu_ns_at_start = s->targets[i]->cpu_ns;
	}
	s->drain_ns = FIRST_DRAIN_NS;
	arm(s->drain_timer, s->drain_ns);
	if (s->config.duration_ns)
		arm(s->deadline_timer, s->config.duration_ns);
	while (!s->ended) {
		n = epoll_wait(s->epoll, events, ARRAY_SIZE(events), -1);
		for (int i = 0; i < n && !r; i++)
			r = dispatch(s, (int64_t)events[i].data.u64, err);
		if (r)
			return r;
	}
	cpu_source_stop(s->cpu);
	s->end_ns = clock_ns(CLOCK_MONOTONIC);
	expect_ticks(s, s->end_ns);
	read_cpu_times(s);
	log_status("");
	*ret_end = s->end;
	/* From now on a signal means: quit. */
	if (!s->config.command)
		sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	r = drain(s, err);
	log_debug("%" PRIu64 " of %" PRIu64 " samples came through the ring buffer",
		  s->counters.value[ABI_SPILLED], s->counters.value[ABI_SAMPLES]);
	return r;
}

void session_capture(struct session *s, struct capture *ret_capture)
{
	*ret_capture = (struct capture){
		.samples = &s->samples,
		.targets = s->targets,
		.n_targets = s->n_targets,
		.frequency_hz = s->config.frequency_hz,
		.period_ns = cpu_source_period_ns(s->cpu),
		.start_unix_ns = s->start_unix_ns,
		.duration_ns = s->end_ns - s->start_ns,
		.counters = s->counters,
		.expected_ticks = (uint64_t)(s->ticks_ns / cpu_source_period_ns(s->cpu)),
	};
}

void session_finish_command(struct session *s)
{
	char how[128];

	if (!s->config.command)
		return;
	while (!s->targets[0]->ended) {
		struct epoll_event event;

		if (epoll_wait(s->epoll, &event, 1, -1) != 1)
			continue;
		if ((int64_t)event.data.u64 == 0)
			on_target_ended(s, 0);
		else if ((int64_t)event.data.u64 == EVENT_SIGNAL)
			on_signals(s);
		else
			epoll_ctl(s->epoll, EPOLL_CTL_DEL,
				  (int64_t)event.data.u64 == EVENT_DRAIN ? s->drain_timer : s->deadline_timer,
				  NULL);
	}
	log_info("%s %s", s->config.command[0], launch_describe(&s->launch, how, sizeof(how)));
}
