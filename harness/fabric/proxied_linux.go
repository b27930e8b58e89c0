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
	"syscall"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"golang.org/x/sys/unix"
)

// proxied is a Toxiproxy proxy of a link and port, with what it needs behind.
type proxied struct {
	proxy *toxiproxy.Proxy
	back  net.Listener
	ready chan *net.TCPConn // dialled connections that wait for Toxiproxy to come
	ended func()            // told when a provider closes
}

// toxic is one in Toxiproxy's own JSON.
type toxic struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   float32        `json:"toxicity"`
	Attributes map[string]any `json:"attributes"`
}

func newProxied(server *toxiproxy.ApiServer, name string, ended func()) (*proxied, error) {
	back, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", name, err)
	}
	p := &proxied{back: back, ready: make(chan *net.TCPConn, 64), ended: ended}
	p.proxy = toxiproxy.NewProxy(server, name, "127.0.0.1:0", back.Addr().String())
	if err := server.Collection.Add(p.proxy, true); err != nil {
		_ = back.Close()
		return nil, fmt.Errorf("proxy %s: %w", name, err)
	}
	go p.handOver()
	return p, nil
}

// enter leads a connection that is dialled already through the proxy; in is the
// consumer's side of it.
func (p *proxied) enter(up *net.TCPConn) (in net.Conn, err error) {
	in, err = net.DialTimeout("tcp4", p.proxy.Listen, dialBound)
	if err != nil {
		return nil, err
	}
	select {
	case p.ready <- up:
		return in, nil
	case <-time.After(dialBound):
		_ = in.Close()
		return nil, errors.New("the proxy does not come for its connection")
	}
}

// handOver joins what Toxiproxy dials with what front has dialled. Which of
// them meet does not matter: all come from one consumer and lead to one port,
// and none has carried data yet.
func (p *proxied) handOver() {
	for {
		c, err := p.back.Accept()
		if err != nil {
			return
		}
		go func() {
			select {
			case up := <-p.ready:
				join(c, &provider{up, p.ended})
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
	if _, err = p.proxy.Toxics.AddToxicJson(bytes.NewReader(b)); err != nil {
		return fmt.Errorf("toxic %s: %w", t.Name, err)
	}
	return nil
}

// remove takes a toxic away; one that is gone already (by Toxiproxy's own API)
// is as it should be.
func (p *proxied) remove(t toxic) error {
	if err := p.proxy.Toxics.RemoveToxic(context.Background(), t.Name); err != nil && !errors.Is(err, toxiproxy.ErrToxicNotFound) {
		return fmt.Errorf("toxic %s: %w", t.Name, err)
	}
	return nil
}

// retire stops the proxy without waiting for it: Toxiproxy's stop can block on
// data that nobody takes.
func (p *proxied) retire() {
	_ = p.back.Close()
	go p.proxy.Stop()
}

// provider is a provider's end of a connection.
type provider struct {
	*net.TCPConn
	ended func()
}

// WriteTo tells when the provider closes; the kernel moves the bytes.
func (p *provider) WriteTo(w io.Writer) (int64, error) {
	n, err := io.Copy(w, p.TCPConn)
	if err == nil {
		p.ended()
	}
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
