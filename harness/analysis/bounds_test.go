package analysis

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// These tests stand at the edges: what holds exactly at a bound, one operation
// this side of it and one beyond. Each was written because a mistake there
// (make mutants) went unnoticed.

func TestWhatIsExactlyAsExpectedPasses(t *testing.T) {
	latency := func(within time.Duration) Verdict {
		return calm().expect(history.Expectation{Kind: history.ExpectLatency, Percent: 100, Within: within, Phase: "all"}).analyze().Expectations[0].Verdict
	}
	if latency(4*ms) != Pass || latency(4*ms-1) != Fail {
		t.Error("answers after 4 ms, 4 ms expected: want a pass; a nanosecond less: a failure")
	}
	loss := func(within time.Duration) Verdict {
		w := calm().fault("f1", 10*sec)
		w.absent[651] = true // acknowledged at 8.504 s
		return w.expect(history.Expectation{Kind: history.ExpectLossAtMost, Within: within}).analyze().Expectations[0].Verdict
	}
	if loss(1496*ms) != Pass || loss(1496*ms-1) != Fail {
		t.Error("a loss of 1.496 s, 1.496 s accepted: want a pass; a nanosecond less: a failure")
	}
	stop := func(within time.Duration) Verdict {
		w := calm().event(9*sec, history.DeployStarted, "1.5.0").fault("f1", 10*sec)
		w.event(11*sec, history.DecisionRequested, "d1", "decision", "stop").event(15*sec, history.DecisionMade, "d1", "decision", "stop", "by_en", "x")
		w.event(16*sec, history.DeployFinished, "1.5.0", "outcome", "stopped")
		return w.expect(history.Expectation{Kind: history.ExpectStopped, Within: within}).analyze().Expectations[0].Verdict
	}
	if stop(5*sec) != Pass || stop(5*sec-1) != Fail || stop(0) != Pass {
		t.Error("stopped after 5 s, 5 s expected: want a pass; a nanosecond less: a failure; no bound: a pass")
	}
}

func TestAServiceThatIsJustHealthyEnough(t *testing.T) {
	for failed, want := range map[int]bool{8: true, 9: false} { // of 800 before the fault: 1 % is the limit
		w := sound()
		for k := range failed {
			w.broken[100+50*k] = history.Rejected
		}
		for _, c := range w.analyze().Preconditions {
			if c.ID == checkBaseline && c.OK != want {
				t.Errorf("%d of 800 failed: healthy %v, want %v", failed, c.OK, want)
			}
		}
	}
}

func TestALoadJustTooLate(t *testing.T) {
	for lag, want := range map[string]bool{"49999999": true, "50000000": false} {
		h := sound().history()
		for i, e := range h.Events {
			if e.Kind == history.LoadStopped {
				h.Events[i].Attrs["lag_p99_ns"] = lag
			}
		}
		for _, c := range Analyze(h).Preconditions {
			if c.ID == checkLoad && c.OK != want {
				t.Errorf("99th percentile sent %s ns late: even %v, want %v", lag, c.OK, want)
			}
		}
	}
}

// TestTwentyOperationsAreAStableRun: exactly twenty, over more than the window.
func TestTwentyOperationsAreAStableRun(t *testing.T) {
	for n, want := range map[time.Duration]bool{20: true, 19: false} {
		w := calm()
		w.rate, w.h.Header.Functions[0].Rate, w.h.Header.Stability = 20, 20, 500*ms
		w.fault("f1", 10*sec).down("refuse", 10*sec, 12*sec).down("refuse", 12*sec+n*50*ms, 14*sec)
		r := w.analyze()
		if back := r.onlyRecovery(t); (back.Time < 3*sec) != want {
			t.Errorf("%d operations between two outages: recovery after %v", n, back.Time)
		} else if want && back.StableAt != 12*sec+19*50*ms+4*ms {
			t.Errorf("stable at %v, want the answer to the twentieth operation", back.StableAt)
		}
	}
}

