// SPDX-License-Identifier: BSD-2-Clause

//go:build go1.16 && !go1.20
// +build go1.16,!go1.20

package main

const (
	funcdataInlTree = 3
	recordSize      = 20
	parentPc        = 16
)
