// Package exercise has the program play features, as a team would, and reads
// what it made of them. The benchmarks that hold Bascule against real systems
// share it.
package exercise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/crosscheck"
	"bascule/harness/history"
)

// bound is the longest that one scenario may take.
const bound = 3 * time.Minute

// Played is one scenario that was played.
type Played struct {
	analysis.Result
	History string // path
}

// Play has bascule play features, in the order given, and reads what it made of
// each, by the feature's base name. Every ledger is checked the second way.
func Play(ctx context.Context, bascule, out string, features []string) (map[string]Played, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, fmt.Errorf("play: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(len(features))*bound)
	defer cancel()
	dir, err := os.MkdirTemp(out, "run-")
	if err != nil {
		return nil, fmt.Errorf("play: %w", err)
	}
	cmd := exec.CommandContext(ctx, bascule, append([]string{"run", "--out", dir}, features...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes its stages first
	cmd.WaitDelay = 2 * time.Minute
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 2) {
		return nil, fmt.Errorf("play: bascule run: %w\n%s", err, text)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("play: %w", context.Cause(ctx))
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*", "history.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("play: %w", err)
	}
	results := map[string]Played{}
	for _, path := range paths {
		r, err := resultOf(path)
		if err != nil {
			return nil, err
		}
		p := Played{r, path}
		results[p.FeatureOf()] = p
	}
	if len(results) != len(features) {
		return nil, fmt.Errorf("play: %d of %d scenarios were played\n%s", len(results), len(features), text)
	}
	return results, nil
}

// Recorded judges again, by the analysis as it is now, what was played into a
// folder of run folders, in the order in which it was. A play that was cut short
// is left out.
func Recorded(runs string) ([]Played, error) {
	paths, err := filepath.Glob(filepath.Join(runs, "run-*", "*", "*", "history.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("recorded: %w", err)
	}
	var out []Played
	for _, path := range paths {
		h, err := history.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !h.Complete {
			continue
		}
		r := analysis.Analyze(h)
		if err := crosscheck.Agree(h, r); err != nil {
			return nil, fmt.Errorf("recorded: %s: the ledger does not hold: %w", path, err)
		}
		out = append(out, Played{r, path})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("recorded: nothing was played into %s", runs)
	}
	slices.SortStableFunc(out, func(a, b Played) int { return a.Header.Started.Compare(b.Header.Started) })
	return out, nil
}

// FeatureOf is the base name of the feature that a play is of.
func (p Played) FeatureOf() string {
	return strings.TrimSuffix(filepath.Base(p.Header.Feature), ".feature")
}

// resultOf reads a verdict, and holds its ledger against the history.
func resultOf(path string) (r analysis.Result, err error) {
	b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "verdict.json"))
	if err != nil {
		return r, fmt.Errorf("play: %w", err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("play: %s: %w", path, err)
	}
	h, err := history.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := crosscheck.Agree(h, r); err != nil {
		return r, fmt.Errorf("play: %s: the ledger does not hold: %w", path, err)
	}
	return r, nil
}
