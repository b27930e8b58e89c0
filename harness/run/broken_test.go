package run

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"bascule/harness/engine"
	"bascule/harness/history"
)

// An engine that dies while a stage is raised ends the run: what comes next could
// only say the same, and a run that goes on plays all of it.
func TestAnEngineThatDiesWhileAStageIsRaisedEndsTheRun(t *testing.T) {
	for name, overlap := range map[string]bool{"one after the other": false, "overlapping": true} {
		t.Run(name, func(t *testing.T) {
			f := newFakeEngine(t)
			f.dieAt = "POST " // whatever is created first
			c := fourScenarios(t, f.connect())
			c.Overlap = overlap
			dir := t.TempDir()
			scope := engine.Scope{Run: c.ID, Owner: engine.Owner()}
			results, err := c.all(t.Context(), scope, "agent", dir)
			if len(results) != 1 || !errors.Is(err, engine.ErrNoEngine) {
				t.Errorf("%d scenarios were begun, want one; error %v", len(results), err)
			}
			taken, err := TakeOver(dir, c.Plan, c.Stamp)
			if err != nil || len(taken) != 0 {
				t.Errorf("%d scenarios count as played, %v", len(taken), err)
			}
		})
	}
}

// A stage that cannot be raised while the engine answers is a matter of that
// scenario alone.
func TestAStageThatCannotBeRaisedEndsNothingElse(t *testing.T) {
	f := newFakeEngine(t)
	f.refuse = "POST " // whatever is created first
	c := fourScenarios(t, f.connect())
	dir := t.TempDir()
	results, err := c.all(t.Context(), engine.Scope{Run: c.ID, Owner: engine.Owner()}, "agent", dir)
	if len(results) != 4 || err == nil || errors.Is(err, engine.ErrNoEngine) {
		t.Errorf("%d scenarios were begun, want 4; error %v", len(results), err)
	}
	if taken, err := TakeOver(dir, c.Plan, c.Stamp); err != nil || len(taken) != 4 {
		t.Errorf("%d scenarios count as played, want 4; %v", len(taken), err)
	}
}

// After a panic of ours the stage is removed all the same, before the next one is
// raised, and the scenario does not call itself played.
func TestAPanicLeavesNoStage(t *testing.T) {
	f := newFakeEngine(t)
	c := fourScenarios(t, f.connect())
	c.Plan.Scenarios = c.Plan.Scenarios[:1]
	first := true
	c.Progress = watched{step: func(string) {
		if first {
			first = false
			panic("a mistake of ours")
		}
	}}
	dir := t.TempDir()
	_, err := c.all(t.Context(), engine.Scope{Run: c.ID, Owner: engine.Owner()}, "agent", dir)
	if err == nil || !strings.Contains(err.Error(), "internal error: a mistake of ours") {
		t.Errorf("error %v", err)
	}
	if !f.was("GET /containers/json", "bascule.scenario%3Dc001") {
		t.Error("nobody looked for what the engine holds of the scenario")
	}
	h, err := history.ReadFile(filepath.Join(dir, "c001", historyFile))
	if err != nil {
		t.Fatal(err)
	}
	down := false
	for _, e := range h.Events {
		down = down || e.Kind == history.StageDown
	}
	if !down || h.Complete {
		t.Errorf("the stage was taken down: %t; the history calls itself complete: %t", down, h.Complete)
	}
}
