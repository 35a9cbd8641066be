// SPDX-License-Identifier: BSD-2-Clause

package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Go toolchains of any release, as the module proxy has them: module golang.org/toolchain.

var (
	toolchainLock  sync.Mutex
	toolchainRoots = map[string]string{} // version -> GOROOT
)

// toolchain returns the GOROOT of a Go release ("1.24.9"), fetched once per machine.
func toolchain(t testing.TB, version string) string {
	t.Helper()
	toolchainLock.Lock()
	defer toolchainLock.Unlock()
	if root := toolchainRoots[version]; root != "" {
		return root
	}
	root, err := fetchToolchain(version)
	if err != nil {
		t.Fatalf("toolchain %s: %v", version, err)
	}
	toolchainRoots[version] = root
	return root
}

func fetchToolchain(version string) (string, error) {
	if root := switchToolchain(version); root != "" {
		return root, nil
	}
	return downloadToolchain(version)
}

// switchToolchain lets a host Go of 1.21 or later fetch the release for its own use. It returns ""
// where that does not work.
func switchToolchain(version string) string {
	cmd := exec.Command("go", "version")
	cmd.Env = append(os.Environ(), "GOENV=off", "GOFLAGS=", "GOTOOLCHAIN=go"+version)
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), " go"+version+" ") {
		return ""
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		return ""
	}
	root := filepath.Join(strings.TrimSpace(string(cache)), "golang.org", "toolchain@v0.0.1-go"+version+".linux-amd64")
	if !isRunnable(filepath.Join(root, "bin", "go")) || !isRunnable(compilerOf(root)) {
		return ""
	}
	return root
}

// downloadToolchain downloads the module within a temporary one: a host Go before 1.21 needs one. It
// leaves the files read-only and without the run bit, so the tree is copied.
func downloadToolchain(version string) (string, error) {
	copied, err := filepath.Abs(filepath.Join("..", "..", "build", "toolchains", version))
	if err != nil {
		return "", err
	}
	if isRunnable(filepath.Join(copied, "bin", "go")) {
		return copied, nil
	}
	dir, err := os.MkdirTemp("", "toolchain")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module fetch\n\ngo 1.18\n"), 0o666); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "mod", "download", "-json", "golang.org/toolchain@v0.0.1-go"+version+".linux-amd64")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GO111MODULE=on", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	out, err := cmd.Output()
	var module struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &module); jsonErr != nil || module.Dir == "" {
		return "", fmt.Errorf("go mod download: %v: %s", err, module.Error)
	}
	return copied, copyToolchain(module.Dir, copied)
}

func compilerOf(root string) string {
	matches, _ := filepath.Glob(filepath.Join(root, "pkg", "tool", "linux_amd64", "*"))
	if len(matches) == 0 {
		return ""
	}
	return matches[0]
}

func isRunnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// copyToolchain copies the tree aside and moves it into place, so that a half copy is never used.
func copyToolchain(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	half, err := os.MkdirTemp(filepath.Dir(to), "half")
	if err != nil {
		return err
	}
	defer os.RemoveAll(half)
	err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(half, name), 0o777)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o666)
		if strings.HasPrefix(name, "bin/") || strings.HasPrefix(name, "pkg/tool/") {
			mode = 0o777
		}
		return os.WriteFile(filepath.Join(half, name), data, mode)
	})
	if err != nil {
		return err
	}
	return os.Rename(half, to)
}

// minorVersion of "1.24.9" is 24.
func minorVersion(version string) int {
	minor, _ := strconv.Atoi(strings.Split(version, ".")[1])
	return minor
}

// goCommand prepares a command of that release's go tool. It uses nothing of the user's settings,
// and extraEnv comes last.
func goCommand(t testing.TB, version, dir string, args []string, extraEnv ...string) *exec.Cmd {
	t.Helper()
	root := toolchain(t, version)
	cmd := exec.Command(filepath.Join(root, "bin", "go"), args...)
	cmd.Dir = dir
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GO") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "GOENV=off", "GOFLAGS=", "GOTOOLCHAIN=local", "GOROOT="+root)
	for _, keep := range []string{"GOPROXY", "GOCACHE", "GOMODCACHE", "GOPATH"} {
		if v := os.Getenv(keep); v != "" {
			cmd.Env = append(cmd.Env, keep+"="+v)
		}
	}
	if minorVersion(version) < 16 {
		cmd.Env = append(cmd.Env, "GO111MODULE=off")
	}
	cmd.Env = append(cmd.Env, extraEnv...)
	return cmd
}

// goBuild builds the package in dir with that release into the file out. Flags of the form NAME=VALUE
// in capitals ("CGO_ENABLED=0") go into the environment, all others to "go build".
func goBuild(t testing.TB, version, dir, out string, flags ...string) {
	t.Helper()
	args := []string{"build", "-o", out}
	var env []string
	for _, f := range flags {
		if strings.HasPrefix(f, "-") {
			args = append(args, f)
		} else {
			env = append(env, f)
		}
	}
	cmd := goCommand(t, version, dir, args, env...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		t.Fatalf("go%s build %v in %s: %v\n%s", version, flags, dir, err, output.Bytes())
	}
}
