package containers

import (
	"context"
	"testing"
	"time"

	"bascule/harness/fault"
	"bascule/harness/hand"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/target"
)

// asked gives the answers of a probe over a while.
func (s *scene) asked(t *testing.T, p hand.Probe, during time.Duration) []hand.Answer {
	t.Helper()
	if err := s.hand.StartProbe(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	select {
	case <-time.After(during):
	case <-t.Context().Done():
	}
	out, err := s.hand.Answers(t.Context(), p.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.hand.StopProbe(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	return out
}

// all fails unless every answer, and there are some, is of that class.
func all(t *testing.T, what string, answers []hand.Answer, class string) {
	t.Helper()
	if len(answers) < 2 {
		t.Errorf("%s: %d answers", what, len(answers))
	}
	for _, a := range answers {
		if a.Err != class {
			t.Errorf("%s: %+v, want %q", what, a, class)
			return
		}
	}
}

func TestHandReachesIntoContainers(t *testing.T) {
	web := plan.Fault{Kind: plan.Descriptors, Site: "paris", Service: "web", Instance: 1}
	starved := plan.Fault{Kind: plan.OutOfMemory, Site: "paris", Service: "web", Instance: 2}
	s := catalogue(t, web, starved)
	for _, can := range []string{target.CanProbe, target.CanLimit, target.CanMemory} {
		if why := s.Capabilities()[can]; why != (history.Text{}) {
			t.Fatalf("%s: %s", can, why)
		}
	}
	first, err := s.one("paris", "web")
	if err != nil {
		t.Fatal(err)
	}
	pid, err := s.pid(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	db := fault.Member{Site: "paris", Service: "db", Instance: 1}
	probes := map[string]hand.Probe{
		"postgres": {ID: "p", Pid: pid, Kind: hand.Postgres, Target: "db:5432", Timeout: 300 * time.Millisecond},
		"tcp":      {ID: "t", Pid: pid, Kind: hand.TCP, Target: "db:5432", Timeout: 300 * time.Millisecond},
	}
	for name, p := range probes {
		all(t, name+" before", s.asked(t, p, 500*time.Millisecond), "")
	}
	all(t, "lookup", s.asked(t, hand.Probe{ID: "l", Pid: pid, Kind: hand.Lookup, Target: "db"}, 300*time.Millisecond), "")
	all(t, "lookup of nobody", s.asked(t, hand.Probe{ID: "n", Pid: pid, Kind: hand.Lookup, Target: "nobody"}, 300*time.Millisecond), "nxdomain")
	if err := s.Freeze(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	all(t, "postgres, frozen", s.asked(t, probes["postgres"], 1500*time.Millisecond), "timeout")
	if err := s.Thaw(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	all(t, "postgres, thawed", s.asked(t, probes["postgres"], 500*time.Millisecond), "")

	// No descriptor is left: web answers nobody new, and does again afterwards.
	i := s.inject(t, "fds", web)
	refused := s.asked(t, hand.Probe{ID: "w", Pid: pid, Kind: hand.HTTP, Target: "127.0.0.1:8080", Timeout: 300 * time.Millisecond}, time.Second)
	if n := unanswered(refused); n == 0 {
		t.Errorf("a service without descriptors answered each of %d requests", len(refused))
	}
	s.undo(t, i)
	all(t, "after the descriptors are back", s.asked(t, hand.Probe{ID: "w2", Pid: pid, Kind: hand.HTTP, Target: "127.0.0.1:8080"}, 500*time.Millisecond), "")

	// Out of memory: the kernel kills the service; it is started again at the undo.
	i = s.inject(t, "oom", starved)
	s.undo(t, i)
	state, err := s.State(context.WithoutCancel(t.Context()), fault.Member{Site: "paris", Service: "web", Instance: 2})
	if err != nil || !state.Running {
		t.Errorf("after the undo: %+v, %v", state, err)
	}
	s.eventually(t, true, "after everything was undone")
}

func unanswered(answers []hand.Answer) (n int) {
	for _, a := range answers {
		if a.Err != "" {
			n++
		}
	}
	return n
}
