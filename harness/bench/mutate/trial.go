package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fate is what the tests made of a mutant.
type fate string

const (
	caught   fate = "caught"
	hung     fate = "caught by its time" // the tests did not end: a loop without an end
	survived fate = "survived"
	broken   fate = "does not compile"
	excused  fate = "equivalent" // survived, and is on the list of those that change nothing
)

// laboratory runs a package's tests against mutants. No file of the tree is
// touched: the compiler is told to read another file in the place of the one
// that has the mistake (go test -overlay).
type laboratory struct {
	dir     string        // where go test runs; "": here
	pkg     string        // package path as go test takes it, "./harness/analysis"
	timeout time.Duration // of the tests, compiling not included
	bound   time.Duration // of compiling and testing together
	scratch string        // folder for the files with mistakes
}

// try runs the tests against m.
func (l laboratory) try(ctx context.Context, m mutant) (fate, error) {
	original, err := os.ReadFile(m.file)
	if err != nil {
		return "", fmt.Errorf("mutate: %w", err)
	}
	return l.run(ctx, map[string][]byte{m.file: m.source(original)})
}

// sound checks that the tests pass where nothing was changed: all mutants would
// be called caught otherwise.
func (l laboratory) sound(ctx context.Context) error {
	f, err := l.run(ctx, nil)
	if err != nil {
		return err
	}
	if f != survived {
		return fmt.Errorf("mutate: the tests of %s do not pass as they are (%s): mend them first", l.pkg, f)
	}
	return nil
}

func (l laboratory) run(ctx context.Context, files map[string][]byte) (fate, error) {
	replace := map[string]string{}
	for path, content := range files {
		with := filepath.Join(l.scratch, filepath.Base(path))
		if err := os.WriteFile(with, content, 0o600); err != nil {
			return "", fmt.Errorf("mutate: %w", err)
		}
		replace[path] = with
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("mutate: %w", err)
	}
	list := filepath.Join(l.scratch, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", fmt.Errorf("mutate: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, l.bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", list, "-vet=off", "-failfast", "-count=1",
		"-ldflags=-s -w", "-timeout", l.timeout.String(), l.pkg)
	cmd.Dir, cmd.WaitDelay = l.dir, time.Second
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return survived, nil
	case ctx.Err() != nil:
		return "", fmt.Errorf("mutate: go test took longer than %v: %w", l.bound, ctx.Err())
	case !errors.As(err, &exit):
		return "", fmt.Errorf("mutate: go test: %w", err)
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
		return broken, nil
	case bytes.Contains(out, []byte("panic: test timed out")):
		return hung, nil
	case bytes.Contains(out, []byte("FAIL")):
		return caught, nil
	}
	return "", fmt.Errorf("mutate: go test: %w: %s", err, lastLines(out))
}

func lastLines(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "; ")
}
