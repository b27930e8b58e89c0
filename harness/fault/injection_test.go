package fault

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// fakePlane is a system of two members that remembers what is broken.
type fakePlane struct {
	mu      sync.Mutex
	dead    map[Member]bool
	frozen  map[Member]bool
	network map[string]Network
	met     uint64
	fail    string // the call that fails
}

func newPlane() *fakePlane {
	return &fakePlane{dead: map[Member]bool{}, frozen: map[Member]bool{}, network: map[string]Network{}, met: 3}
}

func (p *fakePlane) do(name string, f func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail == name {
		return fmt.Errorf("%s does not work today", name)
	}
	f()
	return nil
}

func (p *fakePlane) Members(site, service string, instance int) ([]Member, error) {
	if site != "paris" {
		return nil, fmt.Errorf("no site %s", site)
	}
	return []Member{{Site: "paris", Service: "db", Instance: 1}, {Site: "paris", Service: "db", Instance: 2}}, nil
}
func (p *fakePlane) Kill(_ context.Context, m Member) error {
	return p.do("kill", func() { p.dead[m] = true })
}
func (p *fakePlane) Start(ctx context.Context, m Member) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("start", func() { delete(p.dead, m) })
}
func (p *fakePlane) Freeze(_ context.Context, m Member) error {
	return p.do("freeze", func() { p.frozen[m] = true })
}
func (p *fakePlane) Thaw(_ context.Context, m Member) error {
	return p.do("thaw", func() { delete(p.frozen, m) })
}
func (p *fakePlane) State(_ context.Context, m Member) (MemberState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return MemberState{Running: !p.dead[m], Frozen: p.frozen[m]}, nil
}
func (p *fakePlane) Network(_ context.Context, n Network) error {
	return p.do("network", func() { p.network[n.ID] = n })
}
func (p *fakePlane) Heal(_ context.Context, id string) error {
	return p.do("heal", func() { delete(p.network, id) })
}
func (p *fakePlane) Met(context.Context, string) (uint64, error) { return p.met, nil }

func (p *fakePlane) whole() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.dead) == 0 && len(p.frozen) == 0 && len(p.network) == 0
}

type notes struct {
	mu    sync.Mutex
	kinds []history.Kind
}

func (n *notes) Event(k history.Kind, _ string, _ ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kinds = append(n.kinds, k)
}

var kinds = []plan.FaultKind{plan.Crash, plan.HostLost, plan.SiteLost, plan.Freeze, plan.Cut, plan.Refuse, plan.Slow, plan.Bandwidth, plan.Reset}

func TestEveryFaultBreaksBitesAndHeals(t *testing.T) {
	for _, k := range kinds {
		t.Run(string(k), func(t *testing.T) {
			p, rec := newPlane(), &notes{}
			inj, err := New("f1", plan.Fault{Kind: k, Site: "paris", From: "paris/orders", To: "paris/db"}, p, rec)
			if err != nil {
				t.Fatal(err)
			}
			if err := inj.Inject(t.Context()); err != nil {
				t.Fatal(err)
			}
			if p.whole() {
				t.Fatal("nothing is broken after the injection")
			}
			if err := inj.AwaitBite(t.Context()); err != nil {
				t.Fatal(err)
			}
			// The undo must work although everybody has given up.
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if err := inj.Undo(gone); err != nil {
				t.Fatal(err)
			}
			if !p.whole() {
				t.Fatalf("still broken after the undo: %+v", p)
			}
			if i, j := slices.Index(rec.kinds, history.FaultInjecting), slices.Index(rec.kinds, history.FaultInjected); i < 0 || i > j {
				t.Errorf("the fault was not recorded before it was applied: %v", rec.kinds)
			}
		})
	}
}

func TestAFailedInjectionIsUndone(t *testing.T) {
	p := newPlane()
	p.fail = "kill" // after the network was broken
	inj, err := New("f1", plan.Fault{Kind: plan.SiteLost, Site: "paris"}, p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := inj.Inject(t.Context()); err == nil {
		t.Fatal("an injection that failed says that it worked")
	}
	if !p.whole() {
		t.Errorf("half a fault is left in force: %+v", p.network)
	}
}

func TestNoPacketNoBite(t *testing.T) {
	p := newPlane()
	p.met = 0
	inj, err := New("f1", plan.Fault{Kind: plan.Cut, From: "paris", To: "lyon"}, p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := inj.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200_000_000)
	defer cancel()
	if err := inj.AwaitBite(ctx); !errors.Is(err, ErrNoBite) {
		t.Errorf("got %v, want ErrNoBite", err)
	}
}

func TestUnknownTargetIsRefused(t *testing.T) {
	if _, err := New("f1", plan.Fault{Kind: plan.Crash, Site: "lille"}, newPlane(), &notes{}); err == nil {
		t.Error("a fault on a site that does not exist is accepted")
	}
}

// Any sequence of calls, with failures thrown in, leaves a state from which an
// undo puts the system right; and no call is ever accepted out of order.
func TestRandomLifecycles(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := newPlane()
		inj, err := New("f1", plan.Fault{Kind: kinds[r.IntN(len(kinds))], Site: "paris"}, p, &notes{})
		if err != nil {
			t.Fatal(err)
		}
		for range 12 {
			before := inj.State()
			p.fail = []string{"", "", "", "kill", "network", "heal", "start", "freeze", "thaw"}[r.IntN(9)]
			switch r.IntN(3) {
			case 0:
				err = inj.Inject(t.Context())
				if before != Ready && !errors.Is(err, ErrTransition) {
					t.Fatalf("seed %d: injected from state %s: %v", seed, before, err)
				}
			case 1:
				if before == Injected { // elsewhere it would wait out its bound
					if err := inj.AwaitBite(t.Context()); err != nil {
						t.Fatalf("seed %d: no bite: %v", seed, err)
					}
				}
			case 2:
				err = inj.Undo(t.Context())
				if before == Recovered && err != nil {
					t.Fatalf("seed %d: a second undo fails: %v", seed, err)
				}
			}
		}
		p.fail = ""
		if err := inj.Undo(t.Context()); err != nil {
			t.Fatalf("seed %d: cannot be undone from %s: %v", seed, inj.State(), err)
		}
		if !p.whole() {
			t.Fatalf("seed %d: still broken in state %s", seed, inj.State())
		}
	}
}
