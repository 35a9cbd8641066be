/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/cleanup.h"
#include "proto/pprof/encode.h"

/*
 * encode_bench N   builds a profile of N distinct samples (30 frames, 20 000 locations) and encodes
 * it; prints the times and the peak memory.
 */

enum { DEPTH = 30, LOCATIONS = 20000 };

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int count_bytes(void *sink, const void *bytes, size_t len)
{
	(void)bytes;
	*(size_t *)sink += len;
	return 0;
}

static void check(int r)
{
	if (r) {
		fprintf(stderr, "encode_bench: %s\n", error_text(r));
		exit(1);
	}
}

static void add_locations(struct profile *p)
{
	struct profile_function f = {.start_line = 1};
	struct profile_line line;
	char name[64];
	uint32_t number;

	for (uint32_t i = 0; i < LOCATIONS; i++) {
		snprintf(name, sizeof(name), "example.com/service/package%u.Function%u", i % 200,
			 i / 4);
		check(profile_add_string(p, name, &f.name));
		check(profile_add_function(p, &f, &line.function));
		line.line = i % 1000 + 1;
		line.column = 0;
		check(profile_add_location(p, PROFILE_NONE, 0x400000 + i * 16, &line, 1, &number));
	}
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 1000000;
	uint32_t stack[DEPTH], random = 1;
	int64_t values[2] = {1, 10101010};
	struct rusage usage;
	struct profile *p;
	size_t bytes = 0;
	double start = seconds(), built;

	check(profile_create(&p));
	check(profile_add_sample_type(p, "samples", "count"));
	check(profile_add_sample_type(p, "cpu", "nanoseconds"));
	add_locations(p);
	for (long i = 0; i < n; i++) {
		for (size_t d = 0; d < DEPTH; d++) {
			random = random * 1664525 + 1013904223;
			stack[d] = (random >> 8) % LOCATIONS;
		}
		check(profile_add_sample(p, stack, DEPTH, NULL, 0, values));
	}
	built = seconds();
	check(profile_encode(p, count_bytes, &bytes, NULL));
	getrusage(RUSAGE_SELF, &usage);
	printf("%ld distinct samples of %d frames: build %.2f s, encode %.2f s, %.1f MB written, peak %ld MB\n",
	       n, DEPTH, built - start, seconds() - built, (double)bytes / 1e6,
	       usage.ru_maxrss / 1024);
	profile_destroy(p);
	return 0;
}