func TestAServiceThatWentAgainIsNotAboutToBeBack(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec).down("refuse", 12500*ms, 60*sec)
	if v := w.expect(restored(5 * sec)).analyze().Expectations[0].Verdict; v != Fail {
		t.Errorf("back for half a second, then down for good: %s, want fail", v)
	}
}

func TestOneOperationIsEnoughToMeasure(t *testing.T) {
	w := calm()
	w.to = w.from + ms
	r := w.expect(history.Expectation{Kind: history.ExpectAvailability, Percent: 100, Phase: "all"}).analyze()
	if r.Expectations[0].Verdict != Pass {
		t.Errorf("one operation, acknowledged: %+v", r.Expectations[0])
	}
}

func TestSearchByTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var ops history.Ops
	at := time.Duration(0)
	for range 200 {
		at += time.Duration(rng.IntN(3)) * ms
		ops.Append(history.Operation{Intended: at})
	}
	c := calls{ops: &ops}
	for at := -ms; at <= 450*ms; at += ms / 2 {
		want := 0
		for want < 200 && ops.Intended(want) < at {
			want++
		}
		if got := c.from(at); got != want {
			t.Fatalf("first operation at %v or later: %d, want %d", at, got, want)
		}
	}
}

func TestLedgerOfEachOutcome(t *testing.T) {
	w := calm().fault("f1", 10*sec)
	w.broken[600], w.broken[605] = history.Rejected, history.Rejected // not in the store: nothing to tell of them
	w.copies[701] = 2
	for id := uint64(901); id < 925; id++ {
		w.absent[id] = true
	}
	r := w.analyze()
	l := r.Ledger.Loss
	if l.Resurrected != 0 || r.Ledger.Rejected != 2 || l.Duplicated != 1 || l.Disagree {
		t.Errorf("%+v, %d rejected: want 2 rejected, none resurrected, one twice", l, r.Ledger.Rejected)
	}
	if f := r.Functions[0].Loss; len(f.Examples) != maxExamples || f.Lost <= maxExamples {
		t.Errorf("%d examples of %d lost, want %d", len(f.Examples), f.Lost, maxExamples)
	}
	rejected := 0
	for _, b := range r.Series {
		rejected += b.Rejected
	}
	if rejected != 2 {
		t.Errorf("%d rejected over time, want 2", rejected)
	}
}

func TestARowWithoutACountStandsOnce(t *testing.T) {
	h := calm().fault("f1", 10*sec).history()
	h.Readbacks[0].Copies = nil
	if l := Analyze(h).Functions[0].Loss; l.Duplicated != 0 || l.Lost != 0 {
		t.Errorf("%+v, want nothing twice", l)
	}
	h.Readbacks = append(h.Readbacks, history.Readback{Source: "service", Name: "orders", IDs: h.Readbacks[0].IDs})
	if r := Analyze(h); r.Functions[0].Loss.Disagree {
		t.Error("service and store hold the same rows, and are said to disagree")
	}
	h.Readbacks = []history.Readback{}
	if l := Analyze(h).Functions[0].Loss; l.Lost != 0 || l.UnknownOut != 0 {
		t.Errorf("nothing was read, and yet: %+v", l)
	}
}

func TestTheDecisionThatCounts(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 20*sec)
	decide := func(at time.Duration, id, what string) {
		w.event(at, history.DecisionRequested, id, "decision", what).event(at, history.DecisionMade, id, "decision", what)
	}
	decide(9*sec, "d0", "stop") // before the fault
	decide(10*sec, "d1", "stop")
	if at := w.analyze().onlyRecovery(t).DecidedAt; at != 10*sec {
		t.Errorf("decided at %v, want 10 s: the stop, made as the fault began", at)
	}
	decide(13*sec, "d2", "failover")
	decide(14*sec, "d3", "failover")
	if at := w.analyze().onlyRecovery(t).DecidedAt; at != 13*sec {
		t.Errorf("decided at %v, want 13 s: the first decision to fail over", at)
	}
	back := calm().fault("f1", 10*sec).down("refuse", 10*sec, 20*sec)
	back.event(20*sec+4*ms, history.DecisionMade, "d1", "decision", "stop").event(20*sec+5*ms, history.DecisionRequested, "d2", "decision", "failover")
	back.event(20*sec+5*ms, history.DecisionMade, "d2", "decision", "failover")
	if at := back.analyze().onlyRecovery(t).DecidedAt; at > 20*sec+4*ms {
		t.Errorf("decided at %v, when service was back already", at)
	}
}

