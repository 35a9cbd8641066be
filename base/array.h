/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes room for at least `need` elements of `size` bytes in the malloc'ed array *data, whose
 * capacity in elements is *capacity; both are updated. Grows by half, so appending is amortised
 * O(1). Returns 0, -EOVERFLOW or -ENOMEM; a failure leaves the array as it was. Free it with free().
 */
int array_reserve_bytes(void **data, size_t *capacity, size_t need, size_t size);

#define array_reserve(data, capacity, need) \
	array_reserve_bytes((void **)(data), (capacity), (need), sizeof(**(data)))

#endif
