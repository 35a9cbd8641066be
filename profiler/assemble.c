/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/index.h"
#include "profiler/version.h"
#include "symbolizer/kallsyms.h"

/*
 * A stack is named from the leaf to the root: kernel part, user part. What an address means depends
 * on its callee (was it called, or interrupted?), so each named address remembers what kind of
 * function it is. pprof's has_* flags are promises for a whole mapping; a mapping of which only a
 * part has names is therefore written twice, once with the promise and once without.
 */

enum {
	/* kernel text and modules on x86-64 (Documentation/arch/x86/x86_64/mm.rst) */
	MAX_STACK = 2 * ABI_MAX_DEPTH + 2,
};
#define KERNEL_START 0xffffffff80000000u

/* An address of a process, named. */
struct place {
	uint32_t target;
	enum symbolizer_address_kind address_kind;
	uint64_t address;
	uint64_t pc; /* the instruction that it stands for: that of the call for a return address */
	enum symbolizer_function_kind kind;
	uint32_t location;
	bool hidden;	/* nothing but wrappers */
	bool unnamed;	/* in the Go binary, yet without a name */
};

/* The two numbers under which a mapping of a target is in the profile; PROFILE_NONE: not yet. */
struct mapping_numbers {
	uint32_t named, unnamed;
	bool lacks_file, lacks_line; /* some named location has none */
};

struct assembler {
	const struct capture *capture;
	struct profile *profile;
	struct error *err;
	struct mapping_numbers **mappings; /* [target][mapping] */
	struct mapping_numbers kernel;
	struct kallsyms *kallsyms;
	bool kernel_hidden;
	struct place *places;
	size_t n_places, places_capacity;
	struct index place_index;
	struct assembled totals;
};

/* --- mappings ---------------------------------------------------------------------------------- */

static int add_mapping(struct assembler *a, const struct mapping *m, bool named, uint32_t *ret)
{
	struct symbolizer *s = m->module ? module_symbolizer(m->module) : NULL;
	struct profile_mapping out = {
		.start = m->start,
		.limit = m->end,
		.offset = m->offset,
		.has_functions = named,
		.has_filenames = named,
		.has_line_numbers = named,
		.has_inline_frames = named,
	};
	int r = profile_add_string(a->profile, m->name, &out.filename);

	if (!r && s)
		r = profile_add_string(a->profile, symbolizer_build_id(s), &out.build_id);
	return r ? r : profile_add_mapping(a->profile, &out, ret);
}

static int mapping_number(struct assembler *a, uint32_t target, const struct mapping *m, bool named,
			  struct mapping_numbers **ret_numbers, uint32_t *ret)
{
	const struct target *t = a->capture->targets[target];
	struct mapping_numbers *numbers = &a->mappings[target][m - t->mappings];
	uint32_t *number = named ? &numbers->named : &numbers->unnamed;
	int r = *number == PROFILE_NONE ? add_mapping(a, m, named, number) : 0;

	*ret_numbers = numbers;
	*ret = *number;
	return r;
}

static bool is_go(struct symbolizer *s)
{
	return s && symbolizer_go_status(s, NULL) == 0;
}

/* pprof takes the first mapping for the main binary: the target's executable, used or not. */
static int add_main_mapping(struct assembler *a)
{
	const struct target *t = a->capture->targets[0];
	struct mapping_numbers *numbers;
	uint32_t number;

	for (size_t i = 0; i < t->n_mappings; i++) {
		if (t->mappings[i].module == t->executable)
			return mapping_number(a, 0, &t->mappings[i],
					      is_go(module_symbolizer(t->executable)), &numbers, &number);
	}
	return 0;
}

static int kernel_mapping(struct assembler *a, bool named, uint32_t *ret)
{
	uint32_t *number = named ? &a->kernel.named : &a->kernel.unnamed;
	struct profile_mapping out = {
		.start = KERNEL_START,
		.limit = UINT64_MAX,
		.has_functions = named,
	};
	int r = 0;

	if (*number == PROFILE_NONE)
		r = profile_add_string(a->profile, "[kernel.kallsyms]", &out.filename);
	if (!r && *number == PROFILE_NONE)
		r = profile_add_mapping(a->profile, &out, number);
	*ret = *number;
	return r;
}

