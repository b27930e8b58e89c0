package fault

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// aviary is a plane with a canary: it asks each 100 ms, and meets the fault or
// not as the test says.
type aviary struct {
	*body
	begun  time.Time
	told   int
	blind  bool // the fault does not touch what the canary asks
	ill    bool // it got no answers before the fault either
	broken bool // it gets none after the undo
	spoilt history.Text
	on     bool
	// How late answers are: before the fault, in force, after it.
	lingers, late, normal time.Duration

	mu          sync.Mutex // a plane is used from several goroutines
	cut, healed time.Time
}

func (a *aviary) Network(ctx context.Context, n Network) error {
	a.mark(&a.cut)
	return a.body.Network(ctx, n)
}

func (a *aviary) Heal(ctx context.Context, id string) error {
	a.mark(&a.healed)
	return a.body.Heal(ctx, id)
}

func (a *aviary) mark(at *time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	*at = time.Now()
}

func (a *aviary) StartCanaries(context.Context, string, plan.Fault, []Member) (int, history.Text, error) {
	a.begun, a.on = time.Now(), true
	return 1, text("HTTP de paris/orders vers db", "HTTP from paris/orders to db"), nil
}

func (a *aviary) StopCanaries(context.Context, string) error { a.on = false; return nil }

func (a *aviary) CanarySpoilt(context.Context, string) (history.Text, error) { return a.spoilt, nil }

func (a *aviary) CanaryAnswers(context.Context, string) (out []Answer, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for due := int(time.Since(a.begun) / (100 * time.Millisecond)); a.told < due; a.told++ {
		x := Answer{Asked: a.begun.Add(time.Duration(a.told) * 100 * time.Millisecond), Took: 2 * time.Millisecond, Detail: "200"}
		over := !a.healed.IsZero() && x.Asked.After(a.healed)
		met := !a.cut.IsZero() && x.Asked.After(a.cut) && !over
		switch {
		case met:
			x.Took += a.late
		case over:
			x.Took += a.normal
		default:
			x.Took += a.lingers
		}
		if met && !a.blind || a.ill || a.broken && over {
			x.Err, x.Detail = "timeout", ""
		}
		out = append(out, x)
	}
	return out, nil
}

// exercise injects a cut, lets it be for a while, undoes it, and gives what was
// recorded.
func exercise(t *testing.T, a *aviary) (rec *notes, bite error) {
	t.Helper()
	return exerciseFault(t, a, anyFault(plan.Cut))
}

func exerciseFault(t *testing.T, a *aviary, f plan.Fault) (rec *notes, bite error) {
	t.Helper()
	rec = &notes{}
	inj, err := New("f1", f, a, rec)
	if err != nil {
		t.Fatal(err)
	}
	inj.Prepare(t.Context())
	time.Sleep(time.Second) // it waits for its moment
	if err := inj.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	bite = inj.AwaitBite(t.Context())
	time.Sleep(3 * time.Second)
	if err := inj.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	inj.Conclude(t.Context())
	if a.on {
		t.Error("the canaries still ask at the end")
	}
	return rec, bite
}

// of gives the canary's stretch.
func (n *notes) of(when string) map[string]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, k := range n.kinds {
		if k == history.FaultCanary && n.events[i]["when"] == when {
			return n.events[i]
		}
	}
	return nil
}

func (n *notes) last(k history.Kind) map[string]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := len(n.kinds) - 1; i >= 0; i-- {
		if n.kinds[i] == k {
			return n.events[i]
		}
	}
	return nil
}

func TestCanariesAreToldBeforeDuringAndAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec, err := exercise(t, &aviary{body: newBody()})
		if err != nil {
			t.Fatal(err)
		}
		b, d, a := rec.of("before"), rec.of("during"), rec.of("after")
		if b["sent"] != b["ok"] || b["ok"] == "0" || b["median_ns"] != "2000000" {
			t.Errorf("before: %v", b)
		}
		if d["ok"] != "0" || d["sent"] == "0" || d["err"] != "timeout" {
			t.Errorf("during: %v", d)
		}
		if a["sent"] != a["ok"] || a["ok"] == "0" {
			t.Errorf("after: %v", a)
		}
		proof := rec.last(history.FaultBiting)
		if !strings.Contains(proof["proof_fr"], "canari : 0 réponse") || !strings.Contains(proof["proof_en"], "says the kernel; canary: 0 of") {
			t.Errorf("the proof does not tell of the canary: %v", proof)
		}
		if rec.count(history.FaultFailed)+rec.count(history.FaultNoBite) > 0 {
			t.Errorf("a fault as it should be is said to have gone wrong: %v", rec.kinds)
		}
	})
}

// The kernel counted packets, but traffic went on: that fault did not bite.
func TestCanariesThatGoOnContradictTheCounters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec, err := exercise(t, &aviary{body: newBody(), blind: true})
		if err != nil {
			t.Errorf("the step waits for canaries: %v", err)
		}
		why := rec.last(history.FaultNoBite)
		if rec.count(history.FaultBiting) != 0 || !strings.Contains(why["why_fr"], "trafic canari est passé comme avant") || !strings.Contains(why["why_en"], "went on as before") {
			t.Errorf("it is said to have bitten: %v, %v", rec.kinds, why)
		}
	})
}

// A canary that met trouble before the fault proves nothing either way.
func TestIllCanariesHaveNoSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec, err := exercise(t, &aviary{body: newBody(), ill: true})
		if err != nil || rec.count(history.FaultBiting) != 1 || rec.count(history.FaultFailed) != 0 {
			t.Errorf("counters alone must do: %v, %v", err, rec.kinds)
		}
		if what := rec.of("before")["what_fr"]; !strings.Contains(what, "les compteurs font foi") {
			t.Errorf("it is not told: %q", what)
		}
	})
}

