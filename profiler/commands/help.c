/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>

#include "profiler/command.h"

/* "goprof help" and "goprof --help" are one text: the default command's, which lists the others. */
int help_run(int argc, char **argv)
{
	char *words[] = {argv[0], "--help", NULL};

	(void)argc;
	return record_run(2, words);
}
