/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_STRTAB_H
#define BASE_STRTAB_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/index.h"

/* Interned strings: equal strings get the same number, and number 0 is always "". */
struct strtab {
	struct arena arena;
	struct index index;
	const char **texts; /* texts[0 .. count-1], NUL-terminated, owned by the arena */
	uint32_t *lengths;
	size_t count;
	size_t texts_capacity, lengths_capacity;
};

/* Returns 0 or -ENOMEM; after a failure strtab_deinit() is still allowed. */
int strtab_init(struct strtab *t, size_t max_bytes);
void strtab_deinit(struct strtab *t);

/* Writes the number of the string (added when new). Returns 0, -ENOMEM, or -EINVAL for a NUL byte inside. */
int strtab_intern(struct strtab *t, const char *text, size_t len, uint32_t *ret_number);

/* The text of a number below count; lives as long as the table. */
static inline const char *strtab_text(const struct strtab *t, uint32_t number)
{
	return t->texts[number];
}

#endif
