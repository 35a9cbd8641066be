// Command workload spends its CPU time in places that are known beforehand, so that a shell script
// can judge a profile of it. It runs until -seconds are over or somebody ends it.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

var sink int

// spin has a frame of its own (the array), so that the chain of frame pointers is complete in its loop.
//
//go:noinline
func spin(seed int) int {
	var wheel [64]int
	for i := 0; i < 2000000; i++ {
		wheel[i&63] += seed ^ i
	}
	return wheel[seed&63]
}

//go:noinline
func middle(seed int) int { return spin(seed) + spin(seed+1) }

//go:noinline
func outer(seed int) int { return middle(seed) + 1 }

func burn() {
	for i := 0; ; i++ {
		sink += outer(i)
	}
}

// readZeros lives in the kernel: each call fills a large buffer there.
//
//go:noinline
func readZeros(zero *os.File, buffer []byte) {
	if _, err := zero.Read(buffer); err != nil {
		panic(err)
	}
}

func callKernel() {
	zero, err := os.Open("/dev/zero")
	if err != nil {
		panic(err)
	}
	buffer := make([]byte, 1<<20)
	for {
		readZeros(zero, buffer)
	}
}

//go:noinline
func left(depth, path int) int { return descend(depth-1, path>>1) + 1 }

//go:noinline
func right(depth, path int) int { return descend(depth-1, path>>1) + 2 }

// descend has one call chain for every value of path.
//
//go:noinline
func descend(depth, path int) int {
	var wheel [16]int
	if depth > 0 && path&1 == 0 {
		return left(depth, path)
	}
	if depth > 0 {
		return right(depth, path)
	}
	for i := 0; i < 2000; i++ {
		wheel[i&15] += i
	}
	return wheel[path&15]
}

// branch keeps thousands of different stacks busy, more than one drain's maps have room for.
func branch() {
	for path := 0; ; path++ {
		sink += descend(16, path)
	}
}

func main() {
	modes := map[string]func(){"burn": burn, "kernel": callKernel, "branch": branch}
	mode := flag.String("mode", "burn", "burn, kernel or branch")
	seconds := flag.Int("seconds", 600, "how long")
	flag.Parse()
	run := modes[*mode]
	if run == nil {
		fmt.Fprintln(os.Stderr, "no such mode:", *mode)
		os.Exit(2)
	}
	go run()
	go run()
	time.Sleep(time.Duration(*seconds) * time.Second)
}
