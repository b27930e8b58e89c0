package run

import (
	"context"
	"fmt"
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
// has bound to become stable. Where it does not, the analysis sees it, and the
// services of site are started again, so that the next part meets a sound system:
// on one that is down already it would prove nothing.
func (s *scenario) calm(ctx context.Context, bound time.Duration, site string) error {
	waitGroup(ctx, &s.timed) // each repair has a bound
	calm := s.calmWithin(ctx, bound)
	if !calm && site != "" && ctx.Err() == nil {
		if err := s.restartSite(ctx, site); err != nil {
			return err
		}
		s.calmWithin(ctx, bound)
	}
	return context.Cause(ctx)
}

// calmWithin waits for stable service, then ends the canaries of what is over:
// they would pile up. Those of a part that is still ill have had their time.
func (s *scenario) calmWithin(ctx context.Context, bound time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	quiet := s.quiet(ctx)
	for _, inj := range s.injections.list() {
		inj.Conclude(ctx)
	}
	return quiet
}

// restartBound is how long the services of a site may take to be healthy again.
const restartBound = time.Minute

// restartSite ends every service of a site and starts them in the order of their
// dependencies, as people do who know nothing better.
func (s *scenario) restartSite(ctx context.Context, site string) error {
	ctx, cancel := context.WithTimeout(ctx, restartBound)
	defer cancel()
	s.Event(history.SiteRestart, site)
	plane := s.t.Faults()
	orderly, ok := plane.(fault.Orderly)
	if !ok {
		return fmt.Errorf("restart site %s: the target cannot start services in their order", site)
	}
	members, err := plane.Members(site, "", 0)
	if err != nil {
		return fmt.Errorf("restart site %s: %w", site, err)
	}
	for _, m := range members {
		if st, err := plane.State(ctx, m); err == nil && !st.Running {
			continue
		}
		if err := plane.Kill(ctx, m); err != nil {
			return fmt.Errorf("restart site %s: %w", site, err)
		}
	}
	if err := orderly.StartInOrder(ctx, members); err != nil {
		return fmt.Errorf("restart site %s: %w", site, err)
	}
	return nil
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
