package fault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bascule/harness/history"
)

// Resources is a plane that limits what its members get.
type Resources interface {
	// Limits are those in force.
	Limits(ctx context.Context, m Member) (Limits, error)
	// Limit puts others in force; a zero lifts one.
	Limit(ctx context.Context, m Member, l Limits) error
	// Usage is what the kernel accounts.
	Usage(ctx context.Context, m Member) (Usage, error)
}

// Limits is what a member may use at most; 0 is no limit.
type Limits struct {
	Cores  float64
	Memory int64 // bytes
	Swap   int64 // bytes, memory and swap together; 0: none beyond Memory, -1: no limit
}

// Usage is what a member uses and was denied.
type Usage struct {
	Throttled time.Duration // for want of processor, since its process began
	Memory    int64         // bytes now, without what the kernel only keeps as a cache
}

// limiting keeps the limits that were in force before.
type limiting struct {
	i         *Injection
	resources Resources
	before    map[Member]Limits
	ran       map[Member]bool
}

func limitingOf(i *Injection) (limiting, error) {
	r, ok := i.plane.(Resources)
	if !ok {
		return limiting{}, fmt.Errorf("no limit can be set: %w", ErrUnable)
	}
	return limiting{i: i, resources: r, before: map[Member]Limits{}, ran: map[Member]bool{}}, nil
}

// note remembers how things stand before the first change.
func (x *limiting) note(ctx context.Context) error {
	for _, m := range x.i.members {
		l, err := x.resources.Limits(ctx, m)
		if err != nil {
			return err
		}
		s, err := x.i.plane.State(ctx, m)
		if err != nil {
			return err
		}
		x.before[m], x.ran[m] = l, s.Running
	}
	return nil
}

// restore puts back what was noted.
func (x *limiting) restore(ctx context.Context) error {
	return x.i.all(func(m Member) error {
		l, noted := x.before[m]
		if !noted {
			return nil
		}
		return present(x.resources.Limit(ctx, m, l))
	})
}

// starving leaves its members a small share of a processor.
type starving struct {
	limiting
	throttled map[Member]time.Duration
}

func byStarving(i *Injection) (Injector, error) {
	l, err := limitingOf(i)
	if err != nil {
		return nil, err
	}
	if i.Fault.Percent <= 0 {
		return nil, errors.New("the plan does not say what share of a processor is left")
	}
	return &starving{limiting: l, throttled: map[Member]time.Duration{}}, nil
}

// Inject limits every member.
func (x *starving) Inject(ctx context.Context) error {
	if err := x.note(ctx); err != nil {
		return err
	}
	for _, m := range x.i.members {
		u, err := x.resources.Usage(ctx, m)
		if err != nil {
			return err
		}
		x.throttled[m] = u.Throttled
	}
	return x.i.all(func(m Member) error {
		l := x.before[m]
		l.Cores = x.i.Fault.Percent / 100
		return x.resources.Limit(ctx, m, l)
	})
}

// Bite is the kernel's account of the time that members were made to wait.
func (x *starving) Bite(ctx context.Context) (history.Text, bool, error) {
	var waited time.Duration
	for _, m := range x.i.members {
		u, err := x.resources.Usage(ctx, m)
		if err != nil {
			return history.Text{}, false, err
		}
		waited += max(0, u.Throttled-x.throttled[m])
	}
	if waited == 0 {
		return history.Text{}, false, nil
	}
	ms := waited.Round(time.Millisecond)
	return history.Text{
		FR: fmt.Sprintf("%s d’attente du processeur imposée, selon le noyau", history.Length(ms).FR),
		EN: fmt.Sprintf("made to wait %s for the processor, says the kernel", ms),
	}, true, nil
}

// Undo puts the former limits back.
func (x *starving) Undo(ctx context.Context) error { return x.restore(ctx) }

// spare is what a member may still take before its memory is exhausted; never
// less, so that the limit itself kills nobody before the act does.
const spare = 32 << 20

// exhausting sets a limit a little above what its members use, and has the hand
// use up the rest: the kernel then kills processes inside the limit alone, and
// the machine keeps its memory.
type exhausting struct {
	limiting
	hand Hands
}

func byExhausting(i *Injection) (Injector, error) {
	l, err := limitingOf(i)
	if err != nil {
		return nil, err
	}
	h, err := handsOf(i)
	if err != nil {
		return nil, err
	}
	return &exhausting{l, h}, nil
}

// Inject limits, then fills.
func (x *exhausting) Inject(ctx context.Context) error {
	if err := x.note(ctx); err != nil {
		return err
	}
	err := x.i.all(func(m Member) error {
		u, err := x.resources.Usage(ctx, m)
		if err != nil {
			return err
		}
		l := x.before[m]
		if room := u.Memory + spare; l.Memory == 0 || l.Memory > room {
			l.Memory, l.Swap = room, 0
		}
		return x.resources.Limit(ctx, m, l)
	})
	if err != nil {
		return err
	}
	return x.hand.Act(ctx, Act{ID: x.i.ID, Kind: x.i.Fault.Kind, Members: x.i.members})
}

// Bite is the kernel's count of what it killed, and the engine's word on what
// became of the members. A service of several processes may live on without one.
func (x *exhausting) Bite(ctx context.Context) (history.Text, bool, error) {
	killed, err := x.hand.ActMet(ctx, x.i.ID)
	if err != nil || killed == 0 {
		return history.Text{}, false, err
	}
	dead := 0
	for _, m := range x.i.members {
		s, err := x.i.plane.State(ctx, m)
		if err != nil {
			return history.Text{}, false, err
		}
		if s.Starved || !s.Running {
			dead++
		}
	}
	of := len(x.i.members)
	ended := history.Text{
		FR: fmt.Sprintf(history.Plural(dead, "%d conteneur sur %%d arrêté, selon le moteur", "%d conteneurs sur %%d arrêtés, selon le moteur", "", "").FR, of),
		EN: fmt.Sprintf("%d of %s dead, says the engine", dead, history.Plural(of, "", "", "%d container", "%d containers").EN),
	}
	return and(history.Plural(int(killed), "%d processus tué par le noyau faute de mémoire", "%d processus tués par le noyau faute de mémoire",
		"%d process killed by the kernel for want of memory", "%d processes killed by the kernel for want of memory"), ended), true, nil
}

// Undo gives the memory back, lifts the limit and starts what died of it.
func (x *exhausting) Undo(ctx context.Context) error {
	ended := x.hand.EndAct(ctx, x.i.ID)
	// The engine learns of a death a moment after the kernel, and changes no limit
	// of a container that has ended: what died is started first, within the limit
	// that it died of, and looked at again for a while.
	return errors.Join(ended, x.i.raiseFor(ctx, deathKnown, func() error {
		return errors.Join(x.i.raise(ctx, x.ran), x.restore(ctx))
	}))
}

// Revive starts what died of it after the undo.
func (x *exhausting) Revive(ctx context.Context) error { return x.i.revive(ctx, x.ran) }

// Bounds of what the engine knows late.
const (
	deathKnown = time.Second // for it to have told of every death
	deathBound = 8 * time.Second
)
