package analysis

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bascule/harness/history"
)

func TestRecoveryFromAnOutage(t *testing.T) {
	for _, how := range []string{"refuse", "drop"} {
		r := calm().fault("f1", 10*sec).down(how, 10*sec, 18*sec).expect(restored(10 * sec)).analyze()
		wantVerdict(t, r, Pass)
		rec := r.onlyRecovery(t)
		if !rec.Interrupted || !rec.Recovered {
			t.Fatalf("%s: %+v", how, rec)
		}
		near(t, how+": recovery time", rec.Time, 8*sec, rec.Error)
		near(t, how+": error", rec.Error, 10*ms, 10*ms)
		if rec.StableAt < rec.FirstAt+2*sec {
			t.Errorf("%s: stable at %v, back at %v: less than the stability window", how, rec.StableAt, rec.FirstAt)
		}
	}
}

func TestAnAnswerThatWasWaitedForDoesNotFakeAnEarlyReturn(t *testing.T) {
	// Down 10 s. Those sent in the last 2 s wait and are answered at the end:
	// the first of them was sent at 18 s, but nothing was answered before 20 s.
	r := calm().fault("f1", 10*sec).down("stall", 10*sec, 20*sec).analyze()
	near(t, "return", r.onlyRecovery(t).FirstAt, 20*sec+4*ms, ms)
	near(t, "end of the interruption", r.Functions[0].Interruptions[0].To, 20*sec+4*ms, ms)
}

func TestAStandstillWithoutAFailureIsAnInterruption(t *testing.T) {
	r := calm().fault("f1", 10*sec).down("stall", 10*sec, 11500*ms).expect(restored(1 * sec)).analyze()
	rec := r.onlyRecovery(t)
	if !rec.Interrupted || !rec.Recovered {
		t.Fatalf("1.5 s without any answer: %+v", rec)
	}
	near(t, "recovery time", rec.Time, 1500*ms, rec.Error)
	if got := r.Functions[0].Interruptions[0].Failed; got != 0 {
		t.Errorf("%d failed operations, want none: all were answered late", got)
	}
	wantVerdict(t, r, Fail, "attendu 1 s", "expected 1 s")
}

func TestAShortStallIsNoInterruption(t *testing.T) {
	r := calm().fault("f1", 10*sec).down("stall", 10*sec, 10200*ms).expect(restored(1 * sec)).analyze()
	if rec := r.onlyRecovery(t); rec.Interrupted {
		t.Errorf("200 ms without an answer counts as an interruption: %+v", rec)
	}
	slow := calm()
	slow.latency = 60 * ms // ten times what is normal here is 600 ms
	r = slow.fault("f1", 10*sec).down("stall", 10*sec, 10500*ms).analyze()
	if rec := r.onlyRecovery(t); rec.Interrupted {
		t.Errorf("500 ms where 60 ms are normal counts as an interruption: %+v", rec)
	}
}

func TestAFaultWithoutAnInterruption(t *testing.T) {
	r := calm().fault("f1", 10*sec).expect(restored(1 * sec)).analyze()
	wantVerdict(t, r, Pass)
	if rec := r.onlyRecovery(t); rec.Interrupted || rec.Recovered || rec.Time != 0 {
		t.Errorf("%+v, want no interruption", rec)
	}
	if got := plain(r.Expectations[0].Measured.FR); got != "aucune interruption" {
		t.Errorf("measured %q", got)
	}
}

func TestDelayedOnsetCountsFromTheFault(t *testing.T) {
	r := calm().fault("f1", 10*sec).down("refuse", 14*sec, 16*sec).expect(restored(3 * sec)).analyze()
	near(t, "recovery time", r.onlyRecovery(t).Time, 6*sec, 20*ms)
	// The second limb of the interruption, not the calm before it, is what counts.
	wantVerdict(t, r, Fail)
}

func TestASecondInterruptionWithinTheTimeAllowedCounts(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 10500*ms).down("refuse", 14*sec, 30*sec)
	r := w.expect(restored(8 * sec)).analyze()
	near(t, "first recovery", r.onlyRecovery(t).Time, 500*ms, 20*ms)
	wantVerdict(t, r, Fail, "expected 8 s")
	if n := len(r.Functions[0].Interruptions); n != 2 {
		t.Errorf("%d interruptions, want 2", n)
	}
	if !finding(r, "interrupted-again") {
		t.Error("no finding tells of the second interruption")
	}
}

