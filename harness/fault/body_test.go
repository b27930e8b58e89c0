package fault

import (
	"context"
	"slices"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// body is a plane that has everything that a fault can need.
type body struct {
	*vaultPlane
	limits map[Member]Limits
	asked  time.Duration // more at each look
	acts   map[string]bool
	clocks map[Member]time.Duration
	deaf   map[Member]bool
	waited int
}

func newBody() *body {
	return &body{vaultPlane: newVault(), limits: map[Member]Limits{}, acts: map[string]bool{}, clocks: map[Member]time.Duration{}, deaf: map[Member]bool{}}
}

// set makes a call fail, also while something goes on in the background.
func (p *body) set(fail string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
}

func (p *body) Limits(_ context.Context, m Member) (l Limits, err error) {
	return l, p.do("look", func() { l = p.limits[m] })
}

func (p *body) Limit(ctx context.Context, m Member, l Limits) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("limit", func() {
		p.limits[m] = l
		if l == (Limits{}) {
			delete(p.limits, m)
		}
	})
}

func (p *body) Usage(context.Context, Member) (u Usage, err error) {
	return u, p.do("look", func() {
		p.asked += time.Millisecond
		u = Usage{Throttled: p.asked, Memory: 10 << 20}
	})
}

func (p *body) Act(_ context.Context, a Act) error {
	return p.do("act", func() {
		p.acts[a.ID] = true
		if a.Kind == plan.OutOfMemory {
			for _, m := range a.Members {
				p.dead[m] = true
			}
		}
	})
}

func (p *body) EndAct(ctx context.Context, id string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("end act", func() { delete(p.acts, id) })
}

func (p *body) ActMet(context.Context, string) (uint64, error) { return 2, nil }

func (p *body) ShiftClock(_ context.Context, m Member, by time.Duration) error {
	return p.do("shift", func() { p.clocks[m] = by })
}

func (p *body) RestoreClock(ctx context.Context, m Member) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("right", func() { delete(p.clocks, m) })
}

func (p *body) ClockOf(_ context.Context, m Member) (at time.Time, err error) {
	return at, p.do("look", func() { at = time.Now().Add(p.clocks[m]) })
}

func (p *body) Deafen(ctx context.Context, m Member, deaf bool) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("deafen", func() {
		p.deaf[m] = deaf
		if !deaf {
			delete(p.deaf, m)
		}
	})
}

// stopped is somebody who stops the deaf.
func (p *body) stopped() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waited += len(p.deaf)
}

func (p *body) WaitedOut(Member) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waited
}

func (p *body) StartInOrder(ctx context.Context, members []Member) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("in order", func() {
		for _, m := range members {
			delete(p.dead, m)
		}
	})
}

func (p *body) whole() bool {
	ok := p.vaultPlane.whole()
	p.mu.Lock()
	defer p.mu.Unlock()
	return ok && len(p.limits) == 0 && len(p.acts) == 0 && len(p.clocks) == 0 && len(p.deaf) == 0
}

func TestTheCatalogueIsWhatCanBeInjected(t *testing.T) {
	var told []plan.FaultKind
	for _, e := range Catalogue() {
		told = append(told, e.Kind)
		for name, s := range map[string]history.Text{
			"title": e.Title, "does": e.Does, "undo": e.Undo, "proof": e.Proof, "family": FamilyTitle(e.Family),
		} {
			if s.FR == "" || s.EN == "" {
				t.Errorf("%s: %s is not told in both languages", e.Kind, name)
			}
		}
		for _, p := range e.Params {
			if p.Name == "" || p.Text.FR == "" || p.Text.EN == "" {
				t.Errorf("%s: parameter %q is not told in both languages", e.Kind, p.Name)
			}
		}
		if injectors()[e.Kind] == nil {
			t.Errorf("%s is in the catalogue, and nothing injects it", e.Kind)
		}
	}
	for k := range injectors() {
		if !slices.Contains(told, k) {
			t.Errorf("%s can be injected, and the catalogue does not tell", k)
		}
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(told))); len(sorted) != len(told) {
		t.Error("the catalogue tells of a fault twice")
	}
}

// Faults that a plane has no means for are refused before anything is broken.
func TestAPlaneWithoutMeansIsTold(t *testing.T) {
	for _, k := range []plan.FaultKind{plan.CPU, plan.OutOfMemory, plan.Descriptors, plan.DiskFull, plan.Clock, plan.Deaf} {
		if _, err := New("f1", anyFault(k), newPlane(), &notes{}); err == nil {
			t.Errorf("%s is accepted by a plane that cannot do it", k)
		}
	}
}

func TestACrashLoopGoesOnUntilItIsUndone(t *testing.T) {
	p := newBody()
	inj, err := New("f1", anyFault(plan.CrashLoop), p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := inj.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := Member{Site: "paris", Service: "db", Instance: 1}
	starts := map[time.Time]bool{}
	for deadline := time.Now().Add(5 * time.Second); len(starts) < 4; {
		s, _ := p.State(t.Context(), m)
		if starts[s.Started] = true; time.Now().After(deadline) {
			t.Fatalf("only %d processes in 5 s", len(starts))
		}
		time.Sleep(100 * time.Microsecond)
	}
	if err := inj.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, _ := p.State(t.Context(), m)
	time.Sleep(20 * time.Millisecond)
	if after, _ := p.State(t.Context(), m); !p.whole() || after != before {
		t.Errorf("it goes on after its undo: %+v, then %+v", before, after)
	}
}

func TestDeafnessThatNobodyMetIsToldAtTheEnd(t *testing.T) {
	rec := &notes{}
	inj, err := New("f1", anyFault(plan.Deaf), newBody(), rec)
	if err != nil {
		t.Fatal(err)
	}
	if err := inj.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := inj.AwaitBite(t.Context()); err != nil {
		t.Fatalf("the step waits for what comes later: %v", err)
	}
	inj.Conclude(t.Context())
	if rec.count("fault.nobite") != 1 || rec.count("fault.biting") != 0 {
		t.Errorf("nobody was stopped, and it is said to have bitten: %v", rec.kinds)
	}
}
