/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/log.h"
#include "profiler/assemble.h"
#include "profiler/command.h"
#include "profiler/export/format.h"
#include "profiler/export/output.h"
#include "profiler/options.h"
#include "profiler/privilege.h"
#include "profiler/session.h"
#include "profiler/version.h"

enum {
	MAX_PIDS = 1024, /* as many as the filter map of bpf/cpu.bpf.c holds */
	DEFAULT_FREQUENCY_HZ = 99, /* not 100: in step with nobody's timer */
	MAX_FREQUENCY_HZ = 10000,
	TOP_ROWS = 30,
	MAX_PROFILE_BYTES = 1 << 30,
};
#define DEFAULT_DURATION_NS 30000000000

struct pid_list {
	pid_t pids[MAX_PIDS];
	size_t n;
};

struct label_set {
	bool thread, command, pid;
};

struct record_config {
	struct pid_list pids;
	int64_t duration_ns; /* 0: not given */
	unsigned frequency_hz;
	const char *type;
	const struct format *format; /* NULL: not given */
	const char *output;
	struct label_set labels;
	bool no_kernel, show_wrappers;
	bool quiet, verbose, help, version;
	char **command; /* NULL: none */
};

/* --- options ----------------------------------------------------------------------------------- */

static int add_pid(const char *text, size_t len, struct pid_list *list, struct error *err)
{
	char word[32];
	char *end;
	long pid;

	snprintf(word, sizeof(word), "%.*s", len < sizeof(word) ? (int)len : 0, text);
	errno = 0;
	pid = strtol(word, &end, 10);
	if (!*word || *end || errno || pid > INT_MAX)
		return error_set(err, -EINVAL, "'%.*s' is not a process id", (int)len, text);
	if (pid <= 0)
		return error_set(err, -EINVAL, "%ld is not a process id: they start at 1", pid);
	if (pid == getpid())
		return error_set(err, -EINVAL, "%ld is goprof itself", pid);
	for (size_t i = 0; i < list->n; i++) {
		if (list->pids[i] == pid)
			return 0;
	}
	if (list->n == MAX_PIDS)
		return error_set(err, -EINVAL, "more than %d processes", MAX_PIDS);
	list->pids[list->n++] = (pid_t)pid;
	return 0;
}

static int set_pids(const char *value, void *field, struct error *err)
{
	for (;;) {
		size_t len = strcspn(value, ",");
		int r = add_pid(value, len, field, err);

		if (r || !value[len])
			return r;
		value += len + 1;
	}
}

static int set_frequency(const char *value, void *field, struct error *err)
{
	char *end;
	long hz = strtol(value, &end, 10);

	if (!*value || *end || hz < 1 || hz > MAX_FREQUENCY_HZ)
		return error_set(err, -EINVAL, "'%s' is not a frequency from 1 to %d Hz", value,
				 MAX_FREQUENCY_HZ);
	*(unsigned *)field = (unsigned)hz;
	return 0;
}

static int set_type(const char *value, void *field, struct error *err)
{
	if (strcmp(value, "cpu"))
		return error_set(err, -EINVAL, "there is no profile type '%s'; this version has: cpu",
				 value);
	*(const char **)field = value;
	return 0;
}

static int set_format(const char *value, void *field, struct error *err)
{
	const struct format *f = format_by_name(value);

	if (!f)
		return error_set(err, -EINVAL, "there is no format '%s'; formats are: pprof, folded, top",
				 value);
	*(const struct format **)field = f;
	return 0;
}

static int set_labels(const char *value, void *field, struct error *err)
{
	struct label_set *labels = field;

	for (;;) {
		size_t len = strcspn(value, ",");

		if (!strncmp(value, "thread", len) && len == 6)
			labels->thread = true;
		else if (!strncmp(value, "command", len) && len == 7)
			labels->command = true;
		else if (!strncmp(value, "pid", len) && len == 3)
			labels->pid = true;
		else
			return error_set(err, -EINVAL,
					 "there is no label '%.*s'; labels are: thread, command, pid",
					 (int)len, value);
		if (!value[len])
			return 0;
		value += len + 1;
	}
}

#define FIELD(name) offsetof(struct record_config, name)

