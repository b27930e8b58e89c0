package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
)

// injections are those of a scenario, in the order of its steps. People who
// decide look at them while faults are being made ready.
type injections struct {
	mu  sync.Mutex
	all []*fault.Injection
}

func (l *injections) list() []*fault.Injection {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// together is how many steps, the first one included, strike at the same time.
func together(steps []plan.Step) int {
	n := 1
	for n < len(steps) && steps[0].Do == plan.DoFault && steps[n].Do == plan.DoFault && steps[n].When.On == plan.OnTogether {
		n++
	}
	return n
}

// strike carries out n faults, from step i on, that strike at the same time: at
// the moment of the first one, side by side, none waiting for another's bite.
// It gives an error a fault.
func (s *scenario) strike(ctx context.Context, i, n int) []error {
	errs, made := make([]error, n), make([]*fault.Injection, n)
	for k := range n {
		made[k], errs[k] = s.prepare(ctx, *s.plan.Steps[i+k].Fault)
	}
	each := func(do func(*fault.Injection) error) {
		var wg sync.WaitGroup
		for k, inj := range made {
			if errs[k] == nil {
				wg.Go(func() { errs[k] = do(inj) })
			}
		}
		wg.Wait()
	}
	if !slices.Contains(errs, nil) {
		return errs
	}
	if err := s.await(ctx, i, s.plan.Steps[i].When); err != nil {
		each(func(inj *fault.Injection) error {
			s.Event(history.FaultFailed, inj.ID, "err", err.Error())
			return err
		})
		return errs
	}
	if f := s.following; f != nil && f.gates.overtaken(i) {
		s.Event(history.Note, s.plan.ID, "line", fmt.Sprint(s.plan.Steps[i].Line),
			"text_fr", "L’étape de la procédure était déjà finie quand la panne a frappé.",
			"text_en", "The step of the runbook had already ended when the fault struck.")
	}
	s.monitor.Arm()
	each(func(inj *fault.Injection) error { return s.inject(ctx, inj) })
	s.passed(i, n) // whoever waits for them goes on: the bite may need what comes next
	each(func(inj *fault.Injection) error { return inj.AwaitBite(ctx) })
	return errs
}

// prepare makes an injection ready: its target is found and its canaries run,
// so that it is known how things are before.
func (s *scenario) prepare(ctx context.Context, f plan.Fault) (*fault.Injection, error) {
	s.injections.mu.Lock()
	id := fmt.Sprintf("f%d", len(s.injections.all)+1)
	inj, err := fault.New(id, f, s.t.Faults(), s)
	if err == nil {
		s.injections.all = append(s.injections.all, inj)
	}
	s.injections.mu.Unlock()
	if err != nil {
		s.Event(history.FaultFailed, id, "err", err.Error())
		return nil, err
	}
	inj.Prepare(ctx)
	return inj, nil
}

// inject puts a fault in force, and sees to it that it ends when it is to end by
// itself.
func (s *scenario) inject(ctx context.Context, inj *fault.Injection) error {
	if err := inj.Inject(ctx); err != nil {
		return err
	}
	if d := inj.Fault.For.D(); d > 0 {
		s.timed.Go(func() {
			// Cut short by the end of the scenario; the fault is undone either way.
			_ = sleep(ctx, d)
			if err := inj.Undo(ctx); err != nil {
				s.note(err)
			}
		})
	}
	return nil
}

// conclude waits, within their bounds, for what faults still have to show.
func (s *scenario) conclude(ctx context.Context) {
	for _, inj := range s.injections.list() {
		inj.Conclude(ctx)
	}
}

// heal undoes every fault in force, the last first, once it is known that it bit.
func (s *scenario) heal(ctx context.Context) error {
	var errs []error
	for _, inj := range slices.Backward(s.injections.list()) {
		inj.AwaitSettled(ctx)
		errs = append(errs, inj.Undo(ctx))
	}
	return errors.Join(errs...)
}

func (s *scenario) inForce() bool {
	return slices.ContainsFunc(s.injections.list(), func(i *fault.Injection) bool {
		st := i.State()
		return st == fault.Injected || st == fault.Biting
	})
}
