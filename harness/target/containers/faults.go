package containers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fault"
	"bascule/harness/hand"
)

// Members resolves a fault's target. An empty site is every site of our own.
func (t *Target) Members(site, service string, instance int) ([]fault.Member, error) {
	if site == "" {
		return t.ownMembers(), nil
	}
	ms, err := t.find(site, service, instance)
	if err != nil {
		return nil, err
	}
	out := make([]fault.Member, len(ms))
	for i, m := range ms {
		out[i] = m.Member
	}
	return out, nil
}

// ownMembers is every member but those of third parties.
func (t *Target) ownMembers() []fault.Member {
	var out []fault.Member
	for _, m := range t.members {
		if m.site.Own() && m.Service != jobService {
			out = append(out, m.Member)
		}
	}
	return out
}

func (t *Target) at(m fault.Member) (*member, string, error) {
	ms, err := t.find(m.Site, m.Service, m.Instance)
	if err != nil {
		return nil, "", err
	}
	id := ms[0].container()
	if id == "" {
		return nil, "", fmt.Errorf("%s: %w", ms[0], fault.ErrAbsent)
	}
	return ms[0], id, nil
}

// Kill sends SIGKILL to a member.
func (t *Target) Kill(ctx context.Context, m fault.Member) error {
	mem, id, err := t.at(m)
	if err != nil {
		return err
	}
	if err := t.Engine.Kill(ctx, id); err != nil {
		return fmt.Errorf("%s: %w", mem, err)
	}
	t.down(mem)
	return nil
}

// Start starts a member again, with what it had on its disks.
func (t *Target) Start(ctx context.Context, m fault.Member) error {
	mem, id, err := t.at(m)
	if err != nil {
		return err
	}
	if err := t.Engine.Start(ctx, id); err != nil {
		return fmt.Errorf("%s: %w", mem, err)
	}
	t.announce(ctx, mem)
	return nil
}

// Bounds of what the engine does about a pause. It takes tens of milliseconds.
const (
	pauseBound  = 2 * time.Second
	pauseTries  = 4
	rescueBound = 10 * time.Second
	guardAfter  = pauseBound + pauseTries*(2*pauseBound) + rescueBound // all that Freeze may take
)

// Freeze pauses a member. The engine may never speak of it again when its pause
// meets the start of a health check: the check is frozen before it has become a
// process of its own, its starter waits for it, and the engine for the starter.
// Let go from outside for a moment they all go on; then it is frozen again, and
// starts no more checks. One that cannot be frozen is left running, whatever
// becomes of ctx: an engine that hangs on it could not remove it either.
func (t *Target) Freeze(ctx context.Context, m fault.Member) (err error) {
	mem, id, err := t.at(m)
	if err != nil {
		return err
	}
	pid, err := t.pid(ctx, mem) // the engine could not tell it later
	if err != nil {
		return err
	}
	mem.mu.Lock()
	mem.frozen = pid
	mem.mu.Unlock()
	if t.hand != nil {
		// This process may be killed while the engine hangs: nobody could remove
		// the container then.
		if err := t.hand.SetGuard(ctx, hand.Guard{Pid: pid, After: guardAfter}); err != nil {
			return fmt.Errorf("%s: not frozen, since nobody would let it go: %w", mem, err)
		}
		defer func() {
			if gone := t.hand.DismissGuard(context.WithoutCancel(ctx), pid); gone != nil {
				// It would let the container go in the midst of the fault.
				err = errors.Join(err, fmt.Errorf("%s: %w", mem, gone), t.rescue(ctx, mem, id))
			}
		}()
	}
	err = within(ctx, func(ctx context.Context) error { return t.Engine.Pause(ctx, id) })
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", mem, err)
	}
	for range pauseTries {
		err = within(ctx, func(ctx context.Context) error {
			_, err := t.Engine.Inspect(ctx, id)
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) || t.hand == nil || ctx.Err() != nil {
			break
		}
		if err = t.loosen(ctx, pid, id); err != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("%s: frozen, and the engine no longer answers for it: %w", mem, errors.Join(err, t.rescue(ctx, mem, id)))
	}
	return nil
}

// within bounds one call of the engine.
func within(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, pauseBound)
	defer cancel()
	return call(ctx)
}

// loosen lets a container go until the engine speaks of it, and freezes it again.
func (t *Target) loosen(ctx context.Context, pid int, id string) error {
	if err := t.hand.Freezer(ctx, pid, false); err != nil {
		return err
	}
	if _, err := t.Engine.Inspect(ctx, id); err != nil {
		return err
	}
	return t.hand.Freezer(ctx, pid, true)
}

// rescue lets a container go for good, from outside first: the engine may hang
// on it.
func (t *Target) rescue(ctx context.Context, m *member, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rescueBound)
	defer cancel()
	m.mu.Lock()
	pid := m.frozen
	m.mu.Unlock()
	var err error
	if t.hand != nil && pid != 0 {
		err = t.hand.Freezer(ctx, pid, false)
	}
	return errors.Join(err, t.Engine.Unpause(ctx, id))
}

// Thaw lets it go on.
func (t *Target) Thaw(ctx context.Context, m fault.Member) error {
	mem, id, err := t.at(m)
	if err != nil {
		return err
	}
	err = within(ctx, func(ctx context.Context) error { return t.Engine.Unpause(ctx, id) })
	if errors.Is(err, context.DeadlineExceeded) {
		err = t.rescue(ctx, mem, id)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", mem, err)
	}
	return nil
}

// State asks the engine.
func (t *Target) State(ctx context.Context, m fault.Member) (fault.MemberState, error) {
	mem, id, err := t.at(m)
	if err != nil {
		return fault.MemberState{}, err
	}
	s, err := t.Engine.Inspect(ctx, id)
	if err != nil {
		return fault.MemberState{}, fmt.Errorf("%s: %w", mem, err)
	}
	mem.mu.Lock()
	defer mem.mu.Unlock()
	return fault.MemberState{Running: s.Running, Frozen: s.Paused, Started: s.Started, Starved: s.Starved, Stopped: mem.stopped}, nil
}

// Network puts a fault of the network in force.
func (t *Target) Network(ctx context.Context, n fault.Network) error {
	f, err := t.networkFault(n)
	if err != nil {
		return err
	}
	_, err = t.client.Inject(ctx, f)
	return err
}

// Heal ends a fault of the network; one that the fabric never saw is healed.
func (t *Target) Heal(ctx context.Context, id string) error {
	_, err := t.client.Heal(ctx, id)
	if errors.Is(err, fabric.ErrNoFault) {
		return nil
	}
	return err
}

// Met is how many packets met a fault.
func (t *Target) Met(ctx context.Context, id string) (uint64, error) {
	all, err := t.client.Faults(ctx)
	if err != nil {
		return 0, err
	}
	for _, f := range all {
		if f.ID == id {
			return f.Packets, nil
		}
	}
	return 0, nil
}

// HealAll ends every fault of the network and every act of the hand.
func (t *Target) HealAll(ctx context.Context) error {
	var errs []error
	if t.client != nil {
		errs = append(errs, t.client.HealAll(ctx))
	}
	if t.hand != nil {
		errs = append(errs, t.hand.UndoAll(ctx))
	}
	return errors.Join(errs...)
}
