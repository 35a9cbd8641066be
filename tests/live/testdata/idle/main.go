// SPDX-License-Identifier: BSD-2-Clause

// Command idle uses no CPU until a line "N" on its stdin asks it to keep two goroutines busy until
// each of them has turned N million rounds; then it answers "done". It ends with its stdin.
package main

import (
	"bufio"
	"os"
	"strconv"
	"sync"
)

var sink [2]uint64

//go:noinline
func burn(millions int, x uint64) uint64 {
	var table [32]uint64
	for i := 0; i < millions*1000000; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		table[x>>59] ^= x
	}
	return table[x>>59]
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	os.Stdout.WriteString("ready\n")
	for in.Scan() {
		millions, err := strconv.Atoi(in.Text())
		if err != nil {
			panic(err)
		}
		var both sync.WaitGroup
		both.Add(2)
		for i := range sink {
			go func(i int) {
				defer both.Done()
				sink[i] = burn(millions, uint64(i))
			}(i)
		}
		both.Wait()
		os.Stdout.WriteString("done\n")
	}
}
