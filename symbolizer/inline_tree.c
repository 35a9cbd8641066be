/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbolizer/inline_tree.h"

#include <errno.h>
#include <string.h>

enum { NONE = 0xff };

/*
 * Table numbers and struct inlinedCall by release (runtime/funcdata.h, internal/abi/symtab.go;
 * runtime/symtab.go, since 1.21 runtime/symtabinl.go). Offsets are of 32-bit fields, but `id`.
 * Up to 1.11 a record tells file, line and the index of the call around it, later a pc.
 */
struct inline_layout {
	enum pclntab_generation generation;
	uint8_t pcdata, funcdata;
	uint8_t id, name, parent_pc, start_line;
	uint8_t parent, file, line;
	uint8_t size;
};

static const struct inline_layout layouts[] = {
	/* 1.9 to 1.11 */
	{PCLNTAB_GO12, .pcdata = 1, .funcdata = 2, .id = NONE, .name = 12, .parent_pc = NONE,
	 .start_line = NONE, .parent = 0, .file = 4, .line = 8, .size = 16},
	/* 1.13 to 1.15 */
	{PCLNTAB_GO112, .pcdata = 2, .funcdata = 4, .id = 2, .name = 12, .parent_pc = 16,
	 .start_line = NONE, .size = 20},
	/* 1.12 */
	{PCLNTAB_GO112, .pcdata = 1, .funcdata = 2, .id = 2, .name = 12, .parent_pc = 16,
	 .start_line = NONE, .size = 20},
	{PCLNTAB_GO116, .pcdata = 2, .funcdata = 3, .id = 2, .name = 12, .parent_pc = 16,
	 .start_line = NONE, .size = 20},
	{PCLNTAB_GO118, .pcdata = 2, .funcdata = 3, .id = 2, .name = 12, .parent_pc = 16,
	 .start_line = NONE, .size = 20},
	{PCLNTAB_GO120, .pcdata = 2, .funcdata = 3, .id = 0, .name = 4, .parent_pc = 8,
	 .start_line = 12, .size = 16},
};

/* Up to 1.8 nothing is known of inlined calls. */
static const struct inline_layout no_inlining = {PCLNTAB_GO12, .pcdata = NONE, .funcdata = NONE};

bool inline_tree_source_init(const struct pclntab *p, uint64_t gofunc, unsigned variant,
			     struct inline_tree_source *ret_source)
{
	struct inline_tree_source source = {.elf = p->elf};

	if (gofunc)
		source.gofunc = elf_file_at(p->elf, gofunc);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]) && !source.layout; i++)
		if (layouts[i].generation == pclntab_generation(p) && variant-- == 0)
			source.layout = &layouts[i];
	if (!source.layout && variant == 0 && pclntab_generation(p) == PCLNTAB_GO12)
		source.layout = &no_inlining;
	if (!source.layout)
		return false;
	*ret_source = source;
	return true;
}

/* The bytes of the function's inline tree and all that follows it; empty when it has none. */
static struct cursor tree_bytes(const struct inline_tree_source *source,
				const struct pclntab_function *f)
{
	struct cursor none = {.failed = true}, refs = f->funcdata;
	uint8_t number = source->layout->funcdata;
	struct cursor tree = source->gofunc;
	uint32_t offset;

	if (number >= f->n_funcdata)
		return none;
	if (cursor_left(&refs) == 8 * (size_t)f->n_funcdata) {
		uint64_t vaddr = elf_file_pointer(source->elf, f->funcdata_vaddr + 8 * number);

		return vaddr ? elf_file_at(source->elf, vaddr) : none;
	}
	cursor_skip(&refs, 4 * (uint64_t)number);
	offset = cursor_u32(&refs);
	if (offset == UINT32_MAX)
		return none;
	cursor_skip(&tree, offset);
	return tree;
}

bool inline_tree_exists(const struct inline_tree_source *source, const struct pclntab_function *f)
{
	struct cursor tree = tree_bytes(source, f);

	return !tree.failed;
}

int32_t inline_tree_index(const struct inline_tree_source *source, const struct pclntab *p,
			  const struct pclntab_function *f, uint64_t vaddr, uint32_t *budget)
{
	if (!inline_tree_exists(source, f))
		return -1;
	return pclntab_pcdata(p, f, source->layout->pcdata, vaddr, budget);
}

int inline_tree_call(const struct inline_tree_source *source, const struct pclntab_function *f,
		     int32_t index, struct inline_call *ret_call)
{
	const struct inline_layout *layout = source->layout;
	struct cursor tree = tree_bytes(source, f);
	struct inline_call call = {0};
	const uint8_t *record;

	if (index < 0)
		return -EINVAL;
	cursor_skip(&tree, (uint64_t)(uint32_t)index * layout->size);
	record = cursor_bytes(&tree, layout->size);
	if (!record)
		return -EINVAL;
	memcpy(&call.name, record + layout->name, 4);
	if (layout->start_line != NONE)
		memcpy(&call.start_line, record + layout->start_line, 4);
	if (layout->id != NONE)
		call.id = record[layout->id];
	if (layout->parent_pc == NONE) {
		memcpy(&call.caller.file, record + layout->file, 4);
		memcpy(&call.caller.line, record + layout->line, 4);
		memcpy(&call.caller.index, record + layout->parent, 4);
	} else {
		uint32_t parent_pc;

		memcpy(&parent_pc, record + layout->parent_pc, 4);
		if (parent_pc >= f->end - f->entry)
			return -EINVAL;
		call.caller.vaddr = f->entry + parent_pc;
	}
	*ret_call = call;
	return 0;
}
