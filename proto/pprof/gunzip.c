/* SPDX-License-Identifier: BSD-2-Clause */
#include "proto/pprof/gunzip.h"

#include <errno.h>
#include <stdint.h>
#include <zlib.h>

bool gunzip_detect(const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	return len >= 2 && b[0] == 0x1f && b[1] == 0x8b;
}

/* zlib counts its input in 32 bits. */
static uInt input_window(const uint8_t *pos, const uint8_t *end)
{
	size_t left = (size_t)(end - pos);

	return left < 1u << 30 ? (uInt)left : 1u << 30;
}

static int status_error(const z_stream *z, int status, struct error *err)
{
	switch (status) {
	case Z_OK:
	case Z_STREAM_END:
		return 0;
	case Z_BUF_ERROR: /* there is always room, so it is input that lacks */
		return error_set(err, -EINVAL, "gzip data ends early");
	case Z_MEM_ERROR:
		return error_set(err, -ENOMEM, "out of memory while decompressing");
	default:
		return error_set(err, -EINVAL, "gzip: %s", z->msg ? z->msg : "damaged data");
	}
}

static int append_error(const struct buf *out, int r, struct error *err)
{
	if (r == -EFBIG)
		return error_set(err, r, "too large: more than %zu bytes after decompression",
				 out->max);
	return r ? error_set(err, r, "out of memory while decompressing") : 0;
}

static int inflate_member(z_stream *z, const uint8_t *end, struct buf *out, struct error *err)
{
	uint8_t chunk[32 * 1024];
	int status, r;

	do {
		z->avail_in = input_window(z->next_in, end);
		z->next_out = chunk;
		z->avail_out = sizeof(chunk);
		status = inflate(z, Z_NO_FLUSH);
		r = append_error(out, buf_append(out, chunk, sizeof(chunk) - z->avail_out), err);
		if (!r)
			r = status_error(z, status, err);
		if (r)
			return r;
	} while (status != Z_STREAM_END);
	return 0;
}

int gunzip(const void *bytes, size_t len, struct buf *out, struct error *err)
{
	const uint8_t *end = (const uint8_t *)bytes + len;
	z_stream z = {.next_in = (Bytef *)bytes};
	int r;

	/* 15 is zlib's full window; 16 more asks for gzip framing and its checksum. */
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return error_set(err, -ENOMEM, "out of memory while decompressing");
	do {
		r = inflate_member(&z, end, out, err);
	} while (!r && z.next_in < end && inflateReset(&z) == Z_OK);
	inflateEnd(&z);
	return r;
}
