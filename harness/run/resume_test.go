package run

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
)

// played writes the folder of a scenario as a run leaves it.
func played(t *testing.T, dir, id, stamp string, done bool, events ...history.Kind) {
	t.Helper()
	folder := filepath.Join(dir, id)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := history.Create(filepath.Join(folder, historyFile), history.Header{Format: history.Format, Scenario: id}, func() time.Duration { return time.Second })
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		w.Event(e, id)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(stampFile, stamp+"\n")
	if done {
		write(verdictFile, "{}\n")
	}
}

func TestOnlyWhatCameToItsEndIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	var p plan.Plan
	for _, id := range []string{"whole", "never-begun", "killed", "interrupted", "engine-gone", "other-inputs"} {
		p.Scenarios = append(p.Scenarios, plan.Scenario{ID: id})
	}
	played(t, dir, "whole", "s", true, history.RunFinished)
	played(t, dir, "killed", "s", false, history.LoadStarted)
	played(t, dir, "interrupted", "s", true, history.Interrupted, history.RunFinished)
	played(t, dir, "engine-gone", "s", true, history.EngineBroke, history.RunFinished)
	played(t, dir, "other-inputs", "old", true, history.RunFinished)
	got, err := TakeOver(dir, p, func(plan.Scenario) string { return "s" })
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := got["whole"]; !ok || len(got) != 1 {
		t.Errorf("took over %d results, want that of \"whole\" alone: %v", len(got), got)
	}
}

func TestARunUnderWayIsNotTakenOver(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, OwnerFile), []byte(engine.Owner()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := TakeOver(dir, plan.Plan{}, nil); !errors.Is(err, ErrUnderWay) {
		t.Errorf("got %v, want %v: two processes would play the same cells", err, ErrUnderWay)
	}
}

// What an interrupted play left makes place; in a new run a folder that is there
// belongs to somebody.
func TestAFolderIsClearedOnlyWhereARunGoesOn(t *testing.T) {
	dir := t.TempDir()
	b, err := json.Marshal(plan.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, planFile), b, 0o644); err != nil {
		t.Fatal(err)
	}
	played(t, dir, "c001", "s", false, history.LoadStarted)
	sc := plan.Scenario{ID: "c001"}
	folder := filepath.Join(dir, sc.ID)
	if err := (Config{}).clear(folder, sc); err == nil {
		t.Error("a new run took a folder that is there")
	}
	c := Config{Dir: dir, Stamp: func(plan.Scenario) string { return "mark" }}
	if err := c.clear(folder, sc); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, historyFile)); !os.IsNotExist(err) {
		t.Error("the history of the interrupted play is still there")
	}
	if got, err := os.ReadFile(filepath.Join(folder, stampFile)); err != nil || string(got) != "mark\n" {
		t.Errorf("stamp %q, %v", got, err)
	}
}

// A run that goes on has not come to its end, whatever an earlier play of it
// had: until it has, its folder says that it is under way, or was interrupted.
func TestARunThatGoesOnHasNotComeToItsEnd(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{planFile, RunFile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time there is none to take away
		if err := resumeFolder(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, RunFile)); !os.IsNotExist(err) {
			t.Errorf("the end of the earlier play is still there (%v)", err)
		}
	}
}
