/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROTO_PPROF_DECODE_H
#define PROTO_PPROF_DECODE_H

#include "proto/pprof/profile.h"

struct profile_decode_limits {
	size_t max_bytes;  /* of protobuf after decompression; 0: 1 GiB */
	size_t max_memory; /* of the profile and what unpacking it takes, roughly; 0: 4 GiB */
};

/*
 * Reads a profile that anybody wrote: gzipped or bare protobuf, untrusted. Accepts what
 * google/pprof's strict reader accepts (ids in any order, zero-valued fields left out, a mapping id
 * without a mapping) and checks all that it checks: string_table[0], string indexes, ids that are
 * 0, double or missing, the number of values, two profiles in one file. Stricter: no NUL bytes in
 * strings. Equal samples, mappings, functions and locations of the file become one; a label without
 * a value stays. Time is linear in the size. Limits of NULL mean the defaults.
 * Returns 0 and a profile that the caller owns; -EINVAL with the reason, -EFBIG over a limit,
 * -ENOMEM.
 */
int profile_decode(const void *bytes, size_t len, const struct profile_decode_limits *limits,
		   struct profile **ret_profile, struct error *err);

#endif
