// SPDX-License-Identifier: BSD-2-Clause

//go:build go1.20 && !go1.23
// +build go1.20,!go1.23

package main

const (
	funcdataInlTree = 3
	recordSize      = 16
	parentPc        = 8
)
