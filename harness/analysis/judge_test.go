package analysis

import (
	"testing"
	"time"

	"bascule/harness/history"
)

func one(e history.Expectation) *world { return calm().expect(e) }

func TestAvailabilityByPhase(t *testing.T) {
	build := func(phase string, percent float64) Result {
		w := calm()
		w.event(5*sec, history.DeployStarted, "1.5.0", "sites", "paris,lyon", "from", "1.4.0")
		w.event(30*sec, history.DeployFinished, "1.5.0", "outcome", "failed")
		w.fault("f1", 10*sec).down("refuse", 10*sec, 14*sec)
		return w.expect(history.Expectation{Kind: history.ExpectAvailability, Function: "orders", Phase: phase, Percent: percent}).analyze()
	}
	for _, c := range []struct {
		phase   string
		percent float64
		want    Verdict
	}{
		{"before", 100, Pass}, {"deploying", 100, Pass}, {"recovered", 100, Pass},
		{"failing", 50, Fail},
		{"all", 89, Pass}, {"all", 90, Fail}, {"", 89, Pass}, // 400 of 3,800 failed: 89.47 %
	} {
		if got := build(c.phase, c.percent); got.Verdict != c.want {
			t.Errorf("phase %q at least %v %%: %s, want %s (%v)", c.phase, c.percent, got.Verdict, c.want, got.Expectations[0].Measured)
		}
	}
	r := build("all", 90)
	if got := plain(r.Expectations[0].Measured.FR); got != "89,47 % (3 400 opérations acquittées sur 3 800, pendant tout l'exercice)" {
		t.Errorf("measured %q", got)
	}
	if got := plain(r.Expectations[0].Measured.EN); got != "89.47% (3,400 operations acknowledged of 3,800, during the whole exercise)" {
		t.Errorf("measured %q", got)
	}
}

func TestAPhaseThatDidNotTakePlaceIsInconclusive(t *testing.T) {
	r := one(history.Expectation{Kind: history.ExpectAvailability, Phase: "failing", Percent: 10}).analyze()
	wantVerdict(t, r, Inconclusive, "while degraded")
	r = one(history.Expectation{Kind: history.ExpectLatency, Phase: "deploying", Percent: 10, Within: sec}).analyze()
	wantVerdict(t, r, Inconclusive, "while deploying")
}

func TestPhasesOfAnExercise(t *testing.T) {
	w := calm()
	w.event(5*sec, history.DeployStarted, "1.5.0").event(8*sec, history.DeployFinished, "1.5.0", "outcome", "done")
	r := w.fault("f1", 10*sec).down("refuse", 10*sec, 14*sec).analyze()
	want := map[string][2]int{"before": {2000, 5000}, "deploying": {5000, 8000}, "failing": {10000, 14004}, "recovered": {14004, 40000}, "all": {2000, 40000}}
	for _, p := range r.Phases {
		if p.Function != "" {
			continue
		}
		b, ok := want[p.Phase]
		if !ok {
			t.Errorf("phase %s is not expected", p.Phase)
		}
		delete(want, p.Phase)
		if int(p.From/ms) != b[0] || int(p.To/ms) != b[1] {
			t.Errorf("%s: from %v to %v, want %d to %d ms", p.Phase, p.From, p.To, b[0], b[1])
		}
	}
	if len(want) > 0 {
		t.Errorf("phases missing: %v", want)
	}
}

func TestAFaultWithoutInterruptionFailsUntilItIsUndone(t *testing.T) {
	w := calm().fault("f1", 10*sec).event(20*sec, history.FaultRecovered, "f1")
	w.answers = func(_ int, at0 time.Duration, o *history.Operation) {
		if at0 >= 10*sec && at0 < 20*sec {
			o.Done = at0 + 90*ms
		}
	}
	quick := func(phase string, within time.Duration, percent float64) history.Expectation {
		return history.Expectation{Kind: history.ExpectLatency, Function: "orders", Phase: phase, Within: within, Percent: percent}
	}
	r := w.expect(quick("failing", 100*ms, 95)).expect(quick("failing", 80*ms, 95)).expect(quick("recovered", 5*ms, 100)).expect(quick("all", 80*ms, 73)).expect(quick("all", 80*ms, 74)).analyze()
	for i, want := range []Verdict{Pass, Fail, Pass, Pass, Fail} { // 1,000 of 3,800 answers were slow
		if got := r.Expectations[i].Verdict; got != want {
			t.Errorf("expectation %d: %s, want %s: %v", i, got, want, r.Expectations[i].Measured)
		}
	}
}

func TestOnlyAcknowledgedAnswersHaveALatency(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("drop", 10*sec, 20*sec)
	r := w.expect(history.Expectation{Kind: history.ExpectLatency, Function: "orders", Within: 10 * ms, Percent: 100}).analyze()
	wantVerdict(t, r, Pass)
}