/* Named mappings promised files and lines; takes the promise back where it was not kept. */
static void settle_mapping_flags(struct assembler *a)
{
	for (size_t t = 0; t < a->capture->n_targets; t++) {
		for (size_t i = 0; i < a->capture->targets[t]->n_mappings; i++) {
			const struct mapping_numbers *n = &a->mappings[t][i];

			if (n->named == PROFILE_NONE)
				continue;
			if (n->lacks_file)
				a->profile->mappings[n->named].has_filenames = false;
			if (n->lacks_line)
				a->profile->mappings[n->named].has_line_numbers = false;
		}
	}
}

/* --- one user address -------------------------------------------------------------------------- */

static int add_line(struct assembler *a, const struct symbolizer_frame *frame,
		    struct profile_line *ret_line)
{
	struct profile_function f = {.start_line = frame->start_line};
	int r = profile_add_string(a->profile, frame->function, &f.name);

	if (!r && frame->file)
		r = profile_add_string(a->profile, frame->file, &f.filename);
	if (!r)
		r = profile_add_function(a->profile, &f, &ret_line->function);
	ret_line->line = frame->line;
	ret_line->column = 0;
	return r;
}

/*
 * Go's tracebacks hide a wrapper unless what it calls is a panic, so that a method that panics on
 * its nil receiver is seen (runtime/traceback.go, elideWrapperCalling).
 */
static bool wrapper_shown(const struct assembler *a, enum symbolizer_function_kind callee)
{
	return a->capture->show_wrappers || callee == SYMBOLIZER_PANIC ||
	       callee == SYMBOLIZER_INTERRUPTED;
}

static int add_named_place(struct assembler *a, const struct mapping *m, struct place *place,
			   const struct symbolizer_frame *frames, size_t n_frames,
			   enum symbolizer_function_kind callee)
{
	struct profile_line lines[SYMBOLIZER_MAX_FRAMES];
	struct mapping_numbers *numbers;
	uint32_t mapping;
	size_t n_lines = 0;
	int r = mapping_number(a, place->target, m, true, &numbers, &mapping);

	for (size_t i = 0; i < n_frames && !r; i++) {
		if (frames[i].wrapper && !(i == 0 && wrapper_shown(a, callee)) &&
		    !a->capture->show_wrappers)
			continue;
		numbers->lacks_file |= !frames[i].file;
		numbers->lacks_line |= !frames[i].line;
		r = add_line(a, &frames[i], &lines[n_lines++]);
	}
	place->hidden = n_lines == 0;
	if (r || place->hidden)
		return r;
	return profile_add_location(a->profile, mapping, place->pc, lines, n_lines, &place->location);
}

static int add_unnamed_place(struct assembler *a, const struct mapping *m, struct place *place)
{
	struct mapping_numbers *numbers;
	uint32_t mapping = PROFILE_NONE;
	int r = 0;

	if (m)
		r = mapping_number(a, place->target, m, false, &numbers, &mapping);
	if (r)
		return r;
	return profile_add_location(a->profile, mapping, place->pc, NULL, 0, &place->location);
}

static int make_place(struct assembler *a, struct place *place, enum symbolizer_function_kind callee)
{
	const struct target *t = a->capture->targets[place->target];
	const struct mapping *m = target_mapping(t, place->address);
	struct symbolizer *s = m && m->module ? module_symbolizer(m->module) : NULL;
	struct symbolizer_frame frames[SYMBOLIZER_MAX_FRAMES];
	struct symbolizer_result result = {0};
	uint64_t vaddr = 0;

	if (is_go(s)) {
		if (!symbolizer_vaddr(s, place->address - m->start + m->offset, &vaddr))
			symbolizer_lookup(s, vaddr, place->address_kind, frames, &result);
		place->unnamed = result.n_frames == 0;
	}
	place->kind = result.kind;
	/* A "return address" that is a function's entry was pushed by nobody's call (sigreturn). */
	place->pc = place->address;
	if (place->address_kind == SYMBOLIZER_RETURN && !(result.n_frames && vaddr == result.entry))
		place->pc--;
	if (result.n_frames)
		return add_named_place(a, m, place, frames, result.n_frames, callee);
	return add_unnamed_place(a, m, place);
}