func TestFlappingInsideTheStabilityWindowIsOneInterruption(t *testing.T) {
	w := calm().fault("f1", 10*sec)
	for i := range 5 { // down for 500 ms out of every 1.5 s: never 2 s of peace
		from := 10*sec + time.Duration(i)*1500*ms
		w.down("refuse", from, from+500*ms)
	}
	r := w.analyze()
	near(t, "recovery time", r.onlyRecovery(t).Time, 6500*ms, 20*ms)
	if n := len(r.Functions[0].Interruptions); n != 1 {
		t.Errorf("%d interruptions, want 1", n)
	}
}

func TestTwoSecondsAloneAreNotEnoughWithoutTwentyOperations(t *testing.T) {
	w := calm()
	w.rate, w.to = 5, 60*sec
	w.h.Header.Functions[0].Rate = 5
	w.h.Events[2].Attrs["rate"] = "5"
	// 3 s of peace between the two are 15 operations only.
	r := w.fault("f1", 10*sec).down("refuse", 10*sec, 12*sec).down("refuse", 15*sec, 17*sec).analyze()
	near(t, "recovery time", r.onlyRecovery(t).Time, 7*sec, 250*ms)
}

func TestNotBackWhenTheLoadEnds(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 60*sec)
	r := w.expect(restored(20 * sec)).expect(restored(50 * sec)).analyze()
	if rec := r.onlyRecovery(t); rec.Recovered || !rec.Interrupted {
		t.Errorf("%+v, want an interruption without an end", rec)
	}
	if v := r.Expectations[0].Verdict; v != Fail {
		t.Errorf("20 s allowed, down for 30 s: %s, want fail", v)
	}
	if v := r.Expectations[1].Verdict; v != Inconclusive {
		t.Errorf("50 s allowed, load ended after 30 s: %s, want inconclusive", v)
	}
	if i := r.Functions[0].Interruptions[0]; !i.Open {
		t.Errorf("interruption %+v, want it open", i)
	}
}

func TestBackTooShortBeforeTheEndIsNotRecovered(t *testing.T) {
	r := calm().fault("f1", 10*sec).down("refuse", 10*sec, 39*sec).expect(restored(35 * sec)).analyze()
	if r.onlyRecovery(t).Recovered {
		t.Error("one second of service counts as stable")
	}
	if v := r.Expectations[0].Verdict; v != Inconclusive {
		t.Errorf("verdict %s, want inconclusive: it may have been back for good", v)
	}
}

func TestJustAtTheBoundIsInconclusive(t *testing.T) {
	r := calm().fault("f1", 10*sec).down("refuse", 10*sec, 18*sec).analyze()
	rec := r.onlyRecovery(t)
	for _, c := range []struct {
		within time.Duration
		want   Verdict
	}{
		{rec.Time + rec.Error, Pass},
		{rec.Time + rec.Error - 1, Inconclusive},
		{rec.Time - rec.Error, Inconclusive},
		{rec.Time - rec.Error - 1, Fail},
	} {
		r := calm().fault("f1", 10*sec).down("refuse", 10*sec, 18*sec).expect(restored(c.within)).analyze()
		if got := r.Expectations[0].Verdict; got != c.want {
			t.Errorf("%v ± %v against %v: %s, want %s", rec.Time, rec.Error, c.within, got, c.want)
		}
	}
}

func TestSlowInjectionAddsToTheError(t *testing.T) {
	w := calm()
	w.event(10*sec, history.FaultInjecting, "f1", "fault", "crash").event(10160*ms, history.FaultInjected, "f1").event(10170*ms, history.FaultBiting, "f1")
	r := w.down("refuse", 10*sec, 12*sec).analyze()
	rec := r.onlyRecovery(t)
	if rec.Error < 160*ms || rec.Time+rec.Error < 2*sec || rec.Time-rec.Error > 2*sec {
		t.Errorf("%v ± %v: the true 2 s, from somewhere in 160 ms of injection, are not inside", rec.Time, rec.Error)
	}
}

func TestWhatFailsWhileTheFaultIsPutInForceIsItsDoing(t *testing.T) {
	w := calm()
	w.event(5*sec, history.DeployStarted, "1.5.0").event(30*sec, history.DeployFinished, "1.5.0", "outcome", "done")
	w.event(10*sec, history.FaultInjecting, "f1", "fault", "crash").event(10450*ms, history.FaultInjected, "f1").event(10500*ms, history.FaultBiting, "f1")
	w.event(10100*ms, history.Detected, "orders")
	w.expect(history.Expectation{Kind: history.ExpectAvailability, Phase: "deploying", Percent: 100})
	r := w.down("refuse", 10020*ms, 12*sec).analyze()
	wantVerdict(t, r, Pass)
	if rec := r.onlyRecovery(t); rec.DetectedAt != rec.FaultAt {
		t.Errorf("detected at %v, in force at %v: a report would tell a negative time", rec.DetectedAt, rec.FaultAt)
	}
}

