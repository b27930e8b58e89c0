// Package workload puts an open-loop HTTP load on a system, tells of every
// operation what its client knows (done, not done, no answer), and counts
// afterwards, through the service and straight from the store, which rows are
// really there.
//
//	pacer --(operation n is due at start + n/rate, come what may)--> one goroutine an operation
//	                                                                   |  client: one request, at most once
//	ring of acknowledged ids <--- Acked --- outcome ---> Sink          v
package workload

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bascule/harness/history"
	"bascule/harness/stage"
)

// Config is a load. All fields but Rate, Seed, Function and Site are needed.
type Config struct {
	Workload stage.Workload
	Function uint8                   // index into history.Header.Functions
	BaseURL  string                  // of the entry, "http://host:port"
	Prefix   string                  // of every row id: "<prefix>-<number>"; letters, digits, dots and dashes
	Rate     float64                 // operations a second; 0: the workload's
	Clock    func() time.Duration    // monotonic since the start of the scenario
	Seed     int64                   // of the choice between reads and writes
	NextID   func() uint64           // unique in the scenario; called by one goroutine a load
	Site     func() string           // that the entry points to; called by one goroutine a load
	Sink     func(history.Operation) // takes every operation once, done or not; one call at a time a load
}

// Load is a load that runs.
type Load struct {
	cfg     Config
	req     requests
	client  *client
	rate    float64
	maximum int64 // operations in flight
	started time.Duration
	halt    context.CancelFunc
	paced   chan struct{} // closed when nothing more is intended
	ops     sync.WaitGroup
	flying  atomic.Int64
	acked   atomic.Int64

	sink sync.Mutex // held over Sink, so that calls come one at a time

	mu     sync.Mutex // never held over Sink: a slow sink must not hold up the pacer
	ledger ledger
}

// Start checks cfg and puts the load on. It goes on until Stop, or until ctx
// ends; Stop is to be called in either case, for what is still in flight.
func Start(ctx context.Context, cfg Config) (*Load, error) {
	rate := cfg.Rate
	if rate == 0 {
		rate = cfg.Workload.Rate
	}
	// The upper bound keeps the in-flight bound and the pacing within reason.
	if !(rate > 0 && rate <= 1e6) {
		return nil, fmt.Errorf("workload %s: rate %v: want more than 0 and at most 1000000 operations a second", cfg.Workload.ID, rate)
	}
	if err := checkPrefix(cfg.Prefix); err != nil {
		return nil, fmt.Errorf("workload %s: %w", cfg.Workload.ID, err)
	}
	if cfg.Clock == nil || cfg.NextID == nil || cfg.Sink == nil {
		return nil, fmt.Errorf("workload %s: %w", cfg.Workload.ID, errors.New("a clock, a source of ids and a sink are needed"))
	}
	to, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("workload %s: %w", cfg.Workload.ID, err)
	}
	req, err := prepareAll(cfg.Workload, to)
	if err != nil {
		return nil, err
	}
	if cfg.Site == nil {
		cfg.Site = func() string { return "" }
	}
	maximum := int64(rate*cfg.Workload.Timeout.Seconds()*1.5 + 100)
	pacing, halt := context.WithCancel(ctx)
	l := &Load{
		cfg: cfg, req: req, client: newClient(to, int(maximum)), rate: rate, maximum: maximum,
		halt: halt, paced: make(chan struct{}), ledger: newLedger(), started: cfg.Clock(),
	}
	go l.pace(pacing)
	return l, nil
}

// checkPrefix keeps ids fit for a URL, a JSON string, a shell and a LIKE.
func checkPrefix(p string) error {
	bad := strings.ContainsFunc(p, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.')
	})
	if p == "" || bad || len(p) > 64 {
		return fmt.Errorf("prefix %q: want 1 to 64 letters, digits, dots and dashes", p)
	}
	return nil
}

