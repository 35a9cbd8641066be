/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_COMMAND_H
#define PROFILER_COMMAND_H

/* A word after "goprof". A new command is a row in command.c and a file in profiler/commands/. */
struct command {
	const char *name;
	const char *summary; /* one line of "goprof --help" */
	/* argv[0] is the command's name. Returns the exit status. */
	int (*run)(int argc, char **argv);
};

/* Exit statuses, the same for every command. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* it could not be done; stderr says why */
	EXIT_USAGE = 2,	 /* the command line was wrong */
};

/* Every command; the first is the default one. Ends with a NULL name. */
extern const struct command commands[];

int record_run(int argc, char **argv);
int help_run(int argc, char **argv);
int version_run(int argc, char **argv);

#endif
