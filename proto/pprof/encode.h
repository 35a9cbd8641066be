/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROTO_PPROF_ENCODE_H
#define PROTO_PPROF_ENCODE_H

#include "proto/pprof/profile.h"

/* Takes bytes as they are made. Returns 0, or a negative errno that ends the encoding. */
typedef int (*profile_write_fn)(void *sink, const void *bytes, size_t len);

/*
 * Writes the profile as gzipped protobuf. Streams: beside the profile itself it needs well under
 * a megabyte, however many samples there are. The output depends on the profile alone.
 * Returns 0, -ENOMEM, -EOVERFLOW (one element over 2 GiB), or what `write` returned.
 */
int profile_encode(const struct profile *p, profile_write_fn write, void *sink, struct error *err);

#endif