struct place_key {
	uint64_t address;
	uint32_t target;
	enum symbolizer_address_kind address_kind;
};

static bool place_equal(const void *owner, uint32_t number, const void *key)
{
	const struct place *p = &((const struct assembler *)owner)->places[number];
	const struct place_key *k = key;

	return p->address == k->address && p->target == k->target &&
	       p->address_kind == k->address_kind;
}

/* The named address, from the cache. A wrapper below a panic is rare and depends on its callee: not cached. */
static int get_place(struct assembler *a, const struct place_key *key,
		     enum symbolizer_function_kind callee, struct place *ret)
{
	uint64_t hash = hash_combine(key->address, (uint64_t)key->target << 1 | key->address_kind);
	bool plain = !wrapper_shown(a, callee) || a->capture->show_wrappers;
	uint32_t number = INDEX_NONE;
	int r;

	if (plain)
		number = index_find(&a->place_index, hash, place_equal, a, key);
	if (number != INDEX_NONE) {
		*ret = a->places[number];
		return 0;
	}
	*ret = (struct place){
		.target = key->target, .address_kind = key->address_kind, .address = key->address};
	r = make_place(a, ret, callee);
	if (r || !plain)
		return r;
	if (array_reserve(&a->places, &a->places_capacity, a->n_places + 1) ||
	    index_insert(&a->place_index, hash, (uint32_t)a->n_places))
		return -ENOMEM;
	a->places[a->n_places++] = *ret;
	return 0;
}

/* --- stacks ------------------------------------------------------------------------------------ */

/* A location that is only a remark, shown as a frame: "[truncated]". */
static int add_remark(struct assembler *a, const char *text, uint32_t mapping, uint32_t *ret)
{
	struct profile_function f = {0};
	struct profile_line line = {0};
	int r = profile_add_string(a->profile, text, &f.name);

	if (!r)
		r = profile_add_function(a->profile, &f, &line.function);
	return r ? r : profile_add_location(a->profile, mapping, 0, &line, 1, ret);
}

static int add_kernel_frame(struct assembler *a, uint64_t address, uint32_t *ret)
{
	const char *module = "", *name = kallsyms_lookup(a->kallsyms, address, &module);
	struct profile_function f = {0};
	struct profile_line line = {0};
	uint32_t mapping;
	int r = kernel_mapping(a, name != NULL, &mapping);

	if (!r && name)
		r = profile_add_string(a->profile, name, &f.name);
	if (!r && name)
		r = profile_add_function(a->profile, &f, &line.function);
	return r ? r : profile_add_location(a->profile, mapping, address, &line, name != NULL, ret);
}

static int name_kernel_part(struct assembler *a, const struct stored_sample *s, uint32_t *stack,
			    size_t *n)
{
	const uint64_t *addresses = s->addresses + s->n_user;
	uint32_t mapping;
	int r = 0;

	if (!s->n_kernel)
		return 0;
	if (a->kernel_hidden) {
		a->totals.kernel_hidden += s->count;
		r = kernel_mapping(a, true, &mapping);
		return r ? r : add_remark(a, "[kernel]", mapping, &stack[(*n)++]);
	}
	/* The first address is where the CPU was, the others are return addresses. */
	for (size_t i = 0; i < s->n_kernel && !r; i++)
		r = add_kernel_frame(a, addresses[i] - (i > 0), &stack[(*n)++]);
	return r;
}

