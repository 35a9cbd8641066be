// SPDX-License-Identifier: BSD-2-Clause

package main

import (
	"fmt"
	"os"
	"sort"
)

// Code of the kinds that are hard to name: wrappers, closures, deferred calls, deep inlining.

type namer interface{ name(i int) string }

type base struct{ text string }

func (b base) name(i int) string    { return b.text[i:] }
func (b *base) pointerName() string { return inlined1(b.text) }
func (b base) Less(i, j int) bool   { return b.text[i] < b.text[j] }
func (b base) Len() int             { return len(b.text) }
func (b base) Swap(i, j int)        { fmt.Println(i, j) }
func inlined1(s string) string      { return inlined2(s + "1") }
func inlined2(s string) string      { return inlined3(s + "2") }
func inlined3(s string) string      { return inlined4(s) + s[1:] }
func inlined4(s string) string      { return os.Getenv(s) + os.Getenv(s+s) }

type embeds struct {
	*base
	namer
	other [100]byte
}

func (e embeds) name(i int) string { return e.namer.name(i) }

type key struct {
	a string
	b interface{}
	c [3]float64
}

func shapes(args []string) {
	defer fmt.Println(args)
	defer func(i int) {
		if r := recover(); r != nil {
			fmt.Println(r, i)
		}
	}(len(args))
	e := embeds{base: &base{args[0]}, namer: base{args[1]}}
	sort.Sort(e)
	f := e.pointerName
	m := map[key]func() string{{a: args[0]}: f}
	for _, g := range m {
		go fmt.Println(g(), inlined1(args[1])+inlined1(args[2]))
	}
	go func() {
		func() {
			fmt.Println(e.name(1), inlined3(args[3]))
		}()
	}()
	generic(args)
}
