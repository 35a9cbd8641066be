/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbolizer/pclntab.h"

#include <errno.h>
#include <string.h>

/*
 * The format (runtime/symtab.go, cmd/link/internal/ld/pcln.go, debug/gosym/pclntab.go)
 *
 * The linker writes one table for the whole program. It is in every Go binary, stripped or not,
 * because tracebacks and the garbage collector need it:
 *
 *     header    u32 magic, u8 0, u8 0, u8 quantum (1 on amd64, 4 on arm64), u8 pointer size,
 *               then 64-bit words: the number of functions, of files, runtime.text (1.18 to 1.25;
 *               0 since 1.26), and where the parts begin, relative to the header
 *     names     NUL-terminated function names
 *     units     u32 each: a compilation unit's files as offsets into `files`
 *     files     NUL-terminated paths
 *     values    pc-value tables
 *     functions {pc, offset of _func} for each function by rising pc, one more pc for the end of
 *               the last, then the _func records; offsets are relative to this part
 *
 * Up to 1.15 there are no parts: the function table follows the first word of the header, the rest
 * lies anywhere, all offsets are relative to the header, and an array of file offsets (its length
 * first) stands in for units and files. pcs are absolute addresses up to 1.17, offsets from
 * runtime.text later.
 *
 * A _func is a fixed record (struct func_layout), followed by one u32 for each PCDATA table and
 * one reference for each FUNCDATA: a 64-bit pointer, aligned, up to 1.17; a u32 offset later.
 *
 * A pc-value table maps the pcs of a function to a number: a file, a line, a stack depth, an index
 * into the inline tree. It is a run of pairs of unsigned varints {value delta, zigzag; pc delta in
 * quanta}. Value begins at -1, pc at the function's entry; a value holds up to the pc that its pair
 * ends at. A value delta of 0 ends the table, except in the first pair.
 */

enum { NONE = 0xff };

/* Byte offsets in struct _func (runtime/runtime2.go) of 32-bit fields, of u8 fields at the end. */
struct func_layout {
	uint8_t name, pcsp, pcfile, pcln, n_pcdata, unit, start_line;
	uint8_t id, flags, n_funcdata;
	uint8_t size;
};

struct pclntab_layout {
	uint32_t magic;
	enum pclntab_generation generation;
	uint8_t text_word;  /* which word of the header is runtime.text */
	uint8_t parts_word; /* the first of five: names, units, files, values, functions */
	uint8_t pc_size; /* 4: offset from text, 8: address; a function table entry is two of it */
	uint8_t funcdata_size;
	struct func_layout func;
};

static const struct pclntab_layout layouts[] = {
	{
		/* The number of FUNCDATA is an i32, always below 256; there is no funcID at a u8.
		 */
		.magic = 0xfffffffb,
		.generation = PCLNTAB_GO12,
		.text_word = NONE,
		.parts_word = NONE,
		.pc_size = 8,
		.funcdata_size = 8,
		.func = {.name = 8,
			 .pcsp = 20,
			 .pcfile = 24,
			 .pcln = 28,
			 .n_pcdata = 32,
			 .unit = NONE,
			 .start_line = NONE,
			 .id = NONE,
			 .flags = NONE,
			 .n_funcdata = 36,
			 .size = 40},
	},
	{
		.magic = 0xfffffffb,
		.generation = PCLNTAB_GO112,
		.text_word = NONE,
		.parts_word = NONE,
		.pc_size = 8,
		.funcdata_size = 8,
		.func = {.name = 8,
			 .pcsp = 20,
			 .pcfile = 24,
			 .pcln = 28,
			 .n_pcdata = 32,
			 .unit = NONE,
			 .start_line = NONE,
			 .id = 36,
			 .flags = NONE,
			 .n_funcdata = 39,
			 .size = 40},
	},
	{
		.magic = 0xfffffffa,
		.generation = PCLNTAB_GO116,
		.text_word = NONE,
		.parts_word = 2,
		.pc_size = 8,
		.funcdata_size = 8,
		.func = {.name = 8,
			 .pcsp = 20,
			 .pcfile = 24,
			 .pcln = 28,
			 .n_pcdata = 32,
			 .unit = 36,
			 .start_line = NONE,
			 .id = 40,
			 .flags = 41,
			 .n_funcdata = 43,
			 .size = 44},
	},
	{
		.magic = 0xfffffff0,
		.generation = PCLNTAB_GO118,
		.text_word = 2,
		.parts_word = 3,
		.pc_size = 4,
		.funcdata_size = 4,
		.func = {.name = 4,
			 .pcsp = 16,
			 .pcfile = 20,
			 .pcln = 24,
			 .n_pcdata = 28,
			 .unit = 32,
			 .start_line = NONE,
			 .id = 36,
			 .flags = 37,
			 .n_funcdata = 39,
			 .size = 40},
	},
	{
		.magic = 0xfffffff1,
		.generation = PCLNTAB_GO120,
		.text_word = 2,
		.parts_word = 3,
		.pc_size = 4,
		.funcdata_size = 4,
		.func = {.name = 4,
			 .pcsp = 16,
			 .pcfile = 20,
			 .pcln = 24,
			 .n_pcdata = 28,
			 .unit = 32,
			 .start_line = 36,
			 .id = 40,
			 .flags = 41,
			 .n_funcdata = 43,
			 .size = 44},
	},
};