func TestNoInterruption(t *testing.T) {
	e := history.Expectation{Kind: history.ExpectNoInterrupt, Function: "orders", Within: sec}
	wantVerdict(t, calm().fault("f1", 10*sec).expect(e).analyze(), Pass)
	wantVerdict(t, calm().fault("f1", 10*sec).down("refuse", 10*sec, 10800*ms).expect(e).analyze(), Pass)
	wantVerdict(t, calm().fault("f1", 10*sec).down("refuse", 10*sec, 11200*ms).expect(e).analyze(), Fail, "interrompue pendant 1,2 s", "at most 1 s")
	w := calm().fault("f1", 10*sec)
	w.broken[300] = history.Rejected // before the fault: not asked
	wantVerdict(t, w.expect(e).analyze(), Pass)
	e.Within = 0
	w = calm().fault("f1", 10*sec)
	w.broken[1500] = history.Unknown
	wantVerdict(t, w.expect(e).analyze(), Fail, "1 operation failed", "1 opération en échec")
	w = calm().fault("f1", 39*sec)
	wantVerdict(t, w.expect(e).analyze(), Inconclusive, "too soon")
}

func TestOneActiveSite(t *testing.T) {
	e := history.Expectation{Kind: history.ExpectOneActive}
	probe := func(w *world, at time.Duration, site, writable string) {
		w.event(at, history.SiteWritable, site, "writable", writable)
	}
	w := one(e)
	probe(w, 2*sec, "paris", "yes")
	probe(w, 2*sec, "lyon", "no")
	w.event(10*sec, history.SiteState, "paris", "state", "fenced")
	probe(w, 10200*ms, "paris", "yes") // asked before the fence, answered behind it
	probe(w, 11*sec, "lyon", "yes")
	probe(w, 11500*ms, "paris", "unknown")
	wantVerdict(t, w.analyze(), Pass)

	w = one(e)
	probe(w, 2*sec, "paris", "yes")
	probe(w, 2*sec, "lyon", "no")
	probe(w, 12*sec, "lyon", "yes")
	probe(w, 15500*ms, "paris", "no")
	r := w.analyze()
	wantVerdict(t, r, Fail, "Paris et Lyon acceptaient tous deux les écritures pendant 3,5 s, à 12 s", "Paris and Lyon both took writes for 3.5 s, at 12 s")
	if !finding(r, "split-brain") {
		t.Error("no finding tells of the split brain")
	}

	w = calm().expect(restored(sec)).fault("f1", 5*sec) // a split brain is looked for even when nobody asks
	probe(w, 2*sec, "paris", "yes")
	probe(w, 12*sec, "lyon", "yes")
	if r := w.analyze(); !finding(r, "split-brain") || r.Findings[0].Severity != "serious" {
		t.Errorf("findings %v, want a serious split brain first", r.Findings)
	}

	// Between two looks nothing is known: the primary may have stopped long
	// before the look that finds it stopped.
	for until, want := range map[string]Verdict{"11800000000": Pass, "12100000000": Fail} {
		w = one(e)
		probe(w, 2*sec, "paris", "yes")
		probe(w, 2*sec, "lyon", "no")
		probe(w, 12*sec, "lyon", "yes")
		w.event(12300*ms, history.SiteWritable, "paris", "writable", "unknown", "until_ns", until)
		wantVerdict(t, w.analyze(), want)
	}

	w = one(e)
	probe(w, 2*sec, "paris", "yes")
	probe(w, 2*sec, "lyon", "unknown")
	wantVerdict(t, w.analyze(), Inconclusive, "Lyon")

	w = one(e) // the fence does not hold: the site says yes again and again
	probe(w, 2*sec, "paris", "yes")
	w.event(10*sec, history.SiteState, "paris", "state", "fenced")
	probe(w, 11*sec, "lyon", "yes")
	probe(w, 15*sec, "paris", "yes")
	probe(w, 16*sec, "paris", "no")
	wantVerdict(t, w.analyze(), Fail, "at 15 s")
}

