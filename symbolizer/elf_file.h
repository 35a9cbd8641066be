/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYMBOLIZER_ELF_FILE_H
#define SYMBOLIZER_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"

/*
 * A 64-bit little-endian ELF file, as much of it as is needed to find Go's tables. Program headers
 * are read once at open; section headers are optional (a stripped binary may have none) and are
 * read where they lie, each time. Nothing is trusted: what lies outside the file does not exist.
 */

struct elf_segment {
	uint64_t vaddr, memsz;
	uint64_t offset, filesz; /* clipped to the file */
	uint32_t type;           /* PT_LOAD, PT_NOTE or PT_DYNAMIC */
	uint32_t flags;
};

struct elf_section {
	const char *name;
	uint64_t vaddr, offset, size, entsize;
	uint32_t type, link;
};

struct elf_file {
	const uint8_t *data;
	size_t size;
	void *mapping; /* to be unmapped at the end, or NULL */
	uint16_t type, machine;
	struct elf_segment *segments; /* owned */
	size_t n_segments;
	struct cursor section_headers; /* whole entries only */
	struct cursor section_names;
	struct cursor relative_relocations; /* of DT_RELA; loaded with the program headers */
};

/*
 * Maps the file behind fd; the descriptor stays the caller's. A file that is truncated while it is
 * mapped raises SIGBUS at the next access: a known limit, see elf_file.c.
 * Returns 0, -ENOEXEC (not a 64-bit little-endian ELF file), -EINVAL (corrupt), -ENOMEM or what
 * the system said. After a failure there is nothing to close.
 */
int elf_file_open_fd(int fd, struct elf_file *ret_elf, struct error *err);
/* The same over bytes that outlive the elf_file. */
int elf_file_open_bytes(const void *bytes, size_t len, struct elf_file *ret_elf, struct error *err);
void elf_file_close(struct elf_file *elf);

/* Finds a section by name. False when there is none; *ret_section is not written then. */
bool elf_file_section(const struct elf_file *elf, const char *name,
		      struct elf_section *ret_section);
/* Is there a section whose name begins with this? */
bool elf_file_has_section_prefix(const struct elf_file *elf, const char *prefix);
bool elf_file_has_sections(const struct elf_file *elf);

/* The value of the first symbol of that name in .symtab. A linear search. */
bool elf_file_symbol(const struct elf_file *elf, const char *name, uint64_t *ret_value);

/* The bytes of the file from vaddr to the end of its PT_LOAD segment; failed and empty if outside.
 */
struct cursor elf_file_at(const struct elf_file *elf, uint64_t vaddr);
/* The bytes of a section inside the file (empty for SHT_NOBITS). */
struct cursor elf_file_section_bytes(const struct elf_file *elf, const struct elf_section *section);
/* Is vaddr inside an executable segment? */
bool elf_file_is_code(const struct elf_file *elf, uint64_t vaddr);

/*
 * The 64-bit pointer at vaddr as the program sees it (load bias 0): where the linker left the word
 * empty and wrote a RELATIVE relocation instead (PIE linked by lld), its addend. 0 when unknown.
 */
uint64_t elf_file_pointer(const struct elf_file *elf, uint64_t vaddr);

/* vaddr of a file offset inside a PT_LOAD segment. Returns 0 or -ENOENT. */
int elf_file_vaddr(const struct elf_file *elf, uint64_t offset, uint64_t *ret_vaddr);

enum { ELF_BUILD_ID_MAX = 64 };

/* The GNU build id (note "GNU", type 3) in lower-case hexadecimal; "" when there is none. */
void elf_file_build_id(const struct elf_file *elf, char out[2 * ELF_BUILD_ID_MAX + 1]);

#endif
