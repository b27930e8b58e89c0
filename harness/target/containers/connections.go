package containers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"bascule/harness/fault"
	"bascule/harness/stage"
)

const (
	// hoardLimit is where a database is given up that never refuses.
	hoardLimit = 1000
	// hoardSide is how many connections are asked for at once: each is a process
	// that the database starts.
	hoardSide = 8
	// hoardBound is how long one connection may take.
	hoardBound = 3 * time.Second
)

// hoard is what a fault holds of a database. If this process dies, its
// connections close by themselves.
type hoard struct {
	mu     sync.Mutex
	conns  map[fault.Member][]*pgconn.PgConn
	closed bool
}

// TakeConnections takes connections until the database refuses another.
func (t *Target) TakeConnections(ctx context.Context, id string, m fault.Member) (int, error) {
	st, addr, err := t.storeAt(m)
	if err != nil {
		return 0, err
	}
	t.mu.Lock()
	if t.hoards == nil {
		t.hoards = map[string]*hoard{}
	}
	h := t.hoards[id]
	if h == nil {
		h = &hoard{conns: map[fault.Member][]*pgconn.PgConn{}}
		t.hoards[id] = h
	}
	t.mu.Unlock()
	// The first try is one alone: most of the time there is nothing to take.
	for side := 1; ; side = hoardSide {
		full, err := h.more(ctx, st, addr, m, side)
		n := h.held(m)
		switch {
		case err != nil:
			return n, fmt.Errorf("%s/%s: with %d connections taken: %w", m.Site, m.Service, n, err)
		case full:
			return n, nil
		case n >= hoardLimit:
			return n, fmt.Errorf("%s/%s still takes connections after %d: that is as far as this fault goes", m.Site, m.Service, n)
		}
	}
}

// more opens a few connections; full tells that one was refused.
func (h *hoard) more(ctx context.Context, st stage.Store, addr string, m fault.Member, side int) (full bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, hoardBound)
	defer cancel()
	conns, errs := make([]*pgconn.PgConn, side), make([]error, side)
	var wg sync.WaitGroup
	for i := range side {
		wg.Go(func() { conns[i], errs[i] = dial(ctx, st, addr, stage.Login{User: st.User, Password: st.Password}) })
	}
	wg.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	var other []error
	for i, err := range errs {
		var said *pgconn.PgError
		switch {
		case err == nil && h.closed:
			shut([]*pgconn.PgConn{conns[i]})
		case err == nil:
			h.conns[m] = append(h.conns[m], conns[i])
		case errors.As(err, &said) && strings.HasPrefix(said.Code, "53"):
			full = true
		default:
			other = append(other, err)
		}
	}
	if full {
		return true, nil
	}
	return false, errors.Join(other...)
}

// held counts the connections that still stand, and forgets the others.
func (h *hoard) held(m fault.Member) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[m] = slices.DeleteFunc(h.conns[m], func(c *pgconn.PgConn) bool { return c.IsClosed() })
	return len(h.conns[m])
}

// GiveConnections closes what was taken.
func (t *Target) GiveConnections(_ context.Context, id string) error {
	t.mu.Lock()
	h := t.hoards[id]
	delete(t.hoards, id)
	t.mu.Unlock()
	if h != nil {
		h.give()
	}
	return nil
}

// letGo closes what faults that nobody healed still hold.
func (t *Target) letGo() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.hoards {
		h.give()
	}
	t.hoards = nil
}

func (h *hoard) give() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, conns := range h.conns {
		shut(conns)
	}
	h.conns = nil
}

// shut closes sockets: a database frees a connection as soon as it learns that
// its client is gone, and a polite end of each would take its time.
func shut(conns []*pgconn.PgConn) {
	for _, c := range conns {
		_ = c.Conn().Close()
	}
}
