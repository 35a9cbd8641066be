/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbolizer/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/*
 * The headers are read here and not through libelf: libelf has no answer to a section table that
 * lies, and opening must not read more of the file than the headers.
 *
 * Limit: the file is mapped, and a mapping of a file that somebody truncates raises SIGBUS. A
 * running program's file cannot be written (ETXTBSY) but it can be truncated on some network file
 * systems; copying the tables would cost tens of megabytes and milliseconds for every binary.
 */

/* The kernel refuses to run a file with more (fs/binfmt_elf.c: 64 KiB of program headers). */
enum { MAX_PROGRAM_HEADERS = 65536 / sizeof(Elf64_Phdr) };

static struct cursor file_range(const struct elf_file *elf, uint64_t offset, uint64_t len)
{
	struct cursor c = cursor_make(elf->data, elf->size);
	const uint8_t *bytes;

	cursor_skip(&c, offset);
	bytes = cursor_bytes(&c, len);
	if (!bytes)
		return (struct cursor){.pos = elf->data, .end = elf->data, .failed = true};
	return cursor_make(bytes, (size_t)len);
}

static void segment_clip(const struct elf_file *elf, struct elf_segment *segment)
{
	if (segment->offset > elf->size)
		segment->offset = elf->size;
	if (segment->filesz > elf->size - segment->offset)
		segment->filesz = elf->size - segment->offset;
	/* A range that wraps around the address space covers nothing. */
	if (segment->memsz > UINT64_MAX - segment->vaddr)
		segment->memsz = UINT64_MAX - segment->vaddr;
	if (segment->filesz > segment->memsz)
		segment->filesz = segment->memsz;
}

static int load_segments(struct elf_file *elf, const Elf64_Ehdr *header, struct error *err)
{
	struct cursor c;

	if (header->e_phnum == 0)
		return 0;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum > MAX_PROGRAM_HEADERS)
		return error_set(err, -EINVAL, "corrupt ELF header: %u program headers of %u bytes",
				 header->e_phnum, header->e_phentsize);
	c = file_range(elf, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr));
	if (c.failed)
		return error_set(err, -EINVAL,
				 "corrupt ELF header: program headers lie outside the file");

	elf->segments = calloc(header->e_phnum, sizeof(*elf->segments));
	if (!elf->segments)
		return error_set(err, -ENOMEM, "out of memory");
	while (cursor_left(&c)) {
		Elf64_Phdr p;

		memcpy(&p, cursor_bytes(&c, sizeof(p)), sizeof(p));
		if (p.p_type != PT_LOAD && p.p_type != PT_NOTE && p.p_type != PT_DYNAMIC)
			continue;
		elf->segments[elf->n_segments] = (struct elf_segment){
			.vaddr = p.p_vaddr,
			.memsz = p.p_memsz,
			.offset = p.p_offset,
			.filesz = p.p_filesz,
			.type = p.p_type,
			.flags = p.p_flags,
		};
		segment_clip(elf, &elf->segments[elf->n_segments++]);
	}
	return 0;
}

/* Section headers are a help, never a need: a table that is not wholly inside the file is no table.
 */
static void load_sections(struct elf_file *elf, const Elf64_Ehdr *header)
{
	struct cursor headers, names;
	Elf64_Shdr names_header;

	if (header->e_shnum == 0 || header->e_shentsize != sizeof(Elf64_Shdr) ||
	    header->e_shstrndx >= header->e_shnum)
		return;
	headers = file_range(elf, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr));
	if (headers.failed)
		return;
	memcpy(&names_header, headers.pos + header->e_shstrndx * sizeof(Elf64_Shdr),
	       sizeof(names_header));
	names = file_range(elf, names_header.sh_offset, names_header.sh_size);
	if (names.failed)
		return;
	elf->section_headers = headers;
	elf->section_names = names;
}

static const struct elf_segment *segment_of_type(const struct elf_file *elf, uint32_t type)
{
	for (size_t i = 0; i < elf->n_segments; i++)
		if (elf->segments[i].type == type)
			return &elf->segments[i];
	return NULL;
}

