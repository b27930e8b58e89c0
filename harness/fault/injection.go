package fault

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// State is where an injection stands.
type State string

// The states.
const (
	Ready     State = "ready"
	Injecting State = "injecting"
	Injected  State = "injected"
	Biting    State = "biting"
	Undoing   State = "undoing"
	Recovered State = "recovered"
	Failed    State = "failed"
)

// moves lists the legal ones.
var moves = map[State][]State{
	Ready:     {Injecting},
	Injecting: {Injected, Failed},
	Injected:  {Biting, Undoing},
	Biting:    {Undoing},
	Undoing:   {Recovered, Failed},
	Failed:    {Undoing}, // an undo may be tried again
}

// Bounds of the waits.
const (
	injectBound = 20 * time.Second
	biteBound   = 10 * time.Second
	lateBound   = time.Hour // of a bite that comes with something else; the end of the scenario is sooner
	undoBound   = 60 * time.Second
)

// Injection is one fault on its way through its states. It is safe for
// concurrent use; the moves themselves are serial.
type Injection struct {
	ID    string
	Fault plan.Fault

	plane    Plane
	rec      Recorder
	members  []Member // of process, resource and site faults
	injector Injector

	mu    sync.Mutex
	state State
	told  bool // that it is in force

	kept sync.WaitGroup     // what keeps the fault up
	stop context.CancelFunc // ends it; nil while there is nothing

	undo      sync.Mutex // a second undo waits for the first
	prepare   sync.Once
	during    sync.Once // told
	watch     *watch
	looks     sync.WaitGroup     // for the bite, and after the undo
	endLook   context.CancelFunc // nil before AwaitBite
	settled   chan struct{}      // closed when it is known whether the fault bit
	endAfter  context.CancelFunc // nil before the undo
	concluded bool
}

// New resolves the fault's target; nothing is touched yet.
func New(id string, f plan.Fault, plane Plane, rec Recorder) (*Injection, error) {
	i := &Injection{ID: id, Fault: f, plane: plane, rec: rec, state: Ready, settled: make(chan struct{})}
	if !f.OnLink() && !f.Kind.OnNames() {
		members, err := plane.Members(f.Site, f.Service, f.Instance)
		if err != nil {
			return nil, fmt.Errorf("fault %s (%s): %w", id, f.Kind, err)
		}
		i.members = members
	}
	var err error
	if i.injector, err = injectorFor(i); err != nil {
		return nil, fmt.Errorf("fault %s (%s on %s): %w", id, f.Kind, i.target(), err)
	}
	i.watch = &watch{id: id, fault: f}
	return i, nil
}

// Prepare begins canary traffic, so that it is known how things are before the
// fault. Inject does it where nobody did, and then takes a moment longer.
func (i *Injection) Prepare(ctx context.Context) {
	i.prepare.Do(func() { i.watch.start(ctx, i.plane, i.members) })
}

// State tells where the injection stands.
func (i *Injection) State() State {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.state
}

// move goes from the present state to next, or says why that is illegal.
func (i *Injection) move(next State) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, s := range moves[i.state] {
		if s == next {
			i.state = next
			return nil
		}
	}
	return fmt.Errorf("fault %s: %s -> %s: %w", i.ID, i.state, next, ErrTransition)
}

// Inject applies the fault. When it returns without an error the fault is in
// force; with one, whatever was applied has been undone as far as possible.
func (i *Injection) Inject(ctx context.Context) error {
	if err := i.move(Injecting); err != nil {
		return err
	}
	i.Prepare(ctx)
	i.watch.warm(ctx)
	about := []string{"fault", string(i.Fault.Kind), "target", i.target(),
		"title_fr", i.Fault.Title.FR, "title_en", i.Fault.Title.EN, "params", i.params()}
	if i.Fault.Probe != "" {
		about = append(about, "probe", string(i.Fault.Probe))
	}
	i.rec.Event(history.FaultInjecting, i.ID, about...)
	bounded, cancel := context.WithTimeout(ctx, injectBound)
	defer cancel()
	if err := i.injector.Inject(bounded); err != nil {
		err = fmt.Errorf("fault %s (%s on %s): %w", i.ID, i.Fault.Kind, i.target(), err)
		i.rec.Event(history.FaultFailed, i.ID, "err", err.Error())
		return errors.Join(err, i.move(Failed), i.Undo(ctx))
	}
	i.inForce()
	i.watch.tell(i.rec, "before", i.watch.before(), i.watch.unfit())
	i.keep(ctx)
	return i.move(Injected)
}

// keep runs what keeps the fault up, until ctx ends or the fault is undone.
func (i *Injection) keep(ctx context.Context) {
	l, ok := i.injector.(lasting)
	if !ok {
		return
	}
	ctx, i.stop = context.WithCancel(ctx)
	i.kept.Go(func() { l.Keep(ctx) })
}

// rest ends what keeps the fault up. What is broken stays broken.
func (i *Injection) rest() {
	if i.stop != nil {
		i.stop()
	}
	i.kept.Wait()
}

// inForce records that the fault is in force from now on; the first call counts.
func (i *Injection) inForce() {
	i.mu.Lock()
	first := !i.told
	i.told = true
	i.mu.Unlock()
	if first {
		i.watch.mark(&i.watch.injected)
		i.rec.Event(history.FaultInjected, i.ID)
	}
}

// Undo puts things right. It survives cancellation, has a bound of its own and
// may be called again after a failure. One that is not in force is no error.
func (i *Injection) Undo(ctx context.Context) error {
	i.undo.Lock()
	defer i.undo.Unlock()
	if s := i.State(); s == Ready || s == Recovered {
		return nil
	}
	if err := i.move(Undoing); err != nil {
		return err
	}
	parent := ctx
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoBound)
	defer cancel()
	i.rec.Event(history.FaultUndoing, i.ID)
	i.watch.mark(&i.watch.undoing)
	i.rest()
	if err := i.injector.Undo(ctx); err != nil {
		err = fmt.Errorf("fault %s: undo %s on %s: %w", i.ID, i.Fault.Kind, i.target(), err)
		i.rec.Event(history.FaultFailed, i.ID, "err", err.Error())
		return errors.Join(err, i.move(Failed))
	}
	i.rec.Event(history.FaultRecovered, i.ID)
	i.follow(parent)
	return i.move(Recovered)
}

// follow goes on to see how canaries fare now that the fault is undone.
func (i *Injection) follow(ctx context.Context) {
	if !i.watch.on() || ctx.Err() != nil {
		return
	}
	i.watch.mark(&i.watch.whole)
	i.watchOver(&i.endAfter, ctx, i.aftermath)
}

// all runs f on every member side by side.
func (i *Injection) all(f func(Member) error) error {
	errs := make([]error, len(i.members))
	var wg sync.WaitGroup
	for k, m := range i.members {
		wg.Go(func() { errs[k] = f(m) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
