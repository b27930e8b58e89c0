package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bascule/harness/deploy"
	"bascule/harness/plan"
)

// errNeverCame means that the deployment ended without the point that a step
// hangs on.
var errNeverCame = errors.New("the deployment ended before this point came")

// gateBound is how long a deployment waits at a barrier for a step that hangs
// on it: the steps before that one may take their time.
const gateBound = 2 * time.Minute

// duringDelay is how far inside a phase "during" is, where the plan says
// nothing: past the phase's own preparations, yet well before its end.
const duringDelay = 700 * time.Millisecond

// gates ties the steps of a scenario to the points of a deployment. The
// deployment's goroutine comes through barrier, the scenario's through await
// and passed.
type gates struct {
	mu    sync.Mutex
	steps []plan.Trigger
	came  []chan struct{} // closed when the point of step i is reached
	gone  []chan struct{} // closed when step i is done
	ended chan struct{}
}

func newGates(steps []plan.Step) *gates {
	g := &gates{ended: make(chan struct{})}
	for _, st := range steps {
		g.steps = append(g.steps, st.When)
		g.came = append(g.came, make(chan struct{}))
		g.gone = append(g.gone, make(chan struct{}))
	}
	return g
}

// barrier lets the deployment wait for every step that hangs on this point. At
// a During point the phase goes on while the step acts.
func (g *gates) barrier(ctx context.Context, p deploy.Point) {
	for i, t := range g.steps {
		if !p.Matches(t) {
			continue
		}
		closeOnce(&g.mu, g.came[i])
		if p.Moment == plan.During {
			continue
		}
		timer := time.NewTimer(gateBound)
		select {
		case <-g.gone[i]:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// passed says that step i is done.
func (g *gates) passed(i int) { closeOnce(&g.mu, g.gone[i]) }

// close says that the deployment has ended.
func (g *gates) close() { closeOnce(&g.mu, g.ended) }

func closeOnce(mu *sync.Mutex, c chan struct{}) {
	mu.Lock()
	defer mu.Unlock()
	select {
	case <-c:
	default:
		close(c)
	}
}

// await waits for the trigger of step i.
func (s *scenario) await(ctx context.Context, i int, t plan.Trigger) error {
	d := s.deployment
	switch {
	case t.On == plan.OnNow || t.On == "":
		return sleep(ctx, t.Delay.D())
	case d == nil:
		return fmt.Errorf("step waits for %q, and no deployment was started", t.On)
	case t.On == plan.OnStart:
		return sleep(ctx, time.Until(d.began.Add(t.Delay.D())))
	}
	select {
	case <-d.gates.came[i]:
	case <-d.gates.ended:
		// It may have come at the very end.
		select {
		case <-d.gates.came[i]:
		default:
			return errors.Join(errNeverCame, d.err)
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	delay := t.Delay.D()
	if delay == 0 && t.Moment == plan.During {
		delay = duringDelay
	}
	return sleep(ctx, delay)
}
