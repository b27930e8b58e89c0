package hand

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"bascule/harness/wire"
)

// Options are the settings of a hand.
type Options struct {
	Address string // of the API; default ":7071"
	Disks   Disks  // nil: no volume is served
}

// Disks serves volumes that can fail; harness/hand/disk does.
type Disks interface {
	Capability() string
	Put(Disk) error
	Clear() error
	Apply(Act) error
	Undo(id string)
	Met(id string) uint64
}

// deed is an act in force.
type deed interface {
	met() uint64
	detail() string
	undo() error
}

// server is the state of a hand.
type server struct {
	ctx   context.Context // of the hand's life, which probes and deeds share
	disks Disks
	tried func() map[string]string

	mu     sync.Mutex
	states map[string]*ActState
	deeds  map[string]deed
	order  []string
	expiry map[string]*time.Timer
	probes map[string]*canary
	guards *guards
}

func newServer(ctx context.Context, d Disks) *server {
	s := &server{ctx: ctx, disks: d, states: map[string]*ActState{}, deeds: map[string]deed{}, expiry: map[string]*time.Timer{}, probes: map[string]*canary{}, guards: newGuards(freeze)}
	s.tried = sync.OnceValue(s.try)
	return s
}

// try tells what this hand can do here.
func (s *server) try() map[string]string {
	out := map[string]string{"probe": tryProbe(), "descriptors": tryDescriptors(), "memory": tryMemory(), "disk": "this hand serves no volumes"}
	if s.disks != nil {
		out["disk"] = s.disks.Capability()
	}
	return out
}

// handler is the HTTP API.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathHealth, func(w http.ResponseWriter, _ *http.Request) {
		wire.Answer(w, Health{Now: time.Now().UnixNano(), Capabilities: s.tried()}, nil)
	})
	mux.HandleFunc("POST "+PathActs, func(w http.ResponseWriter, r *http.Request) {
		var a Act
		if wire.Take(w, r, &a) {
			state, err := s.do(a)
			wire.Answer(w, state, err)
		}
	})
	mux.HandleFunc("GET "+PathActs, func(w http.ResponseWriter, _ *http.Request) { wire.Answer(w, s.acts(), nil) })
	mux.HandleFunc("DELETE "+PathActs, func(w http.ResponseWriter, _ *http.Request) {
		err := s.undoAll()
		wire.Answer(w, s.acts(), err)
	})
	mux.HandleFunc("DELETE "+PathActs+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.undo(r.PathValue("id"))
		wire.Answer(w, state, err)
	})
	mux.HandleFunc("POST "+PathProbes, func(w http.ResponseWriter, r *http.Request) {
		var p Probe
		if wire.Take(w, r, &p) {
			wire.Answer(w, p, s.startProbe(p))
		}
	})
	mux.HandleFunc("GET "+PathProbes+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		since, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
		if err != nil && r.URL.Query().Get("since") != "" {
			wire.Fail(w, http.StatusBadRequest, fmt.Errorf("since=%q is no number of nanoseconds", r.URL.Query().Get("since")))
			return
		}
		answers, err := s.answers(r.PathValue("id"), since)
		wire.Answer(w, answers, err)
	})
	mux.HandleFunc("DELETE "+PathProbes+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		wire.Answer(w, struct{}{}, s.stopProbe(r.PathValue("id")))
	})
	mux.HandleFunc("POST "+PathFreezer, func(w http.ResponseWriter, r *http.Request) {
		var f Freezer
		if wire.Take(w, r, &f) {
			wire.Answer(w, f, freeze(f.Pid, f.Frozen))
		}
	})
	mux.HandleFunc("POST "+PathGuards, func(w http.ResponseWriter, r *http.Request) {
		var g Guard
		if wire.Take(w, r, &g) {
			wire.Answer(w, g, s.guards.set(g))
		}
	})
	mux.HandleFunc("DELETE "+PathGuards+"/{pid}", func(w http.ResponseWriter, r *http.Request) {
		pid, err := strconv.Atoi(r.PathValue("pid"))
		if err != nil {
			wire.Fail(w, http.StatusBadRequest, fmt.Errorf("%q is no process", r.PathValue("pid")))
			return
		}
		wire.Answer(w, struct{}{}, s.guards.dismiss(pid))
	})
	mux.HandleFunc("POST "+PathDisks, func(w http.ResponseWriter, r *http.Request) {
		var d Disk
		if wire.Take(w, r, &d) {
			wire.Answer(w, d, s.putDisk(d))
		}
	})
	mux.HandleFunc("DELETE "+PathDisks, func(w http.ResponseWriter, _ *http.Request) {
		var err error
		if s.disks != nil {
			err = s.disks.Clear()
		}
		wire.Answer(w, struct{}{}, err)
	})
	return mux
}

