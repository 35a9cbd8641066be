// SPDX-License-Identifier: BSD-2-Clause

// Command truth prints what Go's own runtime says about the addresses of this very program, for a
// comparison with the symbolizer. It must build with every Go release that the test uses.
//
//	truth N    N addresses spread over each function (0: every address)
//
// Output, as that of symbols_dump but for the wrapper flag:
//
//	VADDR {exact,return} FRAMES
//	\tFUNCTION\tFILE\tLINE\tSTARTLINE
package main

import (
	"bufio"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"text/template"
)

func main() {
	samples, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	keepAlive()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	t := truth{out: out, bias: loadBias()}
	entries := functionEntries()
	for i := 0; i+1 < len(entries); i++ {
		t.function(entries[i], entries[i+1], samples)
	}
}

// functionEntries walks from a known function up and down through all code. Functions are aligned
// to 16 bytes at least.
func functionEntries() []uintptr {
	const align = 16
	start := reflect.ValueOf(functionEntries).Pointer()
	low := start
	for f := runtime.FuncForPC(low); f != nil; f = runtime.FuncForPC(low - align) {
		low = f.Entry()
	}
	var entries []uintptr
	pc := low
	for ; ; pc += align {
		f := runtime.FuncForPC(pc)
		if f == nil {
			break
		}
		if f.Entry() == pc {
			entries = append(entries, pc)
		}
	}
	return append(entries, pc)
}

type truth struct {
	out  *bufio.Writer
	bias uintptr
	last string
}

func (t *truth) function(entry, end uintptr, samples int) {
	step := uintptr(1)
	if samples > 0 {
		step = (end-entry)/uintptr(samples) + 1
	}
	for pc := entry; pc < end; pc += step {
		t.address(pc, "return", pc)
		if f := runtime.FuncForPC(pc + 1); f != nil && f.Entry() == entry {
			t.address(pc, "exact", pc+1)
		}
	}
	t.address(end-1, "return", end-1)
	t.address(end, "return", end)
}

// address prints one. callersPC is what makes runtime.CallersFrames look at pc in the wanted way.
func (t *truth) address(pc uintptr, kind string, callersPC uintptr) {
	frames := expand(callersPC)
	fmt.Fprintf(t.out, "%x %s %d\n", pc-t.bias, kind, len(frames))
	for i := range frames {
		f := &frames[i]
		startLine := int64(0)
		if v := reflect.ValueOf(f).Elem().FieldByName("startLine"); v.IsValid() {
			startLine = v.Int()
		}
		file := f.File
		if file == "" {
			file = "?"
		}
		fmt.Fprintf(t.out, "\t%s\t%s\t%d\t%d\n", f.Function, file, f.Line, startLine)
	}
}

// framesOf asks runtime.CallersFrames about one pc. The 0 behind it stands for a caller: since 1.23
// calls that were inlined are expanded only if another pc follows.
func framesOf(pc uintptr) []runtime.Frame {
	var all []runtime.Frame
	frames := runtime.CallersFrames([]uintptr{pc, 0})
	for {
		f, more := frames.Next()
		if f.PC == 0 && f.Function == "" {
			break
		}
		all = append(all, f)
		if !more {
			break
		}
	}
	return all
}

// loadBias is what the loader added to the addresses of the file.
func loadBias() uintptr {
	exe, err := os.Open("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	defer exe.Close()
	file, err := elf.NewFile(exe)
	if err != nil {
		panic(err)
	}
	if file.Type != elf.ET_DYN {
		return 0
	}
	first := file.Progs[0]
	for _, p := range file.Progs {
		if p.Type == elf.PT_LOAD {
			first = p
			break
		}
	}
	path, err := os.Readlink("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		panic(err)
	}
	defer maps.Close()
	for scanner := bufio.NewScanner(maps); scanner.Scan(); {
		fields := strings.Fields(scanner.Text())
		if len(fields) == 6 && fields[5] == path && strings.Trim(fields[2], "0") == "" {
			base, err := strconv.ParseUint(strings.Split(fields[0], "-")[0], 16, 64)
			if err != nil {
				panic(err)
			}
			return uintptr(base - first.Vaddr)
		}
	}
	panic("not in /proc/self/maps")
}

// keepAlive makes the linker keep a good mixture of code.
func keepAlive() {
	if len(os.Args) < 100 {
		return
	}
	regexp.MustCompile(os.Args[1]).MatchString(os.Args[2])
	_ = json.NewDecoder(os.Stdin).Decode(&truth{})
	_ = template.Must(template.New("").Parse(os.Args[3])).Execute(os.Stdout, nil)
	shapes(os.Args)
	callC()
}