// pace intends operation n at start + n/rate, whatever became of those before.
// When it was held up it catches up at once: each operation keeps its own
// intended time, so the delay shows as lag and counts as latency.
func (l *Load) pace(ctx context.Context) {
	defer close(l.paced)
	rnd := rand.New(rand.NewPCG(uint64(l.cfg.Seed), uint64(l.cfg.Function)))
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := 0; ; n++ {
		due := l.started + time.Duration(float64(n)/l.rate*float64(time.Second))
		for wait := due - l.cfg.Clock(); wait > 0; wait = due - l.cfg.Clock() {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
		}
		if ctx.Err() != nil {
			return
		}
		l.intend(due, rnd)
	}
}

// intend begins one operation, or records that there was no room for it.
func (l *Load) intend(due time.Duration, rnd *rand.Rand) {
	op := history.Operation{
		ID: l.cfg.NextID(), Kind: history.Write, Function: l.cfg.Function,
		Intended: due, Site: l.cfg.Site(),
	}
	row := op.ID
	// Both draws are made for every operation, so that the sequence of kinds
	// does not depend on when the first acknowledgement came.
	share, pick := rnd.Float64(), rnd.Uint64()
	if share < l.cfg.Workload.ReadShare {
		if id, ok := l.readable(pick); ok {
			op.Kind, row = history.Read, id
		}
	}
	l.ops.Add(1)
	if l.flying.Add(1) > l.maximum {
		op.Sent = l.cfg.Clock()
		op.Done, op.Outcome, op.Err = op.Sent, history.Rejected, ErrOverrun
		go l.finish(op, row)
		return
	}
	go l.run(op, row)
}

// run carries out one operation.
func (l *Load) run(op history.Operation, row uint64) {
	op.Sent = l.cfg.Clock()
	deadline := time.Now().Add(l.cfg.Workload.Timeout)
	r := l.req.write
	if op.Kind == history.Read {
		r = l.req.read
	}
	v := values{ID: l.cfg.Prefix + "-" + strconv.FormatUint(row, 10), Seq: row, Prefix: l.cfg.Prefix}
	status, written, err := l.client.do(r, v, deadline)
	op.Done = l.cfg.Clock()
	op.Status = uint16(status)
	if err != nil {
		op.Outcome, op.Err = outcomeOf(err, written)
	} else {
		op.Outcome, op.Err = r.judge(status)
	}
	l.finish(op, row)
}

// finish hands the operation on.
func (l *Load) finish(op history.Operation, row uint64) {
	if op.Outcome == history.Acked {
		l.acked.Add(1)
	}
	l.mu.Lock()
	l.ledger.add(op, row)
	l.mu.Unlock()
	l.sink.Lock()
	l.cfg.Sink(op)
	l.sink.Unlock()
	l.flying.Add(-1)
	l.ops.Done()
}

// readable picks an acknowledged id.
func (l *Load) readable(pick uint64) (uint64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ledger.readable.pick(pick)
}

// Acked is how many operations were acknowledged so far.
func (l *Load) Acked() int { return int(l.acked.Load()) }

// LastAcked is the operation that was acknowledged last; ok is false before the
// first.
func (l *Load) LastAcked() (op history.Operation, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ledger.last, l.ledger.last.Outcome == history.Acked
}

// Stop intends nothing more, waits for what is in flight, at most the client's
// patience, and sums up. After ctx it does not wait but closes the connections;
// what was under way is then recorded as "cancelled". Sink is not called after
// Stop returned. A second Stop returns the same.
func (l *Load) Stop(ctx context.Context) Summary {
	l.halt()
	<-l.paced
	landed := make(chan struct{})
	go func() { l.ops.Wait(); close(landed) }()
	// Every operation has a deadline of its own; the bound here is for a
	// machine so busy that deadlines are served late.
	patience := time.NewTimer(l.cfg.Workload.Timeout + time.Second)
	defer patience.Stop()
	select {
	case <-landed:
	case <-ctx.Done():
	case <-patience.C:
	}
	l.client.shutdown()
	<-landed
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ledger.summary()
}
