package fault

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// fakePlane is a system of two members that remembers what is broken.
type fakePlane struct {
	mu      sync.Mutex
	dead    map[Member]bool
	frozen  map[Member]bool
	network map[string]Network
	started map[Member]time.Time
	met     uint64
	fail    string // the call that fails
}

func newPlane() *fakePlane {
	return &fakePlane{dead: map[Member]bool{}, frozen: map[Member]bool{}, network: map[string]Network{}, started: map[Member]time.Time{}, met: 3}
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
	if site != "paris" && site != "" {
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
	return p.do("start", func() {
		if p.dead[m] {
			p.started[m] = time.Now()
		}
		delete(p.dead, m)
	})
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
	return MemberState{Running: !p.dead[m], Frozen: p.frozen[m], Started: p.started[m]}, nil
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
	mu     sync.Mutex
	kinds  []history.Kind
	events []map[string]string
}

func (n *notes) Event(k history.Kind, _ string, kv ...string) {
	attrs := map[string]string{}
	for i := 0; i+1 < len(kv); i += 2 {
		attrs[kv[i]] = kv[i+1]
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kinds = append(n.kinds, k)
	n.events = append(n.events, attrs)
}

func (n *notes) count(k history.Kind) (c int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range n.kinds {
		if x == k {
			c++
		}
	}
	return c
}

// anyFault is a fault of a kind with everything that it needs.
func anyFault(k plan.FaultKind) plan.Fault {
	f := plan.Fault{Kind: k, Site: "paris", From: "paris/orders", To: "paris/db", Percent: 5,
		Offset: plan.Duration(time.Hour), Every: plan.Duration(time.Millisecond)}
	switch k {
	case plan.KillOne:
		f.Instance = 2
	case plan.SecretMissing:
		f.Name = "api-key"
	}
	return f
}

func TestEveryFaultBreaksBitesAndHeals(t *testing.T) {
	for _, e := range Catalogue() {
		t.Run(string(e.Kind), func(t *testing.T) {
			p, rec := newBody(), &notes{}
			inj, err := New("f1", anyFault(e.Kind), p, rec)
			if err != nil {
				t.Fatal(err)
			}
			if err := inj.Inject(t.Context()); err != nil {
				t.Fatal(err)
			}
			// A restart is over when it has been done; of a loop the same.
			if p.whole() && e.Kind != plan.Restart && e.Kind != plan.CrashLoop {
				t.Fatal("nothing is broken after the injection")
			}
			p.stopped()
			if err := inj.AwaitBite(t.Context()); err != nil {
				t.Fatal(err)
			}
			inj.Conclude(t.Context())
			if !slices.Contains(rec.kinds, history.FaultBiting) {
				t.Errorf("no bite is recorded: %v", rec.kinds)
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
			i, j, k := slices.Index(rec.kinds, history.FaultInjecting), slices.Index(rec.kinds, history.FaultInjected), slices.Index(rec.kinds, history.FaultBiting)
			if i < 0 || i > j || j > k {
				t.Errorf("the fault was not recorded before it was applied, or bit before it was in force: %v", rec.kinds)
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

// calls can fail, or all be well.
var calls = []string{"", "", "", "", "", "kill", "network", "heal", "start", "freeze", "thaw", "limit", "act", "end act", "shift", "right",
	"deafen", "in order", "expire", "renew", "take", "give", "revoke", "restore", "hoard", "let go"}

// Any sequence of calls, with failures thrown in, leaves a state from which an
// undo puts the system right; and no call is ever accepted out of order.
func TestRandomLifecycles(t *testing.T) {
	all := Catalogue()
	for seed := range uint64(800) {
		// Undos look after what may still die: the time of the bubble costs none.
		synctest.Test(t, func(t *testing.T) { randomLifecycle(t, seed, all[seed%uint64(len(all))].Kind) })
	}
}

// randomLifecycle calls an injection at random.
func randomLifecycle(t *testing.T, seed uint64, kind plan.FaultKind) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	p := newBody()
	inj, err := New("f1", anyFault(kind), p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	awaited := false
	for range 12 {
		before := inj.State()
		p.set(calls[r.IntN(len(calls))])
		switch r.IntN(3) {
		case 0:
			err = inj.Inject(t.Context())
			if before != Ready && !errors.Is(err, ErrTransition) {
				t.Fatalf("seed %d: injected from state %s: %v", seed, before, err)
			}
		case 1:
			if before == Injected && !awaited { // elsewhere it would wait out its bound
				awaited = true
				p.set("")
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
	p.set("")
	inj.Conclude(t.Context())
	if err := inj.Undo(t.Context()); err != nil {
		t.Fatalf("seed %d: cannot be undone from %s: %v", seed, inj.State(), err)
	}
	if !p.whole() {
		t.Fatalf("seed %d: still broken in state %s", seed, inj.State())
	}
}