func TestWhoServesAtTheEnd(t *testing.T) {
	serves := func(w *world, site string) Verdict {
		w.h.Header.Sites[1].Title = "Lyon-Est"
		return w.expect(history.Expectation{Kind: history.ExpectActiveSite, Site: site}).analyze().Expectations[0].Verdict
	}
	switched := func() *world {
		return calm().event(12*sec, history.EntrySwitched, "lyon", "from", "paris").event(13*sec, history.SiteState, "paris", "state", "active")
	}
	for _, site := range []string{"lyon", "Lyon-Est"} {
		if v := serves(switched(), site); v != Pass {
			t.Errorf("clients were sent to Lyon, then Paris called itself active: %s serves is %s", site, v)
		}
		if v := serves(calm().event(12*sec, history.SiteState, "lyon", "state", "active"), site); v != Pass {
			t.Errorf("nobody switched, Lyon became active: %s serves is %s", site, v)
		}
	}
	lost := func(title string) *world {
		w := calm()
		w.h.Header.Sites[0].Title = "Paris-Nord"
		w.event(10*sec, history.FaultInjecting, "f1", "fault", "site-lost", "target", title).event(10*sec, history.FaultInjected, "f1")
		return w.event(10*sec, history.SiteState, "paris", "state", "lost")
	}
	for _, name := range []string{"paris", "Paris-Nord"} {
		if v := serves(lost(name), "paris"); v != Fail {
			t.Errorf("Paris (%s) is lost and serves: %s", name, v)
		}
		if v := serves(lost(name).event(20*sec, history.FaultRecovered, "f1"), "paris"); v != Pass {
			t.Errorf("Paris (%s) is back and serves: %s", name, v)
		}
		// Another fault's end does not bring it back.
		if v := serves(lost(name).event(20*sec, history.FaultRecovered, "f2"), "paris"); v != Fail {
			t.Errorf("another fault is repaired, Paris (%s) serves: %s", name, v)
		}
	}
}

func TestWhatIsLiveWhere(t *testing.T) {
	live := func(site, release string, events ...history.Event) Verdict {
		w := calm()
		w.h.Events = append(w.h.Events, events...)
		return w.expect(history.Expectation{Kind: history.ExpectLiveRelease, Site: site, Release: release}).analyze().Expectations[0].Verdict
	}
	everywhere := []history.Event{event(5*sec, history.DeployStarted, "1.5.0"), event(9*sec, history.DeployFinished, "1.5.0", "outcome", "done")}
	paris := []history.Event{event(5*sec, history.DeployStarted, "1.5.0", "sites", "paris"), event(9*sec, history.DeployFinished, "1.5.0", "outcome", "done")}
	back := []history.Event{event(11*sec, history.RollbackStarted, "1.4.0"), event(12*sec, history.RollbackFinished, "1.4.0", "outcome", "done")}
	replaced := func(site string) []history.Event {
		kv := []string{"phase", "replace", "service", "orders"}
		if site != "" {
			kv = append(kv, "site", site)
		}
		return []history.Event{event(5*sec, history.DeployStarted, "1.5.0"), event(6*sec, history.PhaseStarted, "replace orders 1/2", kv...),
			event(9*sec, history.DeployFinished, "1.5.0", "outcome", "failed")}
	}
	for _, c := range []struct {
		name          string
		site, release string
		events        []history.Event
		want          Verdict
	}{
		{"deployed everywhere", "lyon", "1.5.0", everywhere, Pass},
		{"deployed in Paris only", "lyon", "1.5.0", paris, Fail},
		{"deployed in Paris only", "lyon", "1.4.0", paris, Pass},
		{"rolled back where it was deployed", "paris", "1.4.0", slices.Concat(paris, back), Pass},
		{"rolled back everywhere", "lyon", "1.4.0", slices.Concat(everywhere, back), Pass},
		{"rolled back while the deployment still went on", "lyon", "1.5.0", []history.Event{event(5*sec, history.DeployStarted, "1.5.0"), back[0], back[1], event(20*sec, history.DeployFinished, "1.5.0", "outcome", "done")}, Pass},
		{"half replaced, site not told", "lyon", "1.4.0", replaced(""), Fail},
		{"half replaced in Paris", "lyon", "1.4.0", replaced("paris"), Pass},
		{"half replaced in Paris", "paris", "1.4.0", replaced("paris"), Fail},
	} {
		if got := live(c.site, c.release, c.events...); got != c.want {
			t.Errorf("%s: %s is live in %s: %s, want %s", c.name, c.release, c.site, got, c.want)
		}
	}
}