static void load_relocations(struct elf_file *elf)
{
	const struct elf_segment *dynamic = segment_of_type(elf, PT_DYNAMIC);
	uint64_t rela = 0, size = 0, count = UINT64_MAX;
	struct cursor c;

	if (!dynamic)
		return;
	c = file_range(elf, dynamic->offset, dynamic->filesz);
	while (cursor_left(&c) >= sizeof(Elf64_Dyn)) {
		uint64_t tag = cursor_u64(&c), value = cursor_u64(&c);

		if (tag == DT_NULL)
			break;
		if (tag == DT_RELA)
			rela = value;
		else if (tag == DT_RELASZ)
			size = value;
		else if (tag == DT_RELACOUNT)
			count = value;
	}
	size /= sizeof(Elf64_Rela);
	if (size > count)
		size = count;
	c = elf_file_at(elf, rela);
	if (rela && size <= cursor_left(&c) / sizeof(Elf64_Rela))
		elf->relative_relocations = cursor_make(c.pos, size * sizeof(Elf64_Rela));
}

int elf_file_open_bytes(const void *bytes, size_t len, struct elf_file *ret_elf, struct error *err)
{
	struct elf_file elf = {.data = bytes, .size = len};
	Elf64_Ehdr header;
	int r;

	if (len < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return error_set(err, -ENOEXEC, "not an ELF file");
	if (len < sizeof(header))
		return error_set(err, -EINVAL, "corrupt ELF file: it ends after %zu bytes", len);
	memcpy(&header, bytes, sizeof(header));
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
		return error_set(err, -ENOEXEC, "not a 64-bit little-endian ELF file");

	elf.type = header.e_type;
	elf.machine = header.e_machine;
	r = load_segments(&elf, &header, err);
	if (r)
		return r;
	load_sections(&elf, &header);
	load_relocations(&elf);
	*ret_elf = elf;
	return 0;
}

int elf_file_open_fd(int fd, struct elf_file *ret_elf, struct error *err)
{
	struct stat st;
	void *mapping;
	int r;

	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "cannot stat: %s", error_text(errno));
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return error_set(err, -ENOEXEC, "not an ELF file");
	mapping = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mapping == MAP_FAILED)
		return error_set(err, -errno, "cannot map: %s", error_text(errno));
	r = elf_file_open_bytes(mapping, (size_t)st.st_size, ret_elf, err);
	if (r) {
		munmap(mapping, (size_t)st.st_size);
		return r;
	}
	ret_elf->mapping = mapping; /* Owned by *ret_elf now. */
	return 0;
}

void elf_file_close(struct elf_file *elf)
{
	free(elf->segments);
	if (elf->mapping)
		munmap(elf->mapping, elf->size);
	*elf = (struct elf_file){0};
}

/* Takes the next section off the table. False at its end. */
static bool section_next(const struct elf_file *elf, struct cursor *headers,
			 struct elf_section *ret_section)
{
	struct cursor names = elf->section_names;
	const uint8_t *bytes;
	Elf64_Shdr h;

	if (!cursor_left(headers))
		return false;
	bytes = cursor_bytes(headers, sizeof(h));
	if (!bytes)
		return false;
	memcpy(&h, bytes, sizeof(h));
	cursor_skip(&names, h.sh_name);
	*ret_section = (struct elf_section){
		.name = cursor_cstring(&names),
		.vaddr = h.sh_addr,
		.offset = h.sh_offset,
		.size = h.sh_type == SHT_NOBITS ? 0 : h.sh_size,
		.entsize = h.sh_entsize,
		.type = h.sh_type,
		.link = h.sh_link,
	};
	if (!ret_section->name)
		ret_section->name = "";
	return true;
}

bool elf_file_section(const struct elf_file *elf, const char *name, struct elf_section *ret_section)
{
	struct cursor headers = elf->section_headers;
	struct elf_section section;

	while (section_next(elf, &headers, &section)) {
		if (strcmp(section.name, name) != 0)
			continue;
		*ret_section = section;
		return true;
	}
	return false;
}

