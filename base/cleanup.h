/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

/* Scoped release of one resource, and handing it over to somebody else (see "take_fd", "take_ptr"). */

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))
#define CLEANUP_FD        CLEANUP(cleanup_close)
#define CLEANUP_FREE      CLEANUP(cleanup_free)

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* Returns the descriptor and leaves -1 behind: the caller now owns it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Returns the pointer and leaves NULL behind: the caller now owns it. */
#define take_ptr(pointer)                        \
	({                                       \
		typeof(pointer) _taken = (pointer); \
		(pointer) = NULL;                \
		_taken;                          \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
