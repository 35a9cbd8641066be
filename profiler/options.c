/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/duration.h"

enum {
	MAX_OPTIONS = 64,
	FIRST_LONG = 256, /* what getopt_long() returns for row i is FIRST_LONG + i */
	MAX_WORD = 32,	  /* longer words are not compared */
};

int option_set_true(const char *value, void *field, struct error *err)
{
	(void)value;
	(void)err;
	*(bool *)field = true;
	return 0;
}

int option_set_text(const char *value, void *field, struct error *err)
{
	(void)err;
	*(const char **)field = value;
	return 0;
}

int option_set_duration(const char *value, void *field, struct error *err)
{
	int64_t ns;

	if (duration_parse(value, &ns))
		return error_set(err, -EINVAL,
				 "'%s' is not a duration (examples: 30s, 500ms, 1m30s, 2h)", value);
	if (ns <= 0)
		return error_set(err, -EINVAL, "the duration must be longer than 0");
	*(int64_t *)field = ns;
	return 0;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance, one row of the matrix at a time. */
static unsigned word_distance(const char *a, const char *b)
{
	unsigned row[MAX_WORD + 1];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < n; j++) {
			unsigned above = row[j + 1];

			row[j + 1] = min3(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[n];
}

const char *nearest_word(const char *word, const void *candidates, size_t n, size_t stride)
{
	const char *best = NULL;
	unsigned best_distance = 3; /* further away is a different word */

	if (strlen(word) > MAX_WORD)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *candidate = *(const char *const *)((const char *)candidates + i * stride);
		unsigned distance = word_distance(word, candidate);

		if (distance < best_distance && distance < strlen(word)) {
			best = candidate;
			best_distance = distance;
		}
	}
	return best;
}

static int unknown_option(const struct option_table *table, const char *word, int letter,
			  struct error *err)
{
	char name[MAX_WORD + 1];
	const char *near = NULL;

	if (word[0] == '-' && word[1] == '-') {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
		near = nearest_word(name, &table->rows->name, table->n_rows, sizeof(*table->rows));
		return error_set(err, -EINVAL, "unknown or ambiguous option '%s'%s%s%s", word,
				 near ? "; did you mean '--" : "", near ? near : "", near ? "'?" : "");
	}
	return error_set(err, -EINVAL, "unknown option '-%c'", letter);
}

/* getopt's two descriptions of the same options, made from the table. */
struct getopt_form {
	struct option longs[MAX_OPTIONS + 1];
	char letters[2 * MAX_OPTIONS + 3];
};

static void getopt_form_make(const struct option_table *table, struct getopt_form *form)
{
	char *letter = form->letters;

	memset(form, 0, sizeof(*form));
	*letter++ = '+'; /* stop at the first word that is no option */
	*letter++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < table->n_rows && i < MAX_OPTIONS; i++) {
		const struct option_row *row = &table->rows[i];

		form->longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument ? required_argument : no_argument,
			.val = FIRST_LONG + (int)i,
		};
		if (row->letter)
			*letter++ = row->letter;
		if (row->letter && row->argument)
			*letter++ = ':';
	}
}

static const struct option_row *row_of(const struct option_table *table, int got)
{
	if (got >= FIRST_LONG)
		return &table->rows[got - FIRST_LONG];
	for (size_t i = 0; i < table->n_rows; i++) {
		if (table->rows[i].letter == got)
			return &table->rows[i];
	}
	return NULL;
}

static int option_apply(const struct option_row *row, const char *value, void *config,
			struct error *err)
{
	int r = row->set(value, (char *)config + row->offset, err);

	if (r)
		error_prefix(err, "--%s", row->name);
	return r;
}

int options_parse(const struct option_table *table, int argc, char **argv, void *config,
		  int *ret_rest, struct error *err)
{
	struct getopt_form form;
	int got, r;

	getopt_form_make(table, &form);
	opterr = 0;
	optind = 0;
	while ((got = getopt_long(argc, argv, form.letters, form.longs, NULL)) != -1) {
		const char *word = argv[optind > 1 ? optind - 1 : 1];

		if (got == ':')
			return error_set(err, -EINVAL, "option '%s' needs a value", word);
		if (got == '?' && optopt >= FIRST_LONG)
			return error_set(err, -EINVAL, "option '--%s' takes no value",
					 row_of(table, optopt)->name);
		if (got == '?')
			return unknown_option(table, word, optopt, err);
		r = option_apply(row_of(table, got), optarg, config, err);
		if (r)
			return r;
	}
	*ret_rest = optind;
	return 0;
}

void options_help(const struct option_table *table, struct buf *out)
{
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct option_row *row = &table->rows[i];
		char left[64];
		char letter[8] = "    ";

		if (!row->help)
			continue;
		if (row->letter)
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		snprintf(left, sizeof(left), "%s--%s %s", letter, row->name,
			 row->argument ? row->argument : "");
		(void)buf_printf(out, "  %-26s %s\n", left, row->help);
	}
}
