// Package analysis judges a history. It is pure: the same history gives the
// same result to the byte, during the run, offline, or years later. It imports
// nothing of the project but the history.
package analysis

import (
	"time"

	"bascule/harness/history"
)

// Verdict has three values: what could not be measured is neither good nor bad.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)

// Result is all that the reports need of one scenario.
type Result struct {
	Header        history.Header `json:"scenario"`
	Verdict       Verdict        `json:"verdict"`
	Reasons       []history.Text `json:"reasons"` // why it is not a pass; empty for a pass
	Preconditions []Check        `json:"preconditions"`
	Expectations  []Judged       `json:"expectations"`
	Functions     []Function     `json:"functions"`
	Timeline      Timeline       `json:"timeline"`
	Record        Record         `json:"record"` // who did what and when, as recorded; RecordOf fills it
	Series        []Bucket       `json:"series"`
	BucketWidth   time.Duration  `json:"bucket_ns"`
	Phases        []PhaseStats   `json:"phases"`
	Ledger        Ledger         `json:"ledger"`
	Findings      []Finding      `json:"findings"`
	Dependencies  Dependencies   `json:"dependencies"` // who needed whom, against what is declared
	Duration      time.Duration  `json:"duration_ns"`  // of the history
	Complete      bool           `json:"complete"`     // the last line was written

	Resilience *Resilience `json:"resilience,omitempty"` // what a probe showed; nil: nothing was probed

	Infrastructure []InfraRecord `json:"infrastructure,omitempty"` // checks and applications of infrastructure code; absent: none was made

	Drift         *Drift          `json:"drift,omitempty"`         // nil where nobody looked
	Configuration []Configuration `json:"configuration,omitempty"` // of each release that requires something, on each site
}

// Check is a precondition of the measurement: the baseline was healthy, the
// load reached its rate, each fault bit, the stage was removed.
type Check struct {
	ID     string       `json:"id"`
	Name   history.Text `json:"name"`
	OK     bool         `json:"ok"`
	Detail history.Text `json:"detail"`
}

// Judged is an expectation with its verdict and what was measured.
type Judged struct {
	history.Expectation
	Verdict  Verdict      `json:"verdict"`
	Measured history.Text `json:"measured"` // "12,4 s ± 0,1 s" / "12.4 s ± 0.1 s"
	Reason   history.Text `json:"reason"`   // why it failed or could not be judged
}

// Function is what was measured of a critical function.
type Function struct {
	history.Function
	Recoveries    []Recovery     `json:"recoveries"`    // one a fault, in order
	Interruptions []Interruption `json:"interruptions"` // every one, attributed or not
	Loss          Loss           `json:"loss"`
	Availability  float64        `json:"availability_percent"` // over the whole load; -1 without one
}

// Recovery is the time from a fault to the service's return, an interval.
type Recovery struct {
	Fault       string        `json:"fault"` // subject of the injection
	Interrupted bool          `json:"interrupted"`
	Recovered   bool          `json:"recovered"`
	FaultAt     time.Duration `json:"fault_at_ns"`
	DetectedAt  time.Duration `json:"detected_at_ns"` // 0: never
	DecidedAt   time.Duration `json:"decided_at_ns"`  // 0: no decision
	ActedAt     time.Duration `json:"acted_at_ns"`    // end of the last runbook step before the return; 0: none
	FirstAt     time.Duration `json:"first_at_ns"`    // first answer after the last failure
	StableAt    time.Duration `json:"stable_at_ns"`   // end of the stability window
	Time        time.Duration `json:"time_ns"`        // FirstAt - FaultAt
	Error       time.Duration `json:"error_ns"`       // the true value lies in [Time-Error, Time+Error]
}

// Interruption is a stretch in which operations failed.
type Interruption struct {
	From   time.Duration `json:"from_ns"`
	To     time.Duration `json:"to_ns"`
	Failed int           `json:"failed"`
	Open   bool          `json:"open,omitempty"` // not over when the load stopped
}

