/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbolizer/symbolizer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/cursor.h"
#include "symbolizer/elf_file.h"
#include "symbolizer/go_buildinfo.h"
#include "symbolizer/moduledata.h"

/*
 * Names are not copied: they point into the file, which stays mapped. An answer is cached by its
 * address; the cache is direct-mapped, so it is bounded and needs no eviction: a new answer takes
 * the place of the old one in its slot. The frames of all answers lie one behind the other; when
 * their room is used up, the cache begins anew.
 */

enum {
	CACHE_SLOTS = 1 << 12,
	CACHE_FRAMES = 4 * CACHE_SLOTS,
	BUILD_INFO_BYTES = 1 << 20,
	/* pc-value pairs that one lookup may read. The largest table seen, of 1 MB of code, has 12,000. */
	LOOKUP_BUDGET = 1 << 18,
};

struct cache_slot {
	uint64_t vaddr;
	uint64_t entry;
	uint32_t generation; /* valid if it is that of the symbolizer; 0 never is */
	uint32_t first;      /* of its frames */
	uint8_t n_frames;
	uint8_t address_kind;
	uint8_t function_kind;
};

struct symbolizer {
	struct elf_file elf;
	struct go_tables go;
	int go_status;
	struct error go_error;
	struct arena arena;
	struct symbolizer_build_info build_info;
	char build_id[2 * ELF_BUILD_ID_MAX + 1];

	struct cache_slot *slots;
	struct symbolizer_frame *frames;
	uint32_t n_frames;
	uint32_t generation;
};

static int symbolizer_create(const struct elf_file *elf, struct symbolizer **ret_symbolizer,
			     struct error *err)
{
	struct symbolizer *s = calloc(1, sizeof(*s));

	if (!s)
		goto no_memory;
	arena_init(&s->arena, BUILD_INFO_BYTES);
	s->slots = calloc(CACHE_SLOTS, sizeof(*s->slots));
	s->frames = malloc(CACHE_FRAMES * sizeof(*s->frames));
	s->generation = 1;
	if (!s->slots || !s->frames)
		goto no_memory;
	if (go_buildinfo_read(elf, &s->arena, &s->build_info) == -ENOMEM)
		goto no_memory;
	elf_file_build_id(elf, s->build_id);
	s->elf = *elf; /* Owned by *s from here on. */
	s->go_status = go_tables_open(&s->elf, &s->go, &s->go_error);
	*ret_symbolizer = s;
	return 0;

no_memory:
	symbolizer_close(s);
	return error_set(err, -ENOMEM, "out of memory");
}

static int symbolizer_open_elf(struct elf_file *elf, const char *name,
			       struct symbolizer **ret_symbolizer, struct error *err)
{
	int r = symbolizer_create(elf, ret_symbolizer, err);

	if (r) {
		elf_file_close(elf);
		return error_prefix(err, "%s", name), r;
	}
	return 0;
}

int symbolizer_open_fd(int fd, const char *name, struct symbolizer **ret_symbolizer,
		       struct error *err)
{
	struct elf_file elf;
	int r = elf_file_open_fd(fd, &elf, err);

	if (r) {
		error_prefix(err, "%s", name);
		return r;
	}
	return symbolizer_open_elf(&elf, name, ret_symbolizer, err);
}

int symbolizer_open_bytes(const void *bytes, size_t len, const char *name,
			  struct symbolizer **ret_symbolizer, struct error *err)
{
	struct elf_file elf;
	int r = elf_file_open_bytes(bytes, len, &elf, err);

	if (r) {
		error_prefix(err, "%s", name);
		return r;
	}
	return symbolizer_open_elf(&elf, name, ret_symbolizer, err);
}

void symbolizer_close(struct symbolizer *s)
{
	if (!s)
		return;
	elf_file_close(&s->elf);
	arena_deinit(&s->arena);
	free(s->slots);
	free(s->frames);
	free(s);
}

/*
 * Functions that matter for the shape of a stack. Their names have been the same since 1.4, their
 * funcIDs change with every other release; user code cannot be in package runtime.
 */
