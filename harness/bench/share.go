package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"bascule/harness/history"
)

// shareGoal is the largest share of a run's wall time that may be the harness's.
const shareGoal = 0.10

// share measures how much of a nightly run's wall time is the harness's own: all
// of it but the stages' rising and removal, the exercises under load and the
// reading of data. What is left is the start, the compiling of features, the
// images, the control operations, the analysis and the reports.
func share(ctx context.Context, o options) ([]Row, error) {
	features := "features/nightly"
	if o.quick {
		features = "features/nightly/02-primary-site-lost-while-replacing.feature"
	}
	dir, err := os.MkdirTemp("", "bascule-bench-")
	if err != nil {
		return nil, fmt.Errorf("folder for the run: %w", err)
	}
	defer os.RemoveAll(dir)
	c := exec.CommandContext(ctx, "bin/bascule", "run", "--out", dir, features)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) } // it removes its stages first
	c.WaitDelay = 2 * time.Minute
	began := time.Now()
	text, err := c.CombinedOutput()
	ended := time.Now()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 2) {
		return nil, fmt.Errorf("a nightly run (make build): %w\n%s", err, text)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*", "history.jsonl"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("the run left no history: %w\n%s", err, text)
	}
	var busy []stretch
	for _, path := range paths {
		h, err := history.ReadFile(path)
		if err != nil {
			return nil, err
		}
		busy = append(busy, atWork(h)...)
	}
	whole := ended.Sub(began)
	own := whole - covered(busy, began, ended)
	return []Row{{
		What: "harness's own share of a nightly run's wall time", Goal: "< 10 %", Unit: "%", Measured: 100 * own.Seconds() / whole.Seconds(),
		Met: own.Seconds() < shareGoal*whole.Seconds(), Limit: "loading the fabric's image, control operations before each load, the reports",
		Note: fmt.Sprintf("%.1f s of %.1f s, %d scenarios of %s; not counted as its own: stages rising and going, load, reading back", own.Seconds(), whole.Seconds(), len(paths), features),
	}}, nil
}

// stretch is a piece of wall time.
type stretch struct{ from, to time.Time }

// atWork are the stretches of a scenario in which the system under test, or the
// engine on its behalf, is at work. One that never ended counts for nothing.
func atWork(h *history.History) (out []stretch) {
	ends := map[history.Kind]history.Kind{history.StageRaising: history.StageUp, history.LoadStarted: history.LoadStopped,
		history.ReadbackStarted: history.ReadbackDone, history.StageDropping: history.StageDown}
	at := func(e history.Event) time.Time { return h.Header.Started.Add(e.At) }
	for i, e := range h.Events {
		end, begins := ends[e.Kind]
		if !begins {
			continue
		}
		for _, later := range h.Events[i:] {
			if later.Kind == end && later.Subject == e.Subject {
				out = append(out, stretch{at(e), at(later)})
				break
			}
		}
	}
	return out
}

// covered is how much of the time between two instants lies in any stretch.
func covered(list []stretch, from, to time.Time) (sum time.Duration) {
	slices.SortFunc(list, func(a, b stretch) int { return a.from.Compare(b.from) })
	for _, s := range list {
		if s.from.Before(from) {
			s.from = from
		}
		if s.to.After(to) {
			s.to = to
		}
		if s.to.After(s.from) {
			sum += s.to.Sub(s.from)
			from = s.to
		}
	}
	return sum
}
