package analysis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// eventful is an exercise in which nearly everything happens that a history can
// tell of: every phase of a deployment, a stop that nobody decides in time, a
// rollback that fails, two faults, a service that flaps and goes again, a site
// that is lost and comes back, rows kept twice, lookups in vain, notes.
func eventful() *world {
	w := calm()
	w.h.Header.Functions[0].RTO, w.h.Header.Functions[0].MTPD = 5*sec, 14*sec
	w.event(2*sec, history.SiteState, "paris", "state", "active").event(2*sec, history.SiteState, "lyon", "state", "standby")
	w.event(2*sec, history.SiteWritable, "paris", "writable", "yes").event(2*sec, history.SiteWritable, "lyon", "writable", "no")
	w.event(4*sec, history.DeployStarted, "1.5.0", "from", "1.4.0", "sites", "paris")
	for i, p := range []string{"prepare", "migrate", "replace", "verify", "switch", "finish", "warm-up"} {
		at, kv := 4*sec+time.Duration(i)*300*ms, []string{"phase", p}
		if p == "replace" {
			kv = append(kv, "service", "orders", "k", "1", "n", "2", "site", "paris")
		}
		w.event(at, history.PhaseStarted, p, kv...)
		w.event(at+200*ms, history.PhaseFinished, p, kv...)
	}
	w.event(6500*ms, history.DeployFinished, "1.5.0", "outcome", "failed", "err", "warm-up: cold")
	w.event(7*sec, history.DecisionRequested, "d1", "decision", "stop", "owner_fr", "responsable", "owner_en", "manager", "deadline_ns", "500000000")
	w.event(7500*ms, history.DecisionMissed, "d1", "decision", "stop")
	w.event(8*sec, history.RollbackStarted, "1.4.0").event(9*sec, history.RollbackFinished, "1.4.0", "outcome", "failed", "err", "no way back")
	w.event(10*sec, history.FaultInjecting, "f1", "fault", "site-lost", "target", "paris", "title_fr", "perte de Paris", "title_en", "Paris is lost")
	w.event(10*sec, history.FaultInjected, "f1").event(10010*ms, history.FaultBiting, "f1", "proof_fr", "silence", "proof_en", "silence")
	w.event(10*sec, history.SiteState, "paris", "state", "lost")
	w.down("drop", 10*sec, 12*sec).down("refuse", 13*sec, 14*sec).down("refuse", 15*sec, 16*sec) // up for a second in between, twice
	w.event(11*sec, history.Detected, "orders", "by", "monitoring", "why_fr", "3 échecs", "why_en", "3 failures")
	w.event(11*sec, history.DecisionRequested, "d2", "decision", "failover", "owner_fr", "directeur", "owner_en", "director")
	w.event(12*sec, history.DecisionMade, "d2", "decision", "failover", "by_fr", "directeur", "by_en", "director", "role", "owner")
	w.event(12*sec, history.RunbookStarted, "PRA-07", "purpose", "failover", "title_fr", "Bascule", "title_en", "Failover")
	w.event(12*sec, history.StepStarted, "PRA-07/promote", "title_fr", "Promouvoir", "title_en", "Promote").event(13*sec, history.StepFinished, "PRA-07/promote", "outcome", "failed", "err", "too late")
	w.event(13*sec, history.StepFinished, "PRA-07/verify", "title_fr", "Contrôler", "title_en", "Verify", "outcome", "skipped")
	w.event(13*sec, history.StepStarted, "PRA-07/again", "title_fr", "Recommencer", "title_en", "Again").event(14*sec, history.StepFinished, "PRA-07/again", "outcome", "failed", "err", "never")
	w.event(14*sec, history.RunbookFinished, "PRA-07", "outcome", "failed").event(14*sec, history.EntrySwitched, "lyon", "from", "paris")
	w.event(14500*ms, history.SiteWritable, "lyon", "writable", "yes")
	w.event(20*sec, history.FaultRecovered, "f1")
	for i := range 3 { // Paris is writable again, three times, beside Lyon
		at := 21*sec + time.Duration(i)*2*sec
		w.event(at, history.SiteWritable, "paris", "writable", "yes").event(at+sec, history.SiteWritable, "paris", "writable", "no")
	}
	w.event(26*sec, history.FaultInjecting, "f2", "fault", "crash", "target", "lyon/db", "title_fr", "la base tombe", "title_en", "the database fails")
	w.event(26*sec, history.FaultInjected, "f2").event(26010*ms, history.FaultBiting, "f2").down("refuse", 26*sec, 27*sec).down("refuse", 31*sec, 32*sec)
	w.event(29*sec, history.RunbookStarted, "PRA-11", "purpose", "procedure", "title_fr", "Calmer", "title_en", "Calm").event(30*sec, history.RunbookFinished, "PRA-11", "outcome", "done")
	w.event(33*sec, history.Note, "s", "text_fr", "remarque", "text_en", "remark")
	w.event(33*sec, history.Observed, "lyon/orders/1", "what", "dns", "name", "audit", "answer", "NXDOMAIN", "count", "1")
	w.copies[701] = 2
	w.expect(restored(4 * sec)).expect(restored(8 * sec)).expect(history.Expectation{Kind: history.ExpectOneActive})
	w.expect(history.Expectation{Kind: history.ExpectNoInterrupt, Within: 3 * sec}).expect(history.Expectation{Kind: history.ExpectStopped, Who: "manager", Within: 9 * sec})
	return w.expect(history.Expectation{Kind: history.ExpectDeployed, Release: "1.5.0"}).expect(history.Expectation{Kind: history.ExpectLiveRelease, Release: "1.4.0"})
}

// TestGoldenEventful: what is made of it, but for what is told elsewhere at length.
func TestGoldenEventful(t *testing.T) {
	r := eventful().analyze()
	r.Header, r.Series, r.Record = history.Header{}, nil, Record{}
	got, err := MarshalResult(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "eventful.golden.json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s:%d differs (rewrite it with -update if that is meant):\n got %s\nwant %s", path, i+1, g[i], w[i])
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%s has %d lines, the result %d", path, len(w), len(g))
	}
}
