// SPDX-License-Identifier: BSD-2-Clause

// Command ends is busy for a while and then ends:
//
//	ends exit MS STATUS    busy for MS milliseconds of CPU time, before and in main, in equal parts;
//	                       prints the CPU time it used, in nanoseconds, and exits with STATUS
//	ends signals           idle; prints the signals it gets; SIGTERM makes it exit with status 7
package main

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

var sink uint64

func cpuTime() int64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return r.Utime.Nano() + r.Stime.Nano()
}

//go:noinline
func spin(x uint64) uint64 {
	var table [32]uint64
	for i := 0; i < 100000; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		table[x>>59] ^= x
	}
	return table[x>>59]
}

//go:noinline
func burn(milliseconds int) {
	for end := cpuTime() + int64(milliseconds)*1000000; cpuTime() < end; {
		sink += spin(sink)
	}
}

func number(i int) int {
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		panic(err)
	}
	return n
}

// init runs before main: a profiler that attaches to a running program misses it.
func init() {
	if os.Args[1] == "exit" {
		burn(number(2) / 2)
	}
}

func main() {
	if os.Args[1] == "exit" {
		os.Stdout.WriteString("ready\n")
		burn(number(2) / 2)
		os.Stdout.WriteString(strconv.FormatInt(cpuTime(), 10) + "\n")
		os.Exit(number(3))
	}
	got := make(chan os.Signal, 10)
	signal.Notify(got, syscall.SIGUSR1, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	os.Stdout.WriteString("ready\n")
	for s := range got {
		os.Stdout.WriteString("got " + s.String() + "\n")
		if s == syscall.SIGTERM {
			os.Exit(7)
		}
	}
}
