package fabric

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/collectors"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"
)

// shaper carries the links that the plan will slow, narrow or reset. Toxiproxy
// accepts before it dials, and dials without a bound: both would make a dead
// provider look "connected, silent". So the way of a connection is
//
//	consumer -> front (dials the provider first; refuses if that fails)
//	              '-> Toxiproxy, one proxy a link and port, with the toxics
//	                     '-> back (hands over the connection that front dialled)
//	                            '-> provider
//
// Any port works: a proxy is made at the first connection to it.
type shaper struct {
	server *toxiproxy.ApiServer

	mu      sync.Mutex
	links   map[Pair]*shapedLink
	proxies map[string]*proxied
}

// shapedLink is a link with its front.
type shapedLink struct {
	pair     Pair
	provider netip.Addr
	front    *net.TCPListener

	mu     sync.Mutex
	toxics map[string][]toxic
	conns  map[*net.TCPConn]struct{} // of consumers, to reset
	met    map[string]*atomic.Uint64 // bytes and connections that met a fault, by fault id
}

// proxied is a Toxiproxy proxy of a link and port, with what it needs behind.
type proxied struct {
	proxy *toxiproxy.Proxy
	back  net.Listener
	ready chan *net.TCPConn // dialled connections that wait for Toxiproxy to come
}

// toxic is one in Toxiproxy's own JSON.
type toxic struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   float32        `json:"toxicity"`
	Attributes map[string]any `json:"attributes"`
}

// dialBound is how long the fabric tries to reach a provider on a shaped link;
// beyond it the consumer is told, as the kernel would after some seconds.
const dialBound = 3 * time.Second

func newShaper() *shaper {
	m := toxiproxy.NewMetricsContainer(nil)
	m.ProxyMetrics = collectors.NewProxyMetricCollectors()
	return &shaper{server: toxiproxy.NewServer(m, zerolog.Nop()), links: map[Pair]*shapedLink{}, proxies: map[string]*proxied{}}
}

// open makes the front of a link, on a free port of every address of the
// fabric: the kernel redirects the link's traffic to it.
func (s *shaper) open(pair Pair, provider netip.Addr) (port int, err error) {
	ln, err := net.ListenTCP("tcp4", &net.TCPAddr{})
	if err != nil {
		return 0, fmt.Errorf("shaped link %d to %d: %w", pair.From, pair.To, err)
	}
	l := &shapedLink{pair: pair, provider: provider, front: ln, toxics: map[string][]toxic{}, conns: map[*net.TCPConn]struct{}{}, met: map[string]*atomic.Uint64{}}
	s.mu.Lock()
	s.links[pair] = l
	s.mu.Unlock()
	go s.accept(l)
	return ln.Addr().(*net.TCPAddr).Port, nil
}

func (s *shaper) accept(l *shapedLink) {
	for {
		c, err := l.front.AcceptTCP()
		if err != nil {
			return // closed with the agent
		}
		go func() {
			if err := s.carry(l, c); err != nil {
				reset(c)
			}
		}()
	}
}

// carry leads one connection through Toxiproxy.
func (s *shaper) carry(l *shapedLink, c *net.TCPConn) error {
	port, err := originalPort(c)
	if err != nil {
		return err
	}
	up, err := dialAs(l.pair.From, netip.AddrPortFrom(l.provider, port))
	if err != nil {
		return err
	}
	p, err := s.proxyOf(l, port)
	if err != nil {
		reset(up)
		return err
	}
	in, err := net.DialTimeout("tcp4", p.proxy.Listen, dialBound)
	if err != nil {
		reset(up)
		return err
	}
	select {
	case p.ready <- up:
	case <-time.After(dialBound):
		reset(up)
		_ = in.Close()
		return errors.New("the proxy does not come for its connection")
	}
	l.mu.Lock()
	l.conns[c] = struct{}{}
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.conns, c)
		l.mu.Unlock()
	}()
	join(&counted{Conn: c, link: l}, in)
	return nil
}

// counted notes answers that met a fault: the bite of a toxic. It is a plain
// net.Conn on purpose: with the shortcuts of a TCP connection (ReadFrom) the
// kernel would move the bytes and nothing would be counted.
type counted struct {
	net.Conn
	link *shapedLink
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.link.mu.Lock()
	for _, m := range c.link.met {
		m.Add(1)
	}
	c.link.mu.Unlock()
	return n, err
}

// join copies both ways until both have ended.
func join(a net.Conn, b net.Conn) {
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = io.Copy(a, b); _ = a.Close() })
	wg.Go(func() { _, _ = io.Copy(b, a); _ = b.Close() })
	wg.Wait()
}

// reset closes with a TCP reset.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// proxyOf finds or makes the proxy of a link and port, with the link's toxics.
func (s *shaper) proxyOf(l *shapedLink, port uint16) (*proxied, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := fmt.Sprintf("%d-%d-%d", l.pair.From, l.pair.To, port)
	if p, ok := s.proxies[name]; ok {
		return p, nil
	}
	back, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", name, err)
	}
	p := &proxied{back: back, ready: make(chan *net.TCPConn, 64)}
	go p.handOver()
	p.proxy = toxiproxy.NewProxy(s.server, name, "127.0.0.1:0", back.Addr().String())
	if err := s.server.Collection.Add(p.proxy, true); err != nil {
		return nil, fmt.Errorf("proxy %s: %w", name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ts := range l.toxics {
		for _, t := range ts {
			if err := p.add(t); err != nil {
				return nil, fmt.Errorf("proxy %s: %w", name, err)
			}
		}
	}
	s.proxies[name] = p
	return p, nil
}

// handOver joins what Toxiproxy dials with what front has dialled.
func (p *proxied) handOver() {
	for {
		c, err := p.back.Accept()
		if err != nil {
			return
		}
		go func() {
			select {
			case up := <-p.ready:
				join(c, up)
			case <-time.After(dialBound):
				_ = c.Close()
			}
		}()
	}
}

func (p *proxied) add(t toxic) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = p.proxy.Toxics.AddToxicJson(bytes.NewReader(b))
	return err
}

