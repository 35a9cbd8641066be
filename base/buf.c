/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_deinit(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

static int buf_fail(struct buf *b, int code)
{
	if (!b->failed)
		b->failed = code;
	return code;
}

static int buf_reserve(struct buf *b, size_t more)
{
	if (more > b->max - b->len)
		return buf_fail(b, -EFBIG);
	if (array_reserve(&b->data, &b->capacity, b->len + more + 1)) /* 1 for buf_cstr() */
		return buf_fail(b, -ENOMEM);
	return 0;
}

int buf_append(struct buf *b, const void *bytes, size_t len)
{
	int r = buf_reserve(b, len);

	if (r)
		return r;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	return 0;
}

int buf_puts(struct buf *b, const char *text)
{
	return buf_append(b, text, strlen(text));
}

int buf_putc(struct buf *b, char c)
{
	return buf_append(b, &c, 1);
}

int buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	int n, r;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return buf_fail(b, -EINVAL);
	r = buf_reserve(b, (size_t)n);
	if (r)
		return r;
	va_start(args, format);
	vsnprintf(b->data + b->len, (size_t)n + 1, format, args);
	va_end(args);
	b->len += (size_t)n;
	return 0;
}

const char *buf_cstr(struct buf *b)
{
	if (buf_reserve(b, 0))
		return "";
	b->data[b->len] = '\0';
	return b->data;
}

int buf_read_fd(struct buf *b, int fd)
{
	for (;;) {
		size_t want = b->max - b->len < 65536 ? b->max - b->len : 65536;
		ssize_t n;
		int r;

		if (want == 0) { /* full: is there more? */
			char more;

			n = read(fd, &more, 1);
			if (n < 0 && errno == EINTR)
				continue;
			return n == 0 ? 0 : buf_fail(b, n < 0 ? -errno : -EFBIG);
		}
		r = buf_reserve(b, want);
		if (r)
			return r;
		n = read(fd, b->data + b->len, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return buf_fail(b, -errno);
		if (n == 0)
			return 0;
		b->len += (size_t)n;
	}
}

int buf_read_file(struct buf *b, int dirfd, const char *path)
{
	CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return buf_fail(b, -errno);
	return buf_read_fd(b, fd);
}
