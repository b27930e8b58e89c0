package fault

import (
	"context"
	"sync"

	"bascule/harness/history"
)

// freezing pauses its members: their connections stay open, nothing answers.
type freezing struct {
	i *Injection

	mu     sync.Mutex
	frozen map[Member]bool // by this fault, not by another one
}

func byFreezing(i *Injection) (Injector, error) {
	return &freezing{i: i, frozen: map[Member]bool{}}, nil
}

// Inject pauses every member.
func (x *freezing) Inject(ctx context.Context) error {
	return x.i.all(func(m Member) error {
		if err := x.i.plane.Freeze(ctx, m); err != nil {
			return err
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		x.frozen[m] = true
		return nil
	})
}

// Bite is the engine's word.
func (x *freezing) Bite(ctx context.Context) (history.Text, bool, error) {
	for _, m := range x.i.members {
		s, err := x.i.plane.State(ctx, m)
		if err != nil || !s.Frozen {
			return history.Text{}, false, err
		}
	}
	return history.Plural(len(x.i.members), "%d conteneur figé, selon le moteur", "%d conteneurs figés, selon le moteur",
		"%d container frozen, says the engine", "%d containers frozen, says the engine"), true, nil
}

// Undo lets them go on.
func (x *freezing) Undo(ctx context.Context) error {
	return x.i.all(func(m Member) error {
		x.mu.Lock()
		ours := x.frozen[m]
		x.mu.Unlock()
		if !ours {
			return nil
		}
		return present(x.i.plane.Thaw(ctx, m))
	})
}
