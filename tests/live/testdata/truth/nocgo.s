// SPDX-License-Identifier: BSD-2-Clause

//go:build !withcgo
// +build !withcgo

// Empty: lets expand_old.go declare functions without a body.
