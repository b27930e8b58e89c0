package analysis

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bascule/harness/history"
)

// More edges, found as those of bounds_test.go: the first and the last of
// things, what belongs to another function, and what nobody asked for.

func TestTheRecordEndsWithItsLastAnswer(t *testing.T) {
	h := calm().history()
	h.Events = h.Events[:3] // killed: no event says when the load ended
	h.Complete = false
	if got, want := Analyze(h).Duration, 40*sec-10*ms+4*ms; got != want {
		t.Errorf("the record is %v long, want %v: its last answer", got, want)
	}
}

func TestTheFirstOperationMayFail(t *testing.T) {
	w := calm()
	w.broken[0] = history.Rejected
	if i := w.analyze().Functions[0].Interruptions; len(i) != 1 || i[0].From != 2*sec || i[0].Failed != 1 {
		t.Errorf("%+v, want one interruption from the first operation on", i)
	}
}

func TestTheLastRowsMayBeLost(t *testing.T) {
	w := calm()
	for id := uint64(1500); id <= 3800; id++ { // far beyond the last id that is in the store
		w.absent[id] = true
	}
	if l := w.analyze().Functions[0].Loss; l.Lost != 1840 || l.Duplicated != 0 {
		t.Errorf("%d lost, want 1,840: every write from number 1,500 on", l.Lost)
	}
}

func TestSeriesBeginAtAWholeBucket(t *testing.T) {
	w := calm()
	w.from, w.to = 2130*ms, 12*sec
	r := w.analyze()
	if r.BucketWidth != 250*ms || r.Series[0].At != 2*sec || r.Series[0].Acked != 12 {
		t.Errorf("buckets of %v, the first %+v; want 250 ms, from 2 s, with the 12 operations up to 2.25 s", r.BucketWidth, r.Series[0])
	}
	w.noLoad = true
	if r := w.analyze(); r.BucketWidth != 250*ms || len(r.Series) != 0 {
		t.Errorf("no load: buckets of %v", r.BucketWidth)
	}
}

// A series of the widest points is as narrow as it may be.
func TestWidthsBeyondTheWidest(t *testing.T) {
	widest := widths[len(widths)-1]
	for _, c := range []struct{ span, want time.Duration }{
		{widest * (maxBuckets - 2), widest}, {widest * (maxBuckets - 1), 2 * widest}, {2 * widest * (maxBuckets - 2), 2 * widest}, {2 * widest * (maxBuckets - 1), 4 * widest},
	} {
		if got := bucketWidth(0, c.span); got != c.want {
			t.Errorf("%v: points of %v, want %v", c.span, got, c.want)
		}
	}
}

// A canary is asked before the fault strikes: what fails then is not its doing.
func TestAFaultBeginsWhereItIsInjected(t *testing.T) {
	w := calm().event(5*sec, history.FaultCanary, "f1", "ok", "5", "sent", "5").down("refuse", 6*sec, 7*sec).fault("f1", 10*sec)
	if r := w.analyze().onlyRecovery(t); r.Interrupted {
		t.Errorf("%+v", r)
	}
}

func TestAlarmsOfAnotherFunctionDoNotCount(t *testing.T) {
	play := func(subject string, at time.Duration) time.Duration {
		w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 18*sec).event(at, history.Detected, subject)
		return w.analyze().onlyRecovery(t).DetectedAt
	}
	if got := play("stock", 12*sec); got != 0 {
		t.Errorf("detected at %v by an alarm of another function", got)
	}
	for _, subject := range []string{"orders", ""} {
		if got := play(subject, 10*sec); got != 10*sec {
			t.Errorf("an alarm of %q as the fault begins: detected at %v", subject, got)
		}
	}
}

func TestADecisionThatNobodyWasAskedFor(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 18*sec).event(12*sec, history.DecisionMade, "d1", "decision", "failover", "by_en", "x")
	if got := w.analyze().onlyRecovery(t).DecidedAt; got != 12*sec {
		t.Errorf("decided at %v, want 12 s", got)
	}
}

func TestLossesThatNoSentenceSpeaksOf(t *testing.T) {
	w := calm().fault("f1", 10*sec)
	w.absent[651] = true
	wantTold(t, w.analyze(), "lost", "1 acknowledged write lost, a span of 1.5 s, and no sentence of the scenario speaks of it")
	wantTold(t, w.expect(expectLoss(history.ExpectNothingLost)).analyze(), "lost", "")
	w.event(41*sec, history.ReadbackDone, "store orders-db", "rows", "9", "unknown_rows", "0")
	wantTold(t, w.analyze(), "foreign-rows", "")
}

func TestALossIsKnownOfAllFunctionsOrNot(t *testing.T) {
	for rate, want := range map[float64]bool{0: true, 5: false} {
		w := calm()
		w.h.Header.Functions = append(w.h.Header.Functions, history.Function{ID: "stock", Rate: rate})
		w.event(41*sec, history.ReadbackDone, "store orders-db", "function", "orders", "rows", "3040")
		if got := w.analyze().Ledger.Loss.Known; got != want {
			t.Errorf("a second function at %v operations a second, never read back: known %v", rate, got)
		}
	}
}

