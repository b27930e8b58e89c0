package analysis

import (
	"time"

	"bascule/harness/history"
)

// The phases of an exercise. They follow one another:
//
//	load starts   deployment starts      first fault         service is back   load ends
//	     |  before      |     deploying       |      failing       |  recovered   |
//
// A phase that did not take place is left out; so is the time between the end
// of a deployment and a fault that comes later, which belongs to "all" only.
const (
	phaseBefore    = "before"
	phaseDeploying = "deploying"
	phaseFailing   = "failing"
	phaseRecovered = "recovered"
	phaseAll       = "all"
	phaseBetween   = "between" // of a lost write only: see above
)

// phase is a stretch of the exercise, from (inclusive) to (exclusive).
type phase struct {
	name     string
	from, to time.Duration
}

// phases cuts the exercise. recoveries are those of every function.
func (f *facts) phases(start, end time.Duration, recoveries [][]recovery) []phase {
	faults := f.injected()
	firstFault, faulted := end, len(faults) > 0
	if faulted { // what fails while the fault is being put in force is its doing
		firstFault = faults[0].injecting
	}
	calm := firstFault
	var list []phase
	var deploying *phase
	if len(f.deploys) > 0 && f.deploys[0].start < firstFault {
		d := f.deploys[0]
		calm = d.start
		deploying = &phase{phaseDeploying, d.start, firstFault}
		if d.ended {
			deploying.to = min(d.end, firstFault)
		}
	}
	list = append(list, phase{phaseBefore, start, calm})
	if deploying != nil {
		list = append(list, *deploying)
	}
	after := end
	switch {
	case faulted:
		after = f.backAt(faults, end, recoveries)
		list = append(list, phase{phaseFailing, firstFault, after})
	case deploying != nil:
		after = deploying.to
	}
	list = append(list, phase{phaseRecovered, after, end})
	return clip(list, start, end)
}

// backAt is the end of the failing phase: the last return from a fault; for a
// fault that interrupted nothing, its undoing.
func (f *facts) backAt(faults []fault, end time.Duration, recoveries [][]recovery) time.Duration {
	back := faults[0].injected
	for i, x := range faults {
		interrupted := false
		for _, of := range recoveries {
			r := of[i]
			if !r.Interrupted {
				continue
			}
			interrupted = true
			for _, m := range append([]recovery{r}, r.later...) {
				if !m.Recovered {
					return end
				}
				back = max(back, m.FirstAt)
			}
		}
		if !interrupted {
			if !x.undone {
				return end
			}
			back = max(back, x.undoneAt)
		}
	}
	return back
}

// clip keeps phases within the load, and drops empty ones.
func clip(list []phase, start, end time.Duration) []phase {
	var out []phase
	for _, p := range list {
		p.from, p.to = min(max(p.from, start), end), min(max(p.to, start), end)
		if p.from < p.to {
			out = append(out, p)
		}
	}
	return out
}

// phaseAt is the phase of an operation intended at t.
func phaseAt(phases []phase, t time.Duration) string {
	for _, p := range phases {
		if t >= p.from && t < p.to {
			return p.name
		}
	}
	return phaseBetween
}

// tally counts operations.
type tally struct {
	intended, acked int
	latencies       *latencies
}

func (t *tally) add(o *tally) {
	t.intended += o.intended
	t.acked += o.acked
	t.latencies.add(o.latencies)
}

func newTally() *tally { return &tally{latencies: newLatencies(judgedDigits)} }

// phaseStats measures each phase, over all functions and for each. The load of
// all functions must have the phases' bounds.
func phaseStats(phases []phase, all phase, watches []*watch, functions []history.Function) []PhaseStats {
	names := append(append([]phase{}, phases...), all)
	total := make([]*tally, len(names))
	for i := range total {
		total[i] = newTally()
	}
	per := make([][]*tally, len(watches))
	for fn, w := range watches {
		if w.len() == 0 {
			continue
		}
		per[fn] = w.tallies(phases)
		for i, t := range per[fn] {
			total[i].add(t)
		}
	}
	out := []PhaseStats{}
	for i, p := range names {
		out = append(out, total[i].stats(p, ""))
		for fn, t := range per {
			if t != nil {
				out = append(out, t[i].stats(p, functions[fn].ID))
			}
		}
	}
	return out
}

// tallies counts the function's operations by phase; the last tally is of all.
func (w *watch) tallies(phases []phase) []*tally {
	out := make([]*tally, len(phases)+1)
	for i := range out {
		out[i] = newTally()
	}
	between := newTally()
	p := 0
	for k := range w.len() {
		at := w.intended(k)
		for p < len(phases) && at >= phases[p].to {
			p++
		}
		t := between
		if p < len(phases) && at >= phases[p].from {
			t = out[p]
		}
		t.intended++
		if w.acked(k) {
			t.acked++
			t.latencies.record(w.done(k) - at)
		}
	}
	all := out[len(phases)]
	all.add(between)
	for _, t := range out[:len(phases)] {
		all.add(t)
	}
	return out
}

func (t *tally) stats(p phase, function string) PhaseStats {
	q := t.latencies.summary()
	s := PhaseStats{
		Phase: p.name, Function: function, From: p.from, To: p.to, Intended: t.intended, Acked: t.acked,
		Availability: share(t.acked, t.intended), P50: q.p50, P95: q.p95, P99: q.p99, Max: q.max,
	}
	if d := p.to - p.from; d > 0 {
		s.Rate = float64(t.intended) / d.Seconds()
	}
	return s
}

// share is a part in percent, -1 of nothing.
func share(part, of int) float64 {
	if of == 0 {
		return -1
	}
	return 100 * float64(part) / float64(of)
}
