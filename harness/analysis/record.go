package analysis

import (
	"strconv"
	"time"

	"bascule/harness/history"
)

// Record is who did what and when, read off the events without judging them:
// what the report's tables and the drawing of the topology need.
type Record struct {
	Faults    []FaultRecord    `json:"faults"`
	Decisions []DecisionRecord `json:"decisions"`
	Runbooks  []RunbookRecord  `json:"runbooks"`
}

// FaultRecord is one injection. A time of zero means that it never came to it.
type FaultRecord struct {
	Subject     string        `json:"subject"` // f1, f2...
	Fault       string        `json:"fault"`   // kind
	Target      string        `json:"target"`  // "paris/db", "paris/orders/1", "paris" or "paris/orders -> paris/db"
	Title       history.Text  `json:"title"`
	Params      string        `json:"params,omitempty"`
	InjectedAt  time.Duration `json:"injected_at_ns"`
	BitAt       time.Duration `json:"bit_at_ns"`
	RecoveredAt time.Duration `json:"recovered_at_ns"`
	Proof       history.Text  `json:"proof"`
	Err         string        `json:"err,omitempty"`
	Canary      *Canary       `json:"canary,omitempty"` // nil where no canary asked
}

// Canary is what traffic of the harness's own met, apart from the load, where
// the fault should show. A stretch that nobody asked in is nil.
type Canary struct {
	Before *CanaryStretch `json:"before,omitempty"`
	During *CanaryStretch `json:"during,omitempty"`
	After  *CanaryStretch `json:"after,omitempty"`
}

// CanaryStretch sums the answers of a stretch.
type CanaryStretch struct {
	What   history.Text  `json:"what"` // who asked whom, or why nobody did
	Sent   int           `json:"sent"`
	OK     int           `json:"ok"`
	Median time.Duration `json:"median_ns"`     // of those that were answered
	Err    string        `json:"err,omitempty"` // most frequent class of the others
}

// DecisionRecord is a decision gate.
type DecisionRecord struct {
	Subject     string        `json:"subject"`
	Decision    string        `json:"decision"` // stop | failover | failback | rollback
	Owner       history.Text  `json:"owner"`
	Deputy      history.Text  `json:"deputy"`
	By          history.Text  `json:"by"`
	Role        string        `json:"role,omitempty"` // owner | deputy
	Simulated   bool          `json:"simulated"`
	Missed      bool          `json:"missed"` // nobody decided before the deadline
	Deadline    time.Duration `json:"deadline_ns"`
	RequestedAt time.Duration `json:"requested_at_ns"`
	MadeAt      time.Duration `json:"made_at_ns"`
}

// RunbookRecord is a procedure that was followed.
type RunbookRecord struct {
	Subject string        `json:"subject"` // PRA-07
	Purpose string        `json:"purpose"`
	Version string        `json:"version"`
	SHA256  string        `json:"sha256"`
	Title   history.Text  `json:"title"`
	From    time.Duration `json:"from_ns"`
	To      time.Duration `json:"to_ns"`
	Outcome string        `json:"outcome"` // done | failed; empty where the history stops before
	Err     string        `json:"err,omitempty"`
	Steps   []StepRecord  `json:"steps"`
}

// StepRecord is a step of a runbook.
type StepRecord struct {
	Subject string        `json:"subject"`
	Title   history.Text  `json:"title"`
	Owner   history.Text  `json:"owner"`
	Action  string        `json:"action"`
	Planned time.Duration `json:"planned_ns"` // the bound that the runbook gives the step; 0 unknown
	From    time.Duration `json:"from_ns"`
	To      time.Duration `json:"to_ns"`
	Outcome string        `json:"outcome"` // done | failed | skipped; empty where the history stops before
	Err     string        `json:"err,omitempty"`
}

// RecordOf reads the record off the events, in their order.
func RecordOf(events []history.Event) Record {
	r := Record{Faults: []FaultRecord{}, Decisions: []DecisionRecord{}, Runbooks: []RunbookRecord{}}
	for _, e := range events {
		r.fault(e)
		r.decision(e)
		r.runbook(e)
	}
	return r
}

