package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bascule/harness/history"
	"bascule/harness/observe"
	"bascule/harness/stage"
	"bascule/harness/workload"
)

// workloadOf finds the workload of a function ("": of the first that has one).
func (s *scenario) workloadOf(function string) (stage.Workload, bool) {
	for _, f := range s.stage.Functions {
		if f.Workload == "" || function != "" && f.ID != function {
			continue
		}
		i := slices.IndexFunc(s.stage.Workloads, func(w stage.Workload) bool { return w.ID == f.Workload })
		if i >= 0 {
			return s.stage.Workloads[i], true
		}
	}
	return stage.Workload{}, false
}

// verify repeats a control operation, a write and its read-back outside the
// ledger, until it is complete or the context's bound.
func (s *scenario) verify(ctx context.Context, function string) error {
	w, ok := s.workloadOf(function)
	if !ok {
		return fmt.Errorf("no workload serves function %q: nothing to verify with", function)
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := workload.Verify(ctx, w, s.t.EntryURL(), s.prefix, s.checks.Add(1))
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("control operation: %w; last answer: %w", context.Cause(ctx), err)
		}
	}
}

// baseline waits for five complete control operations of every function.
func (s *scenario) baseline(ctx context.Context) error {
	s.Event(history.BaselineStarted, s.plan.Stage)
	ctx, cancel := context.WithTimeout(ctx, baselineBound)
	defer cancel()
	for _, f := range s.plan.Functions {
		if _, ok := s.workloadOf(f.ID); !ok {
			continue
		}
		for range 5 {
			if err := s.verify(ctx, f.ID); err != nil {
				s.Event(history.BaselineFailed, f.ID, "err", err.Error())
				return fmt.Errorf("steady state of function %s: %w", f.ID, err)
			}
		}
	}
	s.Event(history.BaselineHealthy, s.plan.Stage)
	return nil
}

// startLoad starts the workload of every function; first tells that the kernel
// runs this process before all others meanwhile.
func (s *scenario) startLoad(ctx context.Context, first bool) error {
	priority := "nice"
	if first {
		priority = "real time"
	}
	for i, f := range s.plan.Functions {
		w, ok := s.workloadOf(f.ID)
		if !ok {
			continue
		}
		rate := w.Rate
		if s.plan.Rate > 0 {
			rate = s.plan.Rate
		}
		run, err := workload.Start(ctx, workload.Config{
			Workload: w, Function: uint8(i), BaseURL: s.t.EntryURL(), Prefix: s.prefix, Rate: rate, Clock: s.clock,
			Seed: s.Plan.Seed, NextID: func() uint64 { return s.ids.Add(1) }, Site: s.t.EntrySite, Sink: s.take,
		})
		if err != nil {
			return fmt.Errorf("load of function %s: %w", f.ID, err)
		}
		s.Event(history.LoadStarted, w.ID, "function", f.ID, "rate", fmt.Sprint(rate), "priority", priority)
		s.loads = append(s.loads, &load{function: i, work: w, run: run})
	}
	return nil
}

// take is where each finished operation goes.
func (s *scenario) take(op history.Operation) {
	s.w.Operation(op)
	s.monitor.Observe(op)
	s.pace.take(op)
	if op.Outcome == history.Acked {
		s.lastGood.Store(int64(op.Done)) // answers come nearly in order: which of two is last does not matter
	} else {
		for {
			old := s.lastBad.Load()
			if int64(op.Done) <= old || s.lastBad.CompareAndSwap(old, int64(op.Done)) {
				break
			}
		}
	}
}

// stopLoad ends the loads that still run; a second call does nothing.
func (s *scenario) stopLoad(ctx context.Context) {
	if len(s.loads) > 0 {
		s.loadEnd = s.clock()
	}
	for _, l := range s.loads {
		sum := l.run.Stop(ctx)
		s.Event(history.LoadStopped, l.work.ID, "function", s.plan.Functions[l.function].ID,
			"intended", fmt.Sprint(sum.Intended), "sent", fmt.Sprint(sum.Sent),
			"lag_p99_ns", fmt.Sprint(int64(sum.LagP99)), "lag_max_ns", fmt.Sprint(int64(sum.LagMax)))
	}
	s.loads = nil
}

// watch starts what looks on in the background until ctx ends.
func (s *scenario) watch(ctx context.Context) {
	names := make([]string, len(s.plan.Functions))
	for i, f := range s.plan.Functions {
		names[i] = f.ID
	}
	s.monitor = observe.NewMonitor(observe.MonitorConfig{Functions: names, Clock: s.clock, Slow: s.slow(), Detected: func(function string, why history.Text) {
		s.Event(history.Detected, function, "by", "monitoring", "why_fr", why.FR, "why_en", why.EN)
	}})
	s.background.Go(func() { s.activity(ctx) })
	s.background.Go(func() { s.watchdog(ctx) })
}

