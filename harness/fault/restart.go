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

// restarting kills its members and starts them at once, or over and over.
type restarting struct {
	i      *Injection
	before map[Member]time.Time // when each one's process began
	rounds int
	mute   string // id of the network's part while they are dead, "" otherwise

	mu  sync.Mutex
	err error // of the last round that did not go as it should
}

func byRestarting(i *Injection) (Injector, error) { return &restarting{i: i}, nil }

// overAndOver is a crash loop.
func overAndOver(i *Injection) (Injector, error) {
	if i.Fault.Every <= 0 {
		return nil, errors.New("the plan does not say how long the process lives each time")
	}
	return &looping{restarting{i: i}}, nil
}

// Inject kills once and starts again.
func (x *restarting) Inject(ctx context.Context) error {
	if err := x.look(ctx); err != nil {
		return err
	}
	if err := x.kill(ctx); err != nil {
		return err
	}
	return x.start(ctx)
}

// look notes which processes run before.
func (x *restarting) look(ctx context.Context) error {
	x.before = map[Member]time.Time{}
	for _, m := range x.i.members {
		s, err := x.i.plane.State(ctx, m)
		if err != nil {
			return err
		}
		x.before[m] = s.Started
	}
	return nil
}

// kill has the host answer with resets in the processes' place, then kills them.
// Each round is a fault of its own to the network: one that was healed stays so.
func (x *restarting) kill(ctx context.Context) error {
	x.rounds++
	id := fmt.Sprintf("%s-%d", x.i.ID, x.rounds)
	x.mute = id
	if err := x.i.cutOff(ctx, Network{ID: id, Kind: plan.Refuse, Toward: x.i.members}); err != nil {
		return err
	}
	return x.i.all(func(m Member) error { return x.i.plane.Kill(ctx, m) })
}

func (x *restarting) start(ctx context.Context) error {
	err := x.i.all(func(m Member) error { return present(x.i.plane.Start(ctx, m)) })
	if x.mute != "" {
		if heal := x.i.plane.Heal(ctx, x.mute); heal != nil {
			return errors.Join(err, heal)
		}
		x.mute = ""
	}
	return err
}

// Bite is the engine's word that other processes run now.
func (x *restarting) Bite(ctx context.Context) (history.Text, bool, error) {
	x.mu.Lock()
	last := x.err
	x.mu.Unlock()
	for _, m := range x.i.members {
		s, err := x.i.plane.State(ctx, m)
		if err != nil {
			return history.Text{}, false, err
		}
		if s.Running && !s.Started.After(x.before[m]) {
			return history.Text{}, false, last
		}
	}
	return history.Plural(len(x.i.members), "%d processus tué puis relancé, selon le moteur", "%d processus tués puis relancés, selon le moteur",
		"%d process killed and started anew, says the engine", "%d processes killed and started anew, says the engine"), true, nil
}

// Undo sees to it that they run and are heard.
func (x *restarting) Undo(ctx context.Context) error { return x.start(ctx) }

// looping is a restarting that does not leave off.
type looping struct{ restarting }

// Inject kills once; Keep starts again.
func (x *looping) Inject(ctx context.Context) error {
	if err := x.look(ctx); err != nil {
		return err
	}
	return x.kill(ctx)
}

// Keep lets the processes live for a while, again and again. A round that fails
// (a member is being replaced just now) is no end of the loop.
func (x *looping) Keep(ctx context.Context) {
	for ctx.Err() == nil {
		x.note(x.start(ctx))
		if pause(ctx, x.i.Fault.Every.D()) != nil {
			return
		}
		x.note(x.kill(ctx))
	}
}

func (x *looping) note(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err = err
}

// pause waits within a context.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