func TestHowLongAFunctionWasNotBack(t *testing.T) {
	r := calm().fault("f1", 10*sec).down("refuse", 10*sec, 60*sec).expect(restored(20 * sec)).expect(restored(30 * sec)).analyze()
	if got := plain(r.Expectations[0].Measured.EN); got != "no stable return within 30 s" {
		t.Errorf("%q", got)
	}
	if v := r.Expectations[1].Verdict; v != Inconclusive {
		t.Errorf("down for exactly the 30 s that are allowed: %s, want inconclusive", v)
	}
	if got := plain(percent(99.99512).EN); got != "99.995%" {
		t.Errorf("%q, want three decimals", got)
	}
}

// Sites are named in the stage's order, whichever was seen first.
func TestASplitNamesSitesInOrder(t *testing.T) {
	for _, first := range []string{"paris", "lyon"} {
		w := calm().event(2*sec, history.SiteWritable, first, "writable", "yes")
		for _, site := range []string{"paris", "lyon"} {
			w.event(3*sec, history.SiteWritable, site, "writable", "yes")
		}
		wantTold(t, w.analyze(), "split-brain", "Paris and Lyon both took writes for")
	}
}

// A deployment without a fault ends in calm, which is a phase of its own.
func TestAfterADeploymentWithoutAFault(t *testing.T) {
	w := calm().event(10*sec, history.DeployStarted, "1.5.0", "from", "1.4.0").event(20*sec, history.DeployFinished, "1.5.0", "outcome", "done")
	var got []string
	for _, p := range w.analyze().Phases {
		if p.Function == "" && p.Phase != "all" {
			got = append(got, fmt.Sprintf("%s %v to %v", p.Phase, p.From, p.To))
		}
	}
	if want := []string{"before 2s to 10s", "deploying 10s to 20s", "recovered 20s to 40s"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The exercise lasts from the first operation of any function to the last.
func TestTheLoadOfSeveralFunctions(t *testing.T) {
	w := calm()
	w.h.Header.Functions = append(w.h.Header.Functions, history.Function{ID: "stock", Name: history.Same("Stock"), Rate: 50})
	w.answers = func(k int, at time.Duration, o *history.Operation) {
		if at >= 5*sec && at < 30*sec && k%2 == 0 {
			o.Function = 1
		}
	}
	all := slices.IndexFunc(w.analyze().Phases, func(p PhaseStats) bool {
		return p.Phase == "all" && p.Function == "" && p.From == 2*sec && p.To >= 40*sec
	})
	if all < 0 {
		t.Errorf("%+v", w.analyze().Phases)
	}
}

// A site that was fenced after it was lost stays so when it comes back.
func TestAFenceOutlastsTheLoss(t *testing.T) {
	w := calm()
	w.event(10*sec, history.FaultInjecting, "f1", "fault", "site-lost", "target", "paris").event(10*sec, history.FaultInjected, "f1")
	w.event(10*sec, history.SiteState, "paris", "state", "lost")
	for _, c := range []struct {
		fenced bool
		last   string
		open   bool
	}{{false, "lost", false}, {true, "fenced", true}} {
		if c.fenced {
			w.event(12*sec, history.SiteState, "paris", "state", "fenced")
		}
		h := w.event(20*sec, history.FaultRecovered, "f1").history()
		states := slices.DeleteFunc(gather(h).states(), func(s stretch) bool { return s.site != "paris" })
		if s := states[len(states)-1]; s.state != c.last || s.open != c.open {
			t.Errorf("fenced %v: %+v", c.fenced, states)
		}
		w.h.Events = slices.DeleteFunc(w.h.Events, func(e history.Event) bool { return e.Kind == history.FaultRecovered })
	}
}

func TestAShareOfNothing(t *testing.T) {
	if share(0, 0) != -1 || share(0, 4) != 0 || share(1, 4) != 25 {
		t.Error(share(0, 0), share(0, 4), share(1, 4))
	}
}

// What reads the result finds lists where lists are due.
func TestNoFunctionIsAnEmptyList(t *testing.T) {
	w := calm()
	h := w.history()
	h.Header.Functions, h.Ops = nil, history.Ops{}
	if r := Analyze(h); r.Functions == nil || len(r.Functions) > 0 {
		t.Errorf("%#v", r.Functions)
	}
}

// A decision is known by its kind, whichever event tells it.
func TestTheKindOfADecision(t *testing.T) {
	w := calm().event(5*sec, history.DecisionRequested, "d1").event(6*sec, history.DecisionMade, "d1", "decision", "stop")
	w.event(7*sec, history.DecisionRequested, "d2", "decision", "failover").event(8*sec, history.DecisionMade, "d2", "decision", "stop")
	d := gather(w.history()).decisions
	if len(d) != 2 || d[0].kind != "stop" || d[1].kind != "failover" {
		t.Errorf("%+v", d)
	}
}
