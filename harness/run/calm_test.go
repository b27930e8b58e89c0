package run

import (
	"context"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// The history knows each part of a probe by the target that its fault names.
func TestTheHistoryKnowsThePartsOfAProbe(t *testing.T) {
	for want, f := range map[string]plan.Fault{
		"paris/orders":             {Kind: plan.Crash, Site: "paris", Service: "orders", Probe: history.LostService},
		"paris/orders/2":           {Kind: plan.KillOne, Site: "paris", Service: "orders", Instance: 2, Probe: history.LostInstance},
		"paris/orders -> paris/db": {Kind: plan.Cut, From: "paris/orders", To: "paris/db", Probe: history.LostLink},
	} {
		f.For = plan.Duration(3 * time.Second)
		p := probeOf(plan.Step{Do: plan.DoFault, Fault: &f})
		if p == nil || p.Target != want || p.Of != f.Probe || p.For != 3*time.Second {
			t.Errorf("%s: %+v", want, p)
		}
	}
	if p := probeOf(plan.Step{Do: plan.DoFault, Fault: &plan.Fault{Kind: plan.Crash}}); p != nil {
		t.Errorf("an ordinary fault is a part of a probe: %+v", p)
	}
	if p := probeOf(plan.Step{Do: plan.DoCalm}); p != nil {
		t.Errorf("calm is a part of a probe: %+v", p)
	}
}

// After a probe nothing is left to settle: its last step has waited.
func TestAProbeHasSettledByItself(t *testing.T) {
	s := &scenario{plan: plan.Scenario{Steps: []plan.Step{{Do: plan.DoFault}, {Do: plan.DoCalm}}}}
	if got := s.settleWithin(); got != 0 {
		t.Errorf("%v more", got)
	}
	s.plan.Steps = s.plan.Steps[:1]
	if got := s.settleWithin(); got != settleBound {
		t.Errorf("%v, want %v", got, settleBound)
	}
}

func TestQuietIsNoFailureForLongEnough(t *testing.T) {
	s := &scenario{began: time.Now(), plan: plan.Scenario{Stability: plan.Duration(-800 * time.Millisecond)}} // a fifth of a second in all
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if !s.quiet(ctx, s.hitch) {
		t.Error("nothing happens, and it is not quiet")
	}
	ctx, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if s.quiet(ctx, s.clock) {
		t.Error("something fails all the time, and it is quiet")
	}
}
