package cmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/history"
)

// A sweep that is killed in its second cell goes on: what was played stays, the
// cell that was cut short is played anew, and the engine is empty in the end.
func TestAKilledSweepGoesOn(t *testing.T) {
	s := startSweep(t, t.TempDir(), "../features/certification/balayage-migration.feature", "--stages", stages, "--faults", "crash", "--phases", "verify")
	second := filepath.Join(s.dir, "*", "c002-*", "history.jsonl")
	end := time.Now().Add(3 * time.Minute)
	for !holds(second, string(history.FaultInjected)) {
		if time.Now().After(end) {
			t.Fatal("the second cell never came to its fault")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := s.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.code(t)
	dir, id := s.run(t)
	// Meanwhile the matrix tells what is known.
	if m := matrix(t, dir); m.Coverage.Played != 1 || m.Coverage.Chosen != 3 || m.Verdict != "inconclusive" {
		t.Errorf("the matrix of a killed sweep: %+v", m)
	}
	first, err := os.ReadFile(find(t, dir, "c001-*/history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	// At once: the reaper of the killed process is still at work, and must not
	// take what is raised now for its own.
	again := startSweep(t, s.dir, "--resume", dir)
	if got := again.code(t); got != 0 {
		t.Fatalf("exit code %d, want 0", got)
	}
	m := matrix(t, dir)
	if m.Verdict != "pass" || m.Coverage.Played != 3 || m.Counts.Pass != 3 {
		t.Errorf("the sweep did not go on to its end: %+v", m)
	}
	if now, err := os.ReadFile(find(t, dir, "c001-*/history.jsonl")); err != nil || !bytes.Equal(now, first) {
		t.Errorf("the cell that was played was played again (%v)", err)
	}
	for _, c := range m.Cells {
		if st, err := os.Stat(filepath.Join(dir, c.Report)); err != nil || st.Size() == 0 {
			t.Errorf("cell %s opens no timeline: %v", c.ID, err)
		}
	}
	nothingLeft(t, id, 30*time.Second)
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	owners, err := e.Owners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for run := range owners {
		if bytes.Contains(again.out.Bytes(), []byte(run)) {
			t.Errorf("the engine still holds something of run %s, which went on", run)
		}
	}
	// A sweep that is over has nothing to go on with, and says what it found.
	idle := startSweep(t, s.dir, "--resume", dir)
	if got := idle.code(t); got != 0 || bytes.Contains(idle.out.Bytes(), []byte("✔")) {
		t.Errorf("exit code %d; it printed\n%s", got, idle.out)
	}
}

func startSweep(t *testing.T, dir string, args ...string) *started {
	t.Helper()
	return startCommand(t, dir, append([]string{"sweep", "--out", dir}, args...)...)
}

// holds tells whether a file of that pattern holds a text.
func holds(pattern, text string) bool {
	m, err := filepath.Glob(pattern)
	if err != nil || len(m) == 0 {
		return false
	}
	b, err := os.ReadFile(m[0])
	return err == nil && bytes.Contains(b, []byte(text))
}

type readMatrix struct {
	Verdict  string
	Counts   struct{ Pass int }
	Coverage struct{ Chosen, Played int }
	Cells    []struct{ ID, Report string }
}

func matrix(t *testing.T, dir string) (m readMatrix) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "sweep.json"))
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}
