package hand

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"bascule/harness/wire"
)

// againIn is when a guard that could not let its container go tries again.
const againIn = time.Second

// guards let containers go that were to be frozen, should whoever froze them not
// live to do it: an engine that hangs on a pause tells of that container no more,
// and removes it no more either.
type guards struct {
	let func(pid int, frozen bool) error

	mu     sync.Mutex
	timers map[int]*time.Timer // by the first process of the container
}

func newGuards(let func(pid int, frozen bool) error) *guards {
	return &guards{let: let, timers: map[int]*time.Timer{}}
}

// set sets a guard, in the place of an earlier one of that container.
func (g *guards) set(w Guard) error {
	if w.Pid <= 0 || w.After <= 0 {
		return fmt.Errorf("guard of process %d after %v: it needs a process, and a time to wait", w.Pid, w.After)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.setLocked(w)
	return nil
}

func (g *guards) setLocked(w Guard) {
	if old := g.timers[w.Pid]; old != nil {
		old.Stop()
	}
	var timer *time.Timer
	timer = time.AfterFunc(w.After, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.timers[w.Pid] != timer {
			return // dismissed meanwhile, or set anew
		}
		_ = g.act(w.Pid) // it tries again by itself
	})
	g.timers[w.Pid] = timer
}

// act lets a container go; one that is gone needs it no more. The lock is held.
func (g *guards) act(pid int) error {
	err := g.let(pid, false)
	if err == nil || errors.Is(err, classed("gone")) {
		g.drop(pid)
		return nil
	}
	g.setLocked(Guard{Pid: pid, After: againIn})
	return fmt.Errorf("let the container of process %d go: %w", pid, err)
}

func (g *guards) drop(pid int) {
	g.timers[pid].Stop()
	delete(g.timers, pid)
}

// dismiss ends a guard that is not needed.
func (g *guards) dismiss(pid int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timers[pid] == nil {
		return wire.ErrUnknown
	}
	g.drop(pid)
	return nil
}

// end has every guard act now.
func (g *guards) end() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var errs []error
	for pid := range g.timers {
		errs = append(errs, g.act(pid))
	}
	return errors.Join(errs...)
}
