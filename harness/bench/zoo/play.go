package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/crosscheck"
	"bascule/harness/history"
)

// inVariant is where a feature names the variant that has the defect.
var inVariant = regexp.MustCompile(` (dans sa variante|in its) "[^"]+"( variant)?`)

// twinOf writes the feature's sound twin: the same scenario, on the stage
// without the defect.
func twinOf(feature, dir string) (string, error) {
	text, err := os.ReadFile(feature)
	if err != nil {
		return "", fmt.Errorf("zoo: %w", err)
	}
	sound := inVariant.ReplaceAll(text, nil)
	if len(sound) == len(text) {
		return "", fmt.Errorf("zoo: %s names no variant", feature)
	}
	path := filepath.Join(dir, filepath.Base(feature))
	if err := os.WriteFile(path, sound, 0o600); err != nil {
		return "", fmt.Errorf("zoo: %w", err)
	}
	return path, nil
}

// playBound is the longest that one scenario may take.
const playBound = 3 * time.Minute

// played is one scenario that was played.
type played struct {
	analysis.Result
	history string // path
}

// play has bascule play features, in the order given, and reads what it made of
// each, by the feature's base name. Every ledger is checked the second way.
func play(ctx context.Context, bascule, out string, features []string) (map[string]played, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, fmt.Errorf("zoo: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(len(features))*playBound)
	defer cancel()
	dir, err := os.MkdirTemp(out, "run-")
	if err != nil {
		return nil, fmt.Errorf("zoo: %w", err)
	}
	cmd := exec.CommandContext(ctx, bascule, append([]string{"run", "--out", dir}, features...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes its stages first
	cmd.WaitDelay = 2 * time.Minute
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 2) {
		return nil, fmt.Errorf("zoo: bascule run: %w\n%s", err, text)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("zoo: %w", context.Cause(ctx))
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*", "history.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("zoo: %w", err)
	}
	results := map[string]played{}
	for _, path := range paths {
		r, err := resultOf(path)
		if err != nil {
			return nil, err
		}
		results[strings.TrimSuffix(filepath.Base(r.Header.Feature), ".feature")] = played{r, path}
	}
	if len(results) != len(features) {
		return nil, fmt.Errorf("zoo: %d of %d scenarios were played\n%s", len(results), len(features), text)
	}
	return results, nil
}

// resultOf reads a verdict, and holds its ledger against the history.
func resultOf(path string) (r analysis.Result, err error) {
	b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "verdict.json"))
	if err != nil {
		return r, fmt.Errorf("zoo: %w", err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("zoo: %s: %w", path, err)
	}
	h, err := history.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := crosscheck.Agree(h, r); err != nil {
		return r, fmt.Errorf("zoo: %s: the ledger does not hold: %w", path, err)
	}
	return r, nil
}
