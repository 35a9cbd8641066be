/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLAMEGRAPH_VALUES_H
#define FLAMEGRAPH_VALUES_H

#include "base/error.h"
#include "proto/pprof/profile.h"

/* Which of its values a report shows, how they add up and how people read them. */

/*
 * The position of the sample type with this name; for NULL the first one, or (prefer_default) the
 * one that pprof shows by default: default_sample_type if it names one, else the last.
 * Returns 0, or -EINVAL when there is none.
 */
int values_find_type(const struct profile *p, const char *name, bool prefer_default,
		     size_t *ret_type, struct error *err);

/* A sum that stays at INT64_MIN or INT64_MAX instead of wrapping. */
int64_t value_add(int64_t a, int64_t b);
/* The size of a value without its sign. */
uint64_t value_size(int64_t value);

enum { VALUE_TEXT_BYTES = 32 };

/*
 * Writes a value as people read it: times as "1.23s", "45.60ms", "2.50h"; bytes as "12.3MB"
 * (1024 based, as pprof does); everything else as a plain number. unit is pprof's name of it
 * ("nanoseconds", "bytes", "count"). Returns out, which holds VALUE_TEXT_BYTES.
 */
char *value_format(int64_t value, const char *unit, char *out);
/* The same for part/total: "49.5%", "100%"; "0%" when the total is 0. */
char *value_format_percent(int64_t part, uint64_t total, char *out);

/* Is the unit one of time? Then writes how many nanoseconds it has. */
bool unit_is_time(const char *unit, double *ret_ns);

#endif
