/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_OPTIONS_H
#define PROFILER_OPTIONS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* Options as tables: a row fills a field of the command's configuration and prints its own help. */

/* Takes the text of an argument. Returns 0, or -EINVAL with the reason. */
typedef int (*option_fn)(const char *value, void *field, struct error *err);

struct option_row {
	const char *name;     /* long name, without dashes */
	char letter;	      /* or 0 */
	const char *argument; /* what it is called in the help; NULL: the option takes none */
	option_fn set;
	size_t offset; /* of the field in the configuration */
	const char *help;
};

struct option_table {
	const struct option_row *rows;
	size_t n_rows;
};

/* Ready-made setters: the field is a bool, a const char *, an int64_t (nanoseconds). */
int option_set_true(const char *value, void *field, struct error *err);
int option_set_text(const char *value, void *field, struct error *err);
int option_set_duration(const char *value, void *field, struct error *err);

/*
 * Reads options up to the first word that is none, or "--". Writes the index of what follows (behind
 * the "--") to *ret_rest. Returns 0, or -EINVAL with a sentence that names the option, and the
 * nearest known one where there is one.
 */
int options_parse(const struct option_table *table, int argc, char **argv, void *config,
		  int *ret_rest, struct error *err);

/* Appends the table as help text, a row an option. */
void options_help(const struct option_table *table, struct buf *out);

/*
 * The word among n candidates (pointers to strings, `stride` bytes apart) that `word` was probably
 * meant to be, or NULL when none is near.
 */
const char *nearest_word(const char *word, const void *candidates, size_t n, size_t stride);

#endif
