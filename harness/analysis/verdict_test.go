package analysis

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sound is a scenario that passes: an outage of 2 s, 10 s allowed.
func sound() *world {
	return calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec).expect(restored(10 * sec))
}

func TestASoundScenarioPasses(t *testing.T) { wantVerdict(t, sound().analyze(), Pass) }

func TestWhatVoidsTheMeasurementIsInconclusiveEvenIfSomethingFailed(t *testing.T) {
	failed := func() *world { return sound().expect(restored(sec)) }
	without := func(w *world, kind history.Kind) *world {
		var kept []history.Event
		for _, e := range w.h.Events {
			if e.Kind != kind {
				kept = append(kept, e)
			}
		}
		w.h.Events = kept
		return w
	}
	wantVerdict(t, failed().analyze(), Fail)
	for _, c := range []struct {
		name  string
		world *world
		check string
		words string
	}{
		{"no baseline", without(failed(), history.BaselineHealthy), "baseline", "no check of the steady state"},
		{"bad baseline", failed().event(sec, history.BaselineFailed, "orders", "err", "status 502"), "baseline", "status 502"},
		{"fault without effect", without(failed(), history.FaultBiting).event(20*sec, history.FaultNoBite, "f1", "err", "10 s passed"), "faults", "did not bite: no effect of it was seen: 10 s passed"},
		{"fault that canaries did not see", without(failed(), history.FaultBiting).event(20*sec, history.FaultNoBite, "f1", "err", "canary", "why_fr", "le trafic canari est passé", "why_en", "canary traffic went on"),
			"faults", "d'effet constaté : le trafic canari est passé"},
		{"effect not seen", without(failed(), history.FaultBiting), "faults", "no effect"},
		{"fault not undone", failed().event(30*sec, history.FaultFailed, "f1", "err", "undo: no route"), "faults", "undo: no route"},
		{"engine", failed().event(30*sec, history.EngineBroke, "orders", "err", "connection refused"), "engine", "connection refused"},
		{"interrupted", failed().event(30*sec, history.Interrupted, "s", "signal", "interrupt"), "interrupted", "interrupted at 30 s"},
	} {
		r := c.world.analyze()
		t.Run(c.name, func(t *testing.T) {
			wantVerdict(t, r, Inconclusive, c.words)
			if f := failing(r); len(f) != 1 || f[0].ID != c.check {
				t.Errorf("failing preconditions %+v, want %s alone", f, c.check)
			}
		})
	}
}

func TestAPlannedFaultThatNeverCame(t *testing.T) {
	w := calm().expect(restored(sec))
	w.h.Header.Steps = []history.PlannedStep{{Do: "fault"}}
	wantVerdict(t, w.analyze(), Inconclusive, "1 fault in the plan, 0 put in force")
}

func TestALoadThatFellShort(t *testing.T) {
	slow := sound()
	slow.rate = 90 // of 100
	wantVerdict(t, slow.analyze(), Inconclusive, "90 par seconde")
	late := sound()
	late.answers = func(_ int, _ time.Duration, o *history.Operation) { o.Sent += 60 * ms; o.Done += 60 * ms }
	wantVerdict(t, late.analyze(), Inconclusive, "60 ms late")
	overrun := sound()
	overrun.answers = func(k int, _ time.Duration, o *history.Operation) {
		if k%10 == 0 {
			o.Outcome, o.Err = history.Rejected, "overrun"
		}
	}
	wantVerdict(t, overrun.analyze(), Inconclusive, "3,420 operations sent of 3,800")
	none := sound()
	none.noLoad = true
	wantVerdict(t, none.analyze(), Inconclusive, "no operation was sent")
}

func TestAServiceThatFailsBeforeAnythingWasDone(t *testing.T) {
	w := sound()
	for k := range 20 { // of the 800 before the fault
		w.broken[100+k] = history.Rejected
	}
	wantVerdict(t, w.analyze(), Inconclusive, "97,5 % seulement des opérations acquittées avant que rien n'ait été fait")
}

func TestAScenarioThatAssertsNothing(t *testing.T) {
	wantVerdict(t, calm().analyze(), Inconclusive, "asserts nothing", "n'affirme rien")
}

func TestWhatIsLeftBehindIsNotAPass(t *testing.T) {
	w := sound()
	h := w.history()
	for i := range h.Events {
		if h.Events[i].Kind == history.StageDown {
			h.Events[i].Attrs = map[string]string{"left": "3"}
		}
	}
	wantVerdict(t, Analyze(h), Inconclusive, "objects left in the engine: 3")
	w = sound().expect(restored(sec)) // a failure stays one
	h = w.history()
	h.Events = append(h.Events, event(90*sec, history.StageDown, "orders", "left", "3"))
	wantVerdict(t, Analyze(h), Fail)
}

