package analysis

import (
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// told is the English text of the first finding of a code; "" none.
func told(r Result, code string) string {
	for _, f := range r.Findings {
		if f.Code == code {
			return plain(f.Text.EN)
		}
	}
	return ""
}

func wantTold(t *testing.T, r Result, code, words string) {
	t.Helper()
	if got := told(r, code); words == "" && got != "" || !strings.Contains(got, words) {
		t.Errorf("finding %s: %q, want %q", code, got, words)
	}
}

func TestStaleReads(t *testing.T) {
	w := sound()
	w.answers = func(k int, at time.Duration, o *history.Operation) {
		if o.Kind == history.Read && at > 30*sec && at < 31*sec {
			o.Outcome, o.Status = history.Acked, 404
		}
	}
	wantTold(t, w.analyze(), "stale-reads", "20 reads did not find an acknowledged write, although nothing is lost")
	w.absent[651] = true
	wantTold(t, w.analyze(), "stale-reads", "")
	wantTold(t, sound().analyze(), "stale-reads", "")
}

func TestARepairWithoutEffect(t *testing.T) {
	w := calm().fault("f1", 10*sec).event(12*sec, history.FaultRecovered, "f1").down("refuse", 10*sec, 60*sec)
	wantTold(t, w.analyze(), "repaired-not-back", "has been repaired for 28 s, and service is not back")
	back := calm().fault("f1", 10*sec).event(12*sec, history.FaultRecovered, "f1").down("refuse", 10*sec, 13*sec)
	wantTold(t, back.analyze(), "repaired-not-back", "")
	never := calm().fault("f1", 10*sec).down("refuse", 10*sec, 60*sec)
	wantTold(t, never.analyze(), "repaired-not-back", "")
	again := calm().fault("f1", 10*sec).event(12*sec, history.FaultRecovered, "f1").down("refuse", 10*sec, 13*sec).down("refuse", 20*sec, 60*sec)
	wantTold(t, again.analyze(), "repaired-not-back", "")
	// It must have been down when it was repaired, and for longer since than a moment.
	for begins, told := range map[time.Duration]string{12 * sec: "repaired", 12*sec + 10*ms: ""} {
		w := calm().fault("f1", 10*sec).event(12*sec, history.FaultRecovered, "f1").down("refuse", begins, 60*sec)
		wantTold(t, w.analyze(), "repaired-not-back", told)
	}
	for repaired, told := range map[time.Duration]string{38 * sec: "", 38*sec - 1: "repaired"} {
		w := calm().fault("f1", 10*sec).event(repaired, history.FaultRecovered, "f1").down("refuse", 10*sec, 60*sec)
		wantTold(t, w.analyze(), "repaired-not-back", told)
	}
	still := calm().fault("f1", 10*sec).event(25*sec, history.FaultRecovered, "f1").down("refuse", 10*sec, 13*sec).down("refuse", 20*sec, 60*sec)
	wantTold(t, still.analyze(), "repaired-not-back", "has been repaired for 15 s, and service is not back")
}

func TestARunbookWithoutEffect(t *testing.T) {
	run := func(purpose, outcome string, back time.Duration) Result {
		w := calm().fault("f1", 10*sec).down("refuse", 10*sec, back)
		w.event(12*sec, history.RunbookStarted, "PRA-02", "purpose", purpose).event(14*sec, history.RunbookFinished, "PRA-02", "outcome", outcome)
		return w.analyze()
	}
	wantTold(t, run("failover", "done", 60*sec), "runbook-without-effect", "every step of runbook PRA-02 said that it was done, and 26 s later service is not back")
	wantTold(t, run("failover", "failed", 60*sec), "runbook-without-effect", "")
	wantTold(t, run("failover", "done", 14*sec), "runbook-without-effect", "")
	wantTold(t, run("procedure", "done", 60*sec), "runbook-without-effect", "")
	again := calm().fault("f1", 10*sec).down("refuse", 10*sec, 13*sec).down("refuse", 20*sec, 60*sec)
	again.event(12*sec, history.RunbookStarted, "PRA-02", "purpose", "failover").event(14*sec, history.RunbookFinished, "PRA-02", "outcome", "done")
	wantTold(t, again.analyze(), "runbook-without-effect", "")
	late := calm().fault("f1", 10*sec).down("refuse", 10*sec, 13*sec).down("refuse", 20*sec, 60*sec)
	late.event(12*sec, history.RunbookStarted, "PRA-02", "purpose", "failover").event(24*sec, history.RunbookFinished, "PRA-02", "outcome", "done")
	wantTold(t, late.analyze(), "runbook-without-effect", "and 16 s later service is not back")
}

func TestFlappingIsTold(t *testing.T) {
	w := calm().fault("f1", 10*sec)
	for i := range 4 { // up for 1 s between outages
		from := 10*sec + time.Duration(i)*1500*ms
		w.down("refuse", from, from+500*ms)
	}
	wantTold(t, w.analyze(), "flapping", "came back and went again 3 times")
	brief := calm().fault("f1", 10*sec)
	for i := range 8 { // up for 0.3 s only: that is one outage with some luck in it
		from := 10*sec + time.Duration(i)*600*ms
		brief.down("refuse", from, from+300*ms)
	}
	wantTold(t, brief.analyze(), "flapping", "")
	spoilt := calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec)
	for k := 1100; k < 1700; k += 70 { // now and then an operation fails: that is no coming and going
		spoilt.broken[k] = history.Rejected
	}
	wantTold(t, spoilt.analyze(), "flapping", "")
	wantTold(t, sound().analyze(), "flapping", "")
}

