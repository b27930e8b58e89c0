package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
)

// The files of a run's folder and, from historyFile on, of a scenario's.
const (
	planFile    = "plan.json"
	historyFile = "history.jsonl"
	verdictFile = "verdict.json" // written last: with it the scenario is done
	stampFile   = "stamp"
)

// RunFile is in the folder of a run that came to its end. Whoever reports on a
// run writes it, last; a run that goes on has none until then.
const RunFile = "run.json"

// ErrUnderWay means that a process still plays the run.
var ErrUnderWay = errors.New("the run is still under way")

// ReadPlan reads the plan of a run's folder.
func ReadPlan(dir string) (plan.Plan, error) {
	var p plan.Plan
	b, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return p, fmt.Errorf("read the plan: %w", err)
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("read the plan: %s: %w", filepath.Join(dir, planFile), err)
	}
	return p, nil
}

// TakeOver gives the results of a run's folder that need no second play: played
// to their end, by nobody interrupted, from the same inputs as now. They are
// judged from their histories again.
func TakeOver(dir string, p plan.Plan, stamp func(plan.Scenario) string) (map[string]analysis.Result, error) {
	if owner, err := os.ReadFile(filepath.Join(dir, OwnerFile)); err == nil {
		if alive, _ := engine.OwnerAlive(strings.TrimSpace(string(owner))); alive {
			return nil, fmt.Errorf("%s: %w", dir, ErrUnderWay)
		}
	}
	out := map[string]analysis.Result{}
	for _, sc := range p.Scenarios {
		folder := filepath.Join(dir, sc.ID)
		if _, err := os.Stat(filepath.Join(folder, verdictFile)); err != nil {
			continue // not begun, or not ended
		}
		mark, err := os.ReadFile(filepath.Join(folder, stampFile))
		if err != nil || string(mark) != stamp(sc)+"\n" {
			continue
		}
		h, err := history.ReadFile(filepath.Join(folder, historyFile))
		if err != nil || CutShort(h) {
			continue
		}
		out[sc.ID] = analysis.Analyze(h)
	}
	return out, nil
}

// CutShort tells a scenario that a signal, a kill or a dead engine ended: it was
// not played, and a run that goes on plays it anew.
func CutShort(h *history.History) bool {
	if !h.Complete {
		return true
	}
	for _, e := range h.Events {
		if e.Kind == history.Interrupted || e.Kind == history.EngineBroke {
			return true
		}
	}
	return false
}

// folder makes the run's folder, or takes possession of the one to go on in.
func (c Config) folder() (dir string, err error) {
	if dir = c.Dir; dir != "" {
		err = resumeFolder(dir)
	} else {
		dir = filepath.Join(c.Out, c.ID)
		err = prepareFolder(c.Out, dir, c.Plan)
	}
	if err == nil && c.Prepared != nil {
		err = c.Prepared(dir)
	}
	return dir, err
}

// resumeFolder takes possession of an earlier run's folder.
func resumeFolder(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, planFile)); err != nil {
		return fmt.Errorf("run folder: nothing to go on with: %w", err)
	}
	if err := enoughSpace(dir); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, RunFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("run folder: the end of the earlier play: %w", err)
	}
	return own(dir)
}

// own says in a run's folder who plays it.
func own(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, OwnerFile), []byte(engine.Owner()+"\n"), 0o644); err != nil {
		return fmt.Errorf("run folder: write the owner: %w", err)
	}
	return nil
}

// clear makes the folder of a scenario. In a run that goes on, what an
// interrupted play left in it makes place.
func (c Config) clear(folder string, sc plan.Scenario) error {
	if c.Dir != "" {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	if c.Stamp == nil {
		return nil
	}
	return os.WriteFile(filepath.Join(folder, stampFile), []byte(c.Stamp(sc)+"\n"), 0o644)
}
