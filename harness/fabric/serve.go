package fabric

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"bascule/harness/wire"
)

// AgentOptions are the settings of an agent.
type AgentOptions struct {
	Address string // of the API; default ":7070"
}

// service is what the API offers; the agent is one.
type service interface {
	health() Health
	install(Topology) error
	restore(Restoration) error
	inject(Fault) (FaultState, error)
	heal(id string) (FaultState, error)
	healAll() error
	states() []FaultState
	enter(site string) (span, error)
	move(NameMove) error
	observations(since int64) ([]Observation, error)
	links() ([]LinkUse, error)
}

// handler is the HTTP API over a service.
func handler(s service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathHealth, func(w http.ResponseWriter, _ *http.Request) { wire.Answer(w, s.health(), nil) })
	mux.HandleFunc("PUT "+PathTopology, func(w http.ResponseWriter, r *http.Request) {
		var t Topology
		if wire.Take(w, r, &t) {
			err := s.install(t)
			wire.Answer(w, s.health(), err)
		}
	})
	mux.HandleFunc("POST "+PathRestore, func(w http.ResponseWriter, r *http.Request) {
		var x Restoration
		if wire.Take(w, r, &x) {
			err := s.restore(x)
			wire.Answer(w, s.health(), err)
		}
	})
	mux.HandleFunc("POST "+PathFaults, func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		if wire.Take(w, r, &f) {
			state, err := s.inject(f)
			wire.Answer(w, state, err)
		}
	})
	mux.HandleFunc("GET "+PathFaults, func(w http.ResponseWriter, _ *http.Request) { wire.Answer(w, s.states(), nil) })
	mux.HandleFunc("DELETE "+PathFaults, func(w http.ResponseWriter, _ *http.Request) {
		err := s.healAll()
		wire.Answer(w, s.states(), err)
	})
	mux.HandleFunc("DELETE "+PathFaults+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.heal(r.PathValue("id"))
		wire.Answer(w, state, err)
	})
	mux.HandleFunc("PUT "+PathEntry, func(w http.ResponseWriter, r *http.Request) {
		var e entryRequest
		if wire.Take(w, r, &e) {
			at, err := s.enter(e.Site)
			e.BeganAt, e.SwitchedAt = at.from, at.to
			wire.Answer(w, e, err)
		}
	})
	mux.HandleFunc("PUT "+PathNames, func(w http.ResponseWriter, r *http.Request) {
		var m NameMove
		if wire.Take(w, r, &m) {
			wire.Answer(w, m, s.move(m))
		}
	})
	mux.HandleFunc("GET "+PathObservations, func(w http.ResponseWriter, r *http.Request) {
		var since int64
		if text := r.URL.Query().Get("since"); text != "" {
			var err error
			if since, err = strconv.ParseInt(text, 10, 64); err != nil {
				wire.Fail(w, http.StatusBadRequest, fmt.Errorf("GET %s: since=%q is no number; give the seq of the last observation, or leave it out", PathObservations, text))
				return
			}
		}
		obs, err := s.observations(since)
		wire.Answer(w, obs, err)
	})
	mux.HandleFunc("GET "+PathLinks, func(w http.ResponseWriter, _ *http.Request) {
		links, err := s.links()
		wire.Answer(w, links, err)
	})
	return mux
}

// span is within which two instants something was done, in Unix nanoseconds.
type span struct{ from, to int64 }

type entryRequest struct {
	Site       string `json:"site"`
	BeganAt    int64  `json:"began_at,omitempty"`    // in the answer: the switch lies between the two,
	SwitchedAt int64  `json:"switched_at,omitempty"` // Unix nanoseconds of the agent's clock
}

// serveAPI serves until ctx ends.
func serveAPI(ctx context.Context, o AgentOptions, s service) error {
	if o.Address == "" {
		o.Address = fmt.Sprintf(":%d", APIPort)
	}
	if err := wire.Serve(ctx, o.Address, handler(s)); err != nil {
		return fmt.Errorf("fabric: %w", err)
	}
	return nil
}
