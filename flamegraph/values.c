/* SPDX-License-Identifier: BSD-2-Clause */
#include "flamegraph/values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "flamegraph/text.h"

/* The names that pprof understands, with their size in nanoseconds or bytes. */
static const struct unit {
	const char *name;
	double size;
	bool is_time;
} units[] = {
	{"nanoseconds", 1, true},
	{"nanosecond", 1, true},
	{"ns", 1, true},
	{"microseconds", 1e3, true},
	{"microsecond", 1e3, true},
	{"us", 1e3, true},
	{"\u00b5s", 1e3, true},
	{"milliseconds", 1e6, true},
	{"millisecond", 1e6, true},
	{"ms", 1e6, true},
	{"seconds", 1e9, true},
	{"second", 1e9, true},
	{"s", 1e9, true},
	{"bytes", 1, false},
	{"byte", 1, false},
	{"kilobytes", 1024, false},
	{"kilobyte", 1024, false},
	{"kb", 1024, false},
	{"megabytes", 0x1p20, false},
	{"megabyte", 0x1p20, false},
	{"mb", 0x1p20, false},
	{"gigabytes", 0x1p30, false},
	{"gigabyte", 0x1p30, false},
	{"gb", 0x1p30, false},
};

/* Steps of a scale, smallest first; `enough` is where the next step begins to read better. */
static const struct step {
	double size, enough;
	const char *name;
	int decimals;
} time_steps[] =
	{
		{1, 1000, "ns", 0},      {1e3, 999.995, "\u00b5s", 2}, {1e6, 999.995, "ms", 2},
		{1e9, 3599.995, "s", 2}, {3600e9, 0, "h", 2},
},
  byte_steps[] = {
	  {1, 1024, "B", 0},          {0x1p10, 1023.95, "kB", 1}, {0x1p20, 1023.95, "MB", 1},
	  {0x1p30, 1023.95, "GB", 1}, {0x1p40, 1023.95, "TB", 1}, {0x1p50, 0, "PB", 1},
};

static const struct unit *unit_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!strcmp(units[i].name, name))
			return &units[i];
	}
	return NULL;
}

static int find_named(const struct profile *p, const char *name, size_t *ret_type)
{
	for (size_t i = 0; i < p->n_sample_types; i++) {
		if (!strcmp(profile_text(p, p->sample_types[i].type), name)) {
			*ret_type = i;
			return 0;
		}
	}
	return -EINVAL;
}

/* Names what there is. (The names are as hostile as any: they reach a terminal.) */
static int no_such_type(const struct profile *p, const char *name, struct error *err)
{
	struct buf known;

	buf_init(&known, 256);
	for (size_t i = 0; i < p->n_sample_types; i++) {
		const char *type = profile_text(p, p->sample_types[i].type);

		if (buf_puts(&known, i ? ", " : "") ||
		    text_append_clean(&known, type, strlen(type), 0, 0))
			break;
	}
	error_set(err, -EINVAL, "the profile has no sample type \"%s\" (it has %s)", name,
		  buf_cstr(&known));
	buf_deinit(&known);
	return -EINVAL;
}

int values_find_type(const struct profile *p, const char *name, bool prefer_default,
		     size_t *ret_type, struct error *err)
{
	if (p->n_sample_types == 0)
		return error_set(err, -EINVAL, "the profile has no sample types");
	if (name)
		return find_named(p, name, ret_type) ? no_such_type(p, name, err) : 0;
	if (!prefer_default)
		*ret_type = 0;
	else if (!p->default_sample_type ||
		 find_named(p, profile_text(p, p->default_sample_type), ret_type))
		*ret_type = p->n_sample_types - 1;
	return 0;
}

int64_t value_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

uint64_t value_size(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static void format_scaled(double amount, const char *sign, const struct step *step, char *out)
{
	while (step->enough > 0 && amount / step->size >= step->enough)
		step++;
	snprintf(out, VALUE_TEXT_BYTES, "%s%.*f%s", sign, step->decimals, amount / step->size,
		 step->name);
}

char *value_format(int64_t value, const char *unit, char *out)
{
	const struct unit *u = unit_find(unit);
	const char *sign = value < 0 ? "-" : "";

	if (!u || value == 0)
		snprintf(out, VALUE_TEXT_BYTES, "%" PRId64, value);
	else
		format_scaled((double)value_size(value) * u->size, sign,
			      u->is_time ? time_steps : byte_steps, out);
	return out;
}

char *value_format_percent(int64_t part, uint64_t total, char *out)
{
	double percent = total ? 100 * (double)part / (double)total : 0;
	bool whole = percent == 0 || percent == 100 || percent == -100;

	snprintf(out, VALUE_TEXT_BYTES, "%.*f%%", whole ? 0 : 1, percent);
	return out;
}

bool unit_is_time(const char *unit, double *ret_ns)
{
	const struct unit *u = unit_find(unit);

	if (!u || !u->is_time)
		return false;
	*ret_ns = u->size;
	return true;
}
