/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLAMEGRAPH_NAMES_H
#define FLAMEGRAPH_NAMES_H

#include "base/buf.h"
#include "base/strtab.h"
#include "proto/pprof/profile.h"

/*
 * The texts that a report shows for the strings of a profile: shortened, marked and made safe (see
 * text.h), each made once however many functions share the string, and equal ones under one number.
 */
enum name_kind {
	NAME_FOLDED,        /* a function in folded stacks: whole, without ';' */
	NAME_FOLDED_KERNEL, /* the same with "_[k]" behind */
	NAME_LABEL,         /* a label's value in folded stacks */
	NAME_SHORT,         /* a function for people, "main.Map[...]" */
	NAME_SHORT_KERNEL,  /* the same with "_[k]" behind */
	NAME_MODULE,        /* a mapping's file, "[libc.so.6]" */
	NAME_FILE,          /* a path as it is */
	NAME_KINDS,
};

struct names {
	const struct profile *profile;
	struct strtab texts;         /* number 0 is "" */
	struct buf text;             /* scratch */
	struct buf raw;              /* scratch */
	uint32_t *known[NAME_KINDS]; /* text number by string number; 0: not made yet */
	uint32_t *unnamed;           /* the same by location */
};

/* May take about max_bytes for texts. Returns 0 or -ENOMEM; names_deinit() is allowed after both.
 */
int names_init(struct names *n, const struct profile *p, size_t max_bytes);
void names_deinit(struct names *n);

/* The text of a string of the profile. Returns 0, -ENOMEM or -EFBIG (so do the others). */
int names_of_string(struct names *n, enum name_kind kind, uint32_t string, uint32_t *ret_text);
/* The text of a location without a name, for folded stacks. */
int names_of_unnamed(struct names *n, const struct profile_location *location, uint32_t *ret_text);
/* A numeric label for folded stacks: "key N". */
int names_of_number(struct names *n, const char *key, int64_t number, uint32_t *ret_text);
/* A text of the report itself, made safe as NAME_LABEL is. */
int names_of_text(struct names *n, const char *text, uint32_t *ret_text);

/* The name of a function as a string of the profile; 0 if it has none. */
uint32_t names_function_string(const struct profile *p, uint32_t function);

#endif
