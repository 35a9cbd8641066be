// SPDX-License-Identifier: BSD-2-Clause

// Command syscalls spends its time inside a system call, until its stdin ends.
package main

import (
	"os"
	"syscall"
)

//go:noinline
func readZeros(fd int, buffer []byte) {
	for i := 0; i < 1000; i++ {
		if _, err := syscall.Read(fd, buffer); err != nil {
			panic(err)
		}
	}
}

func main() {
	zero, err := os.Open("/dev/zero")
	if err != nil {
		panic(err)
	}
	go func() {
		var b [1]byte
		for {
			if _, err := os.Stdin.Read(b[:]); err != nil {
				os.Exit(0)
			}
		}
	}()
	os.Stdout.WriteString("ready\n")
	buffer := make([]byte, 1<<18)
	for {
		readZeros(int(zero.Fd()), buffer)
	}
}