func TestWordsAtTheirBounds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1234 * time.Microsecond: "1.2 ms", 9999 * time.Microsecond: "10 ms", 10 * ms: "10 ms", 999499 * time.Microsecond: "999 ms", 999500 * time.Microsecond: "1 s",
		9994 * ms: "9.99 s", 9995 * ms: "10 s", 59949 * ms: "59.9 s", 59950 * ms: "1 min", 3599 * sec: "59 min 59 s", 3600 * sec: "1 h", 3660 * sec: "1 h 01 min",
	} {
		if got := plain(span(d).EN); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 7: "7", 100: "100", 999: "999", 1000: "1,000", 123456: "123,456", -1000: "-1,000"} {
		if got := count(n).EN; got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{-2: "-2 pertes", -1: "-1 perte", 0: "0 perte", 1: "1 perte", 2: "2 pertes"} {
		if got := plain(some(n, "perte", "pertes", "loss", "losses").FR); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for e, want := range map[time.Duration]string{9 * ms: "1.000 s ± 0.009 s", 10 * ms: "1.00 s ± 0.01 s", 99 * ms: "1.00 s ± 0.10 s", 100 * ms: "1.0 s ± 0.1 s"} {
		if got := plain(interval(sec, e).EN); got != want {
			t.Errorf("± %v: %q, want %q", e, got, want)
		}
	}
	if got := plain(because(say("non", "no"), "one\n\t two ").EN); got != "no: one two" {
		t.Errorf("%q: want the cause on one line", got)
	}
	for span, want := range map[time.Duration]time.Duration{
		30 * sec: 250 * ms, time.Minute: 500 * ms, 2 * time.Minute: sec, 5 * time.Minute: 2 * sec, 12 * time.Minute: 5 * sec, 30 * time.Minute: 10 * sec,
		time.Hour: 30 * sec, 3 * time.Hour: time.Minute, 7 * time.Hour: 2 * time.Minute, 15 * time.Hour: 5 * time.Minute, 30 * time.Hour: 10 * time.Minute, 80 * time.Hour: 30 * time.Minute, 200 * time.Hour: time.Hour,
	} {
		if got := bucketWidth(0, span); got != want {
			t.Errorf("%v in buckets of %v, want %v", span, got, want)
		}
	}
}

func TestTheRecordOfWhatWasNotDone(t *testing.T) {
	r := RecordOf([]history.Event{
		event(sec, history.DecisionRequested, "d1", "decision", "failover", "deadline_ns", "-5"),
		event(2*sec, history.DecisionMissed, "d1"),
		event(3*sec, history.DecisionRequested, "d2", "decision", "stop", "deadline_ns", "soon"),
	})
	if !r.Decisions[0].Missed || r.Decisions[1].Missed || r.Decisions[0].Deadline != 0 || r.Decisions[1].Deadline != 0 {
		t.Errorf("%+v: want the first missed, and no deadline of either", r.Decisions)
	}
	h := calm()
	h.event(10*sec, history.RunbookStarted, "PRA-11", "purpose", "procedure").event(11*sec, history.RunbookFinished, "PRA-11", "outcome", "done")
	for _, lane := range h.analyze().Timeline.Lanes {
		for _, s := range lane.Spans {
			if s.Kind == "runbook" && (s.Bad || s.Open) {
				t.Errorf("a runbook without steps that is done: %+v", s)
			}
		}
	}
}

func TestFindingsOfReadBackNotesAndNetwork(t *testing.T) {
	w := sound()
	if r := w.analyze(); finding(r, "readback-failed") || finding(r, "note") || finding(r, "unresolved-name") {
		t.Errorf("findings of nothing: %+v", r.Findings)
	}
	w.event(30*sec, history.ReadbackDone, "store x", "rows", "0", "err", "no route")
	w.event(30*sec, history.Note, "s", "text_fr", "remarque", "text_en", "remark")
	for i := range maxNetwork {
		w.event(31*sec, history.Observed, "lyon/a/1", "what", "dns", "name", string(rune('a'+i)), "answer", "NXDOMAIN", "count", "1")
	}
	w.event(31*sec, history.Observed, "lyon/a/1", "what", "dns", "name", "known", "answer", "NOERROR", "count", "9")
	r := w.analyze()
	if !finding(r, "readback-failed") || !finding(r, "note") || finding(r, "network") {
		t.Errorf("want the read-back, the note and %d names, no summary: %+v", maxNetwork, r.Findings)
	}
	for _, f := range r.Findings {
		if f.Code == "unresolved-name" && plain(f.Text.EN) == "lyon/a asked in vain for the name a (NXDOMAIN), 1 time" {
			w.event(32*sec, history.Observed, "lyon/b/1", "what", "dns", "name", "z", "answer", "SERVFAIL", "count", "1")
			if !finding(w.analyze(), "network") {
				t.Error("one more than is told, and no word of it")
			}
			return
		}
	}
	t.Errorf("one lookup in vain is not told as one: %+v", r.Findings)
}

// The probe's first word may come before a second has passed.
func TestTwoSitesThatTakeWritesFromTheStart(t *testing.T) {
	w := calm().event(200*ms, history.SiteWritable, "paris", "writable", "yes").event(300*ms, history.SiteWritable, "lyon", "writable", "yes").
		event(700*ms, history.SiteWritable, "lyon", "writable", "no")
	r := w.expect(history.Expectation{Kind: history.ExpectOneActive}).analyze()
	if r.Expectations[0].Verdict != Fail || !strings.Contains(plain(r.Expectations[0].Reason.EN), "400 ms") {
		t.Errorf("%+v", r.Expectations[0])
	}
}

func TestSitesThatFollowEachOtherAreNoSplitBrain(t *testing.T) {
	w := calm().event(2*sec, history.SiteWritable, "paris", "writable", "yes").event(2*sec, history.SiteWritable, "lyon", "writable", "no")
	w.event(10*sec, history.SiteWritable, "paris", "writable", "no").event(10*sec, history.SiteWritable, "lyon", "writable", "yes")
	if r := w.expect(history.Expectation{Kind: history.ExpectOneActive}).analyze(); r.Expectations[0].Verdict != Pass {
		t.Errorf("Lyon took writes from the instant at which Paris did not: %+v", r.Expectations[0])
	}
}

func TestTargetsOfAFunctionAtTheirBounds(t *testing.T) {
	play := func(rto, mtpd time.Duration) Result {
		w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec) // back 2.004 s later
		w.h.Header.Functions[0].RTO, w.h.Header.Functions[0].MTPD = rto, mtpd
		return w.analyze()
	}
	const took = 2004 * ms
	for _, c := range []struct {
		rto, mtpd       time.Duration
		beyond, endless bool
	}{{0, 0, false, false}, {took, 0, false, false}, {took - 1, 0, true, false}, {1, 0, true, false}, {sec, took, true, false}, {sec, took - 1, false, true}} {
		r := play(c.rto, c.mtpd)
		if finding(r, "rto-exceeded") != c.beyond || finding(r, "mtpd-exceeded") != c.endless {
			t.Errorf("RTO %v, MTPD %v, back after %v: %+v", c.rto, c.mtpd, took, r.Findings)
		}
	}
}

