package cmd_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/history"
)

// kills is how many runs TestKilledAtRandomMoments kills: few in make test, a
// hundred in make soak.
var (
	kills    = flag.Int("kills", 2, "runs that are killed at a random moment")
	killSeed = flag.Uint64("kill-seed", 0, "seed of the moments; 0: of the clock")
)

// longestKill is later than the end of the run: some kills strike while it is
// cleaning up, and some runs are quicker than their kill.
const longestKill = 26 * time.Second

// Whenever the harness dies, the engine is empty soon after, and what was
// recorded can be judged.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel() // nothing is measured: two at a time, after what is
	bascule(t)
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("moments of -kill-seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range *kills {
		after := time.Duration(r.Int64N(int64(longestKill)))
		s := start(t, "--stages", stages, crash)
		timer := time.NewTimer(after)
		<-timer.C
		_ = s.Process.Kill() // it may have ended
		killed := s.code(t) < 0
		t.Logf("kill %d after %s: killed %t", i+1, after.Round(time.Millisecond), killed)
		if entries, err := os.ReadDir(s.dir); err == nil && len(entries) == 0 {
			continue // before it had done anything at all
		}
		dir, id := s.run(t)
		nothingLeft(t, id, 30*time.Second)
		if killed {
			listed(t, s.dir, dir, "interrupted")
			judgeable(t, dir)
		}
	}
}

// listed fails unless bascule runs tells the state of a run.
func listed(t *testing.T, out, dir, want string) {
	t.Helper()
	b, err := exec.Command(bascule(t), "runs", "--json", "--out", out).Output()
	if err != nil {
		t.Fatal(err)
	}
	var runs []struct{ Dir, State string }
	if err := json.Unmarshal(b, &runs); err != nil {
		t.Fatal(err)
	}
	// Killed before the plan was written: no run yet.
	if _, err := os.Stat(filepath.Join(dir, "plan.json")); err != nil && len(runs) == 0 {
		return
	}
	if len(runs) != 1 || runs[0].Dir != dir || runs[0].State != want {
		t.Errorf("runs lists %+v, want %s as %s", runs, dir, want)
	}
}

// judgeable fails unless every history of a killed run can be read, and is
// judged inconclusive.
func judgeable(t *testing.T, dir string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if st, err := os.Stat(p); err == nil && st.Size() == 0 {
			continue // killed between the file and its header
		}
		h, err := history.ReadFile(p)
		if err != nil {
			t.Errorf("the history of a killed run cannot be read: %v", err)
			continue
		}
		if h.Complete {
			continue // killed while the reports were written
		}
		out, err := exec.Command(bascule(t), "analyze", p).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Errorf("analyze of a killed run: %v, want code 2\n%s", err, out)
		}
	}
}

// Before a run the engine is asked what it can do, with the fabric and the hand up
// for a moment: of these nothing stays behind either.
func TestKilledWhileItLooksAtTheEngine(t *testing.T) {
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	defer e.Close()
	s := startCommand(t, t.TempDir(), "faults", "--engine")
	defer func() { _ = s.Process.Kill() }() // it may have ended
	id := ""
	for end := time.Now().Add(time.Minute); id == ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the look never raised anything")
		}
		owners, err := e.Owners(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for run, owner := range owners {
			if strings.Contains(owner, fmt.Sprintf(":%d:", s.Process.Pid)) {
				id = run
			}
		}
	}
	if err := s.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if s.code(t) >= 0 {
		t.Error("the look had ended before it was killed")
	}
	nothingLeft(t, id, 30*time.Second)
}

// The fabric carries every link: when it dies under a run, what was measured
// from then on means nothing, and the run must say so.
func TestTheFabricIsKilledMidRun(t *testing.T) {
	t.Parallel() // nothing is measured: two at a time, after what is
	for says, hurt := range map[string]func(t *testing.T, e *engine.Engine, id string) error{
		"has ended": func(t *testing.T, e *engine.Engine, id string) error { return e.Kill(t.Context(), id) },
		"was restarted": func(t *testing.T, e *engine.Engine, id string) error {
			return errors.Join(e.Kill(t.Context(), id), e.Start(t.Context(), id))
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			s := start(t, "--stages", stages, crash)
			s.until(t, s.dir, string(history.FaultInjected))
			dir, id := s.run(t)
			e, err := engine.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			found, err := e.Containers(t.Context(), engine.LabelRun+"="+id, engine.LabelPart+"=fabric")
			if err != nil || len(found) != 1 {
				t.Fatalf("want one fabric, got %v, %v", found, err)
			}
			if err := hurt(t, e, found[0].ID); err != nil {
				t.Fatal(err)
			}
			if got := s.code(t); got != 4 && got != 2 {
				t.Errorf("exit code %d, want 4 or 2: nothing can be proved without the network", got)
			}
			if !holds(filepath.Join(dir, "*", "history.jsonl"), says) {
				t.Errorf("the history does not tell that the fabric %s", says)
			}
			nothingLeft(t, id, 0)
		})
	}
}