func TestTheClockMayStartAtDetectionOrDecision(t *testing.T) {
	build := func(from string, within time.Duration) Result {
		w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 20*sec)
		w.event(12*sec, history.Detected, "orders", "by", "monitoring")
		w.event(12*sec, history.DecisionRequested, "d1", "decision", "failover")
		w.event(15*sec, history.DecisionMade, "d1", "decision", "failover", "by_fr", "x", "by_en", "y")
		w.event(15*sec, history.RunbookStarted, "PRA-07", "purpose", "failover")
		w.event(15*sec, history.StepStarted, "PRA-07/entry")
		w.event(19*sec, history.StepFinished, "PRA-07/entry", "outcome", "done")
		w.event(19500*ms, history.RunbookFinished, "PRA-07", "outcome", "done")
		e := restored(within)
		e.From = from
		return w.expect(e).analyze()
	}
	wantVerdict(t, build("decision", 6*sec), Pass)
	wantVerdict(t, build("detection", 6*sec), Fail)
	wantVerdict(t, build("detection", 9*sec), Pass)
	r := build("fault", 9*sec)
	wantVerdict(t, r, Fail)
	rec := r.onlyRecovery(t)
	if rec.DetectedAt != 12*sec || rec.DecidedAt != 15*sec || rec.ActedAt != 19*sec {
		t.Errorf("parts %+v, want detection at 12 s, decision at 15 s, acted at 19 s", rec)
	}
	e := restored(6 * sec)
	e.From = "decision"
	r = calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec).expect(e).analyze()
	wantVerdict(t, r, Inconclusive, "decision")
}

func TestEachFaultHasItsOwnRecovery(t *testing.T) {
	w := calm().fault("f1", 10*sec).fault("f2", 20*sec).down("refuse", 10*sec, 12*sec).down("refuse", 20*sec, 25*sec)
	r := w.expect(restored(3 * sec)).analyze()
	recs := r.Functions[0].Recoveries
	if len(recs) != 2 {
		t.Fatalf("%d recoveries, want 2", len(recs))
	}
	near(t, "first", recs[0].Time, 2*sec, 20*ms)
	near(t, "second", recs[1].Time, 5*sec, 20*ms)
	wantVerdict(t, r, Fail, "expected 3 s")
}

func TestABlipJustBeforeTheFaultDoesNotHideItsOutage(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 18*sec)
	w.broken[795] = history.Rejected // at 9.95 s: the outage "began" before the fault
	r := w.expect(restored(3 * sec)).analyze()
	near(t, "recovery time", r.onlyRecovery(t).Time, 8*sec, 20*ms)
	wantVerdict(t, r, Fail)
}

func TestFailbackIsNotTheFault(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec).down("refuse", 25*sec, 30*sec)
	w.event(24*sec, history.RunbookStarted, "PRA-08", "purpose", "failback").event(31*sec, history.RunbookFinished, "PRA-08", "outcome", "done")
	r := w.expect(restored(16 * sec)).analyze()
	wantVerdict(t, r, Pass)
	near(t, "recovery time", r.onlyRecovery(t).Time, 2*sec, 20*ms)
}

// TestMeasuredWithinItsError: whatever the outage, the truth is inside what was
// measured, and the error is a few operations wide.
func TestMeasuredWithinItsError(t *testing.T) {
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 7))
		w := calm()
		w.rate = []int{20, 100, 200}[rng.IntN(3)]
		w.h.Header.Functions[0].Rate = float64(w.rate)
		start := 5*sec + time.Duration(rng.Int64N(int64(5*sec)))
		long := 50*ms + time.Duration(rng.ExpFloat64()*float64(3*sec))
		long = min(long, 20*sec)
		how := []string{"refuse", "drop", "stall"}[rng.IntN(3)]
		jitter := time.Duration(rng.Int64N(int64(20 * ms)))
		retry := rng.IntN(2) == 0
		w.answers = func(k int, at time.Duration, o *history.Operation) {
			if o.Outcome == history.Acked && o.Done-at < 100*ms {
				o.Done += time.Duration(rng.Int64N(int64(jitter) + 1))
			}
			if retry && o.Outcome == history.Acked && o.Done-at > 100*ms { // answered at the client's next try
				o.Done += time.Duration(rng.Int64N(int64(300 * ms)))
			}
		}
		r := w.fault("f1", start).down(how, start, start+long).analyze()
		rec := r.onlyRecovery(t)
		name := fmt.Sprintf("seed %d: %s for %v at %d/s", seed, how, long, w.rate)
		if !rec.Interrupted {
			spacing := sec / time.Duration(w.rate)
			if how == "stall" && long < 700*ms || long <= spacing {
				continue // too short to be seen
			}
			t.Errorf("%s: no interruption found", name)
			continue
		}
		if !rec.Recovered {
			t.Errorf("%s: not recovered", name)
			continue
		}
		if d := rec.Time - long; d > rec.Error || -d > rec.Error {
			t.Errorf("%s: measured %v ± %v", name, rec.Time, rec.Error)
		}
		if limit := 3*sec/time.Duration(w.rate) + 3*jitter + 20*ms; rec.Error > limit {
			t.Errorf("%s: error of %v, want at most %v", name, rec.Error, limit)
		}
	}
}

