/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/duration.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = {
	{"ns", 1},       {"us", 1000},          {"\u00b5s", 1000},        {"\u03bcs", 1000},
	{"ms", 1000000}, {"s", 1000000000},     {"m", 60 * 1000000000ll}, {"h", 3600 * 1000000000ll},
};

/* One "<number><unit>". The number is digits with at most one dot; moves *text behind the unit. */
static int parse_term(const char **text, int64_t *total_ns)
{
	const char *p = *text;
	int64_t whole = 0, scale = 1, ns;
	double fraction = 0;
	size_t digits = 0;
	const struct unit *unit = NULL;

	for (; isdigit((unsigned char)*p); p++, digits++) {
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, *p - '0', &whole))
			return -ERANGE;
	}
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p); p++, digits++) {
			if (scale > 100000000000000000)
				continue; /* more digits than a nanosecond can see */
			scale *= 10;
			fraction = fraction * 10 + (*p - '0');
		}
	}
	if (!digits)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t len = strlen(units[i].name);

		/* "m" must not swallow the beginning of "ms". */
		if (!strncmp(p, units[i].name, len) && !isalpha((unsigned char)p[len])) {
			unit = &units[i];
			p += len;
			break;
		}
	}
	if (!unit)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, unit->ns, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)(fraction * ((double)unit->ns / (double)scale)), &ns) ||
	    __builtin_add_overflow(*total_ns, ns, total_ns))
		return -ERANGE;
	*text = p;
	return 0;
}

int duration_parse(const char *text, int64_t *ret_ns)
{
	char seconds[64];
	int64_t total = 0;

	if (*text && strspn(text, "0123456789.") == strlen(text)) {
		if (snprintf(seconds, sizeof(seconds), "%ss", text) >= (int)sizeof(seconds))
			return -ERANGE;
		text = seconds;
	}
	do {
		int r = parse_term(&text, &total);

		if (r)
			return r;
	} while (*text);
	*ret_ns = total;
	return 0;
}

static void format_fraction(char *out, size_t size, uint64_t value, uint64_t unit, const char *name)
{
	char digits[48];
	size_t len;

	snprintf(digits, sizeof(digits), "%" PRIu64 ".%09" PRIu64, value / unit,
		 value % unit * (1000000000 / unit));
	len = strlen(digits);
	while (digits[len - 1] == '0')
		len--;
	if (digits[len - 1] == '.')
		len--;
	snprintf(out, size, "%.*s%s", (int)len, digits, name);
}

char *duration_format(int64_t ns, char *out, size_t size)
{
	uint64_t rest = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t hours = rest / 3600000000000u, minutes = rest / 60000000000u % 60;
	char seconds[40], prefix[40] = "";

	if (rest < 1000 || rest >= 1000000000)
		format_fraction(seconds, sizeof(seconds), rest % 60000000000u,
				rest && rest < 1000 ? 1 : 1000000000, rest && rest < 1000 ? "ns" : "s");
	else if (rest < 1000000)
		format_fraction(seconds, sizeof(seconds), rest, 1000, "\u00b5s");
	else
		format_fraction(seconds, sizeof(seconds), rest, 1000000, "ms");
	if (hours)
		snprintf(prefix, sizeof(prefix), "%" PRIu64 "h%" PRIu64 "m", hours, minutes);
	else if (minutes)
		snprintf(prefix, sizeof(prefix), "%" PRIu64 "m", minutes);
	snprintf(out, size, "%s%s%s", ns < 0 ? "-" : "", prefix, seconds);
	return out;
}
