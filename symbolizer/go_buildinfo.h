/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYMBOLIZER_GO_BUILDINFO_H
#define SYMBOLIZER_GO_BUILDINFO_H

#include "base/arena.h"
#include "symbolizer/elf_file.h"
#include "symbolizer/symbolizer.h"

/*
 * Reads what "go version -m" reads (debug/buildinfo). All strings are set, to "" where nothing is
 * known, and live as long as the arena. Returns 0, -ENODATA (no build info; before 1.13 there was
 * none), -EINVAL (corrupt) or -ENOMEM.
 */
int go_buildinfo_read(const struct elf_file *elf, struct arena *arena,
		      struct symbolizer_build_info *ret_info);

#endif
