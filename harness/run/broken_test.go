package run

import (
	"path/filepath"
	"strings"
	"testing"

	"bascule/harness/engine"
	"bascule/harness/history"
)

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
