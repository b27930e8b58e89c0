package containers

import (
	"context"
	"flag"
	"strconv"
	"sync"
	"testing"
	"time"

	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
)

// stretch is what canaries met, as the history tells it.
type stretch struct {
	what, err string
	sent, ok  int
	median    time.Duration
}

func (n *notes) canary(id, when string) (s stretch) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.events {
		if e.Kind == history.FaultCanary && e.Subject == id && e.Attrs["when"] == when {
			s.what, s.err = e.Attrs["what_en"], e.Attrs["err"]
			s.sent, _ = strconv.Atoi(e.Attrs["sent"])
			s.ok, _ = strconv.Atoi(e.Attrs["ok"])
			ns, _ := strconv.Atoi(e.Attrs["median_ns"])
			s.median = time.Duration(ns)
		}
	}
	return s
}

// wrong lists what a fault's record says went wrong.
func (n *notes) wrong(id string) (out []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.events {
		if e.Subject == id && (e.Kind == history.FaultNoBite || e.Kind == history.FaultFailed) {
			out = append(out, e.Attrs["err"])
		}
	}
	return out
}

// paying is a load: payments one after another, well or not, until it is stopped.
func (s *scene) paying(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_ = s.pay(ctx) // what becomes of it is looked at elsewhere
				select {
				case <-time.After(20 * time.Millisecond):
				case <-ctx.Done():
				}
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

// life takes a fault through its life on real containers, under load, and wants
// its canaries well before, as seen says during, and well again after.
func (s *scene) life(t *testing.T, f plan.Fault, seen func(before, during stretch) bool) {
	t.Helper()
	id := string(f.Kind)
	inj, err := fault.New(id, f, s.Target, s.notes)
	if err != nil {
		t.Fatal(err)
	}
	inj.Prepare(t.Context())
	if err := inj.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := inj.AwaitBite(t.Context()); err != nil {
		t.Error(err)
	}
	proven := time.Since(began)
	inj.AwaitSettled(t.Context())
	settled := time.Since(began)
	if f.Kind == plan.Deaf {
		if err := s.RestartService(t.Context(), f.Site, f.Service); err != nil {
			t.Fatal(err)
		}
	}
	// It lasts longer than an answer is waited for: one that does not come is
	// known to be missing only after that.
	time.Sleep(canaryTimeout + 500*time.Millisecond)
	if err := inj.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	inj.Conclude(t.Context())
	b, d, a := s.notes.canary(id, "before"), s.notes.canary(id, "during"), s.notes.canary(id, "after")
	t.Logf("%s: bite proven after %s, settled after %s: %s", id, proven.Round(time.Millisecond), settled.Round(time.Millisecond), s.notes.proof(id).EN)
	t.Logf("%s: %s\nbefore %+v\nduring %+v\nafter  %+v", id, b.what, b, d, a)
	if b.ok < 3 || b.ok < b.sent {
		t.Errorf("canaries are not well before: %+v", b)
	}
	if !seen(b, d) {
		t.Errorf("canaries do not show the fault: before %+v, during %+v", b, d)
	}
	if a.ok < 5 {
		t.Errorf("canaries are not well after: %+v", a)
	}
	if s.notes.proof(id).FR == "" {
		t.Error("no bite is recorded")
	}
	for _, w := range s.notes.wrong(id) {
		t.Error(w)
	}
	s.eventually(t, true, "after "+id)
}

func silent(_, d stretch) bool { return d.sent > 0 && d.ok == 0 }
func some(_, d stretch) bool   { return d.sent > 0 && d.ok < d.sent }
func anything(_, d stretch) bool {
	return d.sent > 0 // a canary need not see it: counters are the proof
}
func class(c string) func(_, d stretch) bool {
	return func(_, d stretch) bool { return d.sent > 0 && d.ok == 0 && d.err == c }
}

// Faults of every plane on real containers, with the canaries' word.
func TestFaultsShowOnCanaries(t *testing.T) {
	ms := func(n int) plan.Duration { return plan.Duration(time.Duration(n) * time.Millisecond) }
	all := []struct {
		f    plan.Fault
		seen func(before, during stretch) bool
	}{
		{plan.Fault{Kind: plan.Cut, From: "paris/web", To: "paris/db"}, class("timeout")},
		{plan.Fault{Kind: plan.Refuse, From: "paris/web", To: "paris/vault"}, class("refused")},
		{plan.Fault{Kind: plan.Slow, From: "paris/web", To: "bank/acquirer", Latency: ms(200)}, func(b, d stretch) bool { return d.median > b.median+100*time.Millisecond }},
		{plan.Fault{Kind: plan.HTTPError, From: "paris/front", To: "paris/web", Status: 503}, anything},
		{plan.Fault{Kind: plan.NXDomain, From: "paris/web", Name: "db"}, class("nxdomain")},
		{plan.Fault{Kind: plan.Crash, Site: "paris", Service: "vault"}, silent},
		{plan.Fault{Kind: plan.KillOne, Site: "paris", Service: "web", Instance: 2}, silent},
		{plan.Fault{Kind: plan.Restart, Site: "bank", Service: "acquirer"}, some},
		{plan.Fault{Kind: plan.Freeze, Site: "paris", Service: "db"}, class("timeout")},
		{plan.Fault{Kind: plan.Deaf, Site: "paris", Service: "vault"}, anything},
		{plan.Fault{Kind: plan.CPU, Site: "paris", Service: "db", Percent: 3}, anything},
		{plan.Fault{Kind: plan.OutOfMemory, Site: "paris", Service: "web", Instance: 2}, some},
		{plan.Fault{Kind: plan.Descriptors, Site: "paris", Service: "web", Instance: 1}, some},
		{plan.Fault{Kind: plan.SiteIsolated, Site: "lyon"}, class("timeout")},
	}
	var planned []plan.Fault
	for _, c := range all {
		planned = append(planned, c.f)
	}
	s := catalogue(t, planned...)
	stop := s.paying(t)
	defer stop()
	time.Sleep(time.Second) // links are used
	for _, c := range all {
		if why := s.Capabilities().Why(c.f.Kind); why != (history.Text{}) {
			t.Errorf("NOT TESTED: %s: %s", c.f.Kind, why)
			continue
		}
		t.Run(string(c.f.Kind), func(t *testing.T) { s.life(t, c.f, c.seen) })
	}
}

// freezes is how many freezes TestAFreezeMeetsHealthChecks tries. It drives the
// engine into a fault of its own, and may leave it there: not in make test.
var freezes = flag.Int("freezes", 0, "freezes of a container whose health checks start all the time")

// A pause that meets the start of a health check hangs in the engine, for ever:
// here checks start all the time.
func TestAFreezeMeetsHealthChecks(t *testing.T) {
	if *freezes == 0 {
		t.Skip("NOT TESTED: a pause that hangs in the engine; -freezes 15 provokes it, and may leave the engine hanging")
	}
	s := catalogue(t, plan.Fault{Kind: plan.Freeze, Site: "paris", Service: "db"})
	ms, err := s.Members("paris", "db", 1)
	if err != nil {
		t.Fatal(err)
	}
	db := ms[0]
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				// One that is refused, since the container is paused, is as good.
				_ = s.Exec(ctx, "paris", "db", []string{"true"})
			}
		})
	}
	for range *freezes {
		began := time.Now()
		if err := s.Freeze(t.Context(), db); err != nil {
			t.Fatalf("after %s: %v", time.Since(began).Round(time.Millisecond), err)
		}
		if took := time.Since(began); took > pauseBound {
			t.Logf("the engine hung; frozen after %s", took.Round(time.Millisecond))
		}
		isFrozen := func(want bool) { // the engine tells of it a moment late
			t.Helper()
			for try := 0; ; try++ {
				state, err := s.State(t.Context(), db)
				switch {
				case err != nil || try > 40:
					t.Fatalf("%+v, want frozen %t: %v", state, want, err)
				case state.Frozen == want:
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
		isFrozen(true)
		if err := s.Thaw(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		isFrozen(false)
		time.Sleep(200 * time.Millisecond) // events of the engine come late
	}
}
