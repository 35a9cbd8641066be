/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as /proc/kallsyms. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbolizer/kallsyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kallsyms *k;
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	if (kallsyms_open_fd(fd, &k, NULL) == 0) {
		for (uint64_t i = 0; i < 64; i++) {
			uint64_t address = 0xffffffff81000000 + i * 0x80;
			const char *module = NULL;
			const char *name = kallsyms_lookup(k, i % 2 ? address : i * 8, &module);

			if (name && strlen(name) + strlen(module) > size)
				abort();
		}
		kallsyms_close(k);
	}
	close(fd);
	return 0;
}
