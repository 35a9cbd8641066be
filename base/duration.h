/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a duration as Go writes it (time.ParseDuration: "500ms", "1m30s", "1.5h"; units ns, us, ms,
 * s, m, h), or a bare number of seconds ("30", "0.5"). Negative ones are refused.
 * Returns 0, -EINVAL (not a duration) or -ERANGE (over 292 years).
 */
int duration_parse(const char *text, int64_t *ret_ns);

/* Writes a duration as Go prints it ("1m30s", "500ms", "0s") into out. Returns out. */
char *duration_format(int64_t ns, char *out, size_t size);

#endif