bool elf_file_has_section_prefix(const struct elf_file *elf, const char *prefix)
{
	struct cursor headers = elf->section_headers;
	struct elf_section section;

	while (section_next(elf, &headers, &section))
		if (strncmp(section.name, prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

bool elf_file_has_sections(const struct elf_file *elf)
{
	return cursor_left(&elf->section_headers) > 0;
}

struct cursor elf_file_section_bytes(const struct elf_file *elf, const struct elf_section *section)
{
	return file_range(elf, section->offset, section->size);
}

bool elf_file_symbol(const struct elf_file *elf, const char *name, uint64_t *ret_value)
{
	struct cursor headers = elf->section_headers, symbols, strings;
	struct elf_section symtab, strtab;
	size_t size = strlen(name) + 1;

	if (!elf_file_section(elf, ".symtab", &symtab) || symtab.entsize != sizeof(Elf64_Sym))
		return false;
	cursor_skip(&headers, (uint64_t)symtab.link * sizeof(Elf64_Shdr));
	if (headers.failed || !section_next(elf, &headers, &strtab))
		return false;
	symbols = elf_file_section_bytes(elf, &symtab);
	strings = elf_file_section_bytes(elf, &strtab);
	while (cursor_left(&symbols) >= sizeof(Elf64_Sym)) {
		struct cursor text = strings;
		Elf64_Sym symbol;

		memcpy(&symbol, cursor_bytes(&symbols, sizeof(symbol)), sizeof(symbol));
		cursor_skip(&text, symbol.st_name);
		if (text.failed || cursor_left(&text) < size || memcmp(text.pos, name, size) != 0)
			continue;
		*ret_value = symbol.st_value;
		return true;
	}
	return false;
}

struct cursor elf_file_at(const struct elf_file *elf, uint64_t vaddr)
{
	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint64_t skip = vaddr - s->vaddr;

		if (s->type == PT_LOAD && vaddr >= s->vaddr && skip < s->filesz)
			return cursor_make(elf->data + s->offset + skip,
					   (size_t)(s->filesz - skip));
	}
	return (struct cursor){.pos = elf->data, .end = elf->data, .failed = true};
}

bool elf_file_is_code(const struct elf_file *elf, uint64_t vaddr)
{
	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (s->type == PT_LOAD && (s->flags & PF_X) && vaddr >= s->vaddr &&
		    vaddr - s->vaddr < s->memsz)
			return true;
	}
	return false;
}

static bool is_relative(const struct elf_file *elf, const Elf64_Rela *r)
{
	uint32_t type = (uint32_t)ELF64_R_TYPE(r->r_info);

	return type == (elf->machine == EM_AARCH64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE);
}

/* Both GNU ld and lld sort RELATIVE relocations by place, in front of all others. */
static uint64_t relocation_addend(const struct elf_file *elf, uint64_t place)
{
	size_t low = 0, high = cursor_left(&elf->relative_relocations) / sizeof(Elf64_Rela);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		Elf64_Rela r;

		memcpy(&r, elf->relative_relocations.pos + middle * sizeof(r), sizeof(r));
		if (r.r_offset == place)
			return is_relative(elf, &r) ? (uint64_t)r.r_addend : 0;
		if (r.r_offset < place && is_relative(elf, &r))
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

uint64_t elf_file_pointer(const struct elf_file *elf, uint64_t vaddr)
{
	struct cursor c = elf_file_at(elf, vaddr);
	uint64_t value = cursor_u64(&c);

	return value || c.failed ? value : relocation_addend(elf, vaddr);
}

int elf_file_vaddr(const struct elf_file *elf, uint64_t offset, uint64_t *ret_vaddr)
{
	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (s->type != PT_LOAD || offset < s->offset || offset - s->offset >= s->filesz)
			continue;
		*ret_vaddr = s->vaddr + (offset - s->offset);
		return 0;
	}
	return -ENOENT;
}

/* Looks for the build id among notes: {namesz, descsz, type, name, desc}, each part padded to 4. */
static bool notes_find_build_id(struct cursor notes, char *out)
{
	while (cursor_left(&notes) >= sizeof(Elf64_Nhdr)) {
		uint64_t name_size = cursor_u32(&notes), desc_size = cursor_u32(&notes);
		uint32_t type = cursor_u32(&notes);
		const uint8_t *name = cursor_bytes(&notes, (name_size + 3) & ~3ULL);
		const uint8_t *desc = cursor_bytes(&notes, desc_size);

		if (!name || !desc)
			return false;
		if (type == NT_GNU_BUILD_ID && name_size == sizeof("GNU") && desc_size > 0 &&
		    desc_size <= ELF_BUILD_ID_MAX && memcmp(name, "GNU", sizeof("GNU")) == 0) {
			for (size_t i = 0; i < desc_size; i++) {
				*out++ = "0123456789abcdef"[desc[i] >> 4];
				*out++ = "0123456789abcdef"[desc[i] & 15];
			}
			*out = '\0';
			return true;
		}
		if (cursor_left(&notes) < (-desc_size & 3))
			return false;
		cursor_skip(&notes, -desc_size & 3);
	}
	return false;
}

void elf_file_build_id(const struct elf_file *elf, char out[2 * ELF_BUILD_ID_MAX + 1])
{
	struct elf_section section;

	out[0] = '\0';
	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (s->type == PT_NOTE &&
		    notes_find_build_id(file_range(elf, s->offset, s->filesz), out))
			return;
	}
	if (elf_file_section(elf, ".note.gnu.build-id", &section))
		notes_find_build_id(elf_file_section_bytes(elf, &section), out);
}