// toxicsOf translates a fault. The whole latency stands on the answers, so
// that it is added once a round trip; bandwidth is narrow both ways.
func toxicsOf(f Fault) []toxic {
	switch f.Kind {
	case Latency:
		return []toxic{{Name: f.ID, Type: "latency", Stream: "downstream", Toxicity: 1,
			Attributes: map[string]any{"latency": f.Latency.Milliseconds(), "jitter": f.Jitter.Milliseconds()}}}
	case Bandwidth:
		var out []toxic
		for _, stream := range []string{"upstream", "downstream"} {
			out = append(out, toxic{Name: f.ID + "-" + stream, Type: "bandwidth", Stream: stream, Toxicity: 1, Attributes: map[string]any{"rate": f.RateKBps}})
		}
		return out
	}
	return nil
}

// inject puts a fault in force on shaped links.
func (s *shaper) inject(ctx context.Context, f Fault) error {
	for _, pair := range f.Pairs {
		l, ok := s.link(pair)
		if !ok {
			return fmt.Errorf("link %d to %d is not shaped: the topology must name it", pair.From, pair.To)
		}
		l.mu.Lock()
		l.met[f.ID] = &atomic.Uint64{}
		l.toxics[f.ID] = toxicsOf(f)
		l.mu.Unlock()
		for _, p := range s.of(pair) {
			for _, t := range toxicsOf(f) {
				if err := p.add(t); err != nil {
					return fmt.Errorf("link %d to %d: %w", pair.From, pair.To, err)
				}
			}
		}
		if f.Kind == Reset {
			go l.keepResetting(ctx, f.ID)
		}
	}
	return nil
}

// keepResetting resets every connection of the link now and every 100 ms, until
// the fault is healed.
func (l *shapedLink) keepResetting(ctx context.Context, id string) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		l.mu.Lock()
		met, on := l.met[id]
		var conns []*net.TCPConn
		if on {
			for c := range l.conns {
				conns = append(conns, c)
			}
			met.Add(uint64(len(conns)))
		}
		l.mu.Unlock()
		if !on {
			return
		}
		for _, c := range conns {
			reset(c)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// heal ends a fault; each toxic's removal is bounded, since Toxiproxy waits for
// the data under way.
func (s *shaper) heal(f Fault) error {
	var errs []error
	for _, pair := range f.Pairs {
		l, ok := s.link(pair)
		if !ok {
			continue
		}
		l.mu.Lock()
		ts := l.toxics[f.ID]
		delete(l.toxics, f.ID)
		delete(l.met, f.ID)
		l.mu.Unlock()
		for _, p := range s.of(pair) {
			for _, t := range ts {
				ctx, cancel := context.WithTimeout(context.Background(), dialBound)
				errs = append(errs, p.proxy.Toxics.RemoveToxic(ctx, t.Name))
				cancel()
			}
		}
	}
	return errors.Join(errs...)
}

// met sums what met a fault.
func (s *shaper) met(f Fault) (n uint64) {
	for _, pair := range f.Pairs {
		if l, ok := s.link(pair); ok {
			l.mu.Lock()
			if m := l.met[f.ID]; m != nil {
				n += m.Load()
			}
			l.mu.Unlock()
		}
	}
	return n
}

func (s *shaper) link(p Pair) (*shapedLink, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.links[p]
	return l, ok
}

// of lists the proxies of a link.
func (s *shaper) of(pair Pair) []*proxied {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*proxied
	prefix := fmt.Sprintf("%d-%d-", pair.From, pair.To)
	for name, p := range s.proxies {
		if len(name) > len(prefix) && name[:len(prefix)] == prefix {
			out = append(out, p)
		}
	}
	return out
}

// originalPort is the port that the consumer asked for, before the kernel
// redirected it here.
func originalPort(c *net.TCPConn) (uint16, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var port uint16
	var inner error
	err = raw.Control(func(fd uintptr) {
		// A sockaddr_in fits the IPv6 structure's leading bytes: family, port.
		m, err := unix.GetsockoptIPv6Mreq(int(fd), unix.SOL_IP, unix.SO_ORIGINAL_DST)
		if err != nil {
			inner = fmt.Errorf("original destination: %w", err)
			return
		}
		port = uint16(m.Multiaddr[2])<<8 | uint16(m.Multiaddr[3])
	})
	return port, errors.Join(err, inner)
}

// dialAs reaches a provider under the identity of a consumer: the mark tells
// the kernel's source NAT whose connection it is.
func dialAs(consumer int, to netip.AddrPort) (*net.TCPConn, error) {
	d := net.Dialer{Timeout: dialBound, Control: func(_, _ string, c syscall.RawConn) error {
		var inner error
		err := c.Control(func(fd uintptr) {
			inner = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, consumer)
		})
		return errors.Join(err, inner)
	}}
	c, err := d.Dial("tcp4", to.String())
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}
