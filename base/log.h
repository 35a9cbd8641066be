/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* Messages to stderr, for profiler/ only: everything below it returns errors and prints nothing. */

enum log_level {
	LOG_ERROR = 0,   /* why the command fails */
	LOG_WARNING = 1, /* something is lost or different from what was asked */
	LOG_INFO = 2,    /* what happened; not with --quiet */
	LOG_DEBUG = 3,   /* with --verbose */
};

/* Messages above this level are not printed. The default is LOG_INFO. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* One line, "goprof: ..."; a warning says "goprof: warning: <what>: <why>, <consequence>". */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A line that is rewritten in place (progress). The next message wipes it first. An empty text
 * only wipes. For a terminal: the caller decides whether stderr is one.
 */
void log_status(const char *text);

#endif
