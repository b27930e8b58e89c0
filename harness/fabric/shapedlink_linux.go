package fabric

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
)

// shapedLink is a link with its front, its proxies and the toxics in force.
type shapedLink struct {
	pair     Pair
	provider netip.Addr
	front    *net.TCPListener
	server   *toxiproxy.ApiServer

	shape   sync.Mutex // held while proxies or toxics change
	proxies map[uint16]*proxied
	made    int // proxies so far, for their names
	toxics  map[string][]toxic

	traffic  sync.Mutex // apart: data must not wait for a toxic to be placed
	conns    map[*net.TCPConn]*proxied
	bites    map[string]*bite
	injected int // faults so far
}

// dialBound is how long the fabric tries to reach a provider on a shaped link;
// beyond it the consumer is told, as the kernel would after some seconds. It
// bounds what Toxiproxy is asked to do, too.
const dialBound = 3 * time.Second

// accept takes connections until the front is closed.
func (l *shapedLink) accept(ctx context.Context) {
	for {
		c, err := l.front.AcceptTCP()
		switch {
		case err == nil:
			go func() {
				if err := l.carry(c); err != nil {
					reset(c)
				}
			}()
		case errors.Is(err, net.ErrClosed):
			return
		default: // no descriptors left, for instance: that passes
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
				return
			}
		}
	}
}

// carry leads one connection through Toxiproxy, until it ends.
func (l *shapedLink) carry(c *net.TCPConn) error {
	port, err := originalPort(c)
	if err != nil {
		return err
	}
	up, err := dialAs(l.pair.From, netip.AddrPortFrom(l.provider, port))
	if err != nil {
		if l.answerAlone(c) {
			return nil
		}
		return err
	}
	p, err := l.proxyOf(port)
	if err != nil {
		reset(up)
		return err
	}
	in, err := p.enter(up)
	if err != nil {
		reset(up)
		return err
	}
	l.traffic.Lock()
	l.conns[c], l.conns[up] = p, p
	l.traffic.Unlock()
	end := &counted{Conn: c, link: l}
	defer func() {
		l.traffic.Lock()
		delete(l.conns, c)
		delete(l.conns, up)
		for _, b := range l.bites {
			delete(b.passed, end)
		}
		l.traffic.Unlock()
	}()
	join(end, in)
	return nil
}

// proxyOf finds or makes the proxy of a port, with the toxics in force.
func (l *shapedLink) proxyOf(port uint16) (*proxied, error) {
	l.shape.Lock()
	defer l.shape.Unlock()
	if p, ok := l.proxies[port]; ok {
		return p, nil
	}
	l.made++
	p, err := newProxied(l.server, fmt.Sprintf("%d-%d-%d-%d", l.pair.From, l.pair.To, port, l.made), l.ending)
	if err != nil {
		return nil, err
	}
	for _, ts := range l.toxics {
		for _, t := range ts {
			if err := p.add(t); err != nil {
				p.retire()
				return nil, err
			}
		}
	}
	l.proxies[port] = p
	return p, nil
}

// inject puts a fault in force on the link.
func (l *shapedLink) inject(ctx context.Context, f Fault) error {
	b := &bite{fault: f, passed: map[*counted]int64{}, stop: func() {}}
	if f.Kind == Reset {
		ctx, b.stop = context.WithCancel(ctx)
		go l.keepResetting(ctx, b)
	}
	l.traffic.Lock()
	l.injected++
	b.order = l.injected
	l.bites[f.ID] = b
	l.traffic.Unlock()

	l.shape.Lock()
	defer l.shape.Unlock()
	l.toxics[f.ID] = toxicsOf(f)
	return l.change(func(p *proxied) error {
		for _, t := range toxicsOf(f) {
			if err := p.add(t); err != nil {
				return err
			}
		}
		return nil
	})
}

// heal takes it away again.
func (l *shapedLink) heal(id string) error {
	l.traffic.Lock()
	if b := l.bites[id]; b != nil {
		b.stop()
	}
	delete(l.bites, id)
	l.traffic.Unlock()

	l.shape.Lock()
	defer l.shape.Unlock()
	ts := l.toxics[id]
	delete(l.toxics, id)
	return l.change(func(p *proxied) error {
		for _, t := range ts {
			if err := p.remove(t); err != nil {
				return err
			}
		}
		return nil
	})
}

// change does something with every proxy, within a bound. Toxiproxy waits for
// the data under way, for ever if the consumer takes none (it is frozen): such
// a proxy is given up with its connections, and the next connection gets a new
// one. l.shape is held.
func (l *shapedLink) change(do func(*proxied) error) error {
	type outcome struct {
		port uint16
		err  error
	}
	done := make(chan outcome, len(l.proxies))
	waiting := map[uint16]*proxied{}
	for port, p := range l.proxies {
		waiting[port] = p
		go func() { done <- outcome{port, do(p)} }()
	}
	bound := time.NewTimer(dialBound)
	defer bound.Stop()
	var errs []error
	for len(waiting) > 0 {
		select {
		case o := <-done:
			delete(waiting, o.port)
			if o.err != nil {
				errs = append(errs, fmt.Errorf("link %d to %d, port %d: %w", l.pair.From, l.pair.To, o.port, o.err))
			}
		case <-bound.C:
			for port, p := range waiting {
				delete(l.proxies, port)
				l.resetAll(p)
				p.retire()
			}
			return errors.Join(errs...)
		}
	}
	return errors.Join(errs...)
}

// keepResetting resets every connection of the link now and every 100 ms, until
// the fault is healed.
func (l *shapedLink) keepResetting(ctx context.Context, b *bite) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		n := l.resetAll(nil)
		l.traffic.Lock()
		b.packets += uint64(n)
		l.traffic.Unlock()
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// resetAll resets both ends of the connections of one proxy, or of all for nil;
// n counts connections.
func (l *shapedLink) resetAll(of *proxied) (n int) {
	l.traffic.Lock()
	var ends []*net.TCPConn
	for c, p := range l.conns {
		if of == nil || p == of {
			ends = append(ends, c)
			delete(l.conns, c) // once is enough
		}
	}
	l.traffic.Unlock()
	// All are told before any is closed: the end of one travels through the
	// proxy, and would close the other in good order.
	for _, c := range ends {
		_ = c.SetLinger(0)
	}
	for _, c := range ends {
		_ = c.Close()
	}
	return (len(ends) + 1) / 2
}

// close ends the link and its connections.
func (l *shapedLink) close() {
	_ = l.front.Close()
	l.traffic.Lock()
	for _, b := range l.bites {
		b.stop()
	}
	l.traffic.Unlock()
	l.resetAll(nil)
	l.shape.Lock()
	defer l.shape.Unlock()
	for _, p := range l.proxies {
		p.retire()
	}
	clear(l.proxies)
}