// Whoever answers late, but all the time, is slow; whoever answers nothing for as
// long is down.
func TestASlowServiceIsNotDown(t *testing.T) {
	slow := func(reads bool) *world {
		w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec).expect(restored(5 * sec))
		w.answers = func(k int, at time.Duration, o *history.Operation) {
			if at >= 12*sec && (reads || o.Kind == history.Write) {
				o.Done = max(o.Done, o.Sent+450*ms)
			}
		}
		return w
	}
	for _, reads := range []bool{true, false} {
		r := slow(reads).analyze()
		wantVerdict(t, r, Pass)
		if n := len(r.Functions[0].Interruptions); n != 1 || r.Functions[0].Interruptions[0].Open {
			t.Errorf("reads slow %t: %+v", reads, r.Functions[0].Interruptions)
		}
	}
	w := slow(true).down("stall", 20*sec, 21*sec)
	if r := w.analyze(); len(r.Functions[0].Interruptions) != 2 {
		t.Errorf("a slow service stood still for 1 s: %+v", r.Functions[0].Interruptions)
	}
}

// A step that ends as the fault strikes is one of those that act on it; one that
// ends as service comes back is, too.
func TestStepsThatEndAtTheBounds(t *testing.T) {
	for end, want := range map[time.Duration]time.Duration{10*sec - 1: 0, 10 * sec: 10 * sec, 12004 * ms: 12004 * ms, 12004*ms + 1: 0} {
		w := calm().event(9*sec, history.RunbookStarted, "PRA-01", "purpose", "failover").event(9*sec, history.StepStarted, "PRA-01/a").fault("f1", 10*sec)
		w.event(end, history.StepFinished, "PRA-01/a", "outcome", "done").down("refuse", 10*sec, 12*sec)
		if got := w.analyze().onlyRecovery(t).ActedAt; got != want {
			t.Errorf("a step that ended at %v: acted at %v, want %v", end, got, want)
		}
	}
}

// At the end of a standstill those that waited longest are answered first: the
// return is theirs, not that of the last ones that were sent.
func TestABacklogThatIsAnsweredInTurn(t *testing.T) {
	const drain = 300 * ms // from the end of the standstill until all that waited are answered
	w := calm().fault("f1", 10*sec)
	w.answers = func(_ int, at time.Duration, o *history.Operation) {
		if at >= 10*sec && at < 11500*ms {
			o.Done = 11500*ms + drain*(at-10*sec)/(1500*ms)
		}
	}
	r := w.analyze().onlyRecovery(t)
	if !r.Recovered || r.Time != 1500*ms {
		t.Errorf("back in %v ± %v, want 1.5 s", r.Time, r.Error)
	}
	near(t, "error", r.Error, 20*ms, 10*ms)
}

// While some still fail, an answer to what was sent before them is no return.
func TestAnAnswerFromAmongTheFailuresIsNoReturn(t *testing.T) {
	w := calm().fault("f1", 10*sec)
	w.answers = func(k int, at time.Duration, o *history.Operation) {
		if at >= 10*sec && at < 20*sec {
			if o.Done = o.Sent + 200*ms; k%2 == 0 && at < 13*sec {
				o.Outcome, o.Status, o.Err = history.Rejected, 503, "status 503"
			}
		}
	}
	r := w.analyze().onlyRecovery(t) // the last failure was sent at 12.98 s, the next operation at 12.99 s
	if !r.Recovered || r.Time != 3190*ms || r.Error < 200*ms {
		t.Errorf("back in %v ± %v, want 3.19 s", r.Time, r.Error)
	}
}