static const struct option_row rows[] = {
	{"pid", 'p', "PID[,PID]", set_pids, FIELD(pids), "process to profile; may be repeated"},
	{"duration", 'd', "TIME", option_set_duration, FIELD(duration_ns),
	 "how long: 500ms, 30s, 1m30s, 2h (default 30s; a\n"
	 "                             started CMD: until it ends)"},
	{"frequency", 'F', "HZ", set_frequency, FIELD(frequency_hz),
	 "samples a second of CPU time, 1 to 10000 (default 99)"},
	{"type", 't', "TYPE", set_type, FIELD(type), "what to measure: cpu (default)"},
	{"format", 'f', "FORMAT", set_format, FIELD(format),
	 "pprof, folded or top (default: by FILE's suffix,\n"
	 "                             else pprof)"},
	{"output", 'o', "FILE", option_set_text, FIELD(output), "where to (default: stdout)"},
	{"label", 0, "NAME[,NAME]", set_labels, FIELD(labels),
	 "label samples with thread, command or pid; in folded\n"
	 "                             stacks they are the root frames"},
	{"no-kernel", 0, NULL, option_set_true, FIELD(no_kernel), "leave out kernel frames"},
	{"show-wrappers", 0, NULL, option_set_true, FIELD(show_wrappers),
	 "show compiler-made wrapper functions too"},
	{"quiet", 'q', NULL, option_set_true, FIELD(quiet), "only warnings and errors on stderr"},
	{"verbose", 'v', NULL, option_set_true, FIELD(verbose), "say more on stderr"},
	{"help", 'h', NULL, option_set_true, FIELD(help), "this text"},
	{"version", 'V', NULL, option_set_true, FIELD(version), "versions of goprof and its libraries"},
};
static const struct option_table options = {rows, ARRAY_SIZE(rows)};

static void print_help(void)
{
	struct buf text;

	buf_init(&text, 1 << 16);
	(void)buf_puts(&text,
		       "goprof profiles Go processes that nobody prepared for it.\n\n"
		       "  goprof -p PID -d 30s > cpu.pb.gz            then: go tool pprof cpu.pb.gz\n"
		       "  goprof -p PID -d 10s -f folded | flamegraph.pl > cpu.svg\n"
		       "  goprof -p PID                               report here, profile in a file\n"
		       "  goprof -o cpu.pb.gz -- ./server -port 80    start it and profile it\n\n"
		       "usage: goprof [record] -p PID [options]\n"
		       "       goprof [record] [options] -- CMD [ARG...]\n\n");
	options_help(&options, &text);
	(void)buf_puts(&text, "\ncommands:\n");
	for (const struct command *c = commands; c->name; c++)
		(void)buf_printf(&text, "  %-26s %s\n", c->name, c->summary);
	(void)buf_puts(&text, "\nExit status: 0 profile written, 1 could not, 2 wrong usage. See goprof(1).\n");
	fputs(buf_cstr(&text), stdout);
	buf_deinit(&text);
}

/* Returns 0, or -EINVAL with the reason. */
static int configure(int argc, char **argv, struct record_config *c, struct error *err)
{
	int rest, r = options_parse(&options, argc, argv, c, &rest, err);

	if (r || c->help || c->version)
		return r;
	if (c->quiet && c->verbose)
		return error_set(err, -EINVAL, "--quiet and --verbose exclude each other");
	if (rest < argc && strcmp(argv[rest - 1], "--"))
		return error_set(err, -EINVAL, "'%s' is no option; to start a program: goprof [options] -- %s ...",
				 argv[rest], argv[rest]);
	if (rest < argc)
		c->command = argv + rest;
	if (c->command && c->pids.n)
		return error_set(err, -EINVAL, "give either -p PID or -- CMD, not both");
	if (!c->command && !c->pids.n)
		return error_set(err, -EINVAL, "which process? goprof -p PID, or goprof -- CMD to start one");
	if (!c->duration_ns && !c->command)
		c->duration_ns = DEFAULT_DURATION_NS;
	if (!c->format)
		c->format = c->output ? format_by_path(c->output) : &formats[0];
	return 0;
}

/* --- the run ----------------------------------------------------------------------------------- */

struct recording {
	const struct record_config *config;
	struct output output; /* all-zero when the file's name is not known yet */
	bool report;	      /* a person sits there: the report on stdout, the profile in a file */
	struct session *session;
	struct assembled assembled;
};

