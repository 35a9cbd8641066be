/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbolizer/moduledata.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/*
 * runtime.firstmoduledata (runtime/symtab.go: moduledata) is where the linker tells the runtime
 * where everything is. Two of its words are needed that nothing else has: runtime.text, which since
 * 1.26 is not in the header of the pclntab any more, and gofunc, the base of the inline trees.
 * It has a section of its own since 1.26 (.go.module); before, it lies somewhere in the data and is
 * found by its first words: pointers to the pclntab and to the first part of it.
 *
 * Its fields move between releases and no number in it tells the release. So each layout is a
 * proposal, and one is taken only if everything that is known otherwise agrees with it.
 */
struct moduledata_layout {
	enum pclntab_generation generation;
	uint16_t gofunc;   /* 0: there is none, inline trees are absolute pointers */
	uint16_t epclntab; /* 0: gofunc is outside of the pclntab (before 1.26) */
};

static const struct moduledata_layout layouts[] = {
	{PCLNTAB_GO116, .gofunc = 0},                    /* 1.16, 1.17 */
	{PCLNTAB_GO118, .gofunc = 304},                  /* 1.18, 1.19 */
	{PCLNTAB_GO120, .gofunc = 320},                  /* 1.20 to 1.25 */
	{PCLNTAB_GO120, .gofunc = 320, .epclntab = 328}, /* 1.26 */
	{PCLNTAB_GO120, .gofunc = 344, .epclntab = 352}, /* 1.27 */
};

/* The first fields have not moved since 1.16. */
enum { PC_HEADER = 0, NAMES = 8, FTAB = 128, FTAB_LEN = 136, MINPC = 160, MAXPC = 168, TEXT = 176 };

/* What tells one numbering of abi.FuncID from another (runtime/symtab.go, internal/abi/symtab.go).
 */
static const struct funcid_numbering {
	uint8_t goexit, systemstack_switch;
	bool has_async_preempt;
	uint8_t wrapper;
} numberings[] = {
	{2, 12, false, 20}, /* 1.12, 1.13 */
	{2, 12, true, 22},  /* 1.14 to 1.16 */
	{7, 21, true, 22},  /* 1.17 */
	{7, 20, true, 21},  /* 1.18 to 1.21 */
	{8, 21, true, 22},  /* 1.22 to 1.24 */
	{8, 22, true, 23},  /* 1.25 to 1.27 */
};

enum {
	MAX_CANDIDATES = 16,       /* headers that a scan looks at before it gives up */
	SAMPLED_TREES = 16,        /* inline trees that are checked */
	SAMPLED_FUNCTIONS = 20000, /* functions among which they are looked for */
};

/* A name begins behind the end of another one. */
static bool is_name_start(const struct pclntab *p, uint32_t offset)
{
	return offset > 0 && offset < cursor_left(&p->names) && p->names.pos[offset - 1] == '\0' &&
	       p->names.pos[offset] != '\0';
}

/* Are these inline trees? Looks at the first record of some that should be there. */
static bool inlining_fits(const struct pclntab *p, const struct inline_tree_source *source)
{
	uint32_t n = p->n_functions < SAMPLED_FUNCTIONS ? p->n_functions : SAMPLED_FUNCTIONS;
	int sampled = 0;

	for (uint32_t i = 0; i < n && sampled < SAMPLED_TREES; i++) {
		struct pclntab_function f;
		struct inline_call call;

		if (pclntab_function(p, i, &f))
			return false;
		if (!inline_tree_exists(source, &f))
			continue;
		if (inline_tree_call(source, &f, 0, &call) || !is_name_start(p, call.name))
			return false;
		sampled++;
	}
	return true;
}

static int choose_inlining(struct go_tables *t, uint64_t gofunc)
{
	for (unsigned i = 0; inline_tree_source_init(&t->pclntab, gofunc, i, &t->inlining); i++)
		if (inlining_fits(&t->pclntab, &t->inlining))
			return 0;
	return -ENOTSUP;
}

static bool gofunc_fits(const struct pclntab *p, uint64_t moduledata,
			const struct moduledata_layout *layout, bool header_has_text,
			uint64_t gofunc)
{
	uint64_t epclntab;

	if (!layout->gofunc)
		return true;
	if (!layout->epclntab)
		return header_has_text && !elf_file_at(p->elf, gofunc).failed;
	epclntab = elf_file_pointer(p->elf, moduledata + layout->epclntab);
	return gofunc > p->functions_vaddr && gofunc <= epclntab &&
	       epclntab - p->functions_vaddr <= cursor_left(&p->functions);
}

static int choose_layout(struct go_tables *t, bool header_has_text, struct error *err)
{
	struct pclntab *p = &t->pclntab;

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		uint64_t gofunc;

		if (layouts[i].generation != pclntab_generation(p))
			continue;
		gofunc = layouts[i].gofunc
				 ? elf_file_pointer(p->elf, t->moduledata + layouts[i].gofunc)
				 : 0;
		if (gofunc_fits(p, t->moduledata, &layouts[i], header_has_text, gofunc) &&
		    choose_inlining(t, gofunc) == 0)
			return 0;
	}
	return error_set(err, -ENOTSUP,
			 "unknown Go release: no known layout of runtime.moduledata fits");
}