func (r *Record) fault(e history.Event) {
	if e.Kind == history.FaultInjecting {
		r.Faults = append(r.Faults, FaultRecord{Subject: e.Subject, Fault: e.Attrs["fault"], Target: e.Attrs["target"],
			Title: recordText(e, "title"), Params: e.Attrs["params"]})
		return
	}
	f := lastWhere(r.Faults, func(f FaultRecord) bool { return f.Subject == e.Subject })
	if f == nil {
		return
	}
	switch e.Kind {
	case history.FaultInjected:
		f.InjectedAt = e.At
	case history.FaultBiting:
		f.BitAt, f.Proof = e.At, recordText(e, "proof")
	case history.FaultRecovered:
		f.RecoveredAt = e.At
	case history.FaultNoBite, history.FaultFailed:
		f.Err = e.Attrs["err"]
	case history.FaultCanary:
		f.canary(e)
	}
}

func (f *FaultRecord) canary(e history.Event) {
	s := &CanaryStretch{What: recordText(e, "what"), Median: recordSpan(e, "median_ns"), Err: e.Attrs["err"]}
	// Numbers that cannot be read are none.
	s.Sent, _ = strconv.Atoi(e.Attrs["sent"])
	s.OK, _ = strconv.Atoi(e.Attrs["ok"])
	if f.Canary == nil {
		f.Canary = &Canary{}
	}
	switch e.Attrs["when"] {
	case "before":
		f.Canary.Before = s
	case "during":
		f.Canary.During = s
	case "after":
		f.Canary.After = s
	}
}

func (r *Record) decision(e history.Event) {
	if e.Kind == history.DecisionRequested {
		r.Decisions = append(r.Decisions, DecisionRecord{Subject: e.Subject, Decision: e.Attrs["decision"], Owner: recordText(e, "owner"),
			Deputy: recordText(e, "deputy"), Deadline: recordSpan(e, "deadline_ns"), RequestedAt: e.At})
		return
	}
	d := lastWhere(r.Decisions, func(d DecisionRecord) bool { return d.Subject == e.Subject })
	if d == nil {
		return
	}
	switch e.Kind {
	case history.DecisionMade:
		d.MadeAt, d.By, d.Role, d.Simulated = e.At, recordText(e, "by"), e.Attrs["role"], e.Attrs["simulated"] == "true"
	case history.DecisionMissed:
		d.Missed = true
	}
}

func (r *Record) runbook(e history.Event) {
	switch e.Kind {
	case history.RunbookStarted:
		r.Runbooks = append(r.Runbooks, RunbookRecord{Subject: e.Subject, Purpose: e.Attrs["purpose"], Version: e.Attrs["version"],
			SHA256: e.Attrs["sha256"], Title: recordText(e, "title"), From: e.At, Steps: []StepRecord{}})
	case history.RunbookFinished:
		if b := lastWhere(r.Runbooks, func(b RunbookRecord) bool { return b.Subject == e.Subject }); b != nil {
			b.To, b.Outcome, b.Err = e.At, e.Attrs["outcome"], e.Attrs["err"]
		}
	case history.StepStarted, history.StepFinished:
		if b := lastWhere(r.Runbooks, func(RunbookRecord) bool { return true }); b != nil {
			b.step(e)
		}
	}
}

// step starts or ends one; a skipped step only ever ends.
func (b *RunbookRecord) step(e history.Event) {
	s := lastWhere(b.Steps, func(s StepRecord) bool { return s.Subject == e.Subject })
	if e.Kind == history.StepStarted || s == nil {
		b.Steps = append(b.Steps, StepRecord{Subject: e.Subject, Title: recordText(e, "title"), Owner: recordText(e, "owner"),
			Action: e.Attrs["action"], Planned: recordSpan(e, "timeout_ns"), From: e.At})
		s = &b.Steps[len(b.Steps)-1]
	}
	if e.Kind == history.StepFinished {
		s.To, s.Outcome, s.Err = e.At, e.Attrs["outcome"], e.Attrs["err"]
	}
}

// lastWhere is the latest element that is meant, or nil.
func lastWhere[T any](all []T, is func(T) bool) *T {
	for i := len(all) - 1; i >= 0; i-- {
		if is(all[i]) {
			return &all[i]
		}
	}
	return nil
}

func recordText(e history.Event, name string) history.Text {
	return history.Text{FR: e.Attrs[name+"_fr"], EN: e.Attrs[name+"_en"]}
}

// recordSpan reads a duration in nanoseconds; a broken one is unknown.
func recordSpan(e history.Event, name string) time.Duration {
	n, err := strconv.ParseInt(e.Attrs[name], 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n)
}
