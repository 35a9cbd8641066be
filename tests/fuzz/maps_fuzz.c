/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "profiler/target/maps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check(const struct maps_line *line, void *context)
{
	const char *text = context;

	/* What is handed out lies in the text and is ordered. */
	if (line->start >= line->end || line->path < text)
		abort();
	for (size_t i = 0; i < line->path_len; i++) {
		if (line->path[i] == '\n')
			abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return maps_parse((const char *)data, size, check, (void *)data);
}
