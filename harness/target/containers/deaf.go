package containers

import (
	"context"
	"time"

	"bascule/harness/fault"
)

var _ fault.Deafness = (*Target)(nil)

// Deafen makes a member's next stops wait out their grace period.
func (t *Target) Deafen(_ context.Context, m fault.Member, deaf bool) error {
	ms, err := t.find(m.Site, m.Service, m.Instance)
	if err != nil {
		return err
	}
	ms[0].mu.Lock()
	defer ms[0].mu.Unlock()
	ms[0].deaf = deaf
	return nil
}

// WaitedOut counts the stops that a deaf member has let wait.
func (t *Target) WaitedOut(m fault.Member) int {
	ms, err := t.find(m.Site, m.Service, m.Instance)
	if err != nil {
		return 0
	}
	ms[0].mu.Lock()
	defer ms[0].mu.Unlock()
	return ms[0].waitedOut
}

// stop ends a member's container. Whoever stops a deaf one waits as for a
// process that ignores the signal, then kills; one that is healed meanwhile hears
// it at once, which is later than it would.
func (t *Target) stop(ctx context.Context, m *member, id string) error {
	m.mu.Lock()
	deaf := m.deaf
	m.mu.Unlock()
	if !deaf {
		return t.Engine.Stop(ctx, id, t.graceOf(m))
	}
	s, err := t.Engine.Inspect(ctx, id)
	if err != nil {
		return err
	}
	if !s.Running {
		return nil
	}
	timer := time.NewTimer(t.graceOf(m))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := t.Engine.Kill(ctx, id); err != nil {
		return err
	}
	m.mu.Lock()
	m.waitedOut++
	m.mu.Unlock()
	return nil
}
