package fabric

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/collectors"
	"github.com/rs/zerolog"
)

// shaper carries the links that the plan will slow, narrow or reset. Toxiproxy
// accepts before it dials, and dials without a bound: both would make a dead
// provider look "connected, silent". So the way of a connection is
//
//	consumer -> front (dials the provider first; resets the consumer if that fails)
//	              '-> Toxiproxy, one proxy a link and port, with the toxics
//	                     '-> back (hands over the connection that front dialled)
//	                            '-> provider
//
// Any port works: a proxy is made at the first connection to it. What remains
// of Toxiproxy: a connection that one side half-closes is closed.
type shaper struct {
	ctx    context.Context // of the agent's life
	server *toxiproxy.ApiServer
	api    *http.Server

	mu     sync.Mutex
	links  map[Pair]*shapedLink
	faults map[string][]*shapedLink // in force
}

func newShaper(ctx context.Context) *shaper {
	m := toxiproxy.NewMetricsContainer(nil)
	m.ProxyMetrics = collectors.NewProxyMetricCollectors()
	return &shaper{ctx: ctx, server: toxiproxy.NewServer(m, zerolog.Nop()), links: map[Pair]*shapedLink{}, faults: map[string][]*shapedLink{}}
}

// serveAPI offers Toxiproxy's own API on the control network. It has no
// authentication: no other address must have it.
func (s *shaper) serveAPI(control netip.Addr) {
	s.api = &http.Server{Addr: net.JoinHostPort(control.String(), strconv.Itoa(ToxiproxyPort)), Handler: s.server.Routes(), ReadHeaderTimeout: 10 * time.Second}
	// Without it the fabric works all the same: a port in use is no reason to
	// refuse a stage.
	go func() { _ = s.api.ListenAndServe() }()
}

// open makes the front of a link, on a free port of every address of the
// fabric: the kernel redirects the link's traffic to it.
func (s *shaper) open(pair Pair, provider netip.Addr) (port int, err error) {
	ln, err := net.ListenTCP("tcp4", &net.TCPAddr{})
	if err != nil {
		return 0, fmt.Errorf("shaped link %d to %d: %w", pair.From, pair.To, err)
	}
	l := &shapedLink{pair: pair, provider: provider, front: ln, server: s.server,
		proxies: map[uint16]*proxied{}, toxics: map[string][]toxic{}, conns: map[*net.TCPConn]*proxied{}, bites: map[string]*bite{}}
	s.mu.Lock()
	s.links[pair] = l
	s.mu.Unlock()
	go l.accept(s.ctx)
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// close ends all of it, so that it could be opened anew.
func (s *shaper) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.api != nil {
		_ = s.api.Close()
	}
	for _, l := range s.links {
		l.close()
	}
	clear(s.links)
	clear(s.faults)
}

// reached are the links that a fault's pairs mean. A pair that is named must be
// shaped; "any member" means the shaped ones.
func (s *shaper) reached(f Fault) ([]*shapedLink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hit := map[Pair]*shapedLink{}
	for _, want := range f.Pairs {
		found := false
		for have, l := range s.links {
			if (want.From == 0 || want.From == have.From) && (want.To == 0 || want.To == have.To) {
				hit[have] = l
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("fault %s: link %d to %d is not shaped; the topology must name it under \"shaped\"", f.ID, want.From, want.To)
		}
	}
	var out []*shapedLink
	for _, l := range hit {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *shapedLink) int {
		return cmp.Or(cmp.Compare(a.pair.From, b.pair.From), cmp.Compare(a.pair.To, b.pair.To))
	})
	return out, nil
}

// inject puts a fault in force on all of its links, or on none.
func (s *shaper) inject(f Fault) error {
	links, err := s.reached(f)
	if err != nil {
		return err
	}
	if err := each(links, func(l *shapedLink) error { return l.inject(s.ctx, f) }); err != nil {
		return errors.Join(err, each(links, func(l *shapedLink) error { return l.heal(f.ID) }))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[f.ID] = links
	return nil
}

// heal ends a fault on all of its links.
func (s *shaper) heal(id string) error {
	s.mu.Lock()
	links := s.faults[id]
	s.mu.Unlock()
	if err := each(links, func(l *shapedLink) error { return l.heal(id) }); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.faults, id)
	return nil
}

// met sums what met a fault: pieces of data, or connections that were reset.
func (s *shaper) met(id string) tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sum tally
	for _, l := range s.faults[id] {
		t := l.met(id)
		sum.packets, sum.bytes = sum.packets+t.packets, sum.bytes+t.bytes
	}
	return sum
}

// each does something with all links at once: each of them may take its bound.
func each(links []*shapedLink, do func(*shapedLink) error) error {
	errs := make([]error, len(links))
	var wg sync.WaitGroup
	for i, l := range links {
		wg.Go(func() { errs[i] = do(l) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
