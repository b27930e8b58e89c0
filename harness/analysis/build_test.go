package analysis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

// world scripts a history: a service with a known truth, and what was done.
type world struct {
	h       history.History
	rate    int
	from    time.Duration // of the load
	to      time.Duration
	latency time.Duration
	outages []truth
	broken  map[int]history.Outcome // single operations that go wrong, by number
	answers func(k int, at time.Duration, o *history.Operation)
	absent  map[uint64]bool // writes that are gone from the store
	copies  map[uint64]int
	noLoad  bool
}

// truth is a stretch in which the service was down.
type truth struct {
	from, to time.Duration
	how      string // refuse: fails at once; drop: no answer until the client's patience ends; stall: answers when it is back
}

const patience = 2 * sec

// calm is a world in which nothing goes wrong: 100 operations a second from 2 s
// to 40 s, answered in 4 ms.
func calm() *world {
	return &world{
		rate: 100, from: 2 * sec, to: 40 * sec, latency: 4 * ms,
		broken: map[int]history.Outcome{}, absent: map[uint64]bool{}, copies: map[uint64]int{},
		h: history.History{Complete: true, Header: history.Header{
			Format: 1, Run: "r", Scenario: "s", Name: "n", Language: "fr", Prefix: "p", Live: "1.4.0", Stability: 2 * sec,
			Sites:     []history.Site{{ID: "paris", Title: "Paris", Role: "primary"}, {ID: "lyon", Title: "Lyon", Role: "standby"}},
			Functions: []history.Function{{ID: "orders", Name: history.Text{FR: "Commandes", EN: "Orders"}, Rate: 100}},
		}, Events: []history.Event{
			event(500*ms, history.StageUp, "orders"),
			event(1*sec, history.BaselineHealthy, "orders"),
			event(1500*ms, history.LoadStarted, "orders", "function", "orders", "rate", "100"),
		}},
	}
}

func event(at time.Duration, kind history.Kind, subject string, kv ...string) history.Event {
	e := history.Event{At: at, Kind: kind, Subject: subject}
	for i := 0; i+1 < len(kv); i += 2 {
		if e.Attrs == nil {
			e.Attrs = map[string]string{}
		}
		e.Attrs[kv[i]] = kv[i+1]
	}
	return e
}

func (w *world) event(at time.Duration, kind history.Kind, subject string, kv ...string) *world {
	w.h.Events = append(w.h.Events, event(at, kind, subject, kv...))
	return w
}

// fault puts a fault in force at the instant at.
func (w *world) fault(id string, at time.Duration) *world {
	w.event(at, history.FaultInjecting, id, "fault", "crash", "target", "paris/db", "title_fr", "la base tombe", "title_en", "the database fails")
	w.event(at, history.FaultInjected, id)
	return w.event(at+10*ms, history.FaultBiting, id, "proof_fr", "vu", "proof_en", "seen")
}

// down makes the service unavailable.
func (w *world) down(how string, from, to time.Duration) *world {
	w.outages = append(w.outages, truth{from, to, how})
	return w
}

func (w *world) expect(e history.Expectation) *world {
	if e.Text == "" {
		e.Text = string(e.Kind)
	}
	w.h.Header.Expect = append(w.h.Header.Expect, e)
	return w
}

// operation is what a client saw of operation k.
func (w *world) operation(k int, at time.Duration) history.Operation {
	o := history.Operation{ID: uint64(k + 1), Outcome: history.Acked, Status: 201, Intended: at, Sent: at, Done: at + w.latency, Site: "paris"}
	if k%5 == 4 {
		o.Kind = history.Read
	}
	for _, t := range w.outages {
		if at < t.from || at >= t.to {
			continue
		}
		switch t.how {
		case "refuse":
			o.Outcome, o.Status, o.Done, o.Err = history.Rejected, 0, at+ms, "refused"
		case "drop":
			o.Outcome, o.Status, o.Done, o.Err = history.Unknown, 0, at+patience, "timeout"
		case "stall":
			o.Done = t.to + w.latency
			if o.Done-at > patience {
				o.Outcome, o.Status, o.Done, o.Err = history.Unknown, 0, at+patience, "timeout"
			}
		}
	}
	if bad, ok := w.broken[k]; ok {
		o.Outcome, o.Status, o.Err = bad, 503, "status 503"
	}
	if w.answers != nil {
		w.answers(k, at, &o)
	}
	return o
}