func TestInterruptionsBeforeTheFaultAreNotAskedFor(t *testing.T) {
	e := history.Expectation{Kind: history.ExpectNoInterrupt, Within: sec}
	w := calm().down("refuse", 4*sec, 6*sec).event(3*sec, history.DeployStarted, "1.5.0").event(7*sec, history.DeployFinished, "1.5.0", "outcome", "done")
	if v := w.expect(e).analyze().Expectations[0].Verdict; v != Fail {
		t.Errorf("2 s down, no fault: %s, want fail", v)
	}
	if v := w.fault("f1", 10*sec).analyze().Expectations[0].Verdict; v != Pass {
		t.Errorf("2 s down before the fault, none after it: %s, want a pass", v)
	}
	exact := calm().fault("f1", 10*sec).down("refuse", 10*sec, 10996*ms) // 10 s to 11.004 s
	for within, want := range map[time.Duration]Verdict{1004 * ms: Pass, 1004*ms - 1: Fail, 1: Fail} {
		w := *exact
		if v := w.expect(history.Expectation{Kind: history.ExpectNoInterrupt, Within: within}).analyze().Expectations[0].Verdict; v != want {
			t.Errorf("1.004 s down, %v accepted: %s, want %s", within, v, want)
		}
	}
}

func TestWhatTheGeneratorSaysOfItselfCounts(t *testing.T) {
	for sent, want := range map[string]bool{"3800": true, "3610": true, "3609": false, "?": true} { // of 3,800: 95 % are needed
		h := sound().history()
		for i, e := range h.Events {
			if e.Kind == history.LoadStopped {
				h.Events[i].Attrs["sent"] = sent
			}
		}
		for _, c := range Analyze(h).Preconditions {
			if c.ID == checkLoad && c.OK != want {
				t.Errorf("%s of 3,800 sent: %v, want %v", sent, c.OK, want)
			}
		}
	}
	h := sound().history()
	for i, e := range h.Events {
		if e.Kind == history.LoadStopped {
			h.Events[i].Attrs["intended"], h.Events[i].Attrs["sent"] = "4500", "3800" // 700 were never recorded
		}
	}
	for _, c := range Analyze(h).Preconditions {
		if c.ID == checkLoad && c.OK {
			t.Error("3,800 of 4,500 sent, and the load is said to have reached its rate")
		}
	}
}

