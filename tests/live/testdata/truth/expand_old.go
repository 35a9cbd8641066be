// SPDX-License-Identifier: BSD-2-Clause

//go:build !go1.23
// +build !go1.23

package main

import (
	"runtime"
	"unsafe"
)

// Up to 1.22 CallersFrames gives only the innermost frame. The pc of the call around it is in the
// inline tree, which the runtime's own functions find.

type funcInfo struct{ f, module unsafe.Pointer }

//go:linkname findfunc runtime.findfunc
func findfunc(pc uintptr) funcInfo

//go:linkname funcdata runtime.funcdata
func funcdata(f funcInfo, i uint8) unsafe.Pointer

//go:linkname pcdatavalue1 runtime.pcdatavalue1
func pcdatavalue1(f funcInfo, table uint32, pc uintptr, cache unsafe.Pointer, strict bool) int32

func expand(pc uintptr) []runtime.Frame {
	all := framesOf(pc)
	f := findfunc(pc)
	if len(all) == 0 || f.f == nil {
		return all
	}
	entry := all[0].Entry
	tree := funcdata(f, funcdataInlTree)
	if pc > entry {
		pc--
	}
	for tree != nil {
		index := pcdatavalue1(f, 2, pc, nil, false)
		if index < 0 {
			break
		}
		record := unsafe.Pointer(uintptr(tree) + uintptr(index)*recordSize)
		pc = entry + uintptr(*(*int32)(unsafe.Pointer(uintptr(record) + parentPc)))
		all = append(all, framesOf(pc+1)...)
	}
	return all
}