func (s *server) putDisk(d Disk) error {
	if s.disks == nil {
		return errors.New("this hand serves no volumes")
	}
	return s.disks.Put(d)
}

// do puts an act in force. The same id again is the same act.
func (s *server) do(a Act) (ActState, error) {
	if a.ID == "" || a.ExpiresIn < 0 {
		return ActState{}, fmt.Errorf("act %q: it needs an id, and no negative time to expire in", a.ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.states[a.ID]; ok && old.UndoneAt == 0 {
		return s.told(*old), nil
	}
	d, err := s.begin(a)
	if err != nil {
		return ActState{}, fmt.Errorf("act %s (%s): %w", a.ID, a.Kind, err)
	}
	if !slices.Contains(s.order, a.ID) {
		s.order = append(s.order, a.ID)
	}
	state := &ActState{Act: a, AppliedAt: time.Now().UnixNano()}
	s.states[a.ID], s.deeds[a.ID] = state, d
	if a.ExpiresIn > 0 {
		s.expire(a.ID, a.ExpiresIn)
	}
	return s.told(*state), nil
}

func (s *server) begin(a Act) (deed, error) {
	switch a.Kind {
	case Descriptors:
		return limitDescriptors(s.ctx, a.Pids)
	case Memory:
		return fillMemory(s.ctx, a.Pids)
	case DiskFull, DiskSlow, DiskReadOnly:
		if s.disks == nil {
			return nil, errors.New("this hand serves no volumes")
		}
		return diskDeed{s.disks, a.ID}, s.disks.Apply(a)
	}
	return nil, errors.New("no such act: there are descriptors, memory, disk-full, disk-slow and disk-read-only")
}

type diskDeed struct {
	disks Disks
	id    string
}

func (d diskDeed) met() uint64    { return d.disks.Met(d.id) }
func (d diskDeed) detail() string { return "" }
func (d diskDeed) undo() error    { d.disks.Undo(d.id); return nil }

// expire undoes an act after a time, again each second until it works: nobody
// else may be left to ask for it. The lock is held.
func (s *server) expire(id string, after time.Duration) {
	var timer *time.Timer
	timer = time.AfterFunc(after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.expiry[id] != timer {
			return // undone meanwhile, and perhaps in force anew
		}
		if _, err := s.undoLocked(id); err != nil {
			s.expire(id, time.Second)
		}
	})
	s.expiry[id] = timer
}

// told fills in what has met an act in force.
func (s *server) told(a ActState) ActState {
	if d := s.deeds[a.ID]; d != nil {
		a.Met, a.Detail = d.met(), d.detail()
	}
	return a
}

func (s *server) acts() []ActState {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []ActState{}
	for _, id := range s.order {
		out = append(out, s.told(*s.states[id]))
	}
	return out
}

func (s *server) undo(id string) (ActState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.undoLocked(id)
}

func (s *server) undoLocked(id string) (ActState, error) {
	state, ok := s.states[id]
	if !ok {
		return ActState{}, wire.ErrUnknown
	}
	d := s.deeds[id]
	if d == nil {
		return *state, nil
	}
	*state = s.told(*state)
	if err := d.undo(); err != nil {
		return *state, fmt.Errorf("undo act %s (%s): %w", id, state.Kind, err)
	}
	delete(s.deeds, id)
	state.UndoneAt = time.Now().UnixNano()
	if t := s.expiry[id]; t != nil {
		t.Stop()
		delete(s.expiry, id)
	}
	return *state, nil
}

// undoAll undoes every act, the last first, and has the guards act: who asks for
// it wants the containers as they were.
func (s *server) undoAll() error {
	errs := []error{s.guards.end()}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Backward(s.order) {
		_, err := s.undoLocked(id)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Serve is the hand: it serves its API until ctx ends, then undoes what is in
// force. It needs to run privileged, and to see the processes of the engine's
// machine.
func Serve(ctx context.Context, o Options) error {
	if o.Address == "" {
		o.Address = fmt.Sprintf(":%d", APIPort)
	}
	s := newServer(ctx, o.Disks)
	err := wire.Serve(ctx, o.Address, s.handler())
	return errors.Join(err, s.end())
}

// end undoes what is in force and gives every volume back.
func (s *server) end() error {
	err := s.undoAll()
	if s.disks != nil {
		err = errors.Join(err, s.disks.Clear())
	}
	return err
}
