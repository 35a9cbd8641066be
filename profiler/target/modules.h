/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_TARGET_MODULES_H
#define PROFILER_TARGET_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "symbolizer/symbolizer.h"

/*
 * The binaries that targets have mapped. A file is opened once however many processes and mappings
 * share it, and early: when its process has ended it cannot be reached any more. It is always
 * opened through /proc, never by its path, which may name another file by now or in this namespace.
 */

struct module {
	char *path; /* as the target sees it, without " (deleted)"; for people */
	dev_t device;
	ino_t inode;
	bool deleted;
	int fd; /* -1: it could not be opened, names from it are lost */
	bool opened; /* the symbolizer was tried */
	struct symbolizer *symbolizer; /* NULL until asked for, and when it cannot be had */
	struct error error;	       /* why fd is -1 or symbolizer is NULL */
};

struct modules {
	struct module **list;
	size_t count, capacity;
};

/* An all-zero struct modules is a valid empty one. */
void modules_deinit(struct modules *m);

/*
 * The module that `fd` (owned by the callee from now on, -1 with the reason in `why` when it could
 * not be opened) has, known by device and inode. Returns NULL when memory ran out.
 */
struct module *modules_add(struct modules *m, int fd, dev_t device, ino_t inode, const char *path,
			   bool deleted, const struct error *why);
/* The known module of a device and inode, or NULL. */
struct module *modules_find(const struct modules *m, dev_t device, ino_t inode);

/* The module's symbolizer, opened at the first call; NULL (and module->error) when it has none. */
struct symbolizer *module_symbolizer(struct module *module);

/* The last part of the path. */
const char *module_name(const struct module *module);

#endif
