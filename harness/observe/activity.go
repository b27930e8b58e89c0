package observe

import (
	"context"
	"sync"
	"time"

	"bascule/harness/stage"
	"bascule/harness/workload"
)

// What Activity reports of a site.
const (
	Writable    = "yes"
	NotWritable = "no"
	NotKnown    = "unknown" // no answer: the site may be lost, cut off, or slow
)

// Activity asks each site's store, again and again, whether it would take a
// write. Two sites that say yes at once are a split brain: that is for the
// analysis to find; here it is only recorded. It never writes, and it holds no
// connection between two looks: one held would delay a store's own stop.
type Activity struct {
	Store stage.Store
	Addrs map[string]string // site -> host:port of its store
	// Report is told on change and every Repeat, from one goroutine a site. until
	// is when the last look that said otherwise began: up to there the former
	// state is known, between there and now nothing is. Zero for the first.
	Report   func(site, writable string, until time.Time)
	Interval time.Duration // between two looks; default 500 ms
	Bound    time.Duration // of one look, connecting included; default 300 ms
	Repeat   time.Duration // default 5 s
}

// Run looks until ctx ends. Sites are looked at apart: one that is silent does
// not hold up the others.
func (a Activity) Run(ctx context.Context) {
	if a.Interval <= 0 {
		a.Interval = 500 * time.Millisecond
	}
	if a.Bound <= 0 {
		a.Bound = 300 * time.Millisecond
	}
	if a.Repeat <= 0 {
		a.Repeat = 5 * time.Second
	}
	var sites sync.WaitGroup
	for site, addr := range a.Addrs {
		sites.Go(func() { a.watch(ctx, site, addr) })
	}
	sites.Wait()
}

// watch looks at one site.
func (a Activity) watch(ctx context.Context, site, addr string) {
	tick := time.NewTicker(a.Interval)
	defer tick.Stop()
	var said string
	var at, looked time.Time
	for {
		began := time.Now()
		now := a.look(ctx, addr)
		if ctx.Err() != nil {
			return // a look cut short by the end says nothing of the site
		}
		if now != said || time.Since(at) >= a.Repeat {
			a.Report(site, now, looked)
			said, at = now, time.Now()
		}
		looked = began
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look is one look.
func (a Activity) look(ctx context.Context, addr string) string {
	ctx, cancel := context.WithTimeout(ctx, a.Bound)
	defer cancel()
	switch ok, err := workload.StoreWritable(ctx, a.Store, addr); {
	case err != nil:
		return NotKnown
	case ok:
		return Writable
	}
	return NotWritable
}
