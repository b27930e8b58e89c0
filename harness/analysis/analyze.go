package analysis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"bascule/harness/history"
)

// Analyze judges a history. It reads no clock, no file and no environment: the
// same history gives the same result to the byte.
//
//	events -> facts ----------.
//	operations -> interruptions -> recoveries -> phases -> expectations -> verdict
//	read-backs ----------------------------------> loss -----^
func Analyze(h *history.History) Result {
	f := gather(h)
	ops := h.Ops.Ordered()
	j := &judge{facts: f}
	start, end := j.observe(ops)
	j.phases = f.phases(start, end, j.recoveries)
	j.all = phase{phaseAll, start, end}
	j.stats = phaseStats(j.phases, j.all, j.watches, h.Header.Functions)
	j.measureFunctions()
	j.ledger = ledger(ops, j.functions)
	j.yes, j.probed = f.writable()
	j.split = overlaps(j.yes)
	j.needed = j.dependencies()
	j.resilience = j.resist()
	j.infra = f.infrastructure()

	r := Result{
		Header: h.Header, Expectations: j.expectations(), Functions: j.functions, Preconditions: j.checks(), Phases: j.stats,
		Ledger: j.ledger, Findings: j.findings(), Timeline: j.timeline(), Record: RecordOf(f.events), Duration: f.end, Complete: h.Complete,
		Dependencies: j.needed,
	}
	r.Resilience = j.resilience
	r.Infrastructure = j.infra
	r.Series, r.BucketWidth = buckets(ops)
	r.Verdict, r.Reasons = j.verdict(r.Preconditions, r.Expectations)
	return r
}

// observe watches every function, and finds the bounds of the load.
func (j *judge) observe(ops *history.Ops) (start, end time.Duration) {
	functions := j.h.Header.Functions
	calm := j.calmUntil()
	window := stability(j.h.Header)
	known := false
	for fn, c := range split(ops, len(functions)) {
		w := newWatch(c, calm, window)
		j.watches = append(j.watches, w)
		j.recoveries = append(j.recoveries, j.facts.recoveries(w, functions[fn].ID))
		if w.len() == 0 {
			continue
		}
		if !known || w.intended(0) < start {
			start = w.intended(0)
		}
		if !known || w.end() > end {
			end = w.end()
		}
		known = true
	}
	for i := range ops.Len() { // the history may end with an answer
		j.facts.end = max(j.facts.end, ops.Done(i))
	}
	return start, max(end, start)
}

// calmUntil is the instant before which nothing was done to the service.
func (f *facts) calmUntil() time.Duration {
	calm := time.Duration(math.MaxInt64)
	if len(f.deploys) > 0 {
		calm = min(calm, f.deploys[0].start)
	}
	if len(f.faults) > 0 {
		calm = min(calm, f.faults[0].injecting)
	}
	return calm
}

// measureFunctions puts together what was measured of each function.
func (j *judge) measureFunctions() {
	service, stores := j.readbacks()
	j.functions = []Function{}
	for fn, f := range j.h.Header.Functions {
		w := j.watches[fn]
		m := Function{Function: f, Recoveries: []Recovery{}, Interruptions: []Interruption{}, Availability: -1}
		for _, r := range j.recoveries[fn] {
			m.Recoveries = append(m.Recoveries, r.Recovery)
		}
		for _, o := range w.outages {
			m.Interruptions = append(m.Interruptions, w.interruption(o))
		}
		if s, ok := j.phaseStats(phaseAll, f.ID); ok {
			m.Availability = s.Availability
		}
		m.Loss = j.loss(w.calls, service[f.ID], stores[f.ID], j.phases)
		j.functions = append(j.functions, m)
	}
}

// MarshalResult is the result as indented JSON, the same bytes for the same
// result.
func MarshalResult(r Result) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("analysis: writing the result of scenario %s as JSON: %w", r.Header.Scenario, err)
	}
	return b.Bytes(), nil
}
