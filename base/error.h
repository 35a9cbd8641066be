/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdint.h>

/*
 * The reason of a failure, in a value that the caller owns (usually on its stack). Functions return
 * a negative errno; the reason travels here. It has a fixed size and never allocates, so it also
 * survives ENOMEM. Every function that takes a "struct error *" accepts NULL.
 */
struct error {
	int code;          /* negative errno, 0 when nothing failed */
	char message[480]; /* one sentence without a newline or a final full stop */
};

/* Sets the reason and returns code, so that a caller can write "return error_set(err, -EINVAL, ...)". */
int error_set(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts context in front of a reason that is already set ("reading /proc/7/exe: ..."). Returns its code. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of a negative or positive errno. The result is static and never NULL. */
const char *error_text(int code);

#endif
