/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/target/modules.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

static void module_destroy(struct module *m)
{
	symbolizer_close(m->symbolizer);
	if (m->fd >= 0)
		close(m->fd);
	free(m->path);
	free(m);
}

void modules_deinit(struct modules *m)
{
	for (size_t i = 0; i < m->count; i++)
		module_destroy(m->list[i]);
	free(m->list);
	*m = (struct modules){0};
}

struct module *modules_find(const struct modules *m, dev_t device, ino_t inode)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->list[i]->inode == inode && m->list[i]->device == device)
			return m->list[i];
	}
	return NULL;
}

struct module *modules_add(struct modules *m, int fd, dev_t device, ino_t inode, const char *path,
			   bool deleted, const struct error *why)
{
	CLEANUP_FD int owned = fd;
	CLEANUP_FREE char *copy = strdup(path);
	struct module *module;

	if (!copy || array_reserve(&m->list, &m->capacity, m->count + 1))
		return NULL;
	module = calloc(1, sizeof(*module));
	if (!module)
		return NULL;
	module->path = take_ptr(copy);
	module->device = device;
	module->inode = inode;
	module->deleted = deleted;
	module->fd = take_fd(&owned);
	if (why)
		module->error = *why;
	m->list[m->count++] = module;
	return module;
}

struct symbolizer *module_symbolizer(struct module *module)
{
	if (!module->opened && module->fd >= 0) {
		module->opened = true;
		(void)symbolizer_open_fd(module->fd, module->path, &module->symbolizer,
					 &module->error);
	}
	return module->symbolizer;
}

const char *module_name(const struct module *module)
{
	const char *slash = strrchr(module->path, '/');

	return slash && slash[1] ? slash + 1 : module->path;
}
