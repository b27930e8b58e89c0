package containers

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/target"
)

// The volume of a database fails under traffic, by the stage's own hand; after a
// SIGKILL of the hand, the stage is removed whole.
func TestDisks(t *testing.T) {
	faults := []plan.Fault{
		{Kind: plan.DiskSlow, Site: "paris", Service: "db", Latency: plan.Duration(300 * time.Millisecond)},
		{Kind: plan.DiskFull, Site: "paris", Service: "db", Name: "pgdata"},
		{Kind: plan.DiskReadOnly, Site: "paris", Service: "db"},
	}
	s := catalogue(t, faults...)
	if why := s.Capabilities()[target.CanDisk]; why != (history.Text{}) {
		t.Skipf("NOT TESTED: %s", why)
	}
	db := fault.Member{Site: "paris", Service: "db", Instance: 1}
	_, id, err := s.at(db)
	if err != nil {
		t.Fatal(err)
	}
	// What payments write fits into blocks that are there already: this does not.
	grow := func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		_, err := s.Engine.Exec(ctx, id, []string{"sql", "create table if not exists filler (x text)", "insert into filler select repeat('x', 1000) from generate_series(1, 5000)"})
		return err
	}
	if err := grow(t.Context()); err != nil {
		t.Fatal(err)
	}
	traffic := func() (end func()) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				_ = grow(ctx) // what it meets is looked at apart
				_ = s.pay(ctx)
			}
		}()
		return func() { stop(); <-done }
	}
	began := time.Now()
	if err := s.pay(t.Context()); err != nil || time.Since(began) >= 300*time.Millisecond {
		t.Fatalf("on a sound volume a payment took %s, %v", time.Since(began), err)
	}
	for _, f := range faults {
		end := traffic()
		i := s.inject(t, string(f.Kind), f)
		end()
		switch f.Kind {
		case plan.DiskSlow:
			// Answered, or given up by the service: what the filler left behind
			// can cost more calls than its patience allows.
			began := time.Now()
			if err := s.pay(t.Context()); time.Since(began) < 300*time.Millisecond {
				t.Errorf("on a slow volume a payment took only %s, %v", time.Since(began), err)
			}
		case plan.DiskFull:
			if err := grow(t.Context()); err == nil || !strings.Contains(err.Error(), "No space left on device") {
				t.Errorf("on a full volume: %v", err)
			}
		}
		s.undo(t, i)
		// A database that may not write its log ends, and is started again.
		if err := s.StartService(t.Context(), "paris", "db"); err != nil {
			t.Fatalf("after %s: %v", f.Kind, err)
		}
		s.eventually(t, true, "after "+string(f.Kind))
	}

	if _, err := os.Stat("/proc/self/mountinfo"); err != nil {
		t.Skipf("NOT TESTED: what a killed hand leaves: %v", err)
	}
	found, err := s.Engine.Find(t.Context(), engine.LabelRun+"="+s.Scope.Run, engine.LabelTidy)
	if err != nil || len(found.Containers) != 1 {
		t.Fatalf("the hand is not found: %v, %v", found.Containers, err)
	}
	if err := s.Engine.Kill(t.Context(), found.Containers[0]); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Down(t.Context()); err != nil || left > 0 {
		t.Errorf("%d left: %v", left, err)
	}
	if table, err := os.ReadFile("/proc/self/mountinfo"); err != nil || strings.Contains(string(table), "/"+s.Short+"/") {
		t.Errorf("a volume is still mounted, or nobody knows: %v", err)
	}
}
