/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/target/maps.h"

#include <stdlib.h>
#include <string.h>

/* "55d0c0a00000-55d0c0a21000 r-xp 00001000 fd:00 1234    /usr/bin/x" (proc_pid_maps(5)) */

struct scan {
	const char *pos, *end;
};

static bool scan_number(struct scan *s, unsigned base, uint64_t *ret)
{
	const char *first = s->pos;
	uint64_t value = 0;

	for (; s->pos < s->end; s->pos++) {
		char c = *s->pos;
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
							: 99;

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*ret = value;
	return s->pos > first;
}

static bool scan_char(struct scan *s, char c)
{
	if (s->pos >= s->end || *s->pos != c)
		return false;
	s->pos++;
	return true;
}

static bool scan_permissions(struct scan *s, bool *ret_executable)
{
	if (s->end - s->pos < 4)
		return false;
	*ret_executable = s->pos[2] == 'x';
	s->pos += 4;
	return true;
}

static void scan_path(struct scan *s, struct maps_line *line)
{
	static const char deleted[] = " (deleted)";
	size_t tail = sizeof(deleted) - 1;

	while (s->pos < s->end && *s->pos == ' ')
		s->pos++;
	line->path = s->pos;
	line->path_len = (size_t)(s->end - s->pos);
	if (line->path_len > tail && !memcmp(s->end - tail, deleted, tail)) {
		line->deleted = true;
		line->path_len -= tail;
	}
}

static bool scan_line(struct scan s, struct maps_line *line)
{
	uint64_t major, minor;

	*line = (struct maps_line){0};
	if (!scan_number(&s, 16, &line->start) || !scan_char(&s, '-') ||
	    !scan_number(&s, 16, &line->end) || !scan_char(&s, ' ') ||
	    !scan_permissions(&s, &line->executable) || !scan_char(&s, ' ') ||
	    !scan_number(&s, 16, &line->offset) || !scan_char(&s, ' ') ||
	    !scan_number(&s, 16, &major) || !scan_char(&s, ':') || !scan_number(&s, 16, &minor) ||
	    !scan_char(&s, ' ') || !scan_number(&s, 10, &line->inode))
		return false;
	line->major = (unsigned)major;
	line->minor = (unsigned)minor;
	scan_path(&s, line);
	return line->start < line->end;
}

int maps_parse(const char *text, size_t len, maps_fn fn, void *context)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		struct maps_line line;

		if (scan_line((struct scan){text, stop}, &line)) {
			int r = fn(&line, context);

			if (r)
				return r;
		}
		text = stop + (newline ? 1 : 0);
	}
	return 0;
}
