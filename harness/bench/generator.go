package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"bascule/harness/history"
	"bascule/harness/stage"
	"bascule/harness/workload"
)

// generatorRate is the rate of the goal, in operations a second.
const generatorRate = 5000

// generatorTries is how often the rate is run; the median by lag counts, since
// whatever else the machine does falls into some of them.
const generatorTries = 3

// rateReport is what a generator did at a rate.
type rateReport struct {
	intended, acked int
	lagP99          time.Duration
	cores, others   float64 // used by this process, and by everything else
}

// generator measures the load generator against a server in another process.
func generator(ctx context.Context, o options) ([]Row, error) {
	url, stop, err := startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	d := 5 * time.Second
	if o.quick {
		d = 2 * time.Second
	}
	tries := make([]rateReport, generatorTries)
	for i := range tries {
		if tries[i], err = measureRate(ctx, url, generatorRate, d); err != nil {
			return nil, err
		}
		if want := 0.99 * generatorRate * d.Seconds(); float64(tries[i].acked) < want {
			return nil, fmt.Errorf("%d operations of %.0f were acknowledged: the load did not reach its rate, so its cost says nothing", tries[i].acked, want)
		}
	}
	slices.SortFunc(tries, func(a, b rateReport) int { return cmp.Compare(a.lagP99, b.lagP99) })
	ours := tries[generatorTries/2]
	plain, err := measurePlain(ctx, url, generatorRate, d)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%d of %d operations acknowledged in %v; median of %d runs, lag p99 %.2f to %.2f ms; server in another process; %s",
		ours.acked, ours.intended, d, generatorTries, ms(tries[0].lagP99), ms(tries[generatorTries-1].lagP99), others(ours.others))
	// The ticker drops beats: what it sent is scaled to the same number.
	scaled := plain.cores * float64(ours.acked) / float64(max(plain.acked, 1))
	return []Row{
		{
			What: "generator, CPU at 5,000 op/s HTTP", Goal: "< 1 core", Unit: "cores",
			Measured: ours.cores, Alternative: scaled, AlternativeName: "net/http's client, a goroutine an operation",
			Met: ours.cores < 1, Limit: "a write and a read on a socket for each operation, mostly the kernel's time", Note: note,
		},
		{
			What: "generator, scheduling lag p99", Goal: "< 5 ms", Unit: "ms",
			Measured: ms(ours.lagP99), Alternative: ms(plain.lagP99), AlternativeName: "the same client on a time.Ticker, which drops beats and never catches up",
			Met: ours.lagP99 < 5*time.Millisecond, Limit: "the runtime's timers, whose grain is 1 ms, and who else wants the cores", Note: note,
		},
	}, nil
}

// benchWorkload is the load of the measurements.
func benchWorkload() stage.Workload {
	return stage.Workload{
		ID: "bench", Timeout: 2 * time.Second, ReadShare: 0.2,
		Write: stage.Request{Method: "POST", Path: "/orders", Body: `{"id": "{{.ID}}", "item": "item-{{.Seq}}", "quantity": 1}`,
			Header: map[string]string{"Content-Type": "application/json"}, OK: []int{200, 201}, Rejected: []int{503}},
		Read: stage.Request{Method: "GET", Path: "/orders/{{.ID}}", OK: []int{200}, Rejected: []int{404, 503}},
	}
}

// measureRate runs the load generator at rate for d. Nothing else may run in
// this process meanwhile.
func measureRate(ctx context.Context, url string, rate float64, d time.Duration) (rateReport, error) {
	start, id := time.Now(), uint64(0)
	before, err := useNow()
	if err != nil {
		return rateReport{}, err
	}
	l, err := workload.Start(ctx, workload.Config{
		Workload: benchWorkload(), BaseURL: url, Prefix: "bench", Rate: rate, Seed: 1,
		Clock: func() time.Duration { return time.Since(start) }, NextID: func() uint64 { id++; return id },
		Sink: func(history.Operation) {},
	})
	if err != nil {
		return rateReport{}, fmt.Errorf("start the load: %w", err)
	}
	if err := wait(ctx, d); err != nil {
		l.Stop(ctx)
		return rateReport{}, err
	}
	after, err := useNow()
	own, rest := before.cores(after)
	sum := l.Stop(ctx)
	return rateReport{
		intended: sum.Intended, acked: l.Acked(), lagP99: sum.LagP99, cores: own, others: rest,
	}, err
}

// measurePlain does the same with what is at hand in Go: a ticker, and the
// standard client with enough idle connections.
func measurePlain(ctx context.Context, url string, rate float64, d time.Duration) (rateReport, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: 10_000, MaxIdleConns: 10_000}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 2 * time.Second}
	var mu sync.Mutex
	lag, acked := hdrhistogram.New(1, 60_000_000, 3), 0
	send := func(n int, late time.Duration) {
		body := bytes.NewReader(fmt.Appendf(nil, `{"id": "bench-%d", "item": "item-%d", "quantity": 1}`, n, n))
		res, err := client.Post(url+"/orders", "application/json", body)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		mu.Lock()
		defer mu.Unlock()
		_ = lag.RecordValue(max(late.Microseconds(), 0)) // a minute at most: d is seconds
		if err == nil {
			acked++
		}
	}
	before, err := useNow()
	if err != nil {
		return rateReport{}, err
	}
	var ops sync.WaitGroup
	start := time.Now()
	tick := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer tick.Stop()
	n := 0
	for ; time.Since(start) < d && ctx.Err() == nil; n++ {
		<-tick.C
		due := time.Duration(float64(n) / rate * float64(time.Second))
		ops.Go(func() { send(n, time.Since(start)-due) })
	}
	after, err := useNow()
	own, rest := before.cores(after)
	ops.Wait()
	return rateReport{
		intended: n, acked: acked, lagP99: time.Duration(lag.ValueAtQuantile(99)) * time.Microsecond,
		cores: own, others: rest,
	}, errors.Join(err, ctx.Err())
}

// wait waits for d.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ms is d in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
