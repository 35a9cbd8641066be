// SPDX-License-Identifier: BSD-2-Clause

// Command chain keeps two goroutines busy in one known chain of calls until its stdin ends:
//
//	runtime.main -> main.main -> descend -> leaf -> step -> mix      (main goroutine)
//	                  worker  -> descend -> leaf -> step -> mix      (the other one)
//
// step and mix are inlined, the others are not. leaf has local data on its stack and therefore a
// frame pointer, and it runs for milliseconds, so that practically every sample sees the whole chain.
package main

import (
	"os"
	"sync/atomic"
)

var (
	ended int32
	sink  uint64
)

func mix(table *[64]uint64, x uint64) uint64 {
	table[x&63] += x
	return table[(x>>8)&63] ^ x
}

func step(table *[64]uint64, x uint64) uint64 {
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	return mix(table, x)
}

//go:noinline
func leaf(rounds int, x uint64) uint64 {
	var table [64]uint64
	for i := 0; i < rounds; i++ {
		x = step(&table, x|1)
	}
	return x
}

//go:noinline
func descend(rounds int, x uint64) uint64 {
	x = leaf(rounds, x)
	return x + 1
}

//go:noinline
func worker(rounds int) {
	x := uint64(rounds)
	for atomic.LoadInt32(&ended) == 0 {
		x = descend(rounds, x)
	}
	atomic.AddUint64(&sink, x)
}

func waitForEnd() {
	var b [1]byte
	for {
		if _, err := os.Stdin.Read(b[:]); err != nil {
			atomic.StoreInt32(&ended, 1)
			return
		}
	}
}

func main() {
	const rounds = 5000000
	// The arguments make the compiler wrap the call into a closure, which no profile should show.
	go worker(rounds)
	go waitForEnd()
	os.Stdout.WriteString("ready\n")
	x := uint64(1)
	for atomic.LoadInt32(&ended) == 0 {
		x = descend(rounds, x)
	}
	atomic.AddUint64(&sink, x)
}
