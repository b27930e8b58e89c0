package analysis

import (
	"testing"
	"time"

	"bascule/harness/history"
)

func TestRecordOfTellsWhoDidWhatAndWhen(t *testing.T) {
	at := func(s int, k history.Kind, subject string, kv ...string) history.Event {
		attrs := map[string]string{}
		for i := 0; i+1 < len(kv); i += 2 {
			attrs[kv[i]] = kv[i+1]
		}
		return history.Event{At: time.Duration(s) * time.Second, Kind: k, Subject: subject, Attrs: attrs}
	}
	r := RecordOf([]history.Event{
		at(1, history.FaultInjecting, "f1", "fault", "crash", "target", "paris/db", "title_fr", "La base tombe", "title_en", "The database fails"),
		at(2, history.FaultInjected, "f1"),
		at(2, history.FaultCanary, "f1", "when", "before", "what_fr", "HTTP", "what_en", "HTTP", "sent", "12", "ok", "12", "median_ns", "2000000"),
		at(20, history.FaultCanary, "f1", "when", "during", "sent", "9", "ok", "0", "median_ns", "0", "err", "timeout"),
		at(3, history.FaultBiting, "f1", "proof_fr", "refus", "proof_en", "refused"),
		at(4, history.DecisionRequested, "d1", "decision", "failover", "owner_fr", "directeur", "deadline_ns", "900000000000"),
		at(6, history.DecisionMade, "d1", "by_fr", "directeur", "role", "owner", "simulated", "true"),
		at(7, history.RunbookStarted, "PRA-07", "purpose", "failover"),
		at(7, history.StepStarted, "PRA-07/fence", "timeout_ns", "10000000000"),
		at(8, history.StepFinished, "PRA-07/fence", "outcome", "done"),
		at(8, history.StepStarted, "PRA-07/promote"),
		at(9, history.StepFinished, "PRA-07/promote", "outcome", "failed", "err", "not a standby"),
		at(9, history.StepFinished, "PRA-07/verify", "outcome", "skipped"),
		at(9, history.RunbookFinished, "PRA-07", "outcome", "failed", "err", "step promote"),
		at(20, history.FaultRecovered, "f1"),
		at(21, history.FaultRecovered, "f9"), // never injected: ignored
	})
	if len(r.Faults) != 1 || r.Faults[0].Target != "paris/db" || r.Faults[0].BitAt != 3*time.Second || r.Faults[0].RecoveredAt != 20*time.Second {
		t.Errorf("faults: %+v", r.Faults)
	}
	c := r.Faults[0].Canary
	if c == nil || c.Before == nil || c.Before.OK != 12 || c.Before.Median != 2*time.Millisecond || c.During == nil || c.During.Sent != 9 || c.During.Err != "timeout" || c.After != nil {
		t.Errorf("canary: %+v", c)
	}
	if len(r.Decisions) != 1 || r.Decisions[0].MadeAt-r.Decisions[0].RequestedAt != 2*time.Second || r.Decisions[0].Deadline != 15*time.Minute {
		t.Errorf("decisions: %+v", r.Decisions)
	}
	if len(r.Runbooks) != 1 || len(r.Runbooks[0].Steps) != 3 || r.Runbooks[0].Outcome != "failed" {
		t.Fatalf("runbooks: %+v", r.Runbooks)
	}
	s := r.Runbooks[0].Steps
	if s[0].Planned != 10*time.Second || s[0].To-s[0].From != time.Second || s[1].Err != "not a standby" || s[2].Outcome != "skipped" {
		t.Errorf("steps: %+v", s)
	}
}
