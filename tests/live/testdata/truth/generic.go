// SPDX-License-Identifier: BSD-2-Clause

//go:build go1.18
// +build go1.18

package main

import "fmt"

type pair[K comparable, V any] struct {
	k K
	v V
}

func (p pair[K, V]) String() string { return fmt.Sprint(p.k, p.v) }

func (p *pair[K, V]) apply(f func(V) V) pair[K, V] {
	func() { p.v = f(p.v) }()
	return *p
}

func mapped[T, U any](in []T, f func(T) U) (out []U) {
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}

func generic(args []string) {
	pairs := mapped(args, func(s string) pair[string, int] { return pair[string, int]{s, len(s)} })
	p := pairs[0].apply(func(i int) int { return i * 2 })
	q := pair[struct{ a, b int }, *string]{v: &args[0]}
	fmt.Println(p, q.apply(func(s *string) *string { return s }))
}
