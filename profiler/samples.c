/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/samples.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void samples_init(struct samples *s, size_t max_bytes)
{
	*s = (struct samples){0};
	arena_init(&s->arena, max_bytes);
}

void samples_deinit(struct samples *s)
{
	free(s->list);
	index_deinit(&s->index);
	arena_deinit(&s->arena);
}

static uint64_t raw_hash(const struct raw_sample *raw)
{
	uint64_t hash = hash_combine((uint64_t)raw->pid << 32 | raw->tid,
				     (uint64_t)raw->n_user << 32 | raw->n_kernel);

	hash = hash_combine(hash, hash_bytes(raw->user, raw->n_user * sizeof(uint64_t)));
	return hash_combine(hash, hash_bytes(raw->kernel, raw->n_kernel * sizeof(uint64_t)));
}

static bool same_addresses(const uint64_t *a, const uint64_t *b, uint32_t n)
{
	return n == 0 || memcmp(a, b, n * sizeof(*a)) == 0;
}

static bool raw_equal(const void *owner, uint32_t number, const void *key)
{
	const struct stored_sample *old = &((const struct samples *)owner)->list[number];
	const struct raw_sample *raw = key;

	return old->pid == raw->pid && old->tid == raw->tid && old->n_user == raw->n_user &&
	       old->n_kernel == raw->n_kernel &&
	       same_addresses(old->addresses, raw->user, raw->n_user) &&
	       same_addresses(old->addresses + old->n_user, raw->kernel, raw->n_kernel);
}

static bool samples_insert(struct samples *s, const struct raw_sample *raw, uint64_t hash,
			   uint64_t count)
{
	size_t user_bytes = raw->n_user * sizeof(uint64_t), kernel_bytes = raw->n_kernel * sizeof(uint64_t);
	char *copy;

	if (s->n >= INT32_MAX || array_reserve(&s->list, &s->capacity, s->n + 1))
		return false;
	copy = arena_alloc(&s->arena, user_bytes + kernel_bytes);
	if (!copy || index_insert(&s->index, hash, (uint32_t)s->n))
		return false;
	if (user_bytes)
		memcpy(copy, raw->user, user_bytes);
	if (kernel_bytes)
		memcpy(copy + user_bytes, raw->kernel, kernel_bytes);
	s->list[s->n++] = (struct stored_sample){
		.pid = raw->pid,
		.tid = raw->tid,
		.addresses = (const uint64_t *)copy,
		.n_user = (uint16_t)raw->n_user,
		.n_kernel = (uint16_t)raw->n_kernel,
		.user_cut = raw->user_cut,
		.kernel_cut = raw->kernel_cut,
		.count = count,
	};
	return true;
}

void samples_add(struct samples *s, const struct raw_sample *raw, uint64_t count, bool *ret_new)
{
	uint64_t hash = raw_hash(raw);
	uint32_t number = index_find(&s->index, hash, raw_equal, s, raw);

	*ret_new = number == INDEX_NONE;
	if (number != INDEX_NONE) {
		s->list[number].count += count;
	} else if (!samples_insert(s, raw, hash, count)) {
		s->dropped += count;
		return;
	}
	s->total += count;
}