// slow is when the monitoring calls an answer slow: a quarter of what a client
// is ready to wait.
func (s *scenario) slow() time.Duration {
	w, ok := s.workloadOf("")
	if !ok {
		return 0
	}
	return w.Timeout / 4
}

// activity watches which sites would take a write.
func (s *scenario) activity(ctx context.Context) {
	if len(s.stage.Stores) == 0 {
		return
	}
	st := s.stage.Stores[0]
	addrs := map[string]string{}
	for _, site := range s.stage.Sites {
		if a, ok := s.t.StoreAddr(site.ID, st.ID); ok {
			addrs[site.ID] = a
		}
	}
	observe.Activity{Store: st, Addrs: addrs, Report: func(site, writable string, until time.Time) {
		known := s.clock()
		if !until.IsZero() {
			known = until.Sub(s.began)
		}
		s.Event(history.SiteWritable, site, "writable", writable, "until_ns", fmt.Sprint(int64(known)))
	}}.Run(ctx)
}

// watchdog notices an engine or a fabric that dies, a history that cannot be
// written, and passes on what the fabric observes.
func (s *scenario) watchdog(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	failed := 0
	for {
		select {
		case <-ctx.Done():
			s.observe(context.WithoutCancel(ctx))
			return
		case <-tick.C:
		}
		if err := s.w.Err(); err != nil {
			s.cancel(fmt.Errorf("the history cannot be written: %w", err))
			return
		}
		s.observe(ctx)
		if err := s.t.Alive(ctx); err != nil && ctx.Err() == nil {
			if failed++; failed >= silences {
				s.Event(history.EngineBroke, s.plan.Stage, "err", err.Error())
				s.cancel(err)
				return
			}
			continue
		}
		failed = 0
	}
}

func (s *scenario) observe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	events, err := s.t.Observe(ctx)
	if err != nil {
		return // the watchdog's own question tells when this is serious
	}
	s.pass(events)
}

// pass records events of the target, without showing them.
func (s *scenario) pass(events []history.Event) {
	for _, e := range events {
		kv := make([]string, 0, 2*len(e.Attrs))
		for k, v := range e.Attrs {
			kv = append(kv, k, v)
		}
		s.w.Event(e.Kind, e.Subject, kv...)
	}
}

// readBoundOf is how long a source may take to be read. Of a service that is
// down, and a site that is silent, nothing comes however long one waits.
func readBoundOf(end, lastGood time.Duration) time.Duration {
	if end-lastGood > 3*time.Second {
		return readDownBound
	}
	return readBound
}

// readBack asks the service, and the store itself, which rows there are. Each
// has a bound of its own: a service that is silent must not use up the store's.
func (s *scenario) readBack(ctx context.Context) {
	site, bound := s.t.EntrySite(), readBoundOf(s.loadEnd, time.Duration(s.lastGood.Load()))
	for _, f := range s.plan.Functions {
		w, ok := s.workloadOf(f.ID)
		if !ok {
			continue
		}
		if w.List.Path != "" {
			s.read(ctx, bound, "service", f.ID, f.ID, site, func(ctx context.Context) (workload.Rows, error) {
				return workload.ReadService(ctx, w, s.t.EntryURL(), s.prefix)
			})
		}
		for _, st := range s.stage.Stores {
			if !slices.Contains(f.Services, st.Service) {
				continue
			}
			at := s.storeSite(ctx, st)
			addr, ok := s.t.StoreAddr(at, st.ID)
			if !ok {
				continue
			}
			s.read(ctx, bound, "store", st.ID, f.ID, at, func(ctx context.Context) (workload.Rows, error) {
				return workload.ReadStore(ctx, st, addr, s.prefix)
			})
		}
	}
}

// read tries a source three times and records what it gave.
func (s *scenario) read(ctx context.Context, bound time.Duration, source, name, function, site string, ask func(context.Context) (workload.Rows, error)) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	subject := source + " " + name
	s.Event(history.ReadbackStarted, subject, "function", function, "site", site)
	var rows workload.Rows
	var err error
	for range 3 {
		if rows, err = ask(ctx); err == nil || sleep(ctx, time.Second) != nil {
			break
		}
	}
	if err != nil {
		s.Event(history.ReadbackDone, subject, "function", function, "rows", "0", "unknown_rows", "0", "err", err.Error())
		return
	}
	rb := history.Readback{Source: source, Name: name, Site: site}
	twice := false
	for id := range rows.Copies {
		rb.IDs = append(rb.IDs, id)
	}
	slices.Sort(rb.IDs)
	for _, id := range rb.IDs {
		rb.Copies = append(rb.Copies, rows.Copies[id])
		twice = twice || rows.Copies[id] != 1
	}
	if !twice {
		rb.Copies = nil
	}
	s.w.Readback(rb)
	s.Event(history.ReadbackDone, subject, "function", function, "rows", fmt.Sprint(len(rb.IDs)), "unknown_rows", fmt.Sprint(rows.Foreign), "err", "")
}
