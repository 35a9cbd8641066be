/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROTO_PPROF_GUNZIP_H
#define PROTO_PPROF_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* Do the bytes begin like a gzip file? */
bool gunzip_detect(const void *bytes, size_t len);

/*
 * Appends to out what the gzip file holds; several of them one after the other count as one, as for
 * gzip(1). Nothing else may follow. Returns 0; -EINVAL (damaged or cut short), -EFBIG at the limit
 * of out, or -ENOMEM. A failure leaves in out what came before it.
 */
int gunzip(const void *bytes, size_t len, struct buf *out, struct error *err);

#endif
