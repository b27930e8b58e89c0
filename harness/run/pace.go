package run

import (
	"sync/atomic"
	"time"

	"bascule/harness/history"
)

// An answer is late when it takes both this long and so many times what answers
// take when all is well. The analysis's bounds of a standstill are as wide or wider.
const (
	lateAfter  = 250 * time.Millisecond
	lateFactor = 10
)

// pace is how fast answers come. It is safe for concurrent use.
type pace struct {
	settled atomic.Bool // what is normal is known
	sum, n  atomic.Int64
	late    atomic.Int64 // scenario time of the end of the last late answer
}

// settle ends the time in which all is well.
func (p *pace) settle() { p.settled.Store(true) }

// take looks at an operation that has ended.
func (p *pace) take(op history.Operation) {
	took := op.Done - op.Intended
	switch {
	case op.Outcome != history.Acked:
	case !p.settled.Load():
		p.sum.Add(int64(took))
		p.n.Add(1)
	case took > max(lateAfter, lateFactor*p.normal()):
		p.late.Store(int64(op.Done)) // answers come nearly in order
	}
}

// normal is the mean of what answers took while all was well.
func (p *pace) normal() time.Duration {
	n := p.n.Load()
	if n == 0 {
		return 0
	}
	return time.Duration(p.sum.Load() / n)
}
