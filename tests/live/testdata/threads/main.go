// SPDX-License-Identifier: BSD-2-Clause

// Command threads starts with one busy goroutine that is locked to a thread. Every line on its stdin
// starts another one, on a thread that did not exist before; the answer is that thread's number. It
// ends with its stdin.
package main

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
)

var sink uint64

//go:noinline
func spin(x uint64) uint64 {
	var table [32]uint64
	for i := 0; i < 1000000; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		table[x>>59] ^= x
	}
	return table[x>>59]
}

//go:noinline
func early(tid chan<- int) {
	runtime.LockOSThread()
	tid <- syscall.Gettid()
	for {
		atomic.AddUint64(&sink, spin(1))
	}
}

//go:noinline
func late(tid chan<- int) {
	runtime.LockOSThread()
	tid <- syscall.Gettid()
	for {
		atomic.AddUint64(&sink, spin(2))
	}
}

func main() {
	tid := make(chan int)
	go early(tid)
	first := <-tid
	in := bufio.NewScanner(os.Stdin)
	os.Stdout.WriteString("ready\n" + strconv.Itoa(first) + "\n")
	for in.Scan() {
		go late(tid)
		os.Stdout.WriteString(strconv.Itoa(<-tid) + "\n")
	}
}