enum { HEADER_PREFIX = 8, N_PARTS = 5, UNKNOWN = UINT32_MAX };

static uint32_t load_u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t load_u64(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static const struct pclntab_layout *layout_find(const uint8_t header[HEADER_PREFIX])
{
	uint32_t magic = load_u32(header);

	if (header[4] || header[5] || header[7] != 8 || (header[6] != 1 && header[6] != 4))
		return NULL;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].magic == magic)
			return &layouts[i];
	return NULL;
}

static const struct pclntab_layout *layout_of(enum pclntab_generation generation)
{
	size_t i = 0;

	while (layouts[i].generation != generation)
		i++;
	return &layouts[i];
}

bool pclntab_is_header(const uint8_t bytes[8])
{
	return layout_find(bytes) != NULL;
}

enum pclntab_generation pclntab_generation(const struct pclntab *p)
{
	return p->layout->generation;
}

/* The parts follow each other in the order of their words; each ends where the next one begins. */
static int open_parts(struct pclntab *p, struct cursor table, struct error *err)
{
	struct cursor *parts[N_PARTS] = {&p->names, &p->units, &p->files, &p->values,
					 &p->functions};
	struct cursor words = table;
	uint64_t begin;

	if (p->layout->parts_word == NONE) {
		for (size_t i = 0; i < N_PARTS; i++)
			*parts[i] = table;
		cursor_skip(&p->functions, HEADER_PREFIX + 8);
		p->functions_vaddr = p->vaddr + HEADER_PREFIX + 8;
		return 0;
	}
	cursor_skip(&words, HEADER_PREFIX + 8 * (uint64_t)p->layout->parts_word);
	begin = cursor_u64(&words);
	for (size_t i = 0; i < N_PARTS; i++) {
		uint64_t end = i + 1 < N_PARTS ? cursor_u64(&words) : cursor_left(&table);

		if (words.failed || begin > end || end > cursor_left(&table))
			return error_set(err, -EINVAL,
					 "corrupt pclntab: part %zu runs from %#llx to %#llx", i,
					 (unsigned long long)begin, (unsigned long long)end);
		*parts[i] = cursor_make(table.pos + begin, end - begin);
		if (i == N_PARTS - 1)
			p->functions_vaddr = p->vaddr + begin;
		begin = end;
	}
	return 0;
}

/* Where record i lies; `ret_offset` counts from p->functions.pos for all layouts. */
static struct cursor func_record(const struct pclntab *p, uint32_t i, uint64_t *ret_offset)
{
	size_t pc_size = p->layout->pc_size;
	const uint8_t *at = p->functions.pos + (size_t)i * 2 * pc_size + pc_size;
	struct cursor c = p->functions;
	uint64_t offset = pc_size == 4 ? load_u32(at) : load_u64(at);

	if (p->layout->parts_word == NONE) /* relative to the header, which lies in front */
		offset -= HEADER_PREFIX + 8;
	cursor_skip(&c, offset);
	*ret_offset = offset;
	return c;
}

/*
 * 1.12 changed struct _func and not the magic. Since then the byte at 39 is the number of FUNCDATA,
 * two for nearly all compiled functions; before, it was the top byte of a small number.
 */
static const struct pclntab_layout *choose_oldest_layout(const struct pclntab *p)
{
	enum { LOOK_AT = 256 };

	for (uint32_t i = 0; i < p->n_functions && i < LOOK_AT; i++) {
		uint64_t offset;
		struct cursor c = func_record(p, i, &offset);
		const uint8_t *record = cursor_bytes(&c, 40);

		if (record && record[39])
			return layout_of(PCLNTAB_GO112);
	}
	return layout_of(PCLNTAB_GO12);
}

