/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>

int array_reserve_bytes(void **data, size_t *capacity, size_t need, size_t size)
{
	size_t want = *capacity + *capacity / 2, bytes;
	void *grown;

	if (need <= *capacity)
		return 0;
	if (want < need)
		want = need;
	if (want < 16)
		want = 16;
	if (__builtin_mul_overflow(want, size, &bytes))
		return -EOVERFLOW;
	grown = realloc(*data, bytes);
	if (!grown)
		return -ENOMEM;
	*data = grown;
	*capacity = want;
	return 0;
}