func TestAnInterruptionByTheDeployment(t *testing.T) {
	w := calm().event(9*sec, history.DeployStarted, "1.5.0").event(9500*ms, history.PhaseStarted, "migrate", "phase", "migrate")
	w.event(14*sec, history.PhaseFinished, "migrate", "phase", "migrate").event(15*sec, history.DeployFinished, "1.5.0", "outcome", "done")
	w.down("refuse", 10*sec, 14*sec)
	wantTold(t, w.analyze(), "interrupted-by-deployment", "interrupted for 4 s in phase “migrate”")
	// Of a phase that it did not begin in, nothing is told.
	w.event(14*sec, history.PhaseStarted, "verify", "phase", "verify").event(14500*ms, history.PhaseFinished, "verify", "phase", "verify")
	w.event(9200*ms, history.PhaseStarted, "prepare", "phase", "prepare").event(9400*ms, history.PhaseFinished, "prepare", "phase", "prepare")
	if n := findingsOf(w.analyze(), "interrupted-by-deployment"); n != 1 {
		t.Errorf("%d phases are blamed", n)
	}
	w.fault("f1", 9900*ms)
	wantTold(t, w.analyze(), "interrupted-by-deployment", "")
}

func TestADeploymentThatGoesOnAfterItsStop(t *testing.T) {
	play := func(outcome string, from time.Duration) *world {
		w := calm().event(9*sec, history.DeployStarted, "1.5.0").event(9500*ms, history.PhaseStarted, "migrate", "phase", "migrate")
		w.event(11*sec, history.PhaseFinished, "migrate", "phase", "migrate", "err", "stopped").event(11*sec, history.DeployFinished, "1.5.0", "outcome", outcome)
		return w.down("refuse", from, from+5*sec)
	}
	wantTold(t, play("stopped", 12*sec).analyze(), "deployment-goes-on", "interrupted for 5 s, 1 s after the deployment of 1.5.0 was stopped, without a fault")
	wantTold(t, play("done", 12*sec).analyze(), "deployment-goes-on", "")
	wantTold(t, play("stopped", 10*sec).analyze(), "deployment-goes-on", "")
	wantTold(t, play("stopped", 12*sec).fault("f1", 11500*ms).analyze(), "deployment-goes-on", "")
}

// TestTheStandbyNeedsTheLostSite: names of flows to the site that is gone, asked
// for again and again by the site that took over.
func TestTheStandbyNeedsTheLostSite(t *testing.T) {
	play := func(subject, name, answer string, counts ...string) Result {
		w := sound()
		w.h.Header.Services = []history.Service{{Site: "paris", Name: "ledger"}, {Site: "lyon", Name: "ledger"}, {Site: "lyon", Name: "front"}}
		w.h.Header.Links = []history.Link{{From: "lyon/ledger", To: "paris/ledger"}, {From: "lyon/front", To: "lyon/ledger"}, {From: "paris/ledger", To: "lyon/ledger"}}
		w.event(10*sec, history.SiteState, "paris", "state", "lost").event(11*sec, history.EntrySwitched, "lyon", "from", "paris")
		for i, n := range counts {
			w.event(13*sec+time.Duration(i)*sec, history.Observed, subject, "what", "dns", "name", name, "answer", answer, "count", n)
		}
		return w.analyze()
	}
	wantTold(t, play("lyon/ledger/1", "ledger.peer", "NOERROR", "3", "9"), "needs-lost-site", "lyon/ledger/1 → ledger.peer still looks for a service of the other site, which is gone (9 times)")
	for name, r := range map[string]Result{
		"asked for once":              play("lyon/ledger/1", "ledger.peer", "NOERROR", "3"),
		"asked for no more":           play("lyon/ledger/1", "ledger.peer", "NOERROR", "3", "3"),
		"a name of its own site":      play("lyon/ledger/1", "ledger", "NOERROR", "3", "9"),
		"no flow to the lost site":    play("lyon/front/1", "ledger.peer", "NOERROR", "3", "9"),
		"by the site that was lost":   play("paris/ledger/1", "ledger.peer", "NOERROR", "3", "9"),
		"a name that nobody resolves": play("lyon/ledger/1", "ledger.peer", "NXDOMAIN", "3", "9"),
	} {
		if got := told(r, "needs-lost-site"); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
