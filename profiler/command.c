/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/command.h"

#include <stddef.h>

const struct command commands[] = {
	{"record", "profile a process (the default command)", record_run},
	{"help", "this text", help_run},
	{"version", "versions of goprof and its libraries", version_run},
	{NULL, NULL, NULL},
};
