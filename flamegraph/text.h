/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLAMEGRAPH_TEXT_H
#define FLAMEGRAPH_TEXT_H

#include <stddef.h>

#include "base/buf.h"

/* Text that others wrote (names, paths, labels), made fit for a terminal, a table or an XML file.
 */

/*
 * Appends text as valid UTF-8 on one line. Control characters become '?'; bytes that are not UTF-8
 * and characters that are invisible or turn the writing direction become U+FFFD. The byte
 * `unwanted` becomes `instead` (both 0: none).
 * Returns 0, -ENOMEM or -EFBIG; a failure may leave a part of the text behind.
 */
int text_append_clean(struct buf *out, const char *text, size_t len, char unwanted, char instead);

/* The columns that clean text takes on a terminal: 1 for a character, 2 for a wide (East Asian)
 * one. */
size_t text_columns(const char *text, size_t len);

/* The length in bytes of the longest beginning (end) of clean text that fits into columns. */
size_t text_head(const char *text, size_t len, size_t columns);
size_t text_tail(const char *text, size_t len, size_t columns);

#endif
