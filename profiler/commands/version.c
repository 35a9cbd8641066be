/* SPDX-License-Identifier: BSD-2-Clause */
#include <bpf/libbpf.h>
#include <elfutils/libdwfl.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <zlib.h>

#include "profiler/command.h"
#include "profiler/version.h"

int version_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("goprof %s\nlibbpf %s, libdw %s, protobuf-c %s, zlib %s\n", GOPROF_VERSION,
	       libbpf_version_string(), dwfl_version(NULL), protobuf_c_version(), zlibVersion());
	return EXIT_DONE;
}
