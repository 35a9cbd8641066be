/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a binary: open it and look up addresses of all its parts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolizer/symbolizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(struct symbolizer *s, uint64_t vaddr, enum symbolizer_address_kind kind,
		    size_t size)
{
	struct symbolizer_frame frames[SYMBOLIZER_MAX_FRAMES];
	struct symbolizer_result result;

	symbolizer_lookup(s, vaddr, kind, frames, &result);
	if (result.n_frames > SYMBOLIZER_MAX_FRAMES)
		abort();
	for (size_t i = 0; i < result.n_frames; i++) {
		if (strlen(frames[i].function) + (frames[i].file ? strlen(frames[i].file) : 0) >
		    size)
			abort();
		if (frames[i].inlined != (i + 1 < result.n_frames))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbolizer *s;
	uint64_t vaddr;

	if (symbolizer_open_bytes(data, size, "input", &s, NULL))
		return 0;
	for (size_t offset = 0; offset < size && offset < 4096; offset += 40) {
		if (symbolizer_vaddr(s, offset, &vaddr))
			continue;
		look_up(s, vaddr, SYMBOLIZER_EXACT, size);
		look_up(s, vaddr, SYMBOLIZER_RETURN, size);
	}
	look_up(s, 0, SYMBOLIZER_EXACT, size);
	look_up(s, UINT64_MAX, SYMBOLIZER_RETURN, size);
	if (strlen(symbolizer_build_info(s)->go_version) > size ||
	    strlen(symbolizer_build_id(s)) > 128)
		abort();
	symbolizer_close(s);
	return 0;
}
