/* SPDX-License-Identifier: BSD-2-Clause */

/* Whatever profile the decoder accepts, every text form of it can be written. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/folded.h"
#include "flamegraph/frames.h"
#include "flamegraph/top.h"
#include "proto/pprof/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_FRAMES = 1 << 18, OUT_BYTES = 4 << 20 };

/* What holds for each byte of a report, whatever the names are. */
static void check_text(const struct buf *out)
{
	for (size_t i = 0; i < out->len; i++) {
		unsigned char c = (unsigned char)out->data[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			abort();
	}
	if (out->len && out->data[out->len - 1] != '\n')
		abort();
}

/* Each line is "frame;frame number", no frame is empty, and the lines' stacks rise. */
static void check_folded(struct buf *out)
{
	char *save, *previous = NULL;

	buf_cstr(out);
	for (char *line = strtok_r(out->data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *space = strrchr(line, ' ');

		if (!space || !space[1] || space[1 + (space[1] == '-')] == '0')
			abort();
		if (space[1 + (space[1] == '-') +
			  strspn(space + 1 + (space[1] == '-'), "0123456789")])
			abort();
		*space = '\0';
		if (*line == ';' || *line == '\0' || strstr(line, ";;") || space[-1] == ';')
			abort();
		if (previous && strcmp(previous, line) >= 0)
			abort();
		previous = line;
	}
}

static void write_folded(const struct profile *p)
{
	static const char *const labels[] = {"goid", "bytes"};
	struct folded_options options = {.root_labels = labels, .n_root_labels = 2};
	struct buf out;

	buf_init(&out, OUT_BYTES);
	if (!folded_write(p, &options, &out, NULL)) {
		check_text(&out);
		check_folded(&out);
	}
	buf_deinit(&out);
}

static void write_top(const struct profile *p, unsigned width)
{
	struct top_options options = {.width = width};
	struct buf out;

	buf_init(&out, OUT_BYTES);
	if (!top_write(p, &options, &out, NULL))
		check_text(&out);
	buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct profile_decode_limits limits = {.max_bytes = 1 << 20, .max_memory = 64 << 20};
	struct profile *p = NULL;

	if (profile_decode(data, size, &limits, &p, NULL))
		return 0;
	if (frames_count(p, MAX_FRAMES) <= MAX_FRAMES) {
		write_folded(p);
		write_top(p, 0);
		write_top(p, 80);
	}
	profile_destroy(p);
	return 0;
}
