// SPDX-License-Identifier: BSD-2-Clause

//go:build !withcgo
// +build !withcgo

package main

func callC() {}
