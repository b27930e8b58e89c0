package run

import (
	"context"
	"errors"
	"testing"
	"time"

	"bascule/harness/deploy"
	"bascule/harness/failover"
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

// A verification takes a moment, a fault longer to strike: it still strikes
// during the verification.
func TestAPhaseDoesNotEndBeforeTheFaultThatStrikesDuringIt(t *testing.T) {
	fault := plan.Step{Do: plan.DoFault, When: plan.Trigger{On: plan.OnPhase, Phase: plan.Verify, Moment: plan.During}}
	later := fault
	later.When.Delay = plan.Duration(time.Second)
	g := newGates([]plan.Step{fault, later})
	p := deploy.Point{Phase: plan.Verify, Moment: plan.During}
	g.barrier(t.Context(), p)
	p.Moment = deploy.Ending
	at := goDo(func() { g.barrier(t.Context(), p) })
	if !blocked(at) {
		t.Fatal("the phase ended before the fault struck")
	}
	g.passed(0) // the other one takes the phase as long as it is
	if blocked(at) {
		t.Fatal("the phase does not end after the fault")
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

func onStep(step string, m plan.Moment) plan.Step {
	return plan.Step{Do: plan.DoHeal, When: plan.Trigger{On: plan.OnRunbook, Runbook: "R", Step: step, Moment: m}}
}

func point(step string, m plan.Moment) failover.Point {
	return failover.Point{Runbook: "R", Step: step, Moment: m}
}

func TestTheRunbookWaitsForTheStepThatHangsBeforeOneOfIts(t *testing.T) {
	g := newGates([]plan.Step{{}, onStep("promote", plan.Before)})
	at := goDo(func() { g.atStep(t.Context(), point("promote", plan.Before)) })
	<-g.came[1]
	if !blocked(at) {
		t.Fatal("the runbook went on before the fault was injected")
	}
	g.passed(1)
	if blocked(at) {
		t.Fatal("the runbook does not go on after it")
	}
}

func TestAStepOfARunbookGoesOnWhileAFaultStrikesDuringIt(t *testing.T) {
	g := newGates([]plan.Step{onStep("promote", plan.During)})
	if blocked(goDo(func() { g.atStep(t.Context(), point("promote", plan.During)) })) {
		t.Fatal("a fault during a step holds the step up")
	}
	if came, err := g.await(t.Context(), 0); !came || err != nil {
		t.Fatalf("the fault was not told: %v, %v", came, err)
	}
	if g.overtaken(0) {
		t.Error("the step has not ended yet")
	}
	g.atStep(t.Context(), point("promote", plan.After))
	if !g.overtaken(0) {
		t.Error("a fault that strikes now strikes after the step, and nobody says so")
	}
}

func TestARunbookFollowedTwiceHoldsOnlyWhatFollowsIt(t *testing.T) {
	g := newGates([]plan.Step{{}, onStep("a", plan.Before), {}, onStep("a", plan.Before)}).only(3, 1)
	at := goDo(func() { g.atStep(t.Context(), point("a", plan.Before)) })
	<-g.came[3]
	g.passed(3)
	if blocked(at) {
		t.Fatal("held up by a step that hangs on the other time it is followed")
	}
}

func TestAwaitTellsThatTheRunbookFailedBefore(t *testing.T) {
	steps := []plan.Step{onStep("b", plan.During)}
	f := &following{gates: newGates(steps), err: errors.New("step a failed")}
	s := &scenario{following: f}
	f.gates.close()
	if err := s.await(t.Context(), 0, steps[0].When); !errors.Is(err, errNoStep) || !errors.Is(err, f.err) {
		t.Errorf("got %v, want that the step never came, and why", err)
	}
	if err := (&scenario{}).await(t.Context(), 0, steps[0].When); err == nil {
		t.Error("waits for a runbook that nobody follows")
	}
}

func TestStepsThatStrikeTogetherAndStepsThatHangOnARunbook(t *testing.T) {
	fault := func(on plan.On) plan.Step {
		return plan.Step{Do: plan.DoFault, When: plan.Trigger{On: on}}
	}
	steps := []plan.Step{fault(plan.OnNow), fault(plan.OnTogether), fault(plan.OnTogether), fault(plan.OnNow), {Do: plan.DoWait}, fault(plan.OnTogether)}
	if n := together(steps); n != 3 {
		t.Errorf("%d strike together, want 3", n)
	}
	if n := together(steps[3:]); n != 1 {
		t.Errorf("%d strike together, want the one alone", n)
	}
	if n := hanging([]plan.Step{fault(plan.OnRunbook), fault(plan.OnTogether), onStep("b", plan.After), fault(plan.OnNow), fault(plan.OnRunbook)}); n != 3 {
		t.Errorf("%d steps hang on the runbook, want 3", n)
	}
	if n := hanging(steps[1:]); n != 0 {
		t.Errorf("%d steps hang on the runbook, and none names it", n)
	}
}