/* Up to 1.15 the offset of the array of files stands behind the last pc of the function table. */
static int open_file_array(struct pclntab *p, struct error *err)
{
	struct cursor c = p->functions, length;

	cursor_skip(&c, (uint64_t)p->n_functions * 16 + 8);
	cursor_skip(&p->units, cursor_u32(&c));
	length = p->units;
	p->units.end = p->units.pos + cursor_left(&p->units) / 4 * 4;
	if (c.failed || cursor_u32(&length) > cursor_left(&p->units) / 4)
		return error_set(err, -EINVAL, "corrupt pclntab: its files lie outside");
	return 0;
}

int pclntab_open(const struct elf_file *elf, uint64_t vaddr, struct pclntab *ret_pclntab,
		 struct error *err)
{
	struct cursor table = elf_file_at(elf, vaddr);
	struct pclntab p = {.elf = elf, .vaddr = vaddr};
	uint64_t n_functions;
	int r;

	if (cursor_left(&table) < HEADER_PREFIX + 8)
		return error_set(err, -ENODATA, "no pclntab");
	p.layout = layout_find(table.pos);
	if (!p.layout)
		return error_set(err, -ENODATA, "unknown pclntab header: magic %#x",
				 load_u32(table.pos));
	p.quantum = table.pos[6];
	n_functions = load_u64(table.pos + HEADER_PREFIX);
	r = open_parts(&p, table, err);
	if (r)
		return r;
	/* One more pc behind the last entry, hence "<" and no room lost for it in a wrapping sum.
	 */
	if (n_functions == 0 || n_functions >= cursor_left(&p.functions) / (2 * p.layout->pc_size))
		return error_set(err, -EINVAL, "corrupt pclntab: %llu functions in %zu bytes",
				 (unsigned long long)n_functions, cursor_left(&p.functions));
	p.n_functions = (uint32_t)n_functions;
	if (n_functions != p.n_functions)
		return error_set(err, -EINVAL, "corrupt pclntab: %llu functions",
				 (unsigned long long)n_functions);
	if (p.layout->parts_word == NONE) {
		p.layout = choose_oldest_layout(&p);
		r = open_file_array(&p, err);
		if (r)
			return r;
	}
	if (p.layout->text_word != NONE)
		p.text = elf_file_pointer(elf, vaddr + HEADER_PREFIX + 8 * p.layout->text_word);
	*ret_pclntab = p;
	return 0;
}

int pclntab_set_text(struct pclntab *p, uint64_t text, struct error *err)
{
	uint64_t first, last;

	p->text = p->layout->pc_size == 4 ? text : 0;
	first = pclntab_entry(p, 0);
	last = pclntab_entry(p, p->n_functions - 1);
	p->end = pclntab_entry(p, p->n_functions);
	if (first > last || last >= p->end || !elf_file_is_code(p->elf, first) ||
	    !elf_file_is_code(p->elf, p->end - 1))
		return error_set(err, -EINVAL,
				 "corrupt pclntab: functions from %#llx to %#llx are not in code",
				 (unsigned long long)first, (unsigned long long)p->end);
	return 0;
}

uint64_t pclntab_names_vaddr(const struct pclntab *p)
{
	/* All parts lie in the segment of the header, so distances in the file are distances in
	 * memory. */
	return p->functions_vaddr - (uint64_t)(p->functions.pos - p->names.pos);
}

uint64_t pclntab_entry(const struct pclntab *p, uint32_t i)
{
	size_t at = (size_t)i * 2 * p->layout->pc_size;
	uint64_t pc;

	if (p->layout->pc_size == 4)
		return p->text + load_u32(p->functions.pos + at);
	pc = load_u64(p->functions.pos + at);
	return pc ? pc : elf_file_pointer(p->elf, p->functions_vaddr + at);
}

static uint32_t func_u32(const uint8_t *record, uint8_t at)
{
	return at == NONE ? 0 : load_u32(record + at);
}

