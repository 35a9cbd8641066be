/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROFILER_VERSION_H
#define PROFILER_VERSION_H

#define GOPROF_VERSION "0.1.0"

#endif
