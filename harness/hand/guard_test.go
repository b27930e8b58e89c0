package hand

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// freezer notes who was let go.
type freezer struct {
	mu   sync.Mutex
	went []int
	fail error
}

func (f *freezer) let(pid int, frozen bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil || frozen {
		return errors.Join(f.fail, errors.New("not let go"))
	}
	f.went = append(f.went, pid)
	return nil
}

func (f *freezer) is(t *testing.T, when string, want ...int) {
	t.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Equal(f.went, want) {
		t.Errorf("%s: %v let go, want %v", when, f.went, want)
	}
}

// A guard acts once, at its time; not one that was dismissed, nor at the time of
// one that was set anew.
func TestAGuardActsUnlessItIsDismissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &freezer{}
		g := newGuards(f.let)
		for pid := 1; pid <= 3; pid++ {
			if err := g.set(Guard{Pid: pid, After: 10 * time.Second}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(9 * time.Second)
		f.is(t, "before the time")
		if err := g.set(Guard{Pid: 2, After: 10 * time.Second}); err != nil {
			t.Fatal(err)
		}
		if err := g.dismiss(1); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second)
		f.is(t, "one dismissed, one set anew", 3)
		time.Sleep(time.Minute)
		f.is(t, "long after", 3, 2)
		for pid := 1; pid <= 4; pid++ {
			if err := g.dismiss(pid); err == nil {
				t.Errorf("process %d is guarded still", pid)
			}
		}
	})
}

// One that cannot act tries again; of what is gone there is nothing to let go.
func TestAGuardTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &freezer{fail: errors.New("busy")}
		g := newGuards(f.let)
		if err := g.set(Guard{Pid: 7, After: time.Second}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if err := g.end(); err == nil {
			t.Error("nothing was let go, and nothing is told")
		}
		f.mu.Lock()
		f.fail = nil
		f.mu.Unlock()
		time.Sleep(2 * time.Second)
		f.is(t, "no longer busy", 7)
		f.mu.Lock()
		f.fail = classed("gone")
		f.mu.Unlock()
		if err := g.set(Guard{Pid: 8, After: time.Hour}); err != nil {
			t.Fatal(err)
		}
		if err := g.end(); err != nil {
			t.Error(err)
		}
		if err := g.dismiss(8); err == nil {
			t.Error("what is gone is guarded still")
		}
	})
}

// Whoever heals a run wants nothing frozen; and a guard needs a process and a time.
func TestGuardsOverTheWire(t *testing.T) {
	f := &freezer{}
	s := newServer(t.Context(), nil)
	s.guards = newGuards(f.let)
	c := talkingTo(t, s)
	for _, wrong := range []Guard{{Pid: 5}, {After: time.Hour}, {Pid: 5, After: -1}} {
		if err := c.SetGuard(t.Context(), wrong); err == nil {
			t.Errorf("%+v was taken", wrong)
		}
	}
	for pid := 5; pid <= 6; pid++ {
		if err := c.SetGuard(t.Context(), Guard{Pid: pid, After: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time there is none
		if err := c.DismissGuard(t.Context(), 5); err != nil {
			t.Error(err)
		}
	}
	if err := c.UndoAll(t.Context()); err != nil {
		t.Error(err)
	}
	if !slices.Equal(f.went, []int{6}) {
		t.Errorf("%v let go, want 6", f.went)
	}
}
