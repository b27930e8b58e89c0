package analysis

import (
	"slices"
	"time"

	"bascule/harness/history"
)

// The rules of recovery: an operation is bad when it was not acknowledged, or
// when the function stood still from the instant at which it was sent:
//
//	intended  | good | bad | bad | good | bad | good good good good good ...
//	                   ^                   ^    ^
//	                   from                last k: the first of the stable run
//
// The function is back at the earliest answer after the last bad operation was
// sent, to any that was sent after the last one that failed: one that waited
// through a standstill and is answered at its end tells the end, even where those
// sent last are answered last.

const (
	// stableOps is how many operations a stable run has at least.
	stableOps = 20
	// defaultStability is how long it lasts at least, where the header says nothing.
	defaultStability = 2 * time.Second
	// shortestStall is the shortest standstill without a failure that counts as
	// an interruption. The other bound is stallFactor times the normal latency.
	shortestStall = 250 * time.Millisecond
	stallFactor   = 10
	// shortestReturn is how long service must have been back for its going again
	// to count as one more failure, and not as a single operation that passed.
	shortestReturn = 500 * time.Millisecond
)

// outage is an interruption with what else is known of it.
type outage struct {
	from, last int           // the first and the last bad operation
	lastFailed int           // the last that was not acknowledged; -1: none
	fromAt     time.Duration // intended time of the first bad one
	failed     int           // operations that were not acknowledged
	closed     bool          // a stable run follows
	back       time.Duration // first answer of the run that follows; of one too short to be called stable where not closed
	answered   bool          // there is such a run
	stableAt   time.Duration
	returns    int // how often service was back for a moment, but did not stay
}

// watch is a function under observation.
type watch struct {
	calls
	normal    time.Duration // see calls.normal
	stability time.Duration
	bad       []int32         // the bad operations
	answers   []time.Duration // of all operations, in order; made where something is bad
	outages   []outage
}

func newWatch(c calls, before, stability time.Duration) *watch {
	if stability <= 0 {
		stability = defaultStability
	}
	w := &watch{calls: c, normal: c.normal(before), stability: stability}
	w.findBad()
	w.findOutages()
	return w
}

// findBad lists the bad operations. answered is the earliest answer to this
// operation or a later one: if it is long after this one was sent, and nothing
// sent earlier was answered meanwhile either, then the function stood still. One
// that answers late, but steadily, is slow and not down.
func (w *watch) findBad() {
	stall := max(shortestStall, stallFactor*w.normal)
	var answered time.Duration
	known := false
	for k := w.len() - 1; k >= 0; k-- {
		if w.acked(k) {
			if d := w.done(k); !known || d < answered {
				answered, known = d, true
			}
			if answered-w.sent(k) <= stall {
				continue
			}
			if next, ok := w.answerAfter(w.sent(k)); ok && next-w.sent(k) <= stall {
				continue
			}
		}
		w.bad = append(w.bad, int32(k))
	}
	for i, j := 0, len(w.bad)-1; i < j; i, j = i+1, j-1 {
		w.bad[i], w.bad[j] = w.bad[j], w.bad[i]
	}
}

// findOutages joins bad operations that no stable run separates.
func (w *watch) findOutages() {
	for p := 0; p < len(w.bad); {
		o := outage{from: int(w.bad[p]), fromAt: w.intended(int(w.bad[p])), lastFailed: -1}
		for ; p < len(w.bad) && !o.closed; p++ {
			o.last = int(w.bad[p])
			if !w.acked(o.last) {
				o.failed++
				o.lastFailed = o.last
			}
			next := w.len()
			if p+1 < len(w.bad) {
				next = int(w.bad[p+1])
			}
			w.close(&o, next)
			if !o.closed && o.answered && w.goesAgain(p+1) && w.intended(next)-o.back >= shortestReturn {
				o.returns++
			}
		}
		w.outages = append(w.outages, o)
	}
}

// answerAfter is the first answer at or after an instant, to any operation.
func (w *watch) answerAfter(t time.Duration) (time.Duration, bool) {
	if w.answers == nil {
		w.answers = w.calls.answers()
	}
	i, _ := slices.BinarySearch(w.answers, t)
	if i == len(w.answers) {
		return 0, false
	}
	return w.answers[i], true
}

// close decides whether the run of good operations behind o.last, which ends
// before operation next, is stable.
func (w *watch) close(o *outage, next int) {
	k := o.last + 1
	if k == next {
		o.answered = false
		return
	}
	o.back, o.answered = w.firstAnswer(max(o.from, o.lastFailed+1), next, w.sent(o.last))
	until := w.end()
	if next < w.len() {
		until = w.intended(next)
	}
	if !o.answered || next-k < stableOps || until-o.back < w.stability {
		return
	}
	o.closed = true
	o.stableAt = max(o.back+w.stability, w.done(k+stableOps-1))
}

// goesAgain tells whether bad operation p is the first of three in a row: the
// service went again, and not just one operation of many.
func (w *watch) goesAgain(p int) bool {
	return p+2 < len(w.bad) && w.bad[p+2]-w.bad[p] == 2
}

// interruption is the outage as the result tells it.
func (w *watch) interruption(o outage) Interruption {
	i := Interruption{From: o.fromAt, To: o.back, Failed: o.failed}
	if !o.closed {
		i.To, i.Open = max(w.end(), o.fromAt), true
	}
	return i
}

// stability is the length of the stable run that the history asks for.
func stability(h history.Header) time.Duration {
	if h.Stability <= 0 {
		return defaultStability
	}
	return h.Stability
}
