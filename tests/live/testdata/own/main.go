// SPDX-License-Identifier: BSD-2-Clause

// Command own keeps two goroutines busy in functions of known shares and profiles itself with
// runtime/pprof when asked:
//
//	start FILE    starts the profile; answers "started"
//	stop          ends it and writes FILE; answers "stopped"
//
// It ends with its stdin.
package main

import (
	"bufio"
	"os"
	"runtime/pprof"
	"strings"
	"sync/atomic"
)

var sink uint64

// Each has an array on its stack, hence a frame of its own.

//go:noinline
func tenth(n int, x uint64) uint64 {
	var table [32]uint64
	for i := 0; i < n; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		table[x>>59] ^= x
	}
	return table[x>>59]
}

//go:noinline
func fifth(n int, x uint64) uint64 {
	var table [32]uint64
	for i := 0; i < 2*n; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		table[x>>59] ^= x
	}
	return table[x>>59]
}

func scramble(table *[32]uint64, x uint64) uint64 {
	x = x*6364136223846793005 + 1442695040888963407
	table[x>>59] ^= x
	return x
}

//go:noinline
func rest(n int, x uint64) uint64 {
	var table [32]uint64
	for i := 0; i < 7*n; i++ {
		x = scramble(&table, x)
	}
	return table[x>>59]
}

// The calls are short and in turn, so that any window of a second sees the same shares. The lengths
// vary, so that no timer keeps in step with them.
//
//go:noinline
func turn(x uint64) uint64 {
	n := 2000 + int(x>>54)
	x += tenth(n, x)
	x += fifth(n, x)
	x += rest(n, x)
	return x*6364136223846793005 + 1
}

func spin() {
	for x := uint64(88172645463325252); ; {
		x = turn(x)
		atomic.StoreUint64(&sink, x)
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	go spin()
	go spin()
	var file *os.File
	in := bufio.NewScanner(os.Stdin)
	os.Stdout.WriteString("ready\n")
	for in.Scan() {
		var err error
		if name := strings.TrimPrefix(in.Text(), "start "); name != in.Text() {
			file, err = os.Create(name)
			check(err)
			check(pprof.StartCPUProfile(file))
			os.Stdout.WriteString("started\n")
			continue
		}
		pprof.StopCPUProfile()
		check(file.Close())
		os.Stdout.WriteString("stopped\n")
	}
}
