package run

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/failover"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/observe"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/harness/target"
)

// diary is what was done to a system that is not there, in order.
type diary struct {
	mu   sync.Mutex
	done []string
}

func (d *diary) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = append(d.done, what)
}

// at is when something was done, -1 if it was not.
func (d *diary) at(what string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Index(d.done, what)
}

func (d *diary) Step(text string)      { d.note("step " + text) }
func (d *diary) Done(analysis.Result)  {}
func (d *diary) Event(e history.Event) { d.note(string(e.Kind) + " " + e.Subject + e.Attrs["line"]) }

// paperTarget is a target that only writes down what it is asked for.
type paperTarget struct {
	target.Target
	*diary
	fenceFails bool
}

func (p *paperTarget) Event(history.Kind, string, ...string) {}
func (p *paperTarget) Faults() fault.Plane                   { return paperPlane{diary: p.diary} }
func (p *paperTarget) Operator() failover.Sites              { return paperSites{paperTarget: p} }

type paperPlane struct {
	fault.Plane
	*diary
}

func (p paperPlane) Network(_ context.Context, n fault.Network) error {
	p.note("break " + string(n.Kind))
	return nil
}
func (p paperPlane) Met(context.Context, string) (uint64, error) { return 1, nil }

type paperSites struct {
	failover.Sites
	*paperTarget
}

func (s paperSites) Fence(_ context.Context, site string) error {
	s.note("fence " + site)
	if s.fenceFails {
		return errors.New("no way in")
	}
	return nil
}
func (s paperSites) SwitchEntry(_ context.Context, site string) error {
	s.note("entry " + site)
	return nil
}

// onPaper carries out a scenario of a procedure on which two faults hang, that
// strike together before its second step.
func onPaper(t *testing.T, fenceFails bool) *diary {
	t.Helper()
	d := &diary{}
	link := func(k plan.FaultKind) *plan.Fault { return &plan.Fault{Kind: k, From: "paris", To: "lyon"} }
	s := &scenario{track: d, monitor: observe.NewMonitor(observe.MonitorConfig{Clock: func() time.Duration { return 0 }}), began: time.Now(), t: &paperTarget{diary: d, fenceFails: fenceFails},
		stage: &stage.Stage{Runbooks: []stage.Runbook{{ID: "R", Steps: []stage.RunbookStep{{ID: "a", Action: "fence", Site: "paris"}, {ID: "b", Action: "switch_entry", Site: "lyon"}}}}},
		plan: plan.Scenario{ID: "s", Steps: []plan.Step{
			{Line: 10, Text: "procedure", Do: plan.DoProcedure, When: plan.Trigger{On: plan.OnNow}, Runbook: &plan.Runbook{ID: "R"}},
			{Line: 11, Text: "cut", Do: plan.DoFault, When: plan.Trigger{On: plan.OnRunbook, Runbook: "R", Step: "b", Moment: plan.Before}, Fault: link(plan.Cut)},
			{Line: 12, Text: "refuse", Do: plan.DoFault, When: plan.Trigger{On: plan.OnTogether}, Fault: link(plan.Refuse)},
			{Line: 13, Text: "load", Do: plan.DoWait, When: plan.Trigger{On: plan.OnNow}, Wait: plan.Duration(time.Millisecond)},
		}}}
	var err error
	if s.w, err = history.Create(filepath.Join(t.TempDir(), "history.jsonl"), history.Header{}, s.clock); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.carry(ctx, 0, len(s.plan.Steps)); err != nil {
		t.Fatal(err)
	}
	s.background.Wait()
	if err := s.w.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFaultsStrikeAtTheirStepOfARunbookAndTheScenarioGoesOnAfterIt(t *testing.T) {
	d := onPaper(t, false)
	var at []int
	for _, what := range []string{"fence paris", "break cut", "entry lyon", "runbook.finished R", "step load"} {
		at = append(at, d.at(what))
	}
	if at[0] < 0 || !slices.IsSorted(at) {
		t.Errorf("not in this order: %v of %q", at, d.done)
	}
	if b := d.at("break refuse"); b < at[0] || b > at[2] {
		t.Errorf("the fault at the same time did not strike with the other: %q", d.done)
	}
}

func TestARunbookThatFailsBeforeTheMomentOfAFault(t *testing.T) {
	d := onPaper(t, true)
	for _, what := range []string{"fault.failed f1", "fault.failed f2", "note s10", "note s11", "note s12", "step load"} {
		if d.at(what) < 0 {
			t.Errorf("%q is missing in %q", what, d.done)
		}
	}
	for _, what := range []string{"break cut", "break refuse", "entry lyon"} {
		if d.at(what) >= 0 {
			t.Errorf("%q was done all the same", what)
		}
	}
}
