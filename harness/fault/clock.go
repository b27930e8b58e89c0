package fault

import (
	"context"
	"fmt"
	"time"

	"bascule/harness/history"
)

// Clocks is a plane that can put its members' clocks wrong.
type Clocks interface {
	ShiftClock(ctx context.Context, m Member, offset time.Duration) error
	RestoreClock(ctx context.Context, m Member) error
	// ClockOf asks a process of the member for the time.
	ClockOf(ctx context.Context, m Member) (time.Time, error)
}

// shifting puts clocks ahead or behind.
type shifting struct {
	i      *Injection
	clocks Clocks
}

func byShifting(i *Injection) (Injector, error) {
	c, ok := i.plane.(Clocks)
	if !ok {
		return nil, fmt.Errorf("no clock can be shifted: %w", ErrUnable)
	}
	if i.Fault.Offset == 0 {
		return nil, fmt.Errorf("the plan does not say by how much the clock is off")
	}
	return &shifting{i, c}, nil
}

// Inject shifts every member's clock.
func (x *shifting) Inject(ctx context.Context) error {
	return x.i.all(func(m Member) error { return x.clocks.ShiftClock(ctx, m, x.i.Fault.Offset.D()) })
}

// Bite asks the members themselves: each must be off by at least half of it, in
// its direction (asking takes time, and a clock may be off a little by itself).
func (x *shifting) Bite(ctx context.Context) (history.Text, bool, error) {
	offset := x.i.Fault.Offset.D()
	var seen time.Duration
	for _, m := range x.i.members {
		t, err := x.clocks.ClockOf(ctx, m)
		if err != nil {
			return history.Text{}, false, err
		}
		seen = time.Until(t).Round(100 * time.Millisecond)
		if offset > 0 && seen < offset/2 || offset < 0 && seen > offset/2 {
			return history.Text{}, false, nil
		}
	}
	way := "avance"
	if seen < 0 {
		way = "retarde"
	}
	return history.Text{
		FR: fmt.Sprintf("l’heure lue dans le conteneur %s de %s sur la nôtre", way, history.Length(seen.Abs()).FR),
		EN: fmt.Sprintf("the time read in the container is %s off ours", seen),
	}, true, nil
}

// Undo puts them right.
func (x *shifting) Undo(ctx context.Context) error {
	return x.i.all(func(m Member) error { return x.clocks.RestoreClock(ctx, m) })
}
