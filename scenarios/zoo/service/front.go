package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"bascule/scenarios/orders/services/serve"
)

// front is what clients talk to. It tries an order again where the ledger was
// silent: orders have ids, so that nothing is kept twice.
type front struct {
	ledger string // base URL
	stale  string // staleReads: of the other site's ledger
	site   string
	defect defect
	client *http.Client
	broken atomic.Bool // neverReconnects: the connection was lost once
	turn   atomic.Int64

	mu    sync.Mutex
	queue map[string][]byte // queueDrops: by id, acknowledged, and nowhere else
}

const (
	tries    = 3
	tryBound = 500 * time.Millisecond
	tryPause = 50 * time.Millisecond
)

func runFront(ctx context.Context, d defect) error {
	site := os.Getenv("SITE")
	f := &front{ledger: "https://ledger:8443", stale: "https://ledger.peer:8443", site: site, defect: d, queue: map[string][]byte{}}
	if d == hardCodedAddress && site == "lyon" {
		f.ledger = "https://10.20.0.7:8443"
	}
	if d == needsVariable && os.Getenv("VERSION") != "1.0.0" && os.Getenv("CHANNEL") == "" {
		return fmt.Errorf("variable CHANNEL is not set")
	}
	trusted, err := authority()
	if err != nil {
		return err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64, TLSClientConfig: &tls.Config{RootCAs: trusted}}
	if d == cachesName {
		if transport.DialContext, err = dialWhatWasAskedOnce(ctx, "ledger"); err != nil {
			return err
		}
	}
	f.client = &http.Client{Timeout: tryBound, Transport: transport}
	if d == startOrderByLuck {
		if _, _, err := f.once(ctx, http.MethodGet, f.ledger+"/healthz", nil); err != nil {
			return fmt.Errorf("no ledger: %w", err)
		}
	}
	if d == queueDrops {
		go f.drain(ctx)
	}
	m := http.NewServeMux()
	m.HandleFunc("POST /orders", f.order)
	m.HandleFunc("GET /orders/{id}", f.read)
	m.HandleFunc("GET /orders", f.list)
	m.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	return serve.Until(ctx, ":8080", m)
}

// dialWhatWasAskedOnce goes to the address that a name had when the service
// started, for ever, as a runtime does that keeps its answers: the defect.
func dialWhatWasAskedOnce(ctx context.Context, name string) (func(ctx context.Context, network, addr string) (net.Conn, error), error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", name)
	if err != nil {
		return nil, fmt.Errorf("address of %s: %w", name, err)
	}
	var d net.Dialer
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(addr); err == nil && host == name {
			addr = net.JoinHostPort(found[0].String(), port)
		}
		return d.DialContext(ctx, network, addr)
	}, nil
}

// once is one request on a connection of the pool.
func (f *front) once(ctx context.Context, method, url string, body []byte) (status int, answer []byte, err error) {
	if f.broken.Load() {
		return 0, nil, fmt.Errorf("the connection is broken")
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("request: %w", err)
	}
	res, err := f.client.Do(r)
	if err == nil {
		defer res.Body.Close()
		answer, err = io.ReadAll(res.Body)
		status = res.StatusCode
	}
	if err != nil {
		if f.defect == neverReconnects {
			f.broken.Store(true)
		}
		return 0, nil, fmt.Errorf("request: %w", err)
	}
	return status, answer, nil
}

// order passes an order on. What was perhaps kept is not called refused.
func (f *front) order(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4096))
	if err != nil {
		return // the client has gone
	}
	if f.defect == queueDrops {
		w.WriteHeader(f.enqueue(body))
		return
	}
	w.WriteHeader(f.pass(r.Context(), body))
}

func (f *front) pass(ctx context.Context, body []byte) int {
	perhaps := false
	for n := range tries {
		if n > 0 && pause(ctx, tryPause) != nil {
			break
		}
		status, _, err := f.once(ctx, http.MethodPost, f.ledger+"/orders", body)
		switch {
		case err != nil, status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
			perhaps = true
		case status != http.StatusServiceUnavailable:
			return status
		case !perhaps:
			return status
		}
	}
	return http.StatusGatewayTimeout
}

// enqueue acknowledges an order that is in memory only: the defect. Reads find
// it there, so that nobody notices.
func (f *front) enqueue(body []byte) int {
	var order struct{ ID string }
	if json.Unmarshal(body, &order) != nil || order.ID == "" {
		return http.StatusBadRequest
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue[order.ID] = body
	return http.StatusCreated
}

// queued tells whether an order waits.
func (f *front) queued(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.queue[id] != nil
}

// drain passes on what is in the queue, now and then.
func (f *front) drain(ctx context.Context) {
	for pause(ctx, 600*time.Millisecond) == nil {
		f.mu.Lock()
		list := maps.Clone(f.queue)
		f.mu.Unlock()
		var all sync.WaitGroup
		for id, body := range list {
			all.Go(func() {
				if f.pass(ctx, body) != http.StatusCreated {
					return // again at the next turn
				}
				f.mu.Lock()
				delete(f.queue, id)
				f.mu.Unlock()
			})
		}
		all.Wait()
	}
}

func (f *front) read(w http.ResponseWriter, r *http.Request) {
	path := "/orders/" + r.PathValue("id")
	if f.queued(r.PathValue("id")) {
		return
	}
	if f.defect == staleReads && f.site == "lyon" && f.turn.Add(1)%2 == 0 {
		if status, _, err := f.once(r.Context(), http.MethodGet, f.stale+path, nil); err == nil && status != http.StatusServiceUnavailable {
			w.WriteHeader(status)
			return
		}
	}
	status, _, err := f.once(r.Context(), http.MethodGet, f.ledger+path, nil)
	if err != nil {
		status = http.StatusServiceUnavailable
	}
	w.WriteHeader(cmp.Or(status, http.StatusServiceUnavailable))
}

func (f *front) list(w http.ResponseWriter, r *http.Request) {
	status, rows, err := f.once(r.Context(), http.MethodGet, f.ledger+"/orders?"+r.URL.RawQuery, nil)
	if err != nil {
		status = http.StatusServiceUnavailable
	}
	w.WriteHeader(status)
	_, _ = w.Write(rows)
}
