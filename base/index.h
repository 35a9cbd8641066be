/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A hash index: finds the number (0, 1, 2, ...) of an element that somebody else stores, by the
 * hash of its key. Open addressing, 8 bytes a slot, at most 2^31 elements. The elements stay where
 * their owner keeps them; equality is asked of the owner.
 */
struct index {
	struct index_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* Is the stored element `number` equal to `key`? `owner` is what index_find() was given. */
typedef bool (*index_equal_fn)(const void *owner, uint32_t number, const void *key);

enum { INDEX_NONE = UINT32_MAX };

/* An all-zero struct index is a valid empty one. */
void index_deinit(struct index *ix);

/* The number of the element that equals key, or INDEX_NONE. */
uint32_t index_find(const struct index *ix, uint64_t hash, index_equal_fn equal, const void *owner,
		    const void *key);

/* Adds an element that is not there yet. Returns 0 or -ENOMEM (nothing changed). */
int index_insert(struct index *ix, uint64_t hash, uint32_t number);

/* Forgets all elements, keeps the memory. */
void index_clear(struct index *ix);

/*
 * A fast hash, seeded at random once per process: a hostile target cannot choose names or addresses
 * that collide. Not stable between processes, never to be written anywhere.
 */
uint64_t hash_bytes(const void *bytes, size_t len);
uint64_t hash_combine(uint64_t hash, uint64_t value);

#endif