func TestCanariesThatStayIllAfterTheUndoAreAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec, _ := exercise(t, &aviary{body: newBody(), broken: true})
		if failed := rec.last(history.FaultFailed); !strings.Contains(failed["err"], "still not as before") || failed["why_fr"] == "" {
			t.Errorf("nobody says that the undo did not put things right: %v", rec.kinds)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		rec, _ := exercise(t, &aviary{body: newBody(), broken: true, spoilt: text("le site est mis à l'écart", "the site is fenced")})
		if rec.count(history.FaultFailed) != 0 || !strings.Contains(rec.of("after")["what_en"], "the site is fenced") {
			t.Errorf("what somebody else did is held against the undo: %v", rec.of("after"))
		}
	})
}

// Each kind that canaries can see: an answer that met it and one that did not.
func TestWhatCanariesSee(t *testing.T) {
	before := summary{sent: 10, ok: 10, median: 2 * time.Millisecond, details: []string{"200", "198.18.1.2"}}
	same := Answer{Took: 3 * time.Millisecond, Detail: "200"}
	f := plan.Fault{Latency: plan.Duration(100 * time.Millisecond), Status: 503}
	for k, met := range map[plan.FaultKind]Answer{
		plan.Cut: {Err: "timeout"}, plan.Refuse: {Err: "refused"}, plan.Slow: {Took: 90 * time.Millisecond, Detail: "200"},
		plan.Reset: {Err: "reset"}, plan.Flap: {Err: "timeout"}, plan.HTTPError: {Took: time.Millisecond, Detail: "503"},
		plan.NXDomain: {Err: "nxdomain"}, plan.ServFail: {Err: "servfail"}, plan.SlowNames: {Err: "timeout"},
		plan.StaleAnswer: {Detail: "198.19.255.1"}, plan.WrongAddress: {Detail: "198.18.1.3"},
		plan.Crash: {Err: "refused"}, plan.KillOne: {Err: "refused"}, plan.Restart: {Err: "refused"}, plan.CrashLoop: {Err: "refused"},
		plan.Freeze: {Err: "timeout"}, plan.HostLost: {Err: "timeout"}, plan.SiteLost: {Err: "timeout"},
		plan.SiteIsolated: {Err: "timeout"}, plan.AllLost: {Err: "timeout"},
	} {
		hit := sights()[k].hit
		if !hit(f, before, met) || hit(f, before, same) {
			t.Errorf("%s: met %v, not met %v", k, hit(f, before, met), hit(f, before, same))
		}
	}
	for k := range sights() {
		if injectors()[k] == nil {
			t.Errorf("canaries look for %s, which nobody injects", k)
		}
	}
}

// What lingers of an earlier fault makes some answers late before this one: it
// hides no latency, and shows none.
func TestLatencyIsSeenAgainstTheFastAnswersBefore(t *testing.T) {
	answers := func(ms ...int) (out []Answer) {
		for _, n := range ms {
			out = append(out, Answer{Took: time.Duration(n) * time.Millisecond, Detail: "200"})
		}
		return out
	}
	s, f := sights()[plan.Slow], plan.Fault{Kind: plan.Slow, Latency: plan.Duration(100 * time.Millisecond)}
	before := summarise(answers(130, 13, 97, 110, 12, 14, 97, 120))
	for name, c := range map[string]struct {
		during []Answer
		seen   bool
	}{
		"slow":    {answers(113, 111, 120, 113), true},
		"as ever": {answers(13, 12, 14, 60), false},
	} {
		hits := 0
		for _, a := range c.during {
			if s.hit(f, before, a) {
				hits++
			}
		}
		if got := float64(hits) >= s.share*float64(len(c.during)); got != c.seen {
			t.Errorf("%s: %d of %d hit", name, hits, len(c.during))
		}
	}
}

// An earlier fault made every answer before this one late; what is normal shows
// after the undo. A fault that changes nothing is none all the same.
func TestLatencyIsSeenAgainstTheAnswersAfterTheUndo(t *testing.T) {
	slow := anyFault(plan.Slow)
	slow.Latency = plan.Duration(100 * time.Millisecond)
	for name, c := range map[string]struct {
		lingers, late, normal time.Duration
		bites                 bool
	}{
		"what lingers hides it":   {220 * time.Millisecond, 100 * time.Millisecond, 0, true},
		"as late after it":        {100 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond, false},
		"only what lingered":      {220 * time.Millisecond, 20 * time.Millisecond, 0, false},
		"against answers before":  {0, 100 * time.Millisecond, 100 * time.Millisecond, true},
		"no later than it can be": {220 * time.Millisecond, 47 * time.Millisecond, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec, err := exerciseFault(t, &aviary{body: newBody(), blind: true, lingers: c.lingers, late: c.late, normal: c.normal}, slow)
				if err != nil {
					t.Fatal(err)
				}
				proof := rec.last(history.FaultBiting)
				if (proof != nil) != c.bites {
					t.Fatalf("bites: %v, want %v: %v", proof, c.bites, rec.last(history.FaultNoBite))
				}
				if told := strings.Contains(proof["proof_en"], "; after: 5 of 5 answered, median 2.0 ms") && strings.Contains(proof["proof_fr"], "; après : "); told != (c.bites && c.lingers > 0) {
					t.Errorf("told what decided: %v: %v", told, proof)
				}
			})
		})
	}
}
