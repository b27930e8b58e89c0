package fabric

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"
)

// AgentOptions are the settings of an agent.
type AgentOptions struct {
	Address string // of the API; default ":7070"
}

// service is what the API offers; the agent is one.
type service interface {
	health() Health
	install(Topology) error
	inject(Fault) (FaultState, error)
	heal(id string) (FaultState, error)
	healAll() error
	states() []FaultState
	enter(site string) error
	observations(since int64) ([]Observation, error)
	links() ([]LinkUse, error)
}

// maxBody bounds a request: a topology of 254 members with all its names is far
// below it.
const maxBody = 16 << 20

// handler is the HTTP API over a service.
func handler(s service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathHealth, func(w http.ResponseWriter, _ *http.Request) { answer(w, s.health(), nil) })
	mux.HandleFunc("PUT "+PathTopology, func(w http.ResponseWriter, r *http.Request) {
		var t Topology
		if take(w, r, &t) {
			err := s.install(t)
			answer(w, s.health(), err)
		}
	})
	mux.HandleFunc("POST "+PathFaults, func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		if take(w, r, &f) {
			state, err := s.inject(f)
			answer(w, state, err)
		}
	})
	mux.HandleFunc("GET "+PathFaults, func(w http.ResponseWriter, _ *http.Request) { answer(w, s.states(), nil) })
	mux.HandleFunc("DELETE "+PathFaults, func(w http.ResponseWriter, _ *http.Request) {
		err := s.healAll()
		answer(w, s.states(), err)
	})
	mux.HandleFunc("DELETE "+PathFaults+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.heal(r.PathValue("id"))
		answer(w, state, err)
	})
	mux.HandleFunc("PUT "+PathEntry, func(w http.ResponseWriter, r *http.Request) {
		var e entryRequest
		if take(w, r, &e) {
			answer(w, e, s.enter(e.Site))
		}
	})
	mux.HandleFunc("GET "+PathObservations, func(w http.ResponseWriter, r *http.Request) {
		var since int64
		if text := r.URL.Query().Get("since"); text != "" {
			var err error
			if since, err = strconv.ParseInt(text, 10, 64); err != nil {
				fail(w, http.StatusBadRequest, fmt.Errorf("GET %s: since=%q is no number; give the seq of the last observation, or leave it out", PathObservations, text))
				return
			}
		}
		obs, err := s.observations(since)
		answer(w, obs, err)
	})
	mux.HandleFunc("GET "+PathLinks, func(w http.ResponseWriter, _ *http.Request) {
		links, err := s.links()
		answer(w, links, err)
	})
	return recovered(mux)
}

type entryRequest struct {
	Site string `json:"site"`
}

// serveAPI serves until ctx ends.
func serveAPI(ctx context.Context, o AgentOptions, s service) error {
	if o.Address == "" {
		o.Address = fmt.Sprintf(":%d", APIPort)
	}
	srv := &http.Server{Addr: o.Address, Handler: handler(s), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = srv.Close() })()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("fabric: serve %s: %w", o.Address, err)
	}
	return nil
}

// take reads a request's body; a wrong one is answered here.
func take(w http.ResponseWriter, r *http.Request, v any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("%s %s: read the request: %w", r.Method, r.URL.Path, err))
		return false
	}
	return true
}

func answer(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, ErrNoFault):
		fail(w, http.StatusNotFound, err)
	case err != nil:
		fail(w, http.StatusUnprocessableEntity, err)
	default:
		w.Header().Set("Content-Type", "application/json")
		// The asker may be gone: nothing to do about it.
		_ = json.NewEncoder(w).Encode(v)
	}
}

func fail(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(failure{Error: err.Error()})
}

type failure struct {
	Error string `json:"error"`
}

// recovered turns a panic of a handler into an answer: the network of a stage
// must not vanish for a mistake in one call.
func recovered(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				fail(w, http.StatusInternalServerError, fmt.Errorf("internal error: %v\n%s", p, debug.Stack()))
			}
		}()
		h.ServeHTTP(w, r)
	})
}