static unsigned terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

/* The name for a profile when stdout is a terminal and none was given. Owned by the caller. */
static char *default_name(const struct record_config *c, const struct capture *capture)
{
	char name[128];
	char *path;

	snprintf(name, sizeof(name), "%s", module_name(capture->targets[0]->executable));
	for (char *p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			*p = '_';
	}
	if (asprintf(&path, "goprof.%s.%d.cpu%s", name, capture->targets[0]->pid,
		     c->format->suffixes[0]) < 0)
		return NULL;
	return path;
}

static int write_bytes(struct recording *r, const struct capture *capture, struct buf *bytes,
		       struct error *err)
{
	struct error why = {0};
	CLEANUP_FREE char *name = NULL;
	struct output rescue = {0};
	int result = output_commit(&r->output, bytes->data, bytes->len, err);

	if (!result)
		return 0;
	/* What was measured cannot be measured again: keep it where there is room. */
	name = default_name(r->config, capture);
	if (!name || asprintf(&name, "%s/%s", getenv("TMPDIR") ?: "/tmp", name) < 0)
		return result;
	if (!output_open(name, &rescue, &why) &&
	    !output_commit(&rescue, bytes->data, bytes->len, &why))
		log_warning("the profile was saved as %s instead", name);
	output_close(&rescue);
	return result;
}

static int write_profile(struct recording *r, const struct capture *capture, struct error *err)
{
	static const char *root_labels[3];
	const struct record_config *c = r->config;
	struct format_options o = {.root_labels = root_labels, .width = terminal_width()};
	struct buf bytes;
	int result;

	if (capture->label_pid)
		root_labels[o.n_root_labels++] = "pid";
	if (capture->label_command)
		root_labels[o.n_root_labels++] = "command";
	if (capture->label_thread)
		root_labels[o.n_root_labels++] = "thread";
	buf_init(&bytes, MAX_PROFILE_BYTES);
	result = c->format->write(r->assembled.profile, &o, &bytes, err);
	if (!result)
		result = write_bytes(r, capture, &bytes, err);
	buf_deinit(&bytes);
	return result;
}

static int print_report(struct recording *r, struct error *err)
{
	struct format_options o = {.width = terminal_width(), .max_rows = TOP_ROWS};
	struct buf text;
	int result;

	buf_init(&text, 1 << 24);
	result = format_by_name("top")->write(r->assembled.profile, &o, &text, err);
	if (!result)
		fwrite(text.data, 1, text.len, stdout);
	fflush(stdout);
	buf_deinit(&text);
	return result;
}

static void print_end(const struct recording *r, enum session_end end, const struct capture *capture)
{
	if (end == SESSION_TARGET && !r->config->command)
		log_info("%s ended after %.1fs; what was captured is written",
			 capture->n_targets > 1 ? "every process" : "the process",
			 (double)capture->duration_ns / 1e9);
}

/* Throttled by the kernel, or a virtual CPU that did not run: the totals are short then. */
static void warn_of_missed_ticks(const struct capture *capture)
{
	uint64_t ticks = capture->counters.value[ABI_TICKS], expected = capture->expected_ticks;

	if (ticks + expected / 20 + 10 < expected)
		log_warning("%.0f%% of the sampling timer's ticks never came (see kernel.perf_event_max_sample_rate, or the machine is overcommitted): shares are right, totals are too small",
			    100.0 * (double)(expected - ticks) / (double)expected);
}

static void print_summary(const struct recording *r, const struct capture *capture)
{
	const struct assembled *a = &r->assembled;
	struct error why;
	char duration[64];

	if (!a->samples)
		log_info("the process used no CPU time that a sample could see (%.3fs by its own account): the profile is empty",
			 (double)session_cpu_ns(r->session) / 1e9);
	if (a->kernel_hidden) {
		privilege_explain_kernel_names(&why);
		log_info("%s", why.message);
	}
	if (a->unnamed)
		log_info("%" PRIu64 " samples have a frame in the Go binary that has no name (C code?)",
			 a->unnamed);
	log_info("%" PRIu64 " samples in %s, %.2fs CPU time (%.2fs by the kernel's account), %" PRIu64
		 " lost%s%s",
		 a->samples, duration_format(capture->duration_ns / 1000000 * 1000000, duration, sizeof(duration)),
		 (double)a->samples * (double)capture->period_ns / 1e9,
		 (double)session_cpu_ns(r->session) / 1e9, a->lost, r->output.path ? "; wrote " : "",
		 r->output.path ? r->output.label : "");
	warn_of_missed_ticks(capture);
	if (a->lost)
		log_warning("%" PRIu64 " samples were lost: too many different stacks at once, the profile is short by %.2fs",
			    a->lost, (double)a->lost * (double)capture->period_ns / 1e9);
}

