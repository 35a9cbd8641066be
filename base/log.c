/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level log_level = LOG_INFO;
static bool status_shown;

void log_set_level(enum log_level level)
{
	log_level = level;
}

bool log_enabled(enum log_level level)
{
	return level <= log_level;
}

static void status_wipe(void)
{
	if (status_shown)
		fputs("\r\033[K", stderr);
	status_shown = false;
}

static void log_line(enum log_level level, const char *prefix, const char *format, va_list args)
{
	if (!log_enabled(level))
		return;
	status_wipe();
	fputs(prefix, stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

#define LOG_FUNCTION(name, level, prefix)               \
	void name(const char *format, ...)              \
	{                                               \
		va_list args;                           \
                                                        \
		va_start(args, format);                 \
		log_line(level, prefix, format, args);  \
		va_end(args);                           \
	}

LOG_FUNCTION(log_error, LOG_ERROR, "goprof: ")
LOG_FUNCTION(log_warning, LOG_WARNING, "goprof: warning: ")
LOG_FUNCTION(log_info, LOG_INFO, "goprof: ")
LOG_FUNCTION(log_debug, LOG_DEBUG, "goprof: debug: ")

void log_status(const char *text)
{
	status_wipe();
	if (*text) {
		fputs(text, stderr);
		status_shown = true;
	}
	fflush(stderr);
}
