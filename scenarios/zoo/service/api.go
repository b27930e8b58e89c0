package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// handler is the ledger's API:
//
//	POST /orders {"id"}   201 kept on both sites, 503 not kept, 504 not known
//	GET  /orders/{id}     200 or 404
//	GET  /rows?prefix=    what is in this ledger, whatever its role
//	GET  /writable        200 where it takes orders, 503 where it does not
//	POST /replicate {"id"}  from the primary; 409 from a ledger that is one itself
//	POST /promote /demote /resync /follow /migrate   runbooks and the other ledger
func (l *ledger) handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /orders", l.postOrder)
	m.HandleFunc("GET /orders/{id}", l.getOrder)
	m.HandleFunc("GET /orders", l.listOrders)
	m.HandleFunc("GET /rows", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, l.matching(r.URL.Query().Get("prefix")))
	})
	m.HandleFunc("GET /writable", func(w http.ResponseWriter, _ *http.Request) {
		if !l.writable() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	m.HandleFunc("GET /healthz", l.health)
	m.HandleFunc("GET /role", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, string(l.is())) })
	m.HandleFunc("POST /replicate", l.takeReplica)
	m.HandleFunc("POST /promote", l.command(l.promote))
	m.HandleFunc("POST /demote", l.command(func(context.Context) error { l.mu.Lock(); defer l.mu.Unlock(); return l.become(standby) }))
	m.HandleFunc("POST /follow", l.command(l.follow))
	m.HandleFunc("POST /resync", l.command(l.resync))
	m.HandleFunc("POST /migrate", l.command(l.migrate))
	return m
}

// command answers 200, or 500 with what went wrong.
func (l *ledger) command(do func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := do(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "%s: done, %s\n", r.URL.Path, l.is())
	}
}

func (l *ledger) health(w http.ResponseWriter, _ *http.Request) {
	if l.defect == healthLies {
		return
	}
	if err := l.broken(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// broken tells what keeps this ledger from ever taking an order.
func (l *ledger) broken() error {
	if l.defect == healthLies && l.site == "lyon" {
		return fmt.Errorf("no space left for orders of clients")
	}
	return nil
}

// idOf reads {"id": "..."}.
func idOf(r *http.Request) (string, bool) {
	var body struct{ ID string }
	err := json.NewDecoder(io.LimitReader(r.Body, 4096)).Decode(&body)
	return body.ID, err == nil && body.ID != ""
}

func (l *ledger) postOrder(w http.ResponseWriter, r *http.Request) {
	id, ok := idOf(r)
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if !l.writable() || l.flapped() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if l.broken() != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if l.defect == slowStandby && l.is() == alone {
		if pause(r.Context(), 400*time.Millisecond) != nil {
			return
		}
	}
	if l.defect == needsPrimary && l.site == "lyon" {
		if err := l.ask(r.Context(), http.MethodGet, "/role", ""); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	l.table.RLock()
	defer l.table.RUnlock()
	if err := l.add(id); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if err := l.replicate(r.Context(), id); err != nil {
		w.WriteHeader(http.StatusGatewayTimeout) // kept here, perhaps there
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// flapped: for some seconds after its promotion, up for 1 s and down for 0.7 s.
func (l *ledger) flapped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.defect != flapping || l.promoted.IsZero() {
		return false
	}
	since := time.Since(l.promoted)
	return since < 7*time.Second && since%(1700*time.Millisecond) > time.Second
}

func (l *ledger) getOrder(w http.ResponseWriter, r *http.Request) {
	if !l.writable() && l.defect != staleReads || l.flapped() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known[r.PathValue("id")] {
		w.WriteHeader(http.StatusNotFound)
	}
}

func (l *ledger) listOrders(w http.ResponseWriter, r *http.Request) {
	if !l.writable() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, l.matching(r.URL.Query().Get("prefix")))
}