static int name_user_part(struct assembler *a, const struct stored_sample *s, uint32_t target,
			  uint32_t *stack, size_t *n)
{
	enum symbolizer_function_kind callee = SYMBOLIZER_NORMAL;
	bool ended = false, unnamed = false;
	struct place place = {0};

	for (size_t i = 0; i < s->n_user && !ended; i++) {
		bool exact = i == 0 || callee == SYMBOLIZER_INTERRUPTED;
		struct place_key key = {s->addresses[i], target,
					exact ? SYMBOLIZER_EXACT : SYMBOLIZER_RETURN};
		int r = get_place(a, &key, callee, &place);

		if (r)
			return r;
		unnamed |= place.unnamed;
		callee = place.kind;
		/* goexit is every goroutine's first caller and no news; above a thread's root the
		 * frame pointers lead nowhere. */
		ended = place.kind == SYMBOLIZER_ROOT || place.kind == SYMBOLIZER_THREAD_ROOT;
		if (!place.hidden && !(place.kind == SYMBOLIZER_ROOT && *n))
			stack[(*n)++] = place.location;
	}
	if (unnamed)
		a->totals.unnamed += s->count;
	if (!s->n_user)
		return add_remark(a, "[unknown frame]", PROFILE_NONE, &stack[(*n)++]);
	if (!s->user_cut || ended)
		return 0;
	a->totals.truncated += s->count;
	return add_remark(a, "[truncated]", PROFILE_NONE, &stack[(*n)++]);
}

static int add_number_label(struct assembler *a, const char *key, uint32_t number,
			    struct profile_label *ret)
{
	*ret = (struct profile_label){.num = number};
	return profile_add_string(a->profile, key, &ret->key);
}

static int add_text_label(struct assembler *a, const char *key, const char *text,
			  struct profile_label *ret)
{
	int r = profile_add_string(a->profile, key, &ret->key);

	ret->num = 0;
	ret->num_unit = 0;
	return r ? r : profile_add_string(a->profile, text, &ret->text);
}

static int add_sample(struct assembler *a, const struct stored_sample *s, uint32_t target)
{
	const struct capture *c = a->capture;
	int64_t values[2] = {(int64_t)s->count, (int64_t)s->count * c->period_ns};
	uint32_t stack[MAX_STACK];
	struct profile_label labels[3];
	size_t n = 0, n_labels = 0;
	int r = name_kernel_part(a, s, stack, &n);

	if (!r)
		r = name_user_part(a, s, target, stack, &n);
	if (!r && c->label_pid)
		r = add_number_label(a, "pid", s->pid, &labels[n_labels++]);
	if (!r && c->label_command)
		r = add_text_label(a, "command", c->targets[target]->command, &labels[n_labels++]);
	if (!r && c->label_thread)
		r = add_number_label(a, "thread", s->tid, &labels[n_labels++]);
	if (!r)
		r = profile_add_sample(a->profile, stack, n, labels, n_labels, values);
	a->totals.samples += s->count;
	return r;
}

static int add_samples(struct assembler *a)
{
	const struct samples *samples = a->capture->samples;
	int r = 0;

	for (size_t i = 0; i < samples->n && !r; i++) {
		const struct stored_sample *s = &samples->list[i];

		for (uint32_t t = 0; t < a->capture->n_targets && !r; t++) {
			if ((uint32_t)a->capture->targets[t]->pid == s->pid) {
				r = add_sample(a, s, t);
				break;
			}
		}
	}
	return r;
}

/* --- the rest of the profile ------------------------------------------------------------------- */

static int add_target_comment(struct assembler *a, const struct target *t)
{
	static const struct symbolizer_build_info none = {"", "", "", ""};
	struct symbolizer *s = module_symbolizer(t->executable);
	const struct symbolizer_build_info *info = s ? symbolizer_build_info(s) : &none;
	int r = profile_add_comment(a->profile, "target: pid %d, %s%s%s%s", t->pid, t->executable->path,
				    t->executable->deleted ? " (deleted)" : "",
				    *info->go_version ? ", " : "", info->go_version);

	if (!r && *info->module)
		r = profile_add_comment(a->profile, "module: %s%s%s", info->module,
					*info->module_version ? " " : "", info->module_version);
	return r;
}

static uint64_t lost_samples(const struct capture *c)
{
	return c->counters.value[ABI_LOST_RING_FULL] + c->samples->dropped;
}