/* Is this the moduledata of t->pclntab? Completes t then. */
static int try_moduledata(struct go_tables *t, uint64_t moduledata, struct error *err)
{
	struct pclntab *p = &t->pclntab;
	const struct elf_file *elf = p->elf;
	uint64_t text = elf_file_pointer(elf, moduledata + TEXT), header_text = p->text;
	int r;

	if (elf_file_pointer(elf, moduledata + PC_HEADER) != p->vaddr ||
	    elf_file_pointer(elf, moduledata + NAMES) != pclntab_names_vaddr(p) ||
	    elf_file_pointer(elf, moduledata + FTAB) != p->functions_vaddr ||
	    elf_file_pointer(elf, moduledata + FTAB_LEN) != (uint64_t)p->n_functions + 1)
		return error_set(err, -ENOTSUP,
				 "unknown Go release: runtime.moduledata does not fit the pclntab");
	if (text == 0 || (header_text != 0 && header_text != text))
		return error_set(err, -EINVAL, "corrupt Go tables: runtime.text is %#llx and %#llx",
				 (unsigned long long)text, (unsigned long long)header_text);
	r = pclntab_set_text(p, text, err);
	if (r)
		return r;
	if (elf_file_pointer(elf, moduledata + MINPC) != pclntab_entry(p, 0) ||
	    elf_file_pointer(elf, moduledata + MAXPC) != p->end)
		return error_set(
			err, -ENOTSUP,
			"unknown Go release: runtime.moduledata does not fit the functions");
	t->moduledata = moduledata;
	return choose_layout(t, header_text != 0, err);
}

/* Where a RELATIVE relocation to `first` is followed by one to `second`, 8 bytes further. 0:
 * nowhere. */
static uint64_t find_relocated_pair(const struct elf_file *elf, uint64_t first, uint64_t second)
{
	struct cursor c = elf->relative_relocations;
	uint64_t place = 0;

	while (cursor_left(&c) >= sizeof(Elf64_Rela)) {
		uint64_t offset = cursor_u64(&c), addend;

		cursor_skip(&c, 8); /* r_info */
		addend = cursor_u64(&c);
		if (addend == second && place && offset == place + 8)
			return place;
		place = addend == first ? offset : 0;
	}
	return 0;
}

/* The next place in the segment, from *offset on, where two words hold these values. */
static bool find_pair(const struct elf_file *elf, const struct elf_segment *s, uint64_t first,
		      uint64_t second, uint64_t *offset)
{
	const uint8_t *bytes = elf->data + s->offset;

	for (uint64_t at = (*offset + 7) & ~7ULL; s->filesz >= 16 && at <= s->filesz - 16;
	     at += 8) {
		uint64_t words[2];

		memcpy(words, bytes + at, sizeof(words));
		if (words[0] != first || words[1] != second)
			continue;
		*offset = at;
		return true;
	}
	return false;
}

static int scan_for_moduledata(struct go_tables *t, struct error *err)
{
	const struct elf_file *elf = t->pclntab.elf;
	uint64_t first = t->pclntab.vaddr, second = pclntab_names_vaddr(&t->pclntab), place;
	int candidates = 0, r = -ENOTSUP;

	error_set(err, r, "no runtime.moduledata points to the pclntab at %#llx",
		  (unsigned long long)first);
	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint64_t at = -s->vaddr & 7;

		if (s->type != PT_LOAD || !(s->flags & PF_W))
			continue;
		for (; candidates < MAX_CANDIDATES && find_pair(elf, s, first, second, &at);
		     at += 8, candidates++) {
			r = try_moduledata(t, s->vaddr + at, err);
			if (r == 0)
				return 0;
		}
	}
	place = find_relocated_pair(elf, first, second);
	return place ? try_moduledata(t, place, err) : r;
}

static int open_moduledata(struct go_tables *t, struct error *err)
{
	struct elf_section section;

	if (elf_file_section(t->pclntab.elf, ".go.module", &section))
		return try_moduledata(t, section.vaddr, err);
	return scan_for_moduledata(t, err);
}

static int open_at(const struct elf_file *elf, uint64_t vaddr, struct go_tables *t,
		   struct error *err)
{
	int r = pclntab_open(elf, vaddr, &t->pclntab, err);

	if (r)
		return r;
	if (pclntab_generation(&t->pclntab) >= PCLNTAB_GO116)
		return open_moduledata(t, err);
	/* Before, everything in the pclntab is absolute. */
	r = pclntab_set_text(&t->pclntab, 0, err);
	if (r == 0 && choose_inlining(t, 0))
		r = error_set(err, -ENOTSUP, "unknown Go release: its inline trees do not fit");
	return r;
}

