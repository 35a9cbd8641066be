// SPDX-License-Identifier: BSD-2-Clause

package live

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The symbolizer must say of every address exactly what Go's own runtime says of it in the running
// program: testdata/truth prints that of itself, build/tools/symbols_dump what the symbolizer finds
// in the file.

var symbolVersions = []string{"1.20.14", "1.22.12", "1.24.9", "1.26.0", "1.27.0"}

var symbolModes = []struct {
	name  string
	flags []string
}{
	{"default", []string{"CGO_ENABLED=0"}},
	{"stripped", []string{"CGO_ENABLED=0", "-ldflags=-s -w"}},
	{"pie", []string{"CGO_ENABLED=0", "-buildmode=pie"}},
	{"pie stripped", []string{"CGO_ENABLED=0", "-buildmode=pie", "-ldflags=-s -w"}},
	{"cgo", []string{"CGO_ENABLED=1", "-tags=withcgo", "-ldflags=-linkmode=external"}},
	{"cgo stripped", []string{"CGO_ENABLED=1", "-tags=withcgo", "-ldflags=-linkmode=external -s -w"}},
	{"cgo pie", []string{"CGO_ENABLED=1", "-tags=withcgo", "-buildmode=pie", "-ldflags=-linkmode=external"}},
	{"cgo pie stripped", []string{"CGO_ENABLED=1", "-tags=withcgo", "-buildmode=pie", "-ldflags=-linkmode=external -s -w"}},
}

func TestSymbolsAgreeWithRuntime(t *testing.T) {
	for _, version := range symbolVersions {
		for _, mode := range symbolModes {
			t.Run(version+"/"+mode.name, func(t *testing.T) {
				exe := filepath.Join(t.TempDir(), "truth")
				goBuild(t, version, filepath.Join("testdata", "truth"), exe, mode.flags...)
				compareWithTruth(t, exe, minorVersion(version) >= 20)
			})
			if testing.Short() {
				break
			}
		}
	}
}

// Builds that leave parts of the tables out or write them differently.
func TestSymbolsOfUnusualBuilds(t *testing.T) {
	for _, flag := range []string{"-gcflags=all=-l", "-gcflags=all=-N -l", "-trimpath", "-race"} {
		t.Run(flag, func(t *testing.T) {
			exe := filepath.Join(t.TempDir(), "truth")
			cgo := "CGO_ENABLED=0"
			if flag == "-race" {
				cgo = "CGO_ENABLED=1"
			}
			goBuild(t, "1.26.0", filepath.Join("testdata", "truth"), exe, cgo, flag)
			compareWithTruth(t, exe, true)
		})
	}
}

// answer is what one side says about one address.
type answer struct {
	address string // "VADDR {exact,return}"
	frames  []symbolFrame
}

type symbolFrame struct {
	function, file, line, startLine string
	wrapper                         bool
}

func compareWithTruth(t *testing.T, exe string, haveStartLines bool) {
	truth := readAnswers(t, run(t, nil, exe, "24"))
	var questions bytes.Buffer
	for _, a := range truth {
		fmt.Fprintln(&questions, a.address)
	}
	ours := readAnswers(t, run(t, &questions, buildTool(t, "symbols_dump"), exe))
	if len(truth) < 50000 || len(ours) != len(truth) {
		t.Fatalf("%d answers of the runtime, %d of the symbolizer", len(truth), len(ours))
	}
	wrong := 0
	for i := range truth {
		if agrees(truth[i].frames, ours[i].frames, haveStartLines) {
			continue
		}
		if wrong++; wrong <= 5 {
			t.Errorf("%s:\nruntime    %+v\nsymbolizer %+v", truth[i].address, truth[i].frames, ours[i].frames)
		}
	}
	t.Logf("%d of %d addresses agree", len(truth)-wrong, len(truth))
}

// buildTool returns the path of a program in build/tools, which the Makefile builds from tests/tools.
func buildTool(t *testing.T, name string) string {
	t.Helper()
	for _, variant := range []string{"release", "san"} {
		path, err := filepath.Abs(filepath.Join("..", "..", "build", variant, "tools", name))
		if err == nil && isRunnable(path) {
			return path
		}
	}
	t.Fatalf("%s is not built: run this through make check-live", name)
	return ""
}

func run(t *testing.T, input io.Reader, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = input
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

// readAnswers reads a line for each address and a line with a tab in front for each frame of it.
func readAnswers(t *testing.T, text []byte) []answer {
	t.Helper()
	var answers []answer
	for scanner := bufio.NewScanner(bytes.NewReader(text)); scanner.Scan(); {
		line := scanner.Text()
		if !strings.HasPrefix(line, "\t") {
			f := strings.Fields(line)
			answers = append(answers, answer{address: f[0] + " " + f[1]})
			continue
		}
		f := strings.Split(line[1:], "\t")
		last := &answers[len(answers)-1]
		last.frames = append(last.frames, symbolFrame{f[0], f[1], f[2], f[3], f[len(f)-1] == "wrapper"})
	}
	return answers
}

func agrees(truth, ours []symbolFrame, haveStartLines bool) bool {
	if framesEqual(truth, ours, haveStartLines) {
		return true
	}
	// runtime.CallersFrames hides wrappers that an inlined call came through.
	var visible []symbolFrame
	for i, f := range ours {
		if i == 0 || !f.wrapper {
			visible = append(visible, f)
		}
	}
	return framesEqual(truth, visible, haveStartLines)
}

func framesEqual(truth, ours []symbolFrame, haveStartLines bool) bool {
	if len(truth) != len(ours) {
		return false
	}
	for i, f := range truth {
		o := ours[i]
		if f.file != o.file || f.line != o.line || haveStartLines && f.startLine != o.startLine {
			return false
		}
		// The runtime does not know the very first name: offset 0 means none to it.
		if f.function != o.function && f.function != elideTypeArguments(o.function) && f.function != "" {
			return false
		}
	}
	return true
}

// elideTypeArguments does what the runtime does with names for people (funcNameForPrint).
func elideTypeArguments(name string) string {
	i, j := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if i < 0 || j <= i {
		return name
	}
	return name[:i] + "[...]" + name[j+1:]
}
