package run

import (
	"context"
	"time"

	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
)

// quiet waits until the load has been served without a failure for as long as it
// takes to call service stable, from now on; false where ctx ends before.
func (s *scenario) quiet(ctx context.Context) bool {
	want, from := s.plan.Stability.D()+time.Second, s.clock()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.clock()-max(time.Duration(s.lastBad.Load()), from) >= want {
			return true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

// calm ends a part of a probe: what it broke has been put right, and then service
// has bound to become stable. Where it does not, the analysis sees it: the next
// part begins all the same, and what it does to a service that is down already
// proves nothing.
func (s *scenario) calm(ctx context.Context, bound time.Duration) error {
	waitGroup(ctx, &s.timed) // each repair has a bound
	within, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	s.quiet(within)
	// The canaries of what is over would pile up: those of a part that is still
	// ill have had their time.
	for _, inj := range s.injections.list() {
		inj.Conclude(within)
	}
	return context.Cause(ctx)
}

// settleWithin is how long settling may take. A scenario that ends with a part of
// a probe has waited already.
func (s *scenario) settleWithin() time.Duration {
	if n := len(s.plan.Steps); n > 0 && s.plan.Steps[n-1].Do == plan.DoCalm {
		return 0
	}
	return settleFor(s.plan.Expect, s.plan.Stability.D())
}

// probeOf is what the analysis must know of a step that is a part of a probe.
func probeOf(st plan.Step) *history.Probe {
	if st.Fault == nil || st.Fault.Probe == "" {
		return nil
	}
	return &history.Probe{Of: st.Fault.Probe, Target: fault.TargetOf(*st.Fault), Title: st.Fault.Title, For: st.Fault.For.D()}
}
