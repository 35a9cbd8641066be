/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/strtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct strtab_key {
	const char *text;
	size_t len;
};

static bool strtab_equal(const void *owner, uint32_t number, const void *key)
{
	const struct strtab *t = owner;
	const struct strtab_key *k = key;

	return t->lengths[number] == k->len && memcmp(t->texts[number], k->text, k->len) == 0;
}

int strtab_init(struct strtab *t, size_t max_bytes)
{
	uint32_t number;

	*t = (struct strtab){0};
	arena_init(&t->arena, max_bytes);
	return strtab_intern(t, "", 0, &number);
}

void strtab_deinit(struct strtab *t)
{
	arena_deinit(&t->arena);
	index_deinit(&t->index);
	free(t->texts);
	free(t->lengths);
	*t = (struct strtab){0};
}

int strtab_intern(struct strtab *t, const char *text, size_t len, uint32_t *ret_number)
{
	struct strtab_key key = {text, len};
	uint64_t hash = hash_bytes(text, len);
	uint32_t number = index_find(&t->index, hash, strtab_equal, t, &key);
	char *copy;

	if (number != INDEX_NONE) {
		*ret_number = number;
		return 0;
	}
	if (memchr(text, '\0', len))
		return -EINVAL;
	if (t->count >= INT32_MAX || len >= UINT32_MAX ||
	    array_reserve(&t->texts, &t->texts_capacity, t->count + 1) ||
	    array_reserve(&t->lengths, &t->lengths_capacity, t->count + 1))
		return -ENOMEM;
	copy = arena_strndup(&t->arena, text, len);
	if (!copy || index_insert(&t->index, hash, (uint32_t)t->count))
		return -ENOMEM;
	t->texts[t->count] = copy;
	t->lengths[t->count] = (uint32_t)len;
	*ret_number = (uint32_t)t->count++;
	return 0;
}
