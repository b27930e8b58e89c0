package workload

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"bascule/harness/history"
)

// Summary is what a load did, apart from what the system made of it.
type Summary struct {
	Intended int // operations that the rate asked for
	Sent     int // of these, handed to the client in the form of a request
	Overrun  int // of these, never sent for lack of room: the load failed, not the system
	LagP50   time.Duration
	LagP99   time.Duration // from the intended time to the moment at which the operation began
	LagMax   time.Duration
}

// ledger is what a load remembers of its operations.
type ledger struct {
	intended, overrun int
	lag               *hdrhistogram.Histogram // microseconds
	last              history.Operation
	readable          ring
}

// lagMax is the longest lag that is told apart.
const lagMax = 10 * time.Minute

// newLedger makes an empty ledger.
func newLedger() ledger {
	return ledger{lag: hdrhistogram.New(1, lagMax.Microseconds(), 3), readable: newRing()}
}

// add takes an operation that is over.
func (l *ledger) add(op history.Operation, row uint64) {
	l.intended++
	if op.Err == ErrOverrun {
		l.overrun++
		return
	}
	lag := min(max(op.Sent-op.Intended, 0), lagMax)
	_ = l.lag.RecordValue(lag.Microseconds()) // cannot be out of range: it was cut to fit
	switch {
	case op.Outcome == history.Acked:
		if op.Done >= l.last.Done {
			l.last = op
		}
		if op.Kind == history.Write {
			l.readable.add(row)
		}
	case op.Kind == history.Read && op.Outcome == history.Rejected && op.Status != 0 && op.Status < 500:
		// The service says that the row is not there. Whether it was lost is
		// for the read-back to find; asking for it again and again would make a
		// service that works look as though it kept failing.
		l.readable.remove(row)
	}
}

// summary sums up.
func (l *ledger) summary() Summary {
	at := func(q float64) time.Duration { return time.Duration(l.lag.ValueAtQuantile(q)) * time.Microsecond }
	return Summary{
		Intended: l.intended, Sent: l.intended - l.overrun, Overrun: l.overrun,
		LagP50: at(50), LagP99: at(99), LagMax: time.Duration(l.lag.Max()) * time.Microsecond,
	}
}

// ring holds the ids acknowledged last, in which reads choose. It is bounded: a
// load of days must not fill the memory.
type ring struct {
	ids   []uint64
	where map[uint64]int
	next  int
}

// ringSize is how many acknowledged ids are remembered.
const ringSize = 1 << 16

// newRing makes an empty ring.
func newRing() ring { return ring{where: make(map[uint64]int)} }

// add remembers id, in the place of the oldest where the ring is full.
func (r *ring) add(id uint64) {
	if len(r.ids) < ringSize {
		r.where[id] = len(r.ids)
		r.ids = append(r.ids, id)
		return
	}
	r.next %= ringSize
	delete(r.where, r.ids[r.next])
	r.ids[r.next], r.where[id] = id, r.next
	r.next++
}

// remove forgets id.
func (r *ring) remove(id uint64) {
	i, ok := r.where[id]
	if !ok {
		return
	}
	end := len(r.ids) - 1
	r.ids[i] = r.ids[end]
	r.where[r.ids[i]] = i
	r.ids = r.ids[:end]
	delete(r.where, id)
}

// pick is one of the remembered ids, by a random number.
func (r *ring) pick(n uint64) (uint64, bool) {
	if len(r.ids) == 0 {
		return 0, false
	}
	return r.ids[n%uint64(len(r.ids))], true
}
