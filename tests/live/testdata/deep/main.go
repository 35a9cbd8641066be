// SPDX-License-Identifier: BSD-2-Clause

// Command deep is busy at the bottom of a recursion of 500 calls, until its stdin ends.
package main

import (
	"os"
	"sync/atomic"
)

var (
	ended int32
	sink  uint64
)

//go:noinline
func bottom(x uint64) uint64 {
	var table [32]uint64
	for i := 0; i < 1000000; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		table[x>>59] ^= x
	}
	return table[x>>59]
}

//go:noinline
func recurse(depth int, x uint64) uint64 {
	if depth > 0 {
		return recurse(depth-1, x) + 1
	}
	for atomic.LoadInt32(&ended) == 0 {
		x = bottom(x)
	}
	return x
}

func main() {
	go func() {
		var b [1]byte
		for {
			if _, err := os.Stdin.Read(b[:]); err != nil {
				atomic.StoreInt32(&ended, 1)
				return
			}
		}
	}()
	os.Stdout.WriteString("ready\n")
	atomic.AddUint64(&sink, recurse(500, 1))
}
