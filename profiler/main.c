/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/log.h"
#include "profiler/command.h"
#include "profiler/options.h"

static size_t count_commands(void)
{
	size_t n = 0;

	while (commands[n].name)
		n++;
	return n;
}

int main(int argc, char **argv)
{
	const char *near;

	/* "goprof -p 7" is "goprof record -p 7"; only a first word without a dash is a command. */
	if (argc < 2 || argv[1][0] == '-')
		return commands[0].run(argc, argv);
	for (const struct command *c = commands; c->name; c++) {
		if (!strcmp(c->name, argv[1]))
			return c->run(argc - 1, argv + 1);
	}
	near = nearest_word(argv[1], &commands->name, count_commands(), sizeof(*commands));
	if (strspn(argv[1], "0123456789,") == strlen(argv[1]))
		log_error("unknown command '%s'; did you mean '-p %s'?", argv[1], argv[1]);
	else if (near)
		log_error("unknown command '%s'; did you mean '%s'?", argv[1], near);
	else
		log_error("unknown command '%s'; to start and profile a program: goprof -- %s ...",
			  argv[1], argv[1]);
	return EXIT_USAGE;
}
