package fault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// Hands is a plane that reaches into its members: their processes' limits, their
// memory, their volumes.
type Hands interface {
	// Act is in force when it returns. The same ID sent twice is one act.
	Act(ctx context.Context, a Act) error
	// EndAct ends one; an act that is not in force is no error.
	EndAct(ctx context.Context, id string) error
	// ActMet is what met an act so far: calls refused or slowed, processes killed
	// or at their limit, by the kernel's own counts where it keeps some.
	ActMet(ctx context.Context, id string) (uint64, error)
}

// Act is something done to members from inside.
type Act struct {
	ID      string
	Kind    plan.FaultKind // descriptors, memory or a fault of disks
	Members []Member
	Volume  string        // of faults of disks; "" for every one that the members have
	Latency time.Duration // DiskSlow
}

// handled is a fault that is one act of the hand.
type handled struct {
	i    *Injection
	hand Hands
	ran  map[Member]bool // before it
}

func handsOf(i *Injection) (Hands, error) {
	h, ok := i.plane.(Hands)
	if !ok {
		return nil, fmt.Errorf("nothing reaches into containers: %w", ErrUnable)
	}
	return h, nil
}

func byHand(i *Injection) (Injector, error) {
	h, err := handsOf(i)
	if err != nil {
		return nil, err
	}
	return &handled{i: i, hand: h, ran: map[Member]bool{}}, nil
}

// Inject asks the hand.
func (x *handled) Inject(ctx context.Context) error {
	f := x.i.Fault
	for _, m := range x.i.members {
		s, err := x.i.plane.State(ctx, m)
		if err != nil {
			return err
		}
		x.ran[m] = s.Running
	}
	return x.hand.Act(ctx, Act{ID: x.i.ID, Kind: f.Kind, Members: x.i.members, Volume: f.Name, Latency: f.Latency.D()})
}

// Bite is what met the act.
func (x *handled) Bite(ctx context.Context) (history.Text, bool, error) {
	met, err := x.hand.ActMet(ctx, x.i.ID)
	if err != nil || met == 0 {
		return history.Text{}, false, err
	}
	if x.i.Fault.Kind == plan.Descriptors {
		return history.Plural(int(met), "%d processus à sa limite de descripteurs, selon le noyau", "%d processus à leur limite de descripteurs, selon le noyau",
			"%d process at its limit of descriptors, says the kernel", "%d processes at their limit of descriptors, says the kernel"), true, nil
	}
	return history.Plural(int(met), "%d appel au disque touché, selon le système de fichiers", "%d appels au disque touchés, selon le système de fichiers",
		"%d disk call met it, says the file system", "%d disk calls met it, says the file system"), true, nil
}

// Undo ends the act, and starts what died of it. A database dies of its disk in
// the instant in which that is whole again: it is looked at for a while.
func (x *handled) Undo(ctx context.Context) error {
	ended := x.hand.EndAct(ctx, x.i.ID)
	known := time.Duration(0)
	if x.i.Fault.Kind == plan.DiskFull || x.i.Fault.Kind == plan.DiskReadOnly {
		known = deathKnown
	}
	return errors.Join(ended, x.i.raiseFor(ctx, known, func() error { return x.i.raise(ctx, x.ran) }))
}

// Revive starts what died of the act after it was undone.
func (x *handled) Revive(ctx context.Context) error { return x.i.revive(ctx, x.ran) }

// raiseFor repeats raise until it has succeeded and the engine has told of every
// death, or for as long as deathBound.
func (i *Injection) raiseFor(ctx context.Context, known time.Duration, raise func() error) error {
	for began := time.Now(); ; {
		err := raise()
		since := time.Since(began)
		if err == nil && since >= known || since >= deathBound {
			return err
		}
		if stopped := pause(ctx, 200*time.Millisecond); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}

// raise starts those members that ran before and do not run now.
func (i *Injection) raise(ctx context.Context, ran map[Member]bool) error {
	return i.all(func(m Member) error {
		if !ran[m] {
			return nil
		}
		s, err := i.plane.State(ctx, m)
		if err == nil && !s.Running {
			err = i.plane.Start(ctx, m)
		}
		return present(err)
	})
}

// revive starts those members that ran before and that died since, by themselves.
func (i *Injection) revive(ctx context.Context, ran map[Member]bool) error {
	return i.all(func(m Member) error {
		if !ran[m] {
			return nil
		}
		s, err := i.plane.State(ctx, m)
		if err == nil && !s.Running && !s.Stopped {
			err = i.plane.Start(ctx, m)
		}
		return present(err)
	})
}

// present leaves out that a member has no container: there is nothing to undo on
// one that is being replaced.
func present(err error) error {
	if errors.Is(err, ErrAbsent) {
		return nil
	}
	return err
}