// An answer of whomever every 250 ms is just no standstill, once answers come.
func TestAnswersThatAreJustSteadyEnough(t *testing.T) {
	for late, back := range map[time.Duration]time.Duration{750 * ms: 12750 * ms, 750*ms + 1: 19750*ms + 1} { // sent every 500 ms: the next answer comes after 250 ms
		w := calm().fault("f1", 10*sec)
		w.rate = 2
		w.answers = func(_ int, at time.Duration, o *history.Operation) {
			if at >= 12*sec && at < 20*sec {
				o.Done = o.Sent + late
			}
		}
		if got := w.analyze().Functions[0].Interruptions; len(got) != 1 || got[0].From != 12*sec || got[0].To != back {
			t.Errorf("late by %v: %+v", late, got)
		}
	}
}

func TestTheRateOfAFewOperations(t *testing.T) {
	w := calm()
	w.rate, w.to = 1, 5*sec // three: at 2, 3 and 4 s
	if c := check(t, w.analyze(), checkLoad); !strings.Contains(plain(c.Detail.EN), "3 operations sent of 3 intended, 1 a second") {
		t.Errorf("%s", plain(c.Detail.EN))
	}
}

// What happens in a deployment is not how the service is when all is well.
func TestCalmEndsWithTheFirstThingThatIsDone(t *testing.T) {
	deploy, fault := func(at time.Duration) *world { return calm().event(at, history.DeployStarted, "1.5.0") }, 10*sec
	for _, c := range []struct {
		w    *world
		want time.Duration
	}{{deploy(5*sec).fault("f1", fault), 5 * sec}, {deploy(15*sec).fault("f1", fault), fault}, {calm().fault("f1", fault), fault}, {deploy(5 * sec), 5 * sec}} {
		if got := gather(c.w.history()).calmUntil(); got != c.want {
			t.Errorf("calm until %v, want %v", got, c.want)
		}
	}
}