static const struct {
	const char *name; /* after "runtime." */
	enum symbolizer_function_kind kind;
} special_functions[] = {
	{"goexit", SYMBOLIZER_ROOT},
	{"mstart", SYMBOLIZER_THREAD_ROOT},
	{"rt0_go", SYMBOLIZER_THREAD_ROOT},
	{"sigpanic", SYMBOLIZER_INTERRUPTED},
	{"asyncPreempt", SYMBOLIZER_INTERRUPTED},
	{"debugCallV1", SYMBOLIZER_INTERRUPTED},
	{"debugCallV2", SYMBOLIZER_INTERRUPTED},
	{"sigtramp", SYMBOLIZER_SIGTRAMP},
	{"gopanic", SYMBOLIZER_PANIC},
	{"panicwrap", SYMBOLIZER_PANIC},
};

static enum symbolizer_function_kind function_kind(const char *name)
{
	if (strncmp(name, "runtime.", 8) != 0)
		return SYMBOLIZER_NORMAL;
	for (size_t i = 0; i < ARRAY_SIZE(special_functions); i++)
		if (strcmp(name + 8, special_functions[i].name) == 0)
			return special_functions[i].kind;
	return SYMBOLIZER_NORMAL;
}

static void set_position(const struct go_tables *go, const struct pclntab_function *f,
			 const struct inline_place *place, uint32_t *budget,
			 struct symbolizer_frame *frame)
{
	const struct pclntab *p = &go->pclntab;
	int32_t line = place->line, file = place->file;

	if (place->vaddr) {
		line = pclntab_value(p, f, f->pcln, place->vaddr, budget);
		file = pclntab_value(p, f, f->pcfile, place->vaddr, budget);
	}
	if (line < 0)
		return;
	frame->file = pclntab_file(p, f, file);
	frame->line = frame->file ? (uint32_t)line : 0;
}

static bool is_wrapper(const struct go_tables *go, uint8_t id, const struct symbolizer_frame *frame)
{
	if (go->wrapper_id)
		return id == go->wrapper_id;
	/* Up to 1.11 tracebacks went by the file (runtime/traceback.go: elideWrapperCalling). */
	return !frame->inlined && frame->file && strcmp(frame->file, "<autogenerated>") == 0;
}

/*
 * runtime/symtabinl.go: inlineUnwinder. The innermost inlined call first, then from call position
 * to call position outwards; the physical function comes last. Returns the number of frames, 0 when
 * the inline tree is broken (or never ends).
 */
static size_t expand(const struct go_tables *go, const struct pclntab_function *f, uint64_t vaddr,
		     struct symbolizer_frame *frames)
{
	const struct pclntab *p = &go->pclntab;
	struct inline_place place = {.vaddr = vaddr};
	uint32_t budget = LOOKUP_BUDGET;

	for (size_t n = 0; n < SYMBOLIZER_MAX_FRAMES; n++) {
		struct inline_call call = {
			.name = f->name, .start_line = f->start_line, .id = f->id};
		int32_t index = place.index;

		if (place.vaddr)
			index = inline_tree_index(&go->inlining, p, f, place.vaddr, &budget);
		if (index >= 0 && inline_tree_call(&go->inlining, f, index, &call))
			return 0;
		frames[n] = (struct symbolizer_frame){
			.function = pclntab_name(p, call.name),
			.start_line = call.start_line,
			.inlined = index >= 0,
		};
		if (!frames[n].function)
			return 0;
		set_position(go, f, &place, &budget, &frames[n]);
		frames[n].wrapper = is_wrapper(go, call.id, &frames[n]);
		if (index < 0)
			return n + 1;
		place = call.caller;
	}
	return 0;
}

/* Go's rule for return addresses (runtime/symtab.go: Frames.Next). */
static uint64_t lookup_vaddr(uint64_t vaddr, uint64_t entry, enum symbolizer_address_kind kind)
{
	return kind == SYMBOLIZER_RETURN && vaddr > entry ? vaddr - 1 : vaddr;
}

