package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"bascule/harness/history"
)

// snapshots counts those of a scenario.
type snapshots struct {
	mu sync.Mutex
	n  int
}

// snapshotBound is how long looking at the sites may take.
const snapshotBound = 15 * time.Second

// compareAt looks at the sites if the plan says so of this instant.
func (s *scenario) compareAt(ctx context.Context, when string) error {
	if !slices.Contains(s.plan.Snapshots, when) {
		return nil
	}
	s.track.Step(s.say("comparaison des sites", "comparing the sites"))
	if err := s.compare(ctx, when); err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil // what could not be looked at is in the history
}

// compareAside looks at the sites while a failover begins: nobody waits for it.
func (s *scenario) compareAside(ctx context.Context) {
	if !slices.Contains(s.plan.Snapshots, history.AtFailover) {
		return
	}
	s.background.Go(func() {
		_ = s.compare(ctx, history.AtFailover) // it is in the history
	})
}

// compare looks at each container of each site, the sites side by side, and
// records what there is to compare. It changes nothing.
func (s *scenario) compare(ctx context.Context, when string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, snapshotBound, fmt.Errorf("not done within %s", snapshotBound))
	defer cancel()
	s.snapshots.mu.Lock()
	s.snapshots.n++
	n := strconv.Itoa(s.snapshots.n)
	s.snapshots.mu.Unlock()
	began := s.clock()
	sites := s.stage.Own()
	found, errs := make([][]history.Event, len(sites)), make([]error, len(sites))
	var wg sync.WaitGroup
	for i, site := range sites {
		wg.Go(func() { found[i], errs[i] = s.t.Snapshot(ctx, site.ID) })
	}
	wg.Wait()
	containers := 0
	for _, e := range slices.Concat(found...) {
		kv := []string{}
		if e.Kind == history.Snapshot {
			containers++
			kv = append(kv, "when", when, "n", n)
		}
		for k, v := range e.Attrs {
			kv = append(kv, k, v)
		}
		s.w.Event(e.Kind, e.Subject, kv...) // not shown: there are many, and a report tells them
	}
	err := errors.Join(errs...)
	text := ""
	if err != nil {
		text = err.Error()
	}
	s.Event(history.SnapshotTaken, s.plan.Stage, "when", when, "n", n, "containers", strconv.Itoa(containers),
		"took_ns", strconv.FormatInt(int64(s.clock()-began), 10), "err", text)
	return err
}

// lookAtTheUnwell records what containers lack that ended, or are not healthy,
// by their own last words.
func (s *scenario) lookAtTheUnwell(ctx context.Context) {
	for _, e := range s.t.Unwell(ctx) {
		s.Event(e.Kind, e.Subject, "state", e.Attrs["state"], "lacks", e.Attrs["lacks"])
	}
}

// requires are the requirements of the releases that play a part.
func (s *scenario) requires() []history.Requirement {
	parts := []string{s.plan.Live}
	for _, st := range s.plan.Steps {
		if st.Deploy != nil {
			parts = append(parts, st.Deploy.Release)
		}
	}
	for _, e := range s.plan.Expect {
		parts = append(parts, e.Release)
	}
	var out []history.Requirement
	for _, r := range s.stage.Releases {
		if slices.Contains(parts, r.Version) {
			out = append(out, r.Requires...)
		}
	}
	return out
}