func TestAFailedRunbookIsTheFirstReason(t *testing.T) {
	build := func(within time.Duration) Result {
		w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 51200*ms).expect(restored(within))
		w.to = 60 * sec
		w.event(12*sec, history.RunbookStarted, "PRA-07", "purpose", "failover", "title_fr", "Bascule", "title_en", "Failover")
		w.event(12*sec, history.StepStarted, "PRA-07/promote", "title_fr", "Promouvoir la base de Lyon", "title_en", "Promote the database in Lyon")
		w.event(20*sec, history.StepFinished, "PRA-07/promote", "outcome", "failed", "err", "exit status 1: no such file")
		w.event(20*sec, history.StepFinished, "PRA-07/entry", "title_fr", "Diriger", "title_en", "Send", "outcome", "skipped")
		w.event(20*sec, history.RunbookFinished, "PRA-07", "outcome", "failed", "err", "step promote")
		return w.analyze()
	}
	r := build(30 * sec)
	wantVerdict(t, r, Fail)
	if len(r.Reasons) != 2 {
		t.Fatalf("reasons %v, want the procedure and the recovery", r.Reasons)
	}
	for i, want := range []history.Text{
		{FR: "La procédure PRA-07 a échoué à l'étape « Promouvoir la base de Lyon » : exit status 1: no such file",
			EN: "Runbook PRA-07 failed at step “Promote the database in Lyon”: exit status 1: no such file"},
		{FR: "Fonction « Commandes » : rétablie en 41,20 s ± 0,01 s, attendu 30 s", EN: "Function “Orders”: restored in 41.20 s ± 0.01 s, expected 30 s"},
	} {
		if got := (history.Text{FR: plain(r.Reasons[i].FR), EN: plain(r.Reasons[i].EN)}); got != want {
			t.Errorf("reason %d:\n%+v\nwant\n%+v", i, got, want)
		}
	}
	// Where the record has words for the reader, these tell it.
	w := calm().event(12*sec, history.RunbookStarted, "PRA-07").event(12*sec, history.StepStarted, "PRA-07/verify", "title_fr", "Contrôler", "title_en", "Check")
	w.event(20*sec, history.StepFinished, "PRA-07/verify", "outcome", "failed", "err", "not done within 8s", "err_fr", "pas abouti en 8 s", "err_en", "did not succeed within 8 s")
	told := w.event(20*sec, history.RunbookFinished, "PRA-07", "outcome", "failed", "err", "step verify").analyze().Reasons[0]
	if plain(told.FR) != "La procédure PRA-07 a échoué à l'étape « Contrôler » : pas abouti en 8 s" || plain(told.EN) != "Runbook PRA-07 failed at step “Check”: did not succeed within 8 s" {
		t.Errorf("%+v", told)
	}
	r = build(50 * sec) // all that was expected came true, yet the procedure does not work
	wantVerdict(t, r, Fail, "PRA-07 a échoué")
	if r.Expectations[0].Verdict != Pass {
		t.Errorf("expectation %s, want pass", r.Expectations[0].Verdict)
	}
}

func TestAPlannedActionThatDidNotHappenIsInconclusive(t *testing.T) {
	w := sound()
	w.h.Header.Steps = []history.PlannedStep{{Do: "failover"}}
	wantVerdict(t, w.analyze(), Inconclusive, "the failover is in the plan 1 time and began 0 times")
	wantVerdict(t, sound().event(20*sec, history.DeployStarted, "1.5.0").analyze(), Inconclusive, "deployment of 1.5.0 did not end")
}

func TestTheLastWrite(t *testing.T) {
	w := sound()
	w.broken[3798] = history.Unknown // the last write of all
	wantVerdict(t, w.analyze(), Inconclusive, "last write")
	// Down for 30 s at the end: known, and a failure.
	wantVerdict(t, calm().fault("f1", 10*sec).down("refuse", 10*sec, 60*sec).expect(restored(sec)).analyze(), Fail)
}

