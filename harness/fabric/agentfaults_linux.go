package fabric

import (
	"context"
	"errors"
	"slices"
	"time"
)

// inject puts a fault in force. The same id again is the same fault.
func (a *agent) inject(f Fault) (FaultState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.injectLocked(f)
}

func (a *agent) injectLocked(f Fault) (FaultState, error) {
	if err := f.check(); err != nil {
		return FaultState{}, err
	}
	if a.kernel == nil {
		return FaultState{}, errors.New("no topology is in force yet")
	}
	if s, ok := a.faults[f.ID]; ok && s.HealedAt == 0 {
		return a.counted(*s), nil
	}
	from := time.Now().UnixNano()
	if err := a.strike(f); err != nil {
		return FaultState{}, err
	}
	if _, again := a.faults[f.ID]; !again {
		a.order = append(a.order, f.ID)
	}
	s := &FaultState{Fault: f, AppliedFrom: from, AppliedAt: time.Now().UnixNano()}
	a.faults[f.ID] = s
	if f.ExpiresIn > 0 {
		a.expire(f.ID, f.ExpiresIn)
	}
	return *s, nil
}

// strike has a fault carried out by its plane.
func (a *agent) strike(f Fault) error {
	switch f.Kind.plane() {
	case byKernel:
		if err := a.kernel.inject(f); err != nil {
			return err
		}
		if f.Kind == Flap {
			ctx, stop := context.WithCancel(a.ctx)
			a.flaps[f.ID] = stop
			go a.kernel.flap(ctx, a.kernel.held(f.ID))
		}
		return nil
	case byProxy:
		return a.shaper.inject(f)
	}
	if err := f.members(a.top); err != nil {
		return err
	}
	a.resolver.faults.inject(f)
	return nil
}

// lift undoes strike.
func (a *agent) lift(s FaultState) (at span, err error) {
	at.from = time.Now().UnixNano()
	switch s.Kind.plane() {
	case byKernel:
		if stop := a.flaps[s.ID]; stop != nil {
			stop()
			delete(a.flaps, s.ID)
		}
		return a.kernel.heal(s.ID)
	case byProxy:
		err = a.shaper.heal(s.ID)
	default:
		a.resolver.faults.heal(s.ID)
	}
	at.to = time.Now().UnixNano()
	return at, err
}

// counted fills in what a fault in force has met.
func (a *agent) counted(s FaultState) FaultState {
	if s.HealedAt != 0 {
		return s
	}
	var t tally
	switch s.Kind.plane() {
	case byKernel:
		var err error
		if t, err = a.kernel.met(s.ID); err != nil {
			return s
		}
	case byProxy:
		t = a.shaper.met(s.ID)
	case byResolver:
		t = a.resolver.faults.count(s.ID)
	}
	s.Packets, s.Bytes, s.Toggles = t.packets, t.bytes, t.toggles
	return s
}

// expire heals a fault after a time; a heal that fails is tried again, since
// nobody else may be left to ask for it. The lock is held.
func (a *agent) expire(id string, after time.Duration) {
	var timer *time.Timer
	timer = time.AfterFunc(after, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.expiry[id] != timer {
			return // healed meanwhile, and perhaps in force anew
		}
		if _, err := a.healLocked(id); err != nil {
			a.expire(id, time.Second)
		}
	})
	a.expiry[id] = timer
}

// heal ends a fault; one that is healed already stays so.
func (a *agent) heal(id string) (FaultState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.healLocked(id)
}

func (a *agent) healLocked(id string) (FaultState, error) {
	s, ok := a.faults[id]
	if !ok {
		return FaultState{}, ErrNoFault
	}
	if s.HealedAt != 0 {
		return *s, nil
	}
	*s = a.counted(*s)
	at, err := a.lift(*s)
	if err != nil {
		return *s, err
	}
	s.HealedFrom, s.HealedAt = at.from, at.to
	if t := a.expiry[id]; t != nil {
		t.Stop()
		delete(a.expiry, id)
	}
	return *s, nil
}

// healAll ends every fault, the last first.
func (a *agent) healAll() error {
	a.mu.Lock()
	ids := slices.Clone(a.order)
	a.mu.Unlock()
	var errs []error
	for _, id := range slices.Backward(ids) {
		_, err := a.heal(id)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// states lists every fault, in the order of their injection.
func (a *agent) states() []FaultState {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []FaultState{}
	for _, id := range a.order {
		out = append(out, a.counted(*a.faults[id]))
	}
	return out
}
