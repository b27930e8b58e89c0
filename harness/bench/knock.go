package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Times of knocks.
const (
	knockEvery    = 500 * time.Microsecond
	knockPatience = 50 * time.Millisecond  // an open door answers sooner by far, on a busy machine, too
	knockBound    = 100 * time.Millisecond // for the first answer, once the change is confirmed
)

// instants are two between which something happened, on the clock of the bench.
type instants struct{ from, to time.Duration }

// within gives what both say. That they have nothing in common is an error.
func (a instants) within(b instants) (instants, error) {
	both := instants{max(a.from, b.from), min(a.to, b.to)}
	if both.from > both.to {
		return both, fmt.Errorf("%v to %v against %v to %v, which have nothing in common", a.from, a.to, b.from, b.to)
	}
	return both, nil
}

// knocks are connections that are opened to an address one after another, to see
// when it begins to answer: the kernel confirms a change some milliseconds after
// it has made it. Neither who makes the change is asked, nor the load.
type knocks struct {
	stop   context.CancelFunc
	all    sync.WaitGroup
	opened chan struct{} // closed with the first answer

	mu       sync.Mutex
	answered time.Duration // when the first answer was there; 0: none came
	silent   time.Duration // when the last was begun that was not answered
}

// startKnocking knocks until something answers. Nil where that would tell
// nothing: something answers there already, though what is behind is closed.
func startKnocking(ctx context.Context, address string) *knocks {
	k := &knocks{opened: make(chan struct{})}
	ctx, k.stop = context.WithCancel(ctx)
	if k.knock(ctx, address); k.answered > 0 {
		k.stop()
		return nil
	}
	k.all.Go(func() {
		tick := time.NewTicker(knockEvery)
		defer tick.Stop()
		for {
			k.all.Go(func() { k.knock(ctx, address) })
			select {
			case <-tick.C:
			case <-k.opened:
				return
			case <-ctx.Done():
				return
			}
		}
	})
	return k
}

// knock opens one connection.
func (k *knocks) knock(ctx context.Context, address string) {
	began := monotonic()
	d := net.Dialer{Timeout: knockPatience}
	c, err := d.DialContext(ctx, "tcp", address)
	answered := monotonic()
	if err == nil {
		c.Close()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err != nil && ctx.Err() != nil: // it was given up
	case err != nil:
		k.silent = max(k.silent, began)
	case k.answered == 0:
		k.answered = answered
		close(k.opened)
	default:
		k.answered = min(k.answered, answered)
	}
}

// end tells between which instants the address began to answer; false when it did
// not. Knocks under way have their time.
func (k *knocks) end() (instants, bool) {
	timer := time.NewTimer(knockBound)
	defer timer.Stop()
	select {
	case <-k.opened:
	case <-timer.C:
		k.stop()
	}
	k.all.Wait()
	k.stop()
	return instants{k.silent, k.answered}, k.answered > 0
}
