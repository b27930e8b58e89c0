package fault

import (
	"context"
	"fmt"

	"bascule/harness/history"
)

// Deafness is a plane whose members can be made deaf: a stop of one waits out
// its grace period, as if its process ignored the signal, then kills.
type Deafness interface {
	Deafen(ctx context.Context, m Member, deaf bool) error
	// WaitedOut counts the stops that a member has let wait, ever.
	WaitedOut(m Member) int
}

// deafness shows only when somebody stops the member: its bite may come late.
type deafness struct {
	i      *Injection
	plane  Deafness
	before int
}

func byDeafness(i *Injection) (Injector, error) {
	p, ok := i.plane.(Deafness)
	if !ok {
		return nil, fmt.Errorf("no stop can be made to wait: %w", ErrUnable)
	}
	return &deafness{i: i, plane: p}, nil
}

// Late says that the bite comes with the next stop, if ever.
func (x *deafness) Late() {}

// Inject makes every member deaf.
func (x *deafness) Inject(ctx context.Context) error {
	x.before = x.waited()
	return x.i.all(func(m Member) error { return x.plane.Deafen(ctx, m, true) })
}

func (x *deafness) waited() int {
	n := 0
	for _, m := range x.i.members {
		n += x.plane.WaitedOut(m)
	}
	return n
}

// Bite is a stop that had to wait out its grace period.
func (x *deafness) Bite(context.Context) (history.Text, bool, error) {
	n := x.waited() - x.before
	if n == 0 {
		return history.Text{}, false, nil
	}
	return history.Plural(n, "%d arrêt a attendu tout son délai de grâce, puis a été forcé", "%d arrêts ont attendu tout leur délai de grâce, puis ont été forcés",
		"%d stop waited out its grace period, then killed", "%d stops waited out their grace period, then killed"), true, nil
}

// Undo lets them hear again.
func (x *deafness) Undo(ctx context.Context) error {
	return x.i.all(func(m Member) error { return x.plane.Deafen(ctx, m, false) })
}
