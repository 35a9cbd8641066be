/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the symbolizer says about addresses, for tests that compare it with Go itself.
 *
 *     symbols_dump BINARY < addresses
 *
 * Each line of the input is "VADDR exact" or "VADDR return", VADDR in hexadecimal. For each comes a
 * line "VADDR KIND N" and then N lines, innermost frame first:
 *     \tFUNCTION\tFILE\tLINE\tSTARTLINE\t{inlined,-}\t{wrapper,-}
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbolizer/symbolizer.h"

static void dump(struct symbolizer *s, uint64_t vaddr, enum symbolizer_address_kind kind)
{
	struct symbolizer_frame frames[SYMBOLIZER_MAX_FRAMES];
	struct symbolizer_result result;

	symbolizer_lookup(s, vaddr, kind, frames, &result);
	printf("%llx %d %zu\n", (unsigned long long)vaddr, (int)result.kind, result.n_frames);
	for (size_t i = 0; i < result.n_frames; i++)
		printf("\t%s\t%s\t%u\t%u\t%s\t%s\n", frames[i].function,
		       frames[i].file ? frames[i].file : "?", frames[i].line, frames[i].start_line,
		       frames[i].inlined ? "inlined" : "-", frames[i].wrapper ? "wrapper" : "-");
}

int main(int argc, char **argv)
{
	struct symbolizer *s;
	struct error err = {0};
	char line[64], kind[16];
	unsigned long long vaddr;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: symbols_dump BINARY < addresses\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "symbols_dump: %s: %s\n", argv[1], error_text(errno));
		return 1;
	}
	if (symbolizer_open_fd(fd, argv[1], &s, &err) || symbolizer_go_status(s, &err)) {
		fprintf(stderr, "symbols_dump: %s\n", err.message);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%llx %15s", &vaddr, kind) != 2)
			continue;
		dump(s, vaddr, strcmp(kind, "return") == 0 ? SYMBOLIZER_RETURN : SYMBOLIZER_EXACT);
	}
	symbolizer_close(s);
	return 0;
}
