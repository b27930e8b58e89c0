package run

import (
	"context"
	"errors"
	"fmt"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// following is a runbook under way while steps hang on its steps.
type following struct {
	gates *gates
	done  chan struct{}
	err   error // after the gates are closed
}

// carry carries steps out, from one to before another, in order. A step that
// fails is in the history; those behind it are done all the same where they
// still make sense, as people would.
func (s *scenario) carry(ctx context.Context, from, to int) error {
	for i := from; i < to; {
		s.track.Step(s.plan.Steps[i].Text)
		n, errs := s.next(ctx, i, to)
		for k, err := range errs {
			if err == nil {
				continue
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			st := s.plan.Steps[i+k]
			s.Event(history.Note, s.plan.ID, "line", fmt.Sprint(st.Line),
				"text_fr", fmt.Sprintf("Ligne %d, « %s » : %v", st.Line, st.Text, err),
				"text_en", fmt.Sprintf("Line %d, %q: %v", st.Line, st.Text, err))
		}
		s.passed(i, n)
		i += n
	}
	return nil
}

// next carries out step i and what goes along with it: how many steps that are,
// and the error of each of the first ones.
func (s *scenario) next(ctx context.Context, i, to int) (n int, errs []error) {
	st := s.plan.Steps[i]
	if st.Do == plan.DoFault {
		n = together(s.plan.Steps[i:to])
		return n, s.strike(ctx, i, n)
	}
	if st.Runbook != nil {
		if n := hanging(s.plan.Steps[i+1 : to]); n > 0 {
			return 1 + n, []error{s.along(ctx, i, n)}
		}
	}
	return 1, []error{s.step(ctx, i, st)}
}

// hanging is how many of the steps, from the first on, hang on a runbook.
func hanging(steps []plan.Step) int {
	n := 0
	for n < len(steps) && (steps[n].When.On == plan.OnRunbook || n > 0 && steps[n].When.On == plan.OnTogether) {
		n++
	}
	return n
}

// along follows the runbook of step i while the n steps behind it act, each at
// its moment, and ends when the runbook has.
func (s *scenario) along(ctx context.Context, i, n int) error {
	f := &following{gates: newGates(s.plan.Steps).only(i+1, n), done: make(chan struct{})}
	s.following = f
	s.background.Go(func() {
		defer close(f.done)
		defer f.gates.close()
		f.err = s.step(ctx, i, s.plan.Steps[i])
	})
	err := s.carry(ctx, i+1, i+1+n)
	<-f.done // each of its steps has a bound
	s.following = nil
	return errors.Join(f.err, err)
}

// passed says that n steps, from i on, are done to whoever waits for them.
func (s *scenario) passed(i, n int) {
	for k := i; k < i+n; k++ {
		if d := s.deployment; d != nil {
			d.gates.passed(k)
		}
		if f := s.following; f != nil {
			f.gates.passed(k)
		}
	}
}

// step carries out any step but a fault.
func (s *scenario) step(ctx context.Context, i int, st plan.Step) error {
	if err := s.await(ctx, i, st.When); err != nil {
		return err
	}
	switch st.Do {
	case plan.DoDeploy:
		return s.deploy(ctx, *st.Deploy)
	case plan.DoHeal:
		return s.heal(ctx)
	case plan.DoStop:
		return s.stopDeployment(ctx)
	case plan.DoRollback:
		return s.rollback(ctx, *st.Rollback)
	case plan.DoFailover:
		return s.failover(ctx, *st.Runbook)
	case plan.DoFailback:
		return s.failback(ctx, *st.Runbook)
	case plan.DoProcedure:
		return s.procedure(ctx, *st.Runbook)
	case plan.DoFinish:
		return s.awaitDeployment(ctx, deploymentBound)
	case plan.DoWait:
		return sleep(ctx, st.Wait.D())
	case plan.DoCalm:
		return s.calm(ctx, st.Wait.D(), st.Restart)
	case plan.DoInfraCheck:
		return s.checkInfra(ctx, *st.Infra)
	case plan.DoInfraApply:
		return s.applyInfra(ctx, *st.Infra)
	}
	return fmt.Errorf("unknown action %q", st.Do)
}
