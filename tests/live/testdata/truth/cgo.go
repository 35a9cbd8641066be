// SPDX-License-Identifier: BSD-2-Clause

//go:build withcgo
// +build withcgo

package main

/*
#include <stdlib.h>

static int twice(int x) { return abs(x) * 2; }
*/
import "C"

func callC() { println(C.twice(21)) }