// Loss is what became of the writes.
type Loss struct {
	Known       bool           `json:"known"` // a read-back was done
	Acked       int            `json:"acked"`
	Lost        int            `json:"lost"`
	Duplicated  int            `json:"duplicated"`
	Resurrected int            `json:"resurrected"`
	UnknownIn   int            `json:"unknown_present"`
	UnknownOut  int            `json:"unknown_absent"`
	Span        time.Duration  `json:"span_ns"` // earliest lost acknowledged write to the fault; 0 if none lost
	ByPhase     map[string]int `json:"lost_by_phase,omitempty"`
	Examples    []uint64       `json:"examples,omitempty"` // at most 10 lost ids
	Disagree    bool           `json:"disagree,omitempty"` // service and store do not tell the same
	Sources     []string       `json:"sources"`

	bySite map[string]lostAt // lost, by the site that clients were sent to
}

// Ledger is the sum over all functions.
type Ledger struct {
	Intended int  `json:"intended"`
	Acked    int  `json:"acked"`
	Rejected int  `json:"rejected"`
	Unknown  int  `json:"unknown"`
	Writes   int  `json:"writes"`
	Reads    int  `json:"reads"`
	Loss     Loss `json:"loss"`
}

// PhaseStats is availability and latency in one phase of the exercise, all
// functions or one.
type PhaseStats struct {
	Phase        string        `json:"phase"`    // before | deploying | failing | recovered | all
	Function     string        `json:"function"` // "" for all
	From         time.Duration `json:"from_ns"`
	To           time.Duration `json:"to_ns"`
	Intended     int           `json:"intended"`
	Acked        int           `json:"acked"`
	Availability float64       `json:"availability_percent"` // -1 where nothing was intended
	P50          time.Duration `json:"p50_ns"`
	P95          time.Duration `json:"p95_ns"`
	P99          time.Duration `json:"p99_ns"`
	Max          time.Duration `json:"max_ns"`
	Rate         float64       `json:"rate"` // operations a second, intended
}

// Bucket is a slice of the time series, by intended time.
type Bucket struct {
	At       time.Duration `json:"at_ns"`
	Acked    int           `json:"acked"`
	Rejected int           `json:"rejected"`
	Unknown  int           `json:"unknown"`
	P50      time.Duration `json:"p50_ns"`
	P95      time.Duration `json:"p95_ns"`
	P99      time.Duration `json:"p99_ns"`
}

// Timeline is the run as lanes of spans and marks.
type Timeline struct {
	End   time.Duration `json:"end_ns"`
	Lanes []Lane        `json:"lanes"`
}

// Lane is one row of the timeline.
type Lane struct {
	ID    string       `json:"id"` // deployment | faults | decisions | runbook | site:<id> | service:<function>
	Name  history.Text `json:"name"`
	Spans []Span       `json:"spans"`
}

// Span is something that lasted; a mark has From == To.
type Span struct {
	From   time.Duration `json:"from_ns"`
	To     time.Duration `json:"to_ns"`
	Kind   string        `json:"kind"` // phase, fault, biting, decision, step, active, standby, lost, fenced, outage, writable ...
	Label  history.Text  `json:"label"`
	Detail history.Text  `json:"detail"`
	Bad    bool          `json:"bad,omitempty"` // it failed
	Open   bool          `json:"open,omitempty"`
}

// Finding is something that a reader must know although no expectation asked.
type Finding struct {
	Severity string       `json:"severity"` // serious | minor | info
	Code     string       `json:"code"`     // "split-brain", "undeclared-flow", "store-disagrees"...
	Text     history.Text `json:"text"`
	Subject  string       `json:"subject,omitempty"` // what is to be mended: "lyon/orders", "lyon/orders -> stock"
	Owner    history.Text `json:"owner,omitzero"`    // of the functions that need it
}
