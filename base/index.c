/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* 32 bits of the hash are kept: they give the slot's home position, also when the table grows. */
struct index_slot {
	uint32_t hash;
	uint32_t number_plus_1; /* 0: free */
};

static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ (hash >> 32));
}

void index_deinit(struct index *ix)
{
	free(ix->slots);
	*ix = (struct index){0};
}

void index_clear(struct index *ix)
{
	if (ix->capacity)
		memset(ix->slots, 0, ix->capacity * sizeof(*ix->slots));
	ix->count = 0;
}

uint32_t index_find(const struct index *ix, uint64_t hash, index_equal_fn equal, const void *owner,
		    const void *key)
{
	uint32_t folded = fold(hash);

	if (!ix->capacity)
		return INDEX_NONE;
	for (size_t i = folded & (ix->capacity - 1);; i = (i + 1) & (ix->capacity - 1)) {
		const struct index_slot *slot = &ix->slots[i];

		if (slot->number_plus_1 == 0)
			return INDEX_NONE;
		if (slot->hash == folded && equal(owner, slot->number_plus_1 - 1, key))
			return slot->number_plus_1 - 1;
	}
}

static void index_put(struct index *ix, struct index_slot slot)
{
	size_t i = slot.hash & (ix->capacity - 1);

	while (ix->slots[i].number_plus_1)
		i = (i + 1) & (ix->capacity - 1);
	ix->slots[i] = slot;
}

static int index_grow(struct index *ix)
{
	struct index grown = {.capacity = ix->capacity ? ix->capacity * 2 : 64};

	grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < ix->capacity; i++) {
		if (ix->slots[i].number_plus_1)
			index_put(&grown, ix->slots[i]);
	}
	grown.count = ix->count;
	free(ix->slots);
	*ix = grown;
	return 0;
}

int index_insert(struct index *ix, uint64_t hash, uint32_t number)
{
	if (ix->count >= ix->capacity / 4 * 3) {
		int r = index_grow(ix);

		if (r)
			return r;
	}
	index_put(ix, (struct index_slot){.hash = fold(hash), .number_plus_1 = number + 1});
	ix->count++;
	return 0;
}

static uint64_t hash_seed(void)
{
	static uint64_t seed;

	while (!seed) {
		if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
			seed = 0x9e3779b97f4a7c15u ^ (uintptr_t)&seed;
	}
	return seed;
}

/* The multiply-and-fold step that wyhash and its relatives are made of. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_combine(uint64_t hash, uint64_t value)
{
	return mix(hash ^ 0xa0761d6478bd642fu, value ^ hash_seed());
}

uint64_t hash_bytes(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t hash = len, word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		hash = hash_combine(hash, word);
	}
	word = 0;
	if (len)
		memcpy(&word, p, len);
	return hash_combine(hash, word);
}
