package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
	"bascule/harness/workload"
)

// What the goal says of the scripted outages.
const (
	outageRate     = 200 // operations a second
	outageShortest = 50 * time.Millisecond
	outageLongest  = 10 * time.Second
	outageError    = 10 * time.Millisecond
	// A short freeze is slowness: all is answered in the end, and the analysis
	// calls it an interruption only from ten times the normal latency on.
	freezeShortest = time.Second
	outageParallel = 4 // together 800 op/s, a fraction of a core
	outageBefore   = 1500 * time.Millisecond
	outageAfter    = 2500 * time.Millisecond // more than the stability window
	probeEvery     = time.Second             // of the alternative
)

// outage is one scripted outage and what was made of it.
type outage struct {
	how      mode
	rate     int // operations a second
	length   time.Duration
	phase    time.Duration // later than outageBefore: so that no beat falls together with the fault
	true     time.Duration
	doubt    time.Duration // of true, either way
	measured time.Duration
	stated   time.Duration // error that the analysis states
	probed   time.Duration // by the alternative
	missed   bool          // the analysis found no interruption, or no return
	err      error
}

// recovery measures the error of the measured recovery time: outages of known
// length, seen through the real path of workload, history file and analysis.
func recovery(ctx context.Context, o options) ([]Row, error) {
	count := 100
	if o.quick {
		count = 20
	}
	dir, err := os.MkdirTemp("", "bascule-bench-")
	if err != nil {
		return nil, fmt.Errorf("folder for the histories: %w", err)
	}
	defer os.RemoveAll(dir)
	outages := script(count, outageRate, outageLongest)
	rest, err := playAll(ctx, outages, outageParallel, dir, o)
	if err != nil {
		return nil, err
	}
	return judge(outages, others(rest))
}

// playAll plays the outages, so many at a time, and tells how many cores
// everything else on the machine used meanwhile.
func playAll(ctx context.Context, outages []outage, parallel int, dir string, o options) (rest float64, err error) {
	before, err := useNow()
	if err != nil {
		return 0, err
	}
	room := make(chan struct{}, parallel)
	var all sync.WaitGroup
	for i := range outages {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			outages[i].err = outages[i].play(ctx, i, dir)
		})
	}
	all.Wait()
	after, err := useNow()
	if err != nil {
		return 0, err
	}
	_, rest = before.cores(after)
	tell(o, outages)
	return rest, nil
}

// tell tells every outage, where that is wanted.
func tell(o options, outages []outage) {
	if !o.verbose {
		return
	}
	for _, x := range outages {
		fmt.Fprintf(os.Stderr, "%-7s %4d/s true %9.1f ms  off %+7.2f ms  stated ± %6.2f ms  probed off %+8.1f ms  %v\n",
			x.how, x.rate, ms(x.true), ms(x.measured-x.true), ms(x.stated), ms(x.probed-x.true), x.err)
	}
}

