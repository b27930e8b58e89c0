package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	undoBound   = 60 * time.Second
)

// Injection is one fault on its way through its states. It is safe for
// concurrent use; the moves themselves are serial.
type Injection struct {
	ID    string
	Fault plan.Fault

	plane   Plane
	rec     Recorder
	members []Member // of process and site faults

	mu    sync.Mutex
	state State
}

// New resolves the fault's target; nothing is touched yet.
func New(id string, f plan.Fault, plane Plane, rec Recorder) (*Injection, error) {
	i := &Injection{ID: id, Fault: f, plane: plane, rec: rec, state: Ready}
	if !f.OnLink() {
		members, err := plane.Members(f.Site, f.Service, f.Instance)
		if err != nil {
			return nil, fmt.Errorf("fault %s (%s): %w", id, f.Kind, err)
		}
		i.members = members
	}
	return i, nil
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
	i.rec.Event(history.FaultInjecting, i.ID, "fault", string(i.Fault.Kind), "target", i.target(),
		"title_fr", i.Fault.Title.FR, "title_en", i.Fault.Title.EN, "params", i.params())
	ctx, cancel := context.WithTimeout(ctx, injectBound)
	defer cancel()
	if err := i.apply(ctx); err != nil {
		err = fmt.Errorf("fault %s (%s on %s): %w", i.ID, i.Fault.Kind, i.target(), err)
		i.rec.Event(history.FaultFailed, i.ID, "err", err.Error())
		return errors.Join(err, i.move(Failed), i.Undo(ctx))
	}
	return i.move(Injected)
}

// apply breaks the network first: that is instant and atomic, while the engine
// takes its time to kill. From then on no answer of the victim gets out: that
// is the instant of the fault, known to a millisecond, and so it is recorded
// there and not after the last kill.
func (i *Injection) apply(ctx context.Context) error {
	f := i.Fault
	switch f.Kind {
	case plan.Crash, plan.HostLost:
		kind := plan.Refuse // the host lives and answers with resets in the process's place
		if f.Kind == plan.HostLost {
			kind = plan.Cut
		}
		if err := i.cutOff(ctx, Network{ID: i.ID, Kind: kind, Toward: i.members}); err != nil {
			return err
		}
		return i.all(func(m Member) error { return i.plane.Kill(ctx, m) })
	case plan.SiteLost:
		if err := i.cutOff(ctx, Network{ID: i.ID, Kind: plan.Cut, Site: f.Site}); err != nil {
			return err
		}
		i.rec.Event(history.SiteState, f.Site, "state", "lost")
		return i.all(func(m Member) error { return i.plane.Kill(ctx, m) })
	case plan.Freeze:
		if err := i.all(func(m Member) error { return i.plane.Freeze(ctx, m) }); err != nil {
			return err
		}
		i.rec.Event(history.FaultInjected, i.ID)
		return nil
	default:
		return i.cutOff(ctx, Network{ID: i.ID, Kind: f.Kind, From: f.From, To: f.To, Value: f})
	}
}

// cutOff puts the network's part of the fault in force and records the instant.
func (i *Injection) cutOff(ctx context.Context, n Network) error {
	if err := i.plane.Network(ctx, n); err != nil {
		return err
	}
	i.rec.Event(history.FaultInjected, i.ID)
	return nil
}

// AwaitBite waits until an effect of the fault is seen by other means than the
// call that applied it: the engine's own word on the victim, and the kernel's
// count of packets that met the fault. Without one within 10 s it is ErrNoBite.
func (i *Injection) AwaitBite(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, biteBound)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		proof, ok, err := i.bite(ctx)
		if ok {
			i.rec.Event(history.FaultBiting, i.ID, "proof_fr", proof.FR, "proof_en", proof.EN)
			return i.move(Biting)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			err = errors.Join(fmt.Errorf("fault %s (%s on %s): %w", i.ID, i.Fault.Kind, i.target(), ErrNoBite), err)
			i.rec.Event(history.FaultNoBite, i.ID, "err", err.Error())
			return err
		}
	}
}

func (i *Injection) bite(ctx context.Context) (history.Text, bool, error) {
	var victims history.Text
	for _, m := range i.members {
		s, err := i.plane.State(ctx, m)
		if err != nil {
			return history.Text{}, false, err
		}
		if i.Fault.Kind == plan.Freeze && !s.Frozen || i.Fault.Kind != plan.Freeze && s.Running {
			return history.Text{}, false, nil
		}
	}
	if n := len(i.members); n > 0 && i.Fault.Kind == plan.Freeze {
		return history.Text{FR: fmt.Sprintf("%d conteneur(s) figé(s), selon le moteur", n), EN: fmt.Sprintf("%d container(s) frozen, says the engine", n)}, true, nil
	} else if n > 0 {
		victims = history.Text{FR: fmt.Sprintf("%d conteneur(s) arrêté(s), selon le moteur ; ", n), EN: fmt.Sprintf("%d container(s) dead, says the engine; ", n)}
	}
	met, err := i.plane.Met(ctx, i.ID)
	if err != nil || met == 0 {
		return history.Text{}, false, err
	}
	return history.Text{
		FR: fmt.Sprintf("%s%d paquet(s) touché(s), selon le noyau", victims.FR, met),
		EN: fmt.Sprintf("%s%d packet(s) met it, says the kernel", victims.EN, met),
	}, true, nil
}

// Undo puts things right. It survives cancellation, has a bound of its own and
// may be called again after a failure. One that is not in force is no error.
func (i *Injection) Undo(ctx context.Context) error {
	if s := i.State(); s == Ready || s == Recovered {
		return nil
	}
	if err := i.move(Undoing); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoBound)
	defer cancel()
	i.rec.Event(history.FaultUndoing, i.ID)
	if err := i.restore(ctx); err != nil {
		err = fmt.Errorf("fault %s: undo %s on %s: %w", i.ID, i.Fault.Kind, i.target(), err)
		i.rec.Event(history.FaultFailed, i.ID, "err", err.Error())
		return errors.Join(err, i.move(Failed))
	}
	i.rec.Event(history.FaultRecovered, i.ID)
	return i.move(Recovered)
}

func (i *Injection) restore(ctx context.Context) error {
	switch i.Fault.Kind {
	case plan.Freeze:
		return i.all(func(m Member) error { return i.plane.Thaw(ctx, m) })
	case plan.Crash, plan.HostLost, plan.SiteLost:
		err := i.all(func(m Member) error { return i.plane.Start(ctx, m) })
		return errors.Join(err, i.plane.Heal(ctx, i.ID))
	default:
		return i.plane.Heal(ctx, i.ID)
	}
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

func (i *Injection) target() string {
	f := i.Fault
	switch {
	case f.OnLink():
		return f.From + " -> " + f.To
	case f.Service == "":
		return f.Site
	case f.Instance == 0:
		return f.Site + "/" + f.Service
	}
	return fmt.Sprintf("%s/%s/%d", f.Site, f.Service, f.Instance)
}

func (i *Injection) params() string {
	var out []string
	f := i.Fault
	if f.Latency > 0 {
		out = append(out, fmt.Sprintf("latency %s ± %s", f.Latency, f.Jitter))
	}
	if f.RateKBps > 0 {
		out = append(out, fmt.Sprintf("rate %d kB/s", f.RateKBps))
	}
	if f.For > 0 {
		out = append(out, "for "+f.For.String())
	}
	return strings.Join(out, ", ")
}