// TestAKilledRun cuts the record of a run anywhere: it can be judged as far as
// it goes, and never passes.
func TestAKilledRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.jsonl")
	whole := sound()
	h := whole.history()
	w, err := history.Create(path, h.Header, func() time.Duration { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	e := 0
	for _, o := range h.Ops.All() {
		for ; e < len(h.Events) && h.Events[e].At < o.Done; e++ {
			record(w, h.Events[e])
		}
		if o.ID%20 == 0 {
			w.Operation(o)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	head := bytes.IndexByte(data, '\n') + 1
	for cut := head; cut <= len(data); cut += 97 {
		if err := os.WriteFile(path, data[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := history.ReadFile(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if r := Analyze(h); r.Verdict != Inconclusive || r.Complete {
			t.Fatalf("cut at %d: verdict %s, complete %v", cut, r.Verdict, r.Complete)
		}
	}
}

func record(w *history.Writer, e history.Event) {
	var kv []string
	for k, v := range e.Attrs {
		kv = append(kv, k, v)
	}
	w.EventAt(e.At, e.Kind, e.Subject, kv...)
}

// failover is a whole exercise: a deployment, a fault in it, an alarm, a
// decision, a runbook, a loss.
func failoverWorld() *world {
	w := calm()
	w.h.Header.Source = "Quand la base tombe"
	w.h.Header.Started = time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	w.h.Header.Target = "1.5.0"
	w.h.Header.Functions[0].RTO = 30 * sec
	w.h.Header.Functions[0].Services = []string{"db"}
	w.h.Header.Services = []history.Service{{Site: "paris", Name: "db", Instance: 1, Store: true}}
	w.h.Header.Links, w.h.Header.Steps = []history.Link{}, []history.PlannedStep{{Do: "failover"}}
	w.h.Header.NotRun = []string{"paris/db: deploy.placement"}
	w.event(2*sec, history.SiteState, "paris", "state", "active").event(2*sec, history.SiteState, "lyon", "state", "standby")
	w.event(2*sec, history.SiteWritable, "paris", "writable", "yes").event(2*sec, history.SiteWritable, "lyon", "writable", "no")
	w.event(6*sec, history.DeployStarted, "1.5.0", "from", "1.4.0", "sites", "paris,lyon", "strategy", "rolling")
	w.event(7*sec, history.PhaseStarted, "migrate", "phase", "migrate", "release", "1.5.0")
	w.fault("f1", 10*sec).down("drop", 10*sec, 21*sec)
	w.event(10500*ms, history.SiteWritable, "paris", "writable", "unknown")
	w.event(13*sec, history.PhaseFinished, "migrate", "phase", "migrate", "release", "1.5.0", "err", "timeout")
	w.event(13*sec, history.DeployFinished, "1.5.0", "outcome", "failed", "err", "migrate: timeout")
	w.event(12500*ms, history.Detected, "orders", "by", "monitoring", "why_fr", "5 erreurs", "why_en", "5 errors")
	w.event(12500*ms, history.DecisionRequested, "d1", "decision", "failover", "owner_fr", "directeur de crise", "owner_en", "crisis director")
	w.event(14500*ms, history.DecisionMade, "d1", "decision", "failover", "by_fr", "directeur de crise", "by_en", "crisis director", "role", "owner", "simulated", "true")
	w.event(14500*ms, history.RunbookStarted, "PRA-07", "purpose", "failover", "title_fr", "Bascule vers Lyon", "title_en", "Failover to Lyon")
	for i, s := range []struct{ id, fr, en string }{{"fence", "Isoler Paris", "Fence Paris"}, {"promote", "Promouvoir Lyon", "Promote Lyon"}, {"entry", "Diriger les clients", "Send clients"}} {
		at := 14500*ms + time.Duration(i)*2*sec
		w.event(at, history.StepStarted, "PRA-07/"+s.id, "title_fr", s.fr, "title_en", s.en, "owner_fr", "exploitation", "owner_en", "operations")
		w.event(at+2*sec, history.StepFinished, "PRA-07/"+s.id, "outcome", "done")
	}
	w.event(16500*ms, history.SiteState, "paris", "state", "fenced").event(18500*ms, history.SiteWritable, "lyon", "writable", "yes")
	w.event(20500*ms, history.EntrySwitched, "lyon", "from", "paris").event(20500*ms, history.SiteState, "lyon", "state", "active")
	w.event(21500*ms, history.RunbookFinished, "PRA-07", "outcome", "done")
	w.event(22*sec, history.Observed, "paris/orders/1", "what", "flow", "dst", "10.1.2.3", "port", "443", "proto", "tcp", "count", "4")
	w.absent[796] = true
	w.expect(restored(30 * sec)).expect(history.Expectation{Kind: history.ExpectLossAtMost, Within: 5 * sec})
	w.expect(history.Expectation{Kind: history.ExpectOneActive}).expect(history.Expectation{Kind: history.ExpectActiveSite, Site: "lyon"})
	return w.expect(history.Expectation{Kind: history.ExpectNothingLost})
}

func TestGolden(t *testing.T) {
	r := failoverWorld().analyze()
	got, err := MarshalResult(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "failover.golden.json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Fatalf("%s:%d differs (rewrite it with -update if that is meant):\n got %s\nwant %s", path, i+1, g[i], w[i])
			}
		}
		t.Fatalf("%s has %d lines, the result %d", path, len(w), len(g))
	}
	if bytes.Contains(got, []byte(": null")) {
		t.Error("the result holds a null: a reader must handle a list that is missing")
	}
}

// TestTheSameHistoryGivesTheSameBytes judges a history in memory, from its file,
// and with its lines in another order of arrival.
func TestTheSameHistoryGivesTheSameBytes(t *testing.T) {
	h := failoverWorld().history()
	first, err := MarshalResult(Analyze(h))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "h.jsonl")
	w, err := history.Create(path, h.Header, func() time.Duration { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	for i := h.Ops.Len() - 1; i >= 0; i-- {
		w.Operation(h.Ops.At(i))
	}
	for _, rb := range h.Readbacks {
		w.Readback(rb)
	}
	for _, e := range h.Events {
		record(w, e)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		read, err := history.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		again, err := MarshalResult(Analyze(read))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatal("the same history gave other bytes")
		}
	}
}
