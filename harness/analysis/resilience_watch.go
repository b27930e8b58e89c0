package analysis

import (
	"slices"
	"time"

	"bascule/harness/history"
)

// fastEnough is how long an answer may take, and which share of them must be in
// time: as the scenario asks of the function, else as it was when all was well.
func (j *judge) fastEnough(fn int) (limit time.Duration, percent float64) {
	w := j.watches[fn]
	limit, percent = max(shortestStall, stallFactor*w.normal), leastFast
	for _, e := range j.h.Header.Expect {
		if e.Kind == history.ExpectLatency && (e.Function == "" || e.Function == j.h.Header.Functions[fn].ID) && e.Within < limit {
			limit, percent = e.Within, e.Percent
		}
	}
	return limit, percent
}

// withSlow is the same function with its slow answers between two instants taken
// for bad ones.
func (w *watch) withSlow(limit, from, until time.Duration) *watch {
	out := &watch{calls: w.calls, normal: w.normal, stability: w.stability, bad: slices.Clone(w.bad), answers: w.answers}
	for k := w.from(from); k < w.len() && w.intended(k) < until; k++ {
		if w.acked(k) && w.done(k)-w.intended(k) > limit {
			out.bad = append(out.bad, int32(k))
		}
	}
	slices.Sort(out.bad)
	out.bad = slices.Compact(out.bad)
	out.findOutages()
	return out
}

// failedBetween counts the operations that were not acknowledged: under way at
// from, or sent after it, and over by until.
func (w *watch) failedBetween(from, until time.Duration) (n int) {
	for k := range w.len() {
		if w.sent(k) >= until {
			break
		}
		if !w.acked(k) && w.done(k) > from && w.done(k) <= until {
			n++
		}
	}
	return n
}

// failingBetween is the share of the operations intended in a stretch that were
// not acknowledged, in percent.
func (w *watch) failingBetween(from, until time.Duration) float64 {
	n, failed := 0, 0
	for k := w.from(from); k < w.len() && w.intended(k) < until; k++ {
		n++
		if !w.acked(k) {
			failed++
		}
	}
	return share(failed, n)
}

// ofLoss is the interruptions that a loss brought about: those that began while
// the thing was lost, and those that began when it came back. What was under way
// when the next thing was lost went with that one.
func (w *watch) ofLoss(x fault, until time.Duration) (during, after []outage) {
	for _, o := range w.outages {
		k, ok := w.beginsAfter(o, x.injecting)
		switch {
		case !ok || w.sent(k) >= until || w.sent(k) >= x.undoing && w.done(k) > until:
		case w.sent(k) < x.undoing:
			during = append(during, o)
		default:
			after = append(after, o)
		}
	}
	return during, after
}

// until is the end of the interruption, or end where it has none before.
func (o outage) until(end time.Duration) time.Duration {
	if o.closed {
		return min(o.back, end)
	}
	return end
}

// fellDown tells whether most operations failed for a while in interruption o,
// from its first failure after from up to end. Slow answers are none that failed.
func (w *watch) fellDown(hurt *watch, o outage, from, end time.Duration) bool {
	first, _ := hurt.beginsAfter(o, from)
	if end-w.sent(first) < shortestDown {
		return false
	}
	n, bad := 0, 0
	p, _ := slices.BinarySearch(w.bad, int32(first))
	for k := first; k < w.len() && w.intended(k) < end; k++ {
		n++
		for p < len(w.bad) && int(w.bad[p]) < k {
			p++
		}
		if p < len(w.bad) && int(w.bad[p]) == k {
			bad++
		}
	}
	return share(bad, n) >= mostFailed
}