static void lookup(const struct symbolizer *s, uint64_t vaddr, enum symbolizer_address_kind kind,
		   struct symbolizer_frame *frames, struct symbolizer_result *ret_result)
{
	const struct pclntab *p = &s->go.pclntab;
	struct symbolizer_result result = {.kind = SYMBOLIZER_NORMAL};
	struct pclntab_function f;
	const char *name;

	*ret_result = result;
	if (s->go_status || pclntab_find(p, vaddr, &f))
		return;
	name = pclntab_name(p, f.name);
	if (!name)
		return;
	result.entry = f.entry;
	result.n_frames = expand(&s->go, &f, lookup_vaddr(vaddr, f.entry, kind), frames);
	if (result.n_frames == 0) {
		/* The function is sure, what was inlined into it here is not: so no line either. */
		frames[0] = (struct symbolizer_frame){.function = name, .start_line = f.start_line};
		result.n_frames = 1;
	}
	if (f.id == 0 || f.id != s->go.wrapper_id)
		result.kind = function_kind(name);
	*ret_result = result;
}

static struct cache_slot *cache_slot(const struct symbolizer *s, uint64_t vaddr,
				     enum symbolizer_address_kind kind)
{
	/* Fibonacci hashing: the upper bits of the product depend on all bits of the address. */
	uint64_t hash = (vaddr * 2 + kind) * 0x9e3779b97f4a7c15;

	return &s->slots[hash >> 52];
}

_Static_assert(CACHE_SLOTS == 1 << (64 - 52), "cache_slot() takes that many bits of the hash");

static void cache_store(struct symbolizer *s, struct cache_slot *slot,
			const struct symbolizer_frame *frames,
			const struct symbolizer_result *result)
{
	if (result->n_frames > CACHE_FRAMES - s->n_frames) {
		s->n_frames = 0;
		if (++s->generation == 0) {
			memset(s->slots, 0, CACHE_SLOTS * sizeof(*s->slots));
			s->generation = 1;
		}
	}
	slot->generation = s->generation;
	slot->first = s->n_frames;
	slot->n_frames = (uint8_t)result->n_frames;
	slot->entry = result->entry;
	slot->function_kind = (uint8_t)result->kind;
	memcpy(s->frames + s->n_frames, frames, result->n_frames * sizeof(*frames));
	s->n_frames += slot->n_frames;
}

void symbolizer_lookup(struct symbolizer *s, uint64_t vaddr, enum symbolizer_address_kind kind,
		       struct symbolizer_frame *frames, struct symbolizer_result *ret_result)
{
	struct cache_slot *slot = cache_slot(s, vaddr, kind);

	if (slot->generation == s->generation && slot->vaddr == vaddr &&
	    slot->address_kind == kind) {
		*ret_result = (struct symbolizer_result){
			.kind = slot->function_kind,
			.entry = slot->entry,
			.n_frames = slot->n_frames,
		};
		memcpy(frames, s->frames + slot->first, slot->n_frames * sizeof(*frames));
		return;
	}
	lookup(s, vaddr, kind, frames, ret_result);
	slot->vaddr = vaddr;
	slot->address_kind = (uint8_t)kind;
	cache_store(s, slot, frames, ret_result);
}

int symbolizer_go_status(const struct symbolizer *s, struct error *err)
{
	if (s->go_status && err)
		*err = s->go_error;
	return s->go_status;
}

const struct symbolizer_build_info *symbolizer_build_info(const struct symbolizer *s)
{
	return &s->build_info;
}

const char *symbolizer_build_id(const struct symbolizer *s)
{
	return s->build_id;
}

int symbolizer_vaddr(const struct symbolizer *s, uint64_t file_offset, uint64_t *ret_vaddr)
{
	return elf_file_vaddr(&s->elf, file_offset, ret_vaddr);
}

unsigned symbolizer_machine(const struct symbolizer *s)
{
	return s->elf.machine;
}
