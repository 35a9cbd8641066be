// SPDX-License-Identifier: BSD-2-Clause

//go:build go1.23
// +build go1.23

package main

import "runtime"

// expand gives all logical frames of a pc: since 1.23 CallersFrames does so itself. It hides
// wrappers among them, as tracebacks do.
func expand(pc uintptr) []runtime.Frame { return framesOf(pc) }
