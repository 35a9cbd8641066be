/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYMBOLIZER_PCLNTAB_H
#define SYMBOLIZER_PCLNTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"
#include "symbolizer/elf_file.h"

/* Go's table of functions, pc-value tables, names and files. pclntab.c explains the format. */

struct pclntab_layout;

struct pclntab {
	const struct elf_file *elf;
	const struct pclntab_layout *layout;
	uint64_t vaddr;           /* of the header */
	uint64_t text;            /* what function offsets are relative to; 0: not known yet */
	uint64_t functions_vaddr; /* of the function table */
	uint64_t end;             /* where the last function's range ends */
	uint32_t n_functions;
	uint8_t quantum; /* unit of pc deltas in bytes */
	/* The parts, each up to where the next one begins. */
	struct cursor names, units, files, values, functions;
};

/* One physical function. Its range runs to the next function: padding belongs to it. */
struct pclntab_function {
	uint64_t entry, end; /* vaddrs */
	uint32_t name;       /* offset, for pclntab_name() */
	uint32_t pcsp, pcfile, pcln;
	uint32_t unit;       /* cuOffset */
	uint32_t start_line; /* 0: unknown (before 1.20) */
	uint8_t id;          /* funcID; the numbering depends on the release */
	uint8_t flags;       /* PCLNTAB_FLAG_..., 0 before 1.17 */
	uint8_t n_funcdata;
	uint32_t n_pcdata;
	struct cursor pcdata;    /* u32 offset of a pc-value table each */
	struct cursor funcdata;  /* u32 offsets from gofunc, or 64-bit pointers (up to 1.17) */
	uint64_t funcdata_vaddr; /* where these refs lie, for relocated pointers */
};

/* internal/abi/symtab.go: FuncFlag */
enum { PCLNTAB_FLAG_TOPFRAME = 1, PCLNTAB_FLAG_SPWRITE = 2, PCLNTAB_FLAG_ASM = 4 };

/* How the release whose header this is writes inline trees, see inline_tree.c. */
enum pclntab_generation {
	PCLNTAB_GO12,  /* 1.2 to 1.11 */
	PCLNTAB_GO112, /* 1.12 to 1.15 */
	PCLNTAB_GO116, /* 1.16, 1.17 */
	PCLNTAB_GO118, /* 1.18, 1.19 */
	PCLNTAB_GO120, /* 1.20 and later */
};
enum pclntab_generation pclntab_generation(const struct pclntab *p);

/* Could a table begin at these bytes? For scanning; only pclntab_open() decides. */
bool pclntab_is_header(const uint8_t bytes[8]);

/*
 * Reads the header at vaddr. `text` stays 0 where the header does not tell (1.26 and later, PIE by
 * lld): pclntab_set_text() must follow before functions can be read.
 * Returns 0, -ENODATA (no header there) or -EINVAL (corrupt).
 */
int pclntab_open(const struct elf_file *elf, uint64_t vaddr, struct pclntab *ret_pclntab,
		 struct error *err);
/* Sets runtime.text. Returns 0 or -EINVAL when the functions do not lie in code then. */
int pclntab_set_text(struct pclntab *p, uint64_t text, struct error *err);

/* The vaddr where the part `functions` (runtime.pclntable) or `names` (runtime.funcnametab) begins.
 */
uint64_t pclntab_names_vaddr(const struct pclntab *p);

/* vaddr of function number i; i == n_functions gives the end of the last one. */
uint64_t pclntab_entry(const struct pclntab *p, uint32_t i);
/* Reads function number i (below n_functions). Returns 0 or -EINVAL. */
int pclntab_function(const struct pclntab *p, uint32_t i, struct pclntab_function *ret_function);
/* The function whose range holds vaddr (the last one, where several begin there), or -ENOENT. */
int pclntab_find(const struct pclntab *p, uint64_t vaddr, struct pclntab_function *ret_function);

/* The name at an offset; NULL when it is not a string. Lives as long as the file. */
const char *pclntab_name(const struct pclntab *p, uint32_t offset);
/* The path of file number `number` of the function, or NULL. */
const char *pclntab_file(const struct pclntab *p, const struct pclntab_function *f, int32_t number);

/*
 * The value that the pc-value table at offset `table` gives for vaddr inside f; -1 when it gives
 * none (no table, vaddr behind its end, corrupt). *budget bounds the work: a pair costs 1, and at 0
 * the answer is -1.
 */
int32_t pclntab_value(const struct pclntab *p, const struct pclntab_function *f, uint32_t table,
		      uint64_t vaddr, uint32_t *budget);
/* The same for PCDATA number `number` of the function. */
int32_t pclntab_pcdata(const struct pclntab *p, const struct pclntab_function *f, uint32_t number,
		       uint64_t vaddr, uint32_t *budget);

#endif