int pclntab_function(const struct pclntab *p, uint32_t i, struct pclntab_function *ret_function)
{
	const struct func_layout *layout = &p->layout->func;
	struct pclntab_function f = {.entry = pclntab_entry(p, i), .end = pclntab_entry(p, i + 1)};
	const uint8_t *record, *pcdata, *funcdata;
	uint64_t offset, padding = 0;
	struct cursor c;

	c = func_record(p, i, &offset);
	record = cursor_bytes(&c, layout->size);
	if (!record)
		return -EINVAL;
	f.name = load_u32(record + layout->name);
	f.pcsp = load_u32(record + layout->pcsp);
	f.pcfile = load_u32(record + layout->pcfile);
	f.pcln = load_u32(record + layout->pcln);
	f.n_pcdata = load_u32(record + layout->n_pcdata);
	f.unit = func_u32(record, layout->unit);
	f.start_line = func_u32(record, layout->start_line);
	f.id = layout->id == NONE ? 0 : record[layout->id];
	f.flags = layout->flags == NONE ? 0 : record[layout->flags];
	f.n_funcdata = record[layout->n_funcdata];

	pcdata = cursor_bytes(&c, (uint64_t)f.n_pcdata * 4);
	offset += p->functions_vaddr + layout->size + (uint64_t)f.n_pcdata * 4;
	if (p->layout->funcdata_size == 8)
		padding = -offset & 7;
	cursor_skip(&c, padding);
	f.funcdata_vaddr = offset + padding;
	funcdata = cursor_bytes(&c, (uint64_t)f.n_funcdata * p->layout->funcdata_size);
	if (!funcdata)
		return -EINVAL;
	f.pcdata = cursor_make(pcdata, (size_t)f.n_pcdata * 4);
	f.funcdata = cursor_make(funcdata, (size_t)f.n_funcdata * p->layout->funcdata_size);
	*ret_function = f;
	return 0;
}

int pclntab_find(const struct pclntab *p, uint64_t vaddr, struct pclntab_function *ret_function)
{
	uint32_t low = 0, high = p->n_functions;

	if (vaddr < pclntab_entry(p, 0) || vaddr >= p->end)
		return -ENOENT;
	/* The last entry that is not above vaddr; function 0 is known not to be. */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (pclntab_entry(p, middle) <= vaddr)
			low = middle;
		else
			high = middle;
	}
	return pclntab_function(p, low, ret_function);
}

static const char *part_string(struct cursor part, uint64_t offset)
{
	enum {
		LONGEST = 1 << 20
	}; /* generic names reach some 10 KB; a table of zeros is no name */

	cursor_skip(&part, offset);
	if (cursor_left(&part) > LONGEST)
		part.end = part.pos + LONGEST;
	return cursor_cstring(&part);
}

const char *pclntab_name(const struct pclntab *p, uint32_t offset)
{
	return part_string(p->names, offset);
}

const char *pclntab_file(const struct pclntab *p, const struct pclntab_function *f, int32_t number)
{
	struct cursor units = p->units;
	uint32_t offset;

	if (number < 0 || f->unit == UNKNOWN)
		return NULL;
	if (number == 0 && p->layout->parts_word == NONE) /* element 0 is the length of the array */
		return NULL;
	cursor_skip(&units, ((uint64_t)f->unit + (uint32_t)number) * 4);
	offset = cursor_u32(&units);
	if (units.failed || offset == UNKNOWN)
		return NULL;
	return part_string(p->files, offset);
}

/* Reads a pair. Nearly all fit in a byte each, and lookups spend most of their time here. */
static inline bool read_pair(struct cursor *c, uint32_t *ret_value_delta, uint64_t *ret_pc_delta)
{
	if (cursor_left(c) >= 2 && !((c->pos[0] | c->pos[1]) & 0x80)) {
		*ret_value_delta = c->pos[0];
		*ret_pc_delta = c->pos[1];
		c->pos += 2;
		return true;
	}
	*ret_value_delta = (uint32_t)cursor_uvarint(c);
	*ret_pc_delta = (uint32_t)cursor_uvarint(c);
	return !c->failed;
}

int32_t pclntab_value(const struct pclntab *p, const struct pclntab_function *f, uint32_t table,
		      uint64_t vaddr, uint32_t *budget)
{
	struct cursor c = p->values;
	uint64_t distance = (vaddr - f->entry) / p->quantum, pc = 0, pc_delta;
	uint32_t value = UINT32_MAX, delta; /* -1; wraps as Go's int32 does */

	cursor_skip(&c, table);
	if (table == 0 || c.failed)
		return -1;
	for (bool first = true; *budget > 0; first = false, --*budget) {
		/* The 0 that ends a table may be the last byte of all. */
		if (!read_pair(&c, &delta, &pc_delta) || (delta == 0 && !first))
			return -1;
		value += delta & 1 ? ~(delta >> 1) : delta >> 1;
		pc += pc_delta;
		if (distance < pc)
			return (int32_t)value;
	}
	return -1;
}

int32_t pclntab_pcdata(const struct pclntab *p, const struct pclntab_function *f, uint32_t number,
		       uint64_t vaddr, uint32_t *budget)
{
	if (number >= f->n_pcdata)
		return -1;
	return pclntab_value(p, f, load_u32(f->pcdata.pos + 4 * (size_t)number), vaddr, budget);
}