/* The next header-like place in the segment from *offset on. */
static bool find_header(const struct elf_file *elf, const struct elf_segment *s, uint64_t *offset)
{
	const uint8_t *bytes = elf->data + s->offset;

	for (uint64_t at = *offset; s->filesz >= 8 && at <= s->filesz - 8; at += 8) {
		uint64_t word;

		/* Magic but for its lowest byte, two zeros, any quantum, pointer size 8. */
		memcpy(&word, bytes + at, sizeof(word));
		if ((word & 0xff00ffffffffff00) != 0x08000000ffffff00 ||
		    !pclntab_is_header(bytes + at))
			continue;
		*offset = at;
		return true;
	}
	return false;
}

/* External linkers merge the pclntab of a PIE into .data.rel.ro (before 1.26), and sections may be
 * gone. */
static int scan_for_tables(const struct elf_file *elf, struct go_tables *t, struct error *err)
{
	int candidates = 0, r = -ENODATA;

	error_set(err, r, "no Go tables in it");
	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint64_t at = -s->vaddr & 7;

		if (s->type != PT_LOAD || (s->flags & PF_X))
			continue;
		for (; candidates < MAX_CANDIDATES && find_header(elf, s, &at);
		     at += 8, candidates++) {
			r = open_at(elf, s->vaddr + at, t, err);
			if (r == 0)
				return 0;
		}
	}
	return r;
}

static int find_tables(const struct elf_file *elf, struct go_tables *t, struct error *err)
{
	struct elf_section section;
	int r;

	if (elf_file_section(elf, ".gopclntab", &section) ||
	    elf_file_section(elf, ".data.rel.ro.gopclntab", &section)) {
		r = open_at(elf, section.vaddr, t, err);
		return r == -ENODATA ? error_set(err, -ENOTSUP, "unknown or obfuscated pclntab")
				     : r;
	}
	/* A scan reads all data of the file: not in files that surely come from elsewhere. */
	if (elf_file_has_sections(elf) && !elf_file_has_section_prefix(elf, ".go.") &&
	    !elf_file_has_section_prefix(elf, ".note.go."))
		return error_set(err, -ENODATA, "not a Go program");
	return scan_for_tables(elf, t, err);
}

/* The funcIDs of some functions that every program has; -1: not seen. */
struct known_ids {
	int goexit, systemstack_switch, async_preempt;
};

static int find_known_ids(const struct pclntab *p, struct known_ids *ret_ids)
{
	struct known_ids ids = {-1, -1, -1};

	for (uint32_t i = 0; i < p->n_functions; i++) {
		struct pclntab_function f;
		const char *name;

		if (pclntab_function(p, i, &f))
			return -EINVAL;
		name = pclntab_name(p, f.name);
		if (!name || strncmp(name, "runtime.", 8) != 0)
			continue;
		if (strcmp(name + 8, "goexit") == 0)
			ids.goexit = f.id;
		/* With stacks' ends marked by a flag since 1.17, goexit must have it. */
		if (ids.goexit == f.id && f.id > 2 && !(f.flags & PCLNTAB_FLAG_TOPFRAME))
			ids.goexit = -1;
		if (strcmp(name + 8, "systemstack_switch") == 0)
			ids.systemstack_switch = f.id;
		if (strcmp(name + 8, "asyncPreempt") == 0)
			ids.async_preempt = f.id;
		if (ids.goexit >= 0 && ids.systemstack_switch >= 0 && ids.async_preempt >= 0)
			break;
	}
	*ret_ids = ids;
	return 0;
}

/*
 * `wrapper` is always the last funcID, but its number moves whenever one is added. The numbers of
 * functions that every program has tell the numbering. In one that is not known yet, wrapper is
 * taken to follow systemstack_switch, as it has since 1.17.
 */
static int find_wrapper_id(struct go_tables *t, struct error *err)
{
	struct known_ids ids;

	if (find_known_ids(&t->pclntab, &ids))
		return error_set(err, -EINVAL, "corrupt pclntab: a function lies outside");
	if (ids.goexit < 0)
		return error_set(err, -ENOTSUP, "obfuscated or foreign pclntab: no runtime.goexit");
	if (pclntab_generation(&t->pclntab) == PCLNTAB_GO12)
		return 0; /* no funcIDs for wrappers */
	for (size_t i = 0; i < sizeof(numberings) / sizeof(numberings[0]); i++) {
		if (numberings[i].goexit != ids.goexit ||
		    numberings[i].systemstack_switch != ids.systemstack_switch ||
		    numberings[i].has_async_preempt != (ids.async_preempt >= 0))
			continue;
		t->wrapper_id = numberings[i].wrapper;
		return 0;
	}
	if (ids.systemstack_switch < 0)
		return error_set(err, -ENOTSUP,
				 "obfuscated or foreign pclntab: no runtime.systemstack_switch");
	t->wrapper_id = (uint8_t)(ids.systemstack_switch + 1);
	return 0;
}

int go_tables_open(const struct elf_file *elf, struct go_tables *ret_tables, struct error *err)
{
	struct go_tables t = {0};
	int r = find_tables(elf, &t, err);

	if (r == 0)
		r = find_wrapper_id(&t, err);
	if (r == 0)
		*ret_tables = t;
	return r;
}
