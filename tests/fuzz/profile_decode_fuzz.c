/* SPDX-License-Identifier: BSD-2-Clause */
/* What the decoder accepts, the encoder must write so that it reads back as the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proto/pprof/decode.h"
#include "proto/pprof/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static int write_to_buf(void *sink, const void *bytes, size_t len)
{
	return buf_append(sink, bytes, len);
}

static struct buf encode(const struct profile *p)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	require(profile_encode(p, write_to_buf, &b, NULL) == 0);
	return b;
}

static void check_same(const struct profile *p, const struct profile *q)
{
	require(p->strings.count == q->strings.count);
	require(p->n_sample_types == q->n_sample_types);
	require(p->n_mappings == q->n_mappings);
	require(p->n_functions == q->n_functions);
	require(p->n_lines == q->n_lines);
	require(p->n_locations == q->n_locations);
	require(p->n_stack_locations == q->n_stack_locations);
	require(p->n_labels == q->n_labels);
	require(p->n_samples == q->n_samples);
	require(p->n_values == q->n_values);
	require(p->n_comments == q->n_comments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct profile_decode_limits limits = {.max_bytes = 1 << 20, .max_memory = 64 << 20};
	struct buf first, second;
	struct profile *p, *q;
	struct error err = {0};

	if (profile_decode(data, size, &limits, &p, &err)) {
		require(err.code < 0 && err.message[0]);
		return 0;
	}
	first = encode(p);
	require(profile_decode(first.data, first.len, NULL, &q, NULL) == 0);
	check_same(p, q);
	second = encode(q);
	require(first.len == second.len && !memcmp(first.data, second.data, first.len));
	buf_deinit(&first);
	buf_deinit(&second);
	profile_destroy(p);
	profile_destroy(q);
	return 0;
}