// script is the list of outages: lengths spread evenly on a logarithmic scale,
// modes in turn, in a random order that is the same every time.
func script(count, rate int, longest time.Duration) []outage {
	modes := []mode{refuse, silent, freeze}
	out := make([]outage, count)
	for i := range out {
		x := float64(i) / float64(count-1)
		length := time.Duration(float64(outageShortest) * math.Pow(float64(longest)/float64(outageShortest), x))
		how := modes[i%len(modes)]
		if how == freeze && length < freezeShortest {
			how = silent
		}
		out[i] = outage{how: how, rate: rate, length: length}
	}
	rnd := rand.New(rand.NewPCG(1, uint64(rate))) // of rates that are played at once, no two do the same
	for i := range out {
		out[i].phase = time.Duration(rnd.Int64N(int64(probeEvery)))
	}
	rnd.Shuffle(count, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// play plays one outage and measures it.
func (o *outage) play(ctx context.Context, n int, dir string) (err error) {
	server, err := startScripted(ctx, n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	return o.against(ctx, server, n, dir)
}

// truthful is a service whose outages are of known length.
type truthful interface {
	url() string
	// tell does "fail <mode>" or "restore", and returns the instant of monotonic
	// at which that was so.
	tell(ctx context.Context, command string) (time.Duration, error)
}

// against plays the outage on a service and measures it.
func (o *outage) against(ctx context.Context, server truthful, n int, dir string) error {
	start := monotonic()
	clock := func() time.Duration { return monotonic() - start }
	path := filepath.Join(dir, strconv.Itoa(n)+".jsonl")
	w, err := history.Create(path, outageHeader(n, o.rate), clock)
	if err != nil {
		return fmt.Errorf("history of outage %d: %w", n, err)
	}
	if err := errors.Join(o.record(ctx, server, w, start), w.Close()); err != nil {
		return fmt.Errorf("outage %d (%s, %v): %w", n, o.how, o.length, err)
	}
	h, err := history.ReadFile(path)
	if err != nil {
		return fmt.Errorf("history of outage %d: %w", n, err)
	}
	r := analysis.Analyze(h)
	if len(r.Functions) != 1 || len(r.Functions[0].Recoveries) != 1 {
		return fmt.Errorf("outage %d (%s, %v): the analysis did not see the fault", n, o.how, o.length)
	}
	// An outage that was not noticed stays at 0: an error as long as itself.
	found := r.Functions[0].Recoveries[0]
	o.measured, o.stated, o.missed = found.Time, found.Error, !found.Recovered
	return os.Remove(path)
}

// outageHeader describes the one function that there is.
func outageHeader(n, rate int) history.Header {
	name := history.Same("bench")
	return history.Header{
		Run: "bench", Scenario: "outage-" + strconv.Itoa(n), Name: "outage", Language: "en", Prefix: "bench",
		Stability: 2 * time.Second, Started: time.Now(), Stage: "bench", StageName: name,
		Functions: []history.Function{{ID: "bench", Name: name, Owner: name, Rate: float64(rate)}},
	}
}

// record puts the load on, takes the service down and up again, and records it.
func (o *outage) record(ctx context.Context, s truthful, w *history.Writer, start time.Duration) error {
	id := uint64(0)
	work := benchWorkload()
	l, err := workload.Start(ctx, workload.Config{
		Workload: work, BaseURL: s.url(), Prefix: "bench", Rate: float64(o.rate), Seed: 1,
		Clock: func() time.Duration { return monotonic() - start }, NextID: func() uint64 { id++; return id }, Sink: w.Operation,
	})
	if err != nil {
		return fmt.Errorf("start the load: %w", err)
	}
	w.Event(history.LoadStarted, work.ID, "function", "bench", "rate", strconv.Itoa(o.rate))
	probing, stop := context.WithCancel(ctx)
	probed := probe(probing, s.url())
	err = o.happen(ctx, s, w, start)
	sum := l.Stop(ctx)
	stop()
	o.probed = <-probed
	w.Event(history.LoadStopped, work.ID, "function", "bench", "intended", strconv.Itoa(sum.Intended), "sent", strconv.Itoa(sum.Sent),
		"lag_p99_ns", strconv.FormatInt(int64(sum.LagP99), 10), "lag_max_ns", strconv.FormatInt(int64(sum.LagMax), 10))
	w.Event(history.RunFinished, "")
	return err
}

// happen is the outage itself.
func (o *outage) happen(ctx context.Context, s truthful, w *history.Writer, start time.Duration) error {
	if err := wait(ctx, outageBefore+o.phase); err != nil {
		return err
	}
	w.Event(history.FaultInjecting, "f1", "fault", string(o.how))
	down, err := s.tell(ctx, "fail "+string(o.how))
	if err != nil {
		return err
	}
	w.EventAt(down-start, history.FaultInjected, "f1")
	if err := wait(ctx, o.length); err != nil {
		return err
	}
	up, err := s.tell(ctx, "restore")
	if err != nil {
		return err
	}
	o.true = up - down
	w.Event(history.FaultRecovered, "f1")
	return wait(ctx, outageAfter)
}

// judge makes the rows of the table.
func judge(outages []outage, busy string) ([]Row, error) {
	var errs []error
	var wrong, probed []time.Duration
	within, missed := 0, 0
	worst := outages[0]
	for _, o := range outages {
		if o.err != nil {
			errs = append(errs, o.err)
			continue
		}
		off := (o.measured - o.true).Abs()
		wrong = append(wrong, off)
		probed = append(probed, (o.probed - o.true).Abs())
		if off <= o.stated {
			within++
		}
		if o.missed {
			missed++
		}
		if off > (worst.measured - worst.true).Abs() {
			worst = o
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...) // an outage left out would flatter the figure
	}
	slices.Sort(wrong)
	slices.Sort(probed)
	at := func(d []time.Duration, q float64) time.Duration { return d[int(math.Ceil(q*float64(len(d))))-1] }
	good := 0
	for _, d := range wrong {
		if d <= outageError {
			good++
		}
	}
	return []Row{{
		What: "recovery time, error against the truth, 99th of 100 outages", Goal: "<= 10 ms", Unit: "ms",
		Measured: ms(at(wrong, 0.99)), Alternative: ms(at(probed, 0.99)), AlternativeName: "a probe once a second, from its first failure to its next success",
		Met:   at(wrong, 0.99) <= outageError,
		Limit: fmt.Sprintf("the load's spacing, %v at %d op/s, and the machine's scheduling", time.Second/outageRate, outageRate),
		Note: fmt.Sprintf("%d outages from %v to %v (refused, silent, frozen); %d within %v, %d missed; median %.1f ms, worst %.1f ms (%s, %v); truth inside the stated error: %d of %d; %s",
			len(outages), outageShortest, outageLongest, good, outageError, missed, ms(at(wrong, 0.5)), ms(wrong[len(wrong)-1]), worst.how, worst.length.Round(time.Millisecond), within, len(outages), busy),
	}}, nil
}
