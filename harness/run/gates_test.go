package run

import (
	"context"
	"errors"
	"testing"
	"time"

	"bascule/harness/deploy"
	"bascule/harness/plan"
)

func on(phase plan.Phase, m plan.Moment) plan.Step {
	return plan.Step{When: plan.Trigger{On: plan.OnPhase, Phase: phase, Moment: m, Delay: plan.Duration(time.Millisecond)}}
}

// blocked tells whether f is still under way after a moment.
func blocked(done <-chan struct{}) bool {
	select {
	case <-done:
		return false
	case <-time.After(100 * time.Millisecond):
		return true
	}
}

func goDo(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	return done
}

func TestTheDeploymentWaitsForTheStepThatHangsOnABarrier(t *testing.T) {
	g := newGates([]plan.Step{{}, on(plan.Migrate, plan.After)})
	at := goDo(func() { g.barrier(t.Context(), deploy.Point{Phase: plan.Migrate, Moment: plan.After}) })
	<-g.came[1]
	if !blocked(at) {
		t.Fatal("the deployment went on before the fault was injected")
	}
	g.passed(1)
	g.passed(1) // told twice: by the injection, and at the end of the step
	if blocked(at) {
		t.Fatal("the deployment does not go on after it")
	}
}

func TestAPhaseGoesOnWhileAStepActsDuringIt(t *testing.T) {
	g := newGates([]plan.Step{on(plan.Migrate, plan.During)})
	at := goDo(func() { g.barrier(t.Context(), deploy.Point{Phase: plan.Migrate, Moment: plan.During}) })
	if blocked(at) {
		t.Fatal("a step during a phase holds the phase up")
	}
	select {
	case <-g.came[0]:
	default:
		t.Fatal("the step was not told")
	}
}

func TestOtherBarriersHoldNothingUp(t *testing.T) {
	g := newGates([]plan.Step{on(plan.Migrate, plan.After)})
	if blocked(goDo(func() { g.barrier(t.Context(), deploy.Point{Phase: plan.Prepare, Moment: plan.After}) })) {
		t.Fatal("held up at a barrier that nothing hangs on")
	}
}

func TestAwaitTellsThatThePointNeverCame(t *testing.T) {
	steps := []plan.Step{on(plan.Migrate, plan.After)}
	d := &deployment{gates: newGates(steps), d: &deploy.Deployment{}}
	s := &scenario{deployment: d}
	d.err = errors.New("no image")
	d.gates.close()
	if err := s.await(t.Context(), 0, steps[0].When); !errors.Is(err, errNeverCame) || !errors.Is(err, d.err) {
		t.Errorf("got %v, want that the point never came, and why", err)
	}
}

func TestAwaitTakesAPointThatCameAtTheEnd(t *testing.T) {
	steps := []plan.Step{on(plan.Finish, plan.During)}
	d := &deployment{gates: newGates(steps), d: &deploy.Deployment{}}
	s := &scenario{deployment: d}
	d.gates.barrier(t.Context(), deploy.Point{Phase: plan.Finish, Moment: plan.During})
	d.gates.close()
	if err := s.await(t.Context(), 0, steps[0].When); err != nil {
		t.Error(err)
	}
}

func TestAwaitWithoutADeployment(t *testing.T) {
	s := &scenario{}
	if err := s.await(t.Context(), 0, on(plan.Migrate, plan.During).When); err == nil {
		t.Error("waits for a deployment that nobody started")
	}
	if err := s.await(t.Context(), 0, plan.Trigger{On: plan.OnNow}); err != nil {
		t.Error(err)
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	steps := []plan.Step{on(plan.Migrate, plan.After)}
	s := &scenario{deployment: &deployment{gates: newGates(steps)}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.await(ctx, 0, steps[0].When); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
