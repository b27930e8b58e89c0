package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/crosscheck"
	"bascule/harness/history"
	"bascule/harness/stage"
	"bascule/harness/workload"
)

// forgotten is how many acknowledged writes the store forgets, in turn.
var forgotten = []int{0, 1, 7, 100}

// loss measures whether the ledger counts right: a store that forgets exactly n
// acknowledged writes, seen through the real path of load, read-back, history
// file and analysis. The count must be exact, and so must be which they are.
func loss(ctx context.Context, o options) ([]Row, error) {
	d := 5 * time.Second
	if o.quick {
		d = 2 * time.Second
	}
	dir, err := os.MkdirTemp("", "bascule-bench-")
	if err != nil {
		return nil, fmt.Errorf("folder for the histories: %w", err)
	}
	defer os.RemoveAll(dir)
	wrong, writes := 0, 0
	var told []string
	for _, n := range forgotten {
		counted, acked, err := forget(ctx, dir, n, d)
		if err != nil {
			return nil, fmt.Errorf("a store that forgets %d: %w", n, err)
		}
		if counted != n {
			wrong++
		}
		writes += acked
		told = append(told, fmt.Sprintf("%d of %d", counted, n))
	}
	return []Row{{
		What: "acknowledged writes forgotten, miscounts", Goal: "0", Unit: fmt.Sprintf("of %d", len(forgotten)), Measured: float64(wrong), Met: wrong == 0,
		Limit: "nothing: the count is exact", Note: fmt.Sprintf("counted %s, among %d acknowledged writes; the second way of counting agrees", strings.Join(told, ", "), writes),
	}}, nil
}

// forgetful is a store that acknowledges every write and then forgets some.
type forgetful struct {
	mu   sync.Mutex
	rows []string
}

func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.Method == http.MethodPost:
		f.rows = append(f.rows, string(body))
		w.WriteHeader(http.StatusCreated)
	case r.URL.Path == "/rows":
		_, _ = io.WriteString(w, strings.Join(f.rows, "\n"))
	}
}

// forget drops n rows, evenly spread, and tells which.
func (f *forgetful) forget(n int) (gone []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := len(f.rows)
	for i := range n {
		at := i * all / n
		gone = append(gone, f.rows[at])
		f.rows[at] = ""
	}
	f.rows = slices.DeleteFunc(f.rows, func(s string) bool { return s == "" })
	return gone
}

// forgetWorkload writes a row's id and nothing else.
func forgetWorkload() stage.Workload {
	w := benchWorkload()
	w.Write.Body = "{{.ID}}"
	w.List = stage.Request{Method: "GET", Path: "/rows?prefix={{.Prefix}}", OK: []int{200}}
	return w
}

// forget plays one load against a store that forgets n writes, and gives the
// loss that the analysis counts.
func forget(ctx context.Context, dir string, n int, d time.Duration) (counted, acked int, err error) {
	store := &forgetful{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, fmt.Errorf("listen on loopback: %w", err)
	}
	server := &http.Server{Handler: store, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		err = errors.Join(err, server.Close())
		<-served
	}()
	start := monotonic()
	clock := func() time.Duration { return monotonic() - start }
	path := filepath.Join(dir, "forget-"+strconv.Itoa(n)+".jsonl")
	w, err := history.Create(path, outageHeader(n, outageRate), clock)
	if err != nil {
		return 0, 0, err
	}
	url := "http://" + listener.Addr().String()
	var id uint64
	work := forgetWorkload()
	l, err := workload.Start(ctx, workload.Config{Workload: work, BaseURL: url, Prefix: "bench", Rate: outageRate, Seed: 1,
		Clock: clock, NextID: func() uint64 { id++; return id }, Sink: w.Operation})
	if err != nil {
		return 0, 0, errors.Join(fmt.Errorf("start the load: %w", err), w.Close())
	}
	waited := wait(ctx, d)
	l.Stop(ctx)
	if waited != nil {
		return 0, 0, errors.Join(waited, w.Close())
	}
	gone := store.forget(n)
	rows, err := workload.ReadService(ctx, work, url, "bench")
	if err != nil {
		return 0, 0, errors.Join(err, w.Close())
	}
	rb := history.Readback{Source: "service", Name: "bench"}
	for id := range rows.Copies {
		rb.IDs = append(rb.IDs, id)
	}
	w.Readback(rb)
	w.Event(history.RunFinished, "")
	if err := w.Close(); err != nil {
		return 0, 0, err
	}
	return judgeForgotten(path, gone)
}

// judgeForgotten judges the history, and has it judged the second way.
func judgeForgotten(path string, gone []string) (counted, acked int, err error) {
	h, err := history.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	r := analysis.Analyze(h)
	if err := crosscheck.Agree(h, r); err != nil {
		return 0, 0, err
	}
	l := r.Functions[0].Loss
	for _, id := range l.Examples {
		if !slices.Contains(gone, "bench-"+strconv.FormatUint(id, 10)) {
			return 0, 0, fmt.Errorf("row %d is called lost, but was not forgotten", id)
		}
	}
	return l.Lost, l.Acked, nil
}
