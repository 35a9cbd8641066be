// Command busy is something to profile: it hashes, sorts, encodes and copies on two goroutines.
// It does not import net/http/pprof, and "make demo" strips it: goprof needs neither.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"sort"
	"strings"
	"time"
)

type order struct {
	ID    int
	Name  string
	Lines []string
}

func makeOrders(n int) []order {
	orders := make([]order, n)
	for i := range orders {
		orders[i] = order{ID: (i * 7919) % n, Name: fmt.Sprintf("order %d", i), Lines: []string{"pen", "ink", "paper"}}
	}
	return orders
}

func sortOrders(orders []order) {
	sort.Slice(orders, func(i, j int) bool { return orders[i].Name < orders[j].Name })
}

func encodeOrders(orders []order) int {
	text, err := json.Marshal(orders)
	if err != nil {
		panic(err)
	}
	return len(text)
}

func hashText(text string) byte {
	sum := sha256.Sum256([]byte(text))
	return sum[0]
}

// square is small enough to be inlined into addSquares; the profile shows it all the same.
func square(x int) int { return x * x }

func addSquares(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += square(i) ^ sum>>3
	}
	return sum
}

func serve(deadline time.Time, total *int) {
	for time.Now().Before(deadline) {
		orders := makeOrders(200)
		sortOrders(orders)
		*total += encodeOrders(orders)
		*total += addSquares(200000)
		*total += int(hashText(strings.Repeat("goprof ", 2000)))
	}
}

func main() {
	seconds := flag.Int("seconds", 60, "how long to keep two CPUs busy")
	flag.Parse()
	deadline := time.Now().Add(time.Duration(*seconds) * time.Second)
	var totals [2]int
	done := make(chan bool)
	go func() {
		serve(deadline, &totals[0])
		done <- true
	}()
	serve(deadline, &totals[1])
	<-done
	fmt.Println("done:", totals[0]+totals[1])
}
