/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYMBOLIZER_INLINE_TREE_H
#define SYMBOLIZER_INLINE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolizer/pclntab.h"

/*
 * Inlined calls. A function into which others were inlined has a PCDATA table that gives for a pc
 * the index of a record of its FUNCDATA inline tree, or -1 outside of any inlined call. The record
 * names the inlined function and the place of the call as a pc of the physical function, where
 * line and index can be looked up again.
 */

struct inline_layout;

/* Where a binary keeps its inline trees and how it writes them. */
struct inline_tree_source {
	const struct inline_layout *layout;
	const struct elf_file *elf;
	struct cursor gofunc; /* from runtime.gofunc on (1.18 and later); not used before */
};

/* A place in a function: an address, or (1.9 to 1.11) what the record of an inlined call says of
 * it. */
struct inline_place {
	uint64_t vaddr; /* 0: see the rest */
	int32_t file, line, index;
};

struct inline_call {
	uint32_t name; /* offset, for pclntab_name() */
	uint32_t start_line;
	struct inline_place
		caller; /* position of the call, to be looked up as it is (not minus 1) */
	uint8_t id;     /* funcID of the inlined function */
};

/*
 * The variant-th way in which the releases with that pclntab write inline trees; gofunc is 0 for
 * those that do not use it. Returns false when there is no such variant.
 */
bool inline_tree_source_init(const struct pclntab *p, uint64_t gofunc, unsigned variant,
			     struct inline_tree_source *ret_source);

/* The index of the innermost inlined call at vaddr, or -1. */
int32_t inline_tree_index(const struct inline_tree_source *source, const struct pclntab *p,
			  const struct pclntab_function *f, uint64_t vaddr, uint32_t *budget);
/* Has the function an inline tree? */
bool inline_tree_exists(const struct inline_tree_source *source, const struct pclntab_function *f);
/* Reads a record. Returns 0, or -EINVAL where it cannot be one (outside the file or the function).
 */
int inline_tree_call(const struct inline_tree_source *source, const struct pclntab_function *f,
		     int32_t index, struct inline_call *ret_call);

#endif