static int add_comments(struct assembler *a)
{
	const struct capture *c = a->capture;
	const uint64_t *value = c->counters.value;
	char duration[64];
	int r = profile_add_comment(a->profile, "goprof %s", GOPROF_VERSION);

	for (size_t t = 0; t < c->n_targets && !r; t++)
		r = add_target_comment(a, c->targets[t]);
	if (!r)
		r = profile_add_comment(a->profile,
					"sampling: CPU clock, %u Hz, %s; timer ticks: %lu of %lu",
					c->frequency_hz,
					duration_format(c->duration_ns, duration, sizeof(duration)),
					value[ABI_TICKS], c->expected_ticks);
	if (!r)
		r = profile_add_comment(a->profile,
					"samples: %lu taken, %lu lost (ring buffer full %lu, no memory %lu)",
					value[ABI_SAMPLES], lost_samples(c), value[ABI_LOST_RING_FULL],
					c->samples->dropped);
	if (!r)
		r = profile_add_comment(a->profile,
					"samples with incomplete stacks: %lu truncated, %lu unreadable, %lu with an unnamed frame in the Go binary",
					a->totals.truncated,
					value[ABI_LOST_NO_STACK] + c->counters.lost_unreadable,
					a->totals.unnamed);
	if (!r)
		r = profile_add_comment(a->profile,
					"stacks: frame pointers; a sample in a prologue or in a function without a frame lacks its direct caller");
	return r;
}

static int add_header(struct assembler *a)
{
	struct profile *p = a->profile;
	const struct capture *c = a->capture;
	int r = profile_add_sample_type(p, "samples", "count");

	if (!r)
		r = profile_add_sample_type(p, "cpu", "nanoseconds");
	if (!r)
		r = profile_add_string(p, "cpu", &p->period_type.type);
	if (!r)
		r = profile_add_string(p, "nanoseconds", &p->period_type.unit);
	p->period = c->period_ns;
	p->time_nanos = c->start_unix_ns;
	p->duration_nanos = c->duration_ns;
	return r;
}

static int prepare_mappings(struct assembler *a)
{
	const struct mapping_numbers none = {.named = PROFILE_NONE, .unnamed = PROFILE_NONE};

	a->kernel = none;
	a->mappings = calloc(a->capture->n_targets, sizeof(*a->mappings));
	if (!a->mappings)
		return -ENOMEM;
	for (size_t t = 0; t < a->capture->n_targets; t++) {
		size_t n = a->capture->targets[t]->n_mappings;

		a->mappings[t] = calloc(n + 1, sizeof(**a->mappings));
		if (!a->mappings[t])
			return -ENOMEM;
		for (size_t i = 0; i < n; i++)
			a->mappings[t][i] = none;
	}
	return 0;
}

/* Kernel names cost some 10 ms to read: only when there is something to name. */
static void open_kallsyms(struct assembler *a)
{
	const struct samples *samples = a->capture->samples;
	CLEANUP_FD int fd = -1;

	for (size_t i = 0; i < samples->n; i++) {
		if (!samples->list[i].n_kernel)
			continue;
		fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
		a->kernel_hidden = fd < 0 || kallsyms_open_fd(fd, &a->kallsyms, NULL) != 0;
		return;
	}
}

static void assembler_deinit(struct assembler *a)
{
	for (size_t t = 0; a->mappings && t < a->capture->n_targets; t++)
		free(a->mappings[t]);
	free(a->mappings);
	free(a->places);
	index_deinit(&a->place_index);
	kallsyms_close(a->kallsyms);
	profile_destroy(a->profile);
}

int profile_assemble(const struct capture *capture, struct assembled *ret, struct error *err)
{
	struct assembler a = {.capture = capture, .err = err};
	int r = profile_create(&a.profile);

	if (!r)
		r = prepare_mappings(&a);
	if (!r)
		r = add_header(&a);
	if (!r)
		r = add_main_mapping(&a);
	if (!r) {
		open_kallsyms(&a);
		r = add_samples(&a);
	}
	if (!r)
		r = add_comments(&a);
	if (r) {
		error_set(err, r, "building the profile: %s", error_text(r));
	} else {
		settle_mapping_flags(&a);
		a.totals.lost = lost_samples(capture);
		a.totals.profile = take_ptr(a.profile);
		*ret = a.totals;
	}
	assembler_deinit(&a);
	return r;
}
