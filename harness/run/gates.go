package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bascule/harness/deploy"
	"bascule/harness/failover"
	"bascule/harness/plan"
)

// What a step is told whose point did not come before the end of what it hangs
// on.
var (
	errNeverCame = errors.New("the deployment ended before this point came")
	errNoStep    = errors.New("the runbook ended before this step came")
)

// gateBound is how long a deployment or a runbook waits at a barrier for a step that hangs
// on it: the steps before that one may take their time.
const gateBound = 2 * time.Minute

// duringDelay is how far inside a phase "during" is, where the plan says
// nothing: past the phase's own preparations, yet well before its end.
const duringDelay = 700 * time.Millisecond

// gates ties the steps of a scenario to the points of a deployment or of a
// runbook. The goroutine of that one comes through barrier or atStep, the
// scenario's through await and passed.
type gates struct {
	mu    sync.Mutex
	steps []plan.Trigger
	hold  []bool          // step i is a fault that a phase does not end without, once it is to strike during it
	came  []chan struct{} // closed when the point of step i is reached
	gone  []chan struct{} // closed when step i is done
	over  []chan struct{} // closed when a runbook has gone on from the step during which step i was to act
	ended chan struct{}
}

func newGates(steps []plan.Step) *gates {
	g := &gates{ended: make(chan struct{})}
	for _, st := range steps {
		g.steps = append(g.steps, st.When)
		// One that is to strike some time into the phase takes it as long as it is.
		g.hold = append(g.hold, st.Do == plan.DoFault && st.When.Moment == plan.During && st.When.Delay == 0)
		g.came = append(g.came, make(chan struct{}))
		g.gone = append(g.gone, make(chan struct{}))
		g.over = append(g.over, make(chan struct{}))
	}
	return g
}

// only leaves what hangs to n steps from i on: others may hang on the same
// runbook, followed at another time.
func (g *gates) only(i, n int) *gates {
	for k := range g.steps {
		if k < i || k >= i+n {
			g.steps[k] = plan.Trigger{}
		}
	}
	return g
}

// barrier is for the points of a deployment.
func (g *gates) barrier(ctx context.Context, p deploy.Point) {
	if p.Moment != deploy.Ending {
		g.reach(ctx, p.Moment, p.Matches)
		return
	}
	for i, t := range g.steps {
		if g.hold[i] && p.Matches(t) && isClosed(g.came[i]) {
			g.wait(ctx, i)
		}
	}
}

// wait holds whoever came to a point until step i is done, within its bound.
func (g *gates) wait(ctx context.Context, i int) {
	timer := time.NewTimer(gateBound)
	defer timer.Stop()
	select {
	case <-g.gone[i]:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// atStep is for the points of a runbook.
func (g *gates) atStep(ctx context.Context, p failover.Point) {
	if p.Moment != plan.During {
		for i := range g.steps {
			if isClosed(g.came[i]) {
				closeOnce(&g.mu, g.over[i])
			}
		}
	}
	g.reach(ctx, p.Moment, p.Matches)
}

// overtaken tells whether the step of the runbook during which step i was to
// act has ended.
func (g *gates) overtaken(i int) bool {
	return g.steps[i].On == plan.OnRunbook && g.steps[i].Moment == plan.During && (isClosed(g.over[i]) || isClosed(g.ended))
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// reach lets whoever came to a point wait for every step that hangs on it. At a
// During point it goes on while the step acts, and so does a runbook from a step
// some time after which another acts: it is not made slower than it is.
func (g *gates) reach(ctx context.Context, m plan.Moment, hangs func(plan.Trigger) bool) {
	for i, t := range g.steps {
		if !hangs(t) {
			continue
		}
		closeOnce(&g.mu, g.came[i])
		if m == plan.During || t.On == plan.OnRunbook && t.Delay > 0 {
			continue
		}
		g.wait(ctx, i)
	}
}

// await waits for the point of step i; it is false where all ended without it.
func (g *gates) await(ctx context.Context, i int) (bool, error) {
	select {
	case <-g.came[i]:
		return true, nil
	case <-g.ended:
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	// It may have come at the very end.
	return isClosed(g.came[i]), nil
}

// passed says that step i is done.
func (g *gates) passed(i int) { closeOnce(&g.mu, g.gone[i]) }

// close says that the deployment, or the runbook, has ended.
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
	case t.On == plan.OnNow || t.On == plan.OnTogether || t.On == "":
		return sleep(ctx, t.Delay.D())
	case t.On == plan.OnRunbook:
		return s.awaitRunbook(ctx, i, t)
	case d == nil:
		return fmt.Errorf("step waits for %q, and no deployment was started", t.On)
	case t.On == plan.OnStart:
		return sleep(ctx, time.Until(d.began.Add(t.Delay.D())))
	}
	switch came, err := d.gates.await(ctx, i); {
	case err != nil:
		return err
	case !came:
		return errors.Join(errNeverCame, d.err)
	}
	delay := t.Delay.D()
	if delay == 0 && t.Moment == plan.During {
		delay = duringDelay
	}
	return sleep(ctx, delay)
}

// awaitRunbook waits for a step of the runbook under way. During a step is as
// soon as it has begun: steps may be short.
func (s *scenario) awaitRunbook(ctx context.Context, i int, t plan.Trigger) error {
	f := s.following
	if f == nil {
		return fmt.Errorf("step waits for runbook %s, which nobody follows", t.Runbook)
	}
	switch came, err := f.gates.await(ctx, i); {
	case err != nil:
		return err
	case !came:
		return errors.Join(errNoStep, f.err)
	}
	return sleep(ctx, t.Delay.D())
}
