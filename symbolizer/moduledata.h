/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYMBOLIZER_MODULEDATA_H
#define SYMBOLIZER_MODULEDATA_H

#include "base/error.h"
#include "symbolizer/elf_file.h"
#include "symbolizer/inline_tree.h"
#include "symbolizer/pclntab.h"

/* Go's tables in a binary, found and cross-checked against each other. */
struct go_tables {
	struct pclntab pclntab;
	struct inline_tree_source inlining;
	uint64_t moduledata; /* vaddr of runtime.firstmoduledata; 0: not looked for (before 1.16) */
	uint8_t wrapper_id;  /* funcID of wrappers made by the compiler; 0: none (before 1.12) */
};

/*
 * Finds the pclntab and runtime.firstmoduledata. Returns 0; -ENODATA (no Go tables); -ENOTSUP
 * (tables that the cross-checks refuse: of an unknown release, or obfuscated); -EINVAL (corrupt).
 */
int go_tables_open(const struct elf_file *elf, struct go_tables *ret_tables, struct error *err);

#endif