static int open_session(struct recording *r, struct error *err)
{
	const struct record_config *c = r->config;
	struct session_config config = {
		.pids = c->pids.pids,
		.n_pids = c->pids.n,
		.command = c->command,
		.command_stdout_to_stderr = !r->report && !r->output.path,
		.frequency_hz = c->frequency_hz,
		.duration_ns = c->duration_ns,
		.with_kernel = !c->no_kernel,
		.by_thread = c->labels.thread,
		.show_progress = !c->quiet && isatty(STDERR_FILENO),
		.output = r->report ? NULL : &r->output,
	};

	return session_open(&config, &r->session, err);
}

/* With a report the file gets its name from the target, so it is opened after the target is known. */
static int open_report_file(struct recording *r, struct error *err)
{
	struct capture capture;
	CLEANUP_FREE char *name = NULL;

	session_capture(r->session, &capture);
	if (!capture.n_targets)
		return 0;
	name = default_name(r->config, &capture);
	if (!name)
		return error_set(err, -ENOMEM, "out of memory");
	return output_open(name, &r->output, err);
}

static int record(struct recording *r, struct error *err)
{
	const struct record_config *c = r->config;
	enum session_end end;
	struct capture capture;
	int result;

	if (!r->report)
		result = output_open(c->output, &r->output, err);
	else
		result = 0;
	if (!result)
		result = open_session(r, err);
	if (!result && r->report && !c->command)
		result = open_report_file(r, err);
	if (!result)
		result = session_run(r->session, &end, err);
	if (result)
		return result;
	if (r->report && c->command)
		result = open_report_file(r, err);
	session_capture(r->session, &capture);
	capture.label_pid = c->labels.pid || capture.n_targets > 1;
	capture.label_thread = c->labels.thread;
	capture.label_command = c->labels.command;
	capture.show_wrappers = c->show_wrappers;
	if (!result && c->command)
		result = target_check_go(capture.targets[0], err);
	if (!result)
		result = profile_assemble(&capture, &r->assembled, err);
	if (!result) {
		print_end(r, end, &capture);
		if (r->report)
			result = print_report(r, err);
	}
	if (!result)
		result = write_profile(r, &capture, err);
	if (!result)
		print_summary(r, &capture);
	if (c->command)
		session_finish_command(r->session);
	return result;
}

int record_run(int argc, char **argv)
{
	static struct record_config config = {.frequency_hz = DEFAULT_FREQUENCY_HZ, .type = "cpu"};
	struct recording recording = {.config = &config};
	struct error err = {0};
	struct rusage usage;
	int r = configure(argc, argv, &config, &err);

	if (r) {
		log_error("%s", err.message);
		fputs("try: goprof --help\n", stderr);
		return EXIT_USAGE;
	}
	if (config.help)
		print_help();
	if (config.version)
		version_run(0, NULL);
	if (config.help || config.version)
		return fflush(stdout) ? EXIT_FAILED : EXIT_DONE;
	log_set_level(config.quiet ? LOG_WARNING : config.verbose ? LOG_DEBUG : LOG_INFO);
	signal(SIGPIPE, SIG_IGN);
	recording.report = !config.output && config.format->binary && isatty(STDOUT_FILENO);
	r = record(&recording, &err);
	if (r)
		log_error("%s", err.message);
	getrusage(RUSAGE_SELF, &usage);
	log_debug("peak memory %.1f MB", (double)usage.ru_maxrss / 1024);
	session_close(recording.session);
	output_close(&recording.output);
	profile_destroy(recording.assembled.profile);
	return r ? EXIT_FAILED : EXIT_DONE;
}