// history is what was recorded.
func (w *world) history() *history.History {
	h := w.h
	rb := history.Readback{Source: "store", Name: "orders-db", Site: "lyon"}
	end := w.to
	if !w.noLoad {
		n := 0
		for k := 0; ; k++ {
			at := w.from + time.Duration(k)*sec/time.Duration(w.rate)
			if at >= w.to {
				break
			}
			o := w.operation(k, at)
			h.Ops.Append(o)
			end = max(end, o.Done)
			n++
			if o.Kind == history.Write && (o.Outcome == history.Acked || w.copies[o.ID] > 0) && !w.absent[o.ID] {
				rb.IDs = append(rb.IDs, o.ID)
				rb.Copies = append(rb.Copies, max(1, w.copies[o.ID]))
			}
		}
		h.Events = append(h.Events, event(end, history.LoadStopped, "orders", "function", "orders",
			"intended", fmt.Sprint(n), "sent", fmt.Sprint(n), "lag_p99_ns", "1000000"))
		if h.Readbacks == nil {
			h.Readbacks = []history.Readback{rb}
		}
	}
	h.Events = append(h.Events, event(end+sec, history.StageDown, "orders", "left", "0"))
	if h.Complete {
		h.Events = append(h.Events, event(end+2*sec, history.RunFinished, "s"))
	}
	return &h
}

func (w *world) analyze() Result { return Analyze(w.history()) }

// orders is the recovery of the only function from the only fault.
func (r Result) onlyRecovery(t *testing.T) Recovery {
	t.Helper()
	if len(r.Functions) != 1 || len(r.Functions[0].Recoveries) != 1 {
		t.Fatalf("want one function with one recovery, have %+v", r.Functions)
	}
	return r.Functions[0].Recoveries[0]
}

// check is a precondition, which must be there.
func check(t *testing.T, r Result, id string) Check {
	t.Helper()
	for _, c := range r.Preconditions {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no precondition %s among %+v", id, r.Preconditions)
	return Check{}
}

func near(t *testing.T, what string, got, want, by time.Duration) {
	t.Helper()
	if got < want-by || got > want+by {
		t.Errorf("%s: %v, want %v ± %v", what, got, want, by)
	}
}

// wantVerdict checks the verdict of the scenario, and that its reasons (in
// either language) name what is given.
func wantVerdict(t *testing.T, r Result, want Verdict, words ...string) {
	t.Helper()
	if r.Verdict != want {
		t.Errorf("verdict %s, want %s; reasons %v; checks %+v", r.Verdict, want, r.Reasons, failing(r))
	}
	all := fmt.Sprint(r.Reasons)
	for _, w := range words {
		if !strings.Contains(plain(all), w) {
			t.Errorf("reasons %q do not say %q", plain(all), w)
		}
	}
	if want == Pass && len(r.Reasons) > 0 {
		t.Errorf("a pass has reasons: %v", r.Reasons)
	}
	if want != Pass && len(r.Reasons) == 0 {
		t.Error("no reason given")
	}
}

func failing(r Result) (out []Check) {
	for _, c := range r.Preconditions {
		if !c.OK {
			out = append(out, c)
		}
	}
	return out
}

// plain replaces the spaces of typography, so that tests can be read.
func plain(s string) string {
	return strings.NewReplacer(nbsp, " ", nnbsp, " ", "’", "'").Replace(s)
}

func restored(within time.Duration) history.Expectation {
	return history.Expectation{Kind: history.ExpectRestored, Function: "orders", Within: within}
}

func finding(r Result, code string) bool {
	for _, f := range r.Findings {
		if f.Code == code {
			return true
		}
	}
	return false
}
