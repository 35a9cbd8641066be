/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

/* Memory that is allocated piece by piece and freed at once. Not for use by several threads. */
struct arena {
	struct arena_chunk *chunks;
	size_t used; /* bytes taken from malloc so far */
	size_t max;
};

/* An empty arena that may take up to max bytes from malloc. Allocates nothing. */
void arena_init(struct arena *a, size_t max);
/* Frees everything; the arena is empty and usable again. */
void arena_deinit(struct arena *a);

/* size bytes, aligned to 8, not initialised; NULL when memory or the limit is exhausted. */
void *arena_alloc(struct arena *a, size_t size);
/* A NUL-terminated copy of len bytes; NULL as above. */
char *arena_strndup(struct arena *a, const char *text, size_t len);

#endif
