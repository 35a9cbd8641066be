/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A growing byte buffer with an upper limit. A failed append (-ENOMEM, or -EFBIG at the limit) adds
 * nothing and is remembered in `failed`, so that a writer can append many times and check once.
 */
struct buf {
	char *data; /* owned; not NUL-terminated unless buf_cstr() was called */
	size_t len;
	size_t capacity;
	size_t max;
	int failed; /* the first failure, a negative errno; 0 while all is well */
};

/* An empty buffer that may grow to max bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* Frees the bytes; the buffer is empty and usable again. */
void buf_deinit(struct buf *b);

int buf_append(struct buf *b, const void *bytes, size_t len);
int buf_puts(struct buf *b, const char *text);
int buf_putc(struct buf *b, char c);
int buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The contents as a C string, valid until the next change; "" where memory ran out. */
const char *buf_cstr(struct buf *b);

/*
 * Appends the whole of a descriptor, from its current position, or of a file (path relative to
 * directory dirfd, which may be AT_FDCWD). For files that are small or made up by the kernel.
 * Returns 0 or a negative errno; -EFBIG when the limit of the buffer is reached.
 */
int buf_read_fd(struct buf *b, int fd);
int buf_read_file(struct buf *b, int dirfd, const char *path);

#endif
