/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYMBOLIZER_KALLSYMS_H
#define SYMBOLIZER_KALLSYMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* The kernel's functions by address, from the text of /proc/kallsyms (modules and BPF programs too). */

struct kallsyms;

/*
 * Reads the table from a descriptor (/proc/kallsyms, or a file in the same format; untrusted).
 * Returns 0, -EPERM when every address in it is hidden (kptr_restrict, no CAP_SYSLOG), -EINVAL, -EFBIG or -ENOMEM.
 */
int kallsyms_open_fd(int fd, struct kallsyms **ret_kallsyms, struct error *err);
/* Accepts NULL. */
void kallsyms_close(struct kallsyms *k);

/* The function that covers the address, or NULL. Lives as long as k. *ret_module is "" for the kernel itself. */
const char *kallsyms_lookup(const struct kallsyms *k, uint64_t address, const char **ret_module);

#endif
