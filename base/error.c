/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int error_set(struct error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return code;
}

int error_prefix(struct error *err, const char *format, ...)
{
	char old[sizeof(err->message)];
	va_list args;
	int n;

	if (!err)
		return 0;
	memcpy(old, err->message, sizeof(old));
	va_start(args, format);
	n = vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(err->message) - 1) {
		size_t room = sizeof(err->message) - (size_t)n;

		snprintf(err->message + n, room, ": %.*s", (int)(room - 3), old);
	}
	return err->code;
}

const char *error_text(int code)
{
	const char *text = strerrordesc_np(abs(code));

	/* The uprobe PMU answers with an errno that libc has no name for. */
	if (abs(code) == 524)
		return "Operation is not supported (ENOTSUPP)";
	return text ? text : "Unknown error";
}
