package analysis

import (
	"math"
	"slices"
	"time"

	"bascule/harness/history"
)

// recovery is a Recovery with what the judgement needs beside it.
type recovery struct {
	Recovery
	title     history.Text
	seen      bool          // the load went on long enough after the fault to tell
	candidate time.Duration // answer after which the load ended too early to call it stable; 0: none
	lastSeen  time.Duration // end of the load
	beganAt   time.Duration // sending of the first bad operation
	later     []recovery    // after further interruptions of the same fault
}

// recoveries measures the return from each fault. A fault owns what begins after
// it and before the next fault, or before people move service back. A function
// that was still down from an earlier fault is down from the later one too: its
// return is measured from both.
func (f *facts) recoveries(w *watch, function string) []recovery {
	faults := f.injected()
	out := make([]recovery, 0, len(faults))
	for i, x := range faults {
		until := time.Duration(math.MaxInt64)
		if i+1 < len(faults) {
			until = faults[i+1].injecting
		}
		for _, r := range f.runbooks {
			if r.purpose == "failback" && r.start > x.injected {
				until = min(until, r.start)
			}
		}
		out = append(out, f.recovery(w, function, x, until))
	}
	return out
}

func (f *facts) recovery(w *watch, function string, x fault, until time.Duration) recovery {
	none := recovery{title: x.title, lastSeen: w.end()}
	none.Recovery = Recovery{Fault: x.id, FaultAt: x.injected}
	n := w.len() - w.from(x.injected)
	none.seen = n >= stableOps && w.end()-x.injected >= w.stability
	r := none
	first := true
	for _, o := range w.outages {
		begins, ok := w.beginsAfter(o, x.injecting)
		if !ok {
			continue
		}
		if w.sent(begins) >= until {
			break
		}
		m := f.measure(w, function, x, o, none)
		m.beganAt, m.later = w.sent(begins), nil
		if first {
			r, first = m, false
		} else {
			r.later = append(r.later, m)
		}
	}
	return r
}

// beginsAfter is the first bad operation of o that was under way at the instant
// t, or was sent after it.
func (w *watch) beginsAfter(o outage, t time.Duration) (int, bool) {
	p, _ := slices.BinarySearch(w.bad, int32(o.from))
	for ; p < len(w.bad) && int(w.bad[p]) <= o.last; p++ {
		if k := int(w.bad[p]); w.done(k) > t {
			return k, true
		}
	}
	return 0, false
}

// measure fills in the return from outage o after fault x.
func (f *facts) measure(w *watch, function string, x fault, o outage, r recovery) recovery {
	r.Interrupted = true
	limit := w.end()
	if o.answered {
		r.candidate = o.back
	}
	if o.closed {
		r.Recovered = true
		r.FirstAt, r.StableAt = o.back, o.stableAt
		r.Time = o.back - x.injected
		r.Error = o.back - max(w.lastSilence(o, x.injecting), x.injecting) + (x.injected - x.injecting)
		if r.Error < 0 {
			r.Error = 0
		}
		limit = o.back
	}
	f.parts(&r.Recovery, function, x, limit)
	return r
}

// lastSilence is the latest instant at which the function is known not to have
// been back: the latest sending, before the return, of an operation that failed,
// or after which nothing at all was answered for longer than is normal: twice the
// usual latency, or twice the spacing of operations.
func (w *watch) lastSilence(o outage, from time.Duration) time.Duration {
	latest, pause := from, 2*max(w.normal, w.spacing())
	for k := w.from(o.back) - 1; k >= 0; k-- {
		s := w.sent(k)
		if s >= o.back {
			continue
		}
		if s > latest {
			if next, ok := w.answerAfter(s); !w.acked(k) || ok && next-s > pause {
				latest = s
			}
		}
		if k < o.from || w.intended(k) < from {
			break
		}
	}
	return latest
}

// parts finds when the fault was detected, decided upon and acted upon, up to
// the return. A fault may bite, and be noticed, while it is still being put in
// force: that counts as noticed at once.
func (f *facts) parts(r *Recovery, function string, x fault, until time.Duration) {
	from := x.injecting
	for _, e := range f.of(history.Detected) {
		if r.DetectedAt == 0 && e.At >= from && e.At <= until && (e.Subject == function || e.Subject == "") {
			r.DetectedAt = max(e.At, x.injected)
		}
	}
	failover := false
	for _, d := range f.decisions {
		if !d.made || d.at < from || d.at > until || d.kind == "failback" {
			continue
		}
		if r.DecidedAt == 0 || d.kind == "failover" && !failover {
			r.DecidedAt, failover = d.at, d.kind == "failover"
		}
	}
	for _, b := range f.runbooks {
		for _, s := range b.steps {
			if s.ended && s.outcome != "skipped" && s.end >= from && s.end <= until {
				r.ActedAt = max(r.ActedAt, s.end)
			}
		}
	}
}
