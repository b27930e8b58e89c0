package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"

	"bascule/scenarios/orders/services/serve"
)

// identity is who answers.
type identity struct {
	release string
	site    string
	channel string // of orders that name none; empty in a release that has no channels
}

// ledger is where orders are kept; see store.
type ledger interface {
	insert(ctx context.Context, o order) error
	get(ctx context.Context, id string) (order, error)
	list(ctx context.Context, prefix string, yield func(id string) error) error
	state(ctx context.Context) (state, error)
}

// shelf tells whether an item can be ordered; see stock.
type shelf interface {
	available(ctx context.Context, item string) (bool, error)
}

type server struct {
	ledger ledger
	shelf  shelf
	who    identity
}

func newServer(ledger ledger, shelf shelf, who identity) http.Handler {
	s := &server{ledger: ledger, shelf: shelf, who: who}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.create)
	mux.HandleFunc("GET /orders/{id}", s.read)
	mux.HandleFunc("GET /orders", s.list)
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /version", s.version)
	return mux
}

func (s *server) create(w http.ResponseWriter, r *http.Request) {
	var o order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&o); err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("the body is no order: %w", err))
		return
	}
	if o.ID == "" || o.Item == "" || o.Quantity < 1 {
		refuse(w, http.StatusBadRequest, errors.New("an order has an id, an item and a quantity of at least 1"))
		return
	}
	if o.Channel == "" || s.who.channel == "" {
		o.Channel = s.who.channel
	}
	available, err := s.shelf.available(r.Context(), o.Item)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	if !available {
		refuse(w, http.StatusBadRequest, fmt.Errorf("item %q is not available", o.Item))
		return
	}
	if err := s.ledger.insert(r.Context(), o); err != nil {
		refuse(w, createStatus(err), err)
		return
	}
	serve.JSON(w, http.StatusCreated, o)
}

// createStatus is the promise of the API: 409 and 503 say that this order was
// not taken, 504 that nobody knows.
func createStatus(err error) int {
	var notDone *notDoneError
	switch {
	case errors.Is(err, errDuplicate):
		return http.StatusConflict
	case errors.As(err, &notDone):
		return http.StatusServiceUnavailable
	default:
		return http.StatusGatewayTimeout
	}
}

func (s *server) read(w http.ResponseWriter, r *http.Request) {
	o, err := s.ledger.get(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, errNotFound):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, err)
	default:
		serve.JSON(w, http.StatusOK, o)
	}
}

// list streams ids, one a line. A list that breaks half-way must not look
// complete: the connection is then aborted, without the end that a whole
// answer has.
func (s *server) list(w http.ResponseWriter, r *http.Request) {
	out := bufio.NewWriterSize(w, 32<<10)
	started := false
	err := s.ledger.list(r.Context(), r.URL.Query().Get("prefix"), func(id string) error {
		if !started {
			started = true
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		}
		_, err := out.WriteString(id + "\n")
		return err
	})
	switch {
	case err != nil && !started:
		refuse(w, http.StatusServiceUnavailable, err)
	case err != nil:
		log.Printf("list aborted: %v", err)
		panic(http.ErrAbortHandler)
	case out.Flush() != nil:
		panic(http.ErrAbortHandler)
	}
}

func (s *server) health(w http.ResponseWriter, r *http.Request) {
	if _, err := s.ledger.state(r.Context()); err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	serve.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *server) version(w http.ResponseWriter, r *http.Request) {
	answer := map[string]any{"service": "orders", "release": s.who.release, "site": s.who.site}
	now, err := s.ledger.state(r.Context())
	if err != nil {
		answer["database"] = err.Error()
		serve.JSON(w, http.StatusServiceUnavailable, answer)
		return
	}
	answer["schema"], answer["writable"] = now.Schema, now.Writable
	serve.JSON(w, http.StatusOK, answer)
}

func refuse(w http.ResponseWriter, status int, why error) {
	serve.JSON(w, status, map[string]string{"error": why.Error()})
}