func TestWhoStoppedTheDeployment(t *testing.T) {
	build := func(who string, within time.Duration, outcome string) Result {
		w := calm().event(5*sec, history.DeployStarted, "1.5.0").fault("f1", 8*sec)
		w.event(9*sec, history.DecisionRequested, "d1", "decision", "stop")
		w.event(12*sec, history.DecisionMade, "d1", "decision", "stop", "by_fr", "responsable de production", "by_en", "production manager", "role", "owner")
		w.event(13*sec, history.DeployFinished, "1.5.0", "outcome", outcome)
		return w.expect(history.Expectation{Kind: history.ExpectStopped, Who: who, Within: within}).analyze()
	}
	wantVerdict(t, build("responsable de production", 5*sec, "stopped"), Pass)
	wantVerdict(t, build("Production  Manager", 5*sec, "stopped"), Pass)
	wantVerdict(t, build("", 5*sec, "stopped"), Pass)
	wantVerdict(t, build("astreinte N2", 5*sec, "stopped"), Fail, "attendu de « astreinte N2 »")
	wantVerdict(t, build("production manager", 3*sec, "stopped"), Fail, "after 4 s, expected 3 s")
	wantVerdict(t, build("production manager", 5*sec, "done"), Fail, "mené à son terme")
	w := calm().event(5*sec, history.DeployStarted, "1.5.0").event(30*sec, history.DeployFinished, "1.5.0", "outcome", "done")
	w.event(9*sec, history.DecisionRequested, "d1", "decision", "stop").event(12*sec, history.DecisionMissed, "d1", "decision", "stop")
	wantVerdict(t, w.expect(history.Expectation{Kind: history.ExpectStopped, Within: sec}).analyze(), Fail, "Nobody ordered the stop")
}

func TestDeployedLiveAndServing(t *testing.T) {
	deployed := history.Expectation{Kind: history.ExpectDeployed, Release: "1.5.0"}
	live := func(release, site string) history.Expectation {
		return history.Expectation{Kind: history.ExpectLiveRelease, Release: release, Site: site}
	}
	run := func(outcome string, phases bool, rollback string) *world {
		w := calm().event(5*sec, history.DeployStarted, "1.5.0", "sites", "paris")
		if phases {
			w.event(6*sec, history.PhaseStarted, "replace orders 1/2 paris", "phase", "replace", "service", "orders", "site", "paris")
		}
		w.event(9*sec, history.DeployFinished, "1.5.0", "outcome", outcome, "err", "migration: no answer")
		if rollback != "" {
			w.event(10*sec, history.RollbackStarted, "1.4.0").event(14*sec, history.RollbackFinished, "1.4.0", "outcome", rollback)
		}
		return w
	}
	wantVerdict(t, run("done", true, "").expect(deployed).expect(live("1.5.0", "paris")).expect(live("1.4.0", "Lyon")).analyze(), Pass)
	wantVerdict(t, run("done", true, "").expect(live("1.5.0", "")).analyze(), Fail, "Lyon : version 1.4.0, attendu 1.5.0")
	wantVerdict(t, run("failed", true, "").expect(deployed).analyze(), Fail, "migration: no answer")
	wantVerdict(t, run("failed", true, "").expect(live("1.4.0", "paris")).analyze(), Fail, "versions mêlées")
	wantVerdict(t, run("stopped", false, "").expect(live("1.4.0", "paris")).analyze(), Pass)
	wantVerdict(t, run("stopped", true, "done").expect(live("1.4.0", "")).analyze(), Pass)
	wantVerdict(t, run("stopped", true, "failed").expect(live("1.4.0", "")).analyze(), Fail)

	site := func(id string) history.Expectation {
		return history.Expectation{Kind: history.ExpectActiveSite, Site: id}
	}
	wantVerdict(t, one(site("paris")).analyze(), Pass)
	wantVerdict(t, one(site("lyon")).event(9*sec, history.EntrySwitched, "lyon", "from", "paris").analyze(), Pass)
	wantVerdict(t, one(site("paris")).event(9*sec, history.EntrySwitched, "lyon", "from", "paris").analyze(), Fail, "Lyon serves the clients, expected Paris")
	wantVerdict(t, one(site("paris")).event(9*sec, history.SiteState, "paris", "state", "lost").analyze(), Fail, "No site serves")
}

func TestNoFailover(t *testing.T) {
	e := history.Expectation{Kind: history.ExpectNoFailover}
	wantVerdict(t, one(e).analyze(), Pass)
	w := one(e).event(9*sec, history.RunbookStarted, "PRA-07", "purpose", "failover").event(12*sec, history.RunbookFinished, "PRA-07", "outcome", "done")
	wantVerdict(t, w.analyze(), Fail, "PRA-07", "at 9 s")
	w = one(e).event(9*sec, history.RunbookStarted, "MD-01", "purpose", "procedure").event(12*sec, history.RunbookFinished, "MD-01", "outcome", "done")
	wantVerdict(t, w.analyze(), Pass)
}

func TestAnUnknownExpectationIsNotAPass(t *testing.T) {
	wantVerdict(t, one(history.Expectation{Kind: "to-the-moon"}).analyze(), Inconclusive, "to-the-moon")
	wantVerdict(t, one(history.Expectation{Kind: history.ExpectAvailability, Function: "nothing"}).analyze(), Inconclusive)
}
