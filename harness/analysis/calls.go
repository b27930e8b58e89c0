package analysis

import (
	"slices"
	"time"

	"bascule/harness/history"
)

// calls is the operations of one function, by intended time.
type calls struct {
	ops *history.Ops
	idx []int32 // nil: every operation
}

// split sorts the operations by function. Those of a function that the header
// does not know are left out of every function, but not of the ledger.
func split(ops *history.Ops, functions int) []calls {
	counts := make([]int, functions)
	for i := range ops.Len() {
		if fn := int(ops.Function(i)); fn < functions {
			counts[fn]++
		}
	}
	out := make([]calls, functions)
	for fn := range out {
		out[fn].ops = ops
		if counts[fn] != ops.Len() {
			out[fn].idx = make([]int32, 0, counts[fn])
		}
	}
	for i := range ops.Len() {
		if fn := int(ops.Function(i)); fn < functions && out[fn].idx != nil {
			out[fn].idx = append(out[fn].idx, int32(i))
		}
	}
	return out
}

func (c calls) len() int {
	if c.idx != nil {
		return len(c.idx)
	}
	return c.ops.Len()
}

func (c calls) i(k int) int {
	if c.idx != nil {
		return int(c.idx[k])
	}
	return k
}

func (c calls) acked(k int) bool             { return c.ops.Outcome(c.i(k)) == history.Acked }
func (c calls) intended(k int) time.Duration { return c.ops.Intended(c.i(k)) }
func (c calls) sent(k int) time.Duration     { return c.ops.Sent(c.i(k)) }
func (c calls) done(k int) time.Duration     { return c.ops.Done(c.i(k)) }

// from is the first operation intended at t or later.
func (c calls) from(t time.Duration) int {
	lo, hi := 0, c.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if c.intended(mid) < t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// end is the instant up to which the load says something: one operation's
// spacing after the last one.
func (c calls) end() time.Duration {
	n := c.len()
	if n == 0 {
		return 0
	}
	return c.intended(n-1) + c.spacing()
}

// spacing is how far apart operations are; 0 of less than two.
func (c calls) spacing() time.Duration {
	n := c.len()
	if n < 2 {
		return 0
	}
	return (c.intended(n-1) - c.intended(0)) / time.Duration(n-1)
}

// normal is the 99th percentile of the latency of what was acknowledged before
// t: what this function takes when all is well. 0 where nothing is known.
func (c calls) normal(t time.Duration) time.Duration {
	h := newLatencies(judgedDigits)
	for k := range c.len() {
		if c.intended(k) >= t {
			break
		}
		if c.acked(k) {
			h.record(c.done(k) - c.intended(k))
		}
	}
	return h.summary().p99
}

// firstAnswer is the earliest end, not before an instant, of an acknowledged
// operation among those from index k to before index end.
func (c calls) firstAnswer(k, end int, notBefore time.Duration) (first time.Duration, known bool) {
	for ; k < end && !(known && c.intended(k) >= first); k++ { // nothing that starts later can end earlier
		if d := c.done(k); c.acked(k) && d >= notBefore && (!known || d < first) {
			first, known = d, true
		}
	}
	return first, known
}

// answers are the instants at which operations were acknowledged, in order.
func (c calls) answers() []time.Duration {
	out := slices.Grow([]time.Duration(nil), c.len())
	for k := range c.len() {
		if c.acked(k) {
			out = append(out, c.done(k))
		}
	}
	slices.Sort(out)
	return out
}
