package workload

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// client speaks HTTP/1.1 over a pool of connections of its own.
//
// It is not net/http's, for one reason above all: that one sends a request
// again, silently, when a kept connection turns out dead. A write sent twice by
// the harness would be counted against the system. This client writes a
// request at most once, and tells whether a byte of it left. It is also about
// half as dear, which matters on a small machine that runs the system too.
type client struct {
	to     base
	dialer net.Dialer
	ctx    context.Context // ends when the load is torn down; bounds every dial
	cancel context.CancelFunc
	limit  int // idle connections kept

	mu   sync.Mutex
	idle []*conn // the last one used at the end
	open map[*conn]struct{}
	shut bool
}

// idleFor is how long an unused connection is kept: shorter than servers and
// proxies do, so that none closes under a request that is just being written.
const idleFor = time.Second

// conn is one connection.
type conn struct {
	net.Conn                 // what is spoken through: the socket, or TLS over it
	socket   net.Conn        // what is closed: closing TLS politely could wait
	raw      syscall.RawConn // nil where the liveness of an idle connection cannot be looked at
	in       *bufio.Reader
	out      []byte
	secure   bool
	last     time.Time
	broke    error // that reading the socket met; a parser of half a line tells another story
}

// Read notes the error that ends an answer.
func (k *conn) Read(b []byte) (int, error) {
	n, err := k.Conn.Read(b)
	if err != nil {
		k.broke = err
	}
	return n, err
}

// newClient makes a client for to.
func newClient(to base, limit int) *client {
	ctx, cancel := context.WithCancel(context.Background())
	return &client{to: to, ctx: ctx, cancel: cancel, limit: limit, open: make(map[*conn]struct{})}
}

// do sends one request and reads the whole answer, by deadline. written says
// that at least one byte of the request may have left, whatever err is.
func (c *client) do(r *request, v values, deadline time.Time) (status int, written bool, err error) {
	k, err := c.get(deadline)
	if err != nil {
		return 0, false, err
	}
	keep := false
	defer func() { c.put(k, keep) }()
	if err := k.SetDeadline(deadline); err != nil {
		return 0, false, fmt.Errorf("set deadline: %w", err)
	}
	if k.out, err = r.append(k.out[:0], v); err != nil {
		return 0, false, err
	}
	n, err := k.Write(k.out)
	if err != nil {
		// A secure connection counts plain bytes: part of a record may have left.
		return 0, n > 0 || k.secure, fmt.Errorf("send: %w", err)
	}
	status, keep, err = k.answer(r.answers)
	return status, true, err
}

// answer reads one answer to its end. keep says that the connection is fit for
// another request.
func (k *conn) answer(to *http.Request) (status int, keep bool, err error) {
	for {
		res, err := http.ReadResponse(k.in, to)
		if err != nil {
			return 0, false, fmt.Errorf("answer: %w", k.wire(err))
		}
		if res.StatusCode >= 100 && res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols {
			continue // an interim answer: the real one follows
		}
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err != nil {
			return 0, false, fmt.Errorf("answer's body: %w", k.wire(err))
		}
		keep = !res.Close && res.StatusCode != http.StatusSwitchingProtocols && k.in.Buffered() == 0
		return res.StatusCode, keep, nil
	}
}

// wire tells a broken connection from an answer that is not HTTP.
func (k *conn) wire(err error) error {
	if k.broke != nil {
		return k.broke
	}
	return fmt.Errorf("%w: %w", errMalformed, err)
}

// get is a living idle connection, or a new one.
func (c *client) get(deadline time.Time) (*conn, error) {
	for {
		k := c.pop()
		if k == nil {
			return c.dial(deadline)
		}
		if k.alive() {
			return k, nil
		}
		c.put(k, false)
	}
}

// pop takes the idle connection that was used last.
func (c *client) pop() *conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) == 0 {
		return nil
	}
	k := c.idle[len(c.idle)-1]
	c.idle = c.idle[:len(c.idle)-1]
	return k
}

// put gives a connection back, or closes it; and closes those that were idle
// for too long, which stand at the front.
func (c *client) put(k *conn, keep bool) {
	now := time.Now()
	k.last = now
	var drop []*conn
	c.mu.Lock()
	if keep && !c.shut && len(c.idle) < c.limit {
		c.idle = append(c.idle, k)
	} else {
		drop = append(drop, k)
	}
	old := 0
	for old < len(c.idle) && now.Sub(c.idle[old].last) > idleFor {
		old++
	}
	if old > 0 {
		drop = append(drop, c.idle[:old]...)
		c.idle = append(c.idle[:0], c.idle[old:]...)
	}
	for _, d := range drop {
		delete(c.open, d)
	}
	c.mu.Unlock()
	for _, d := range drop {
		d.socket.Close()
	}
}

// dial makes a connection; with a handshake where the base is https.
func (c *client) dial(deadline time.Time) (*conn, error) {
	d := c.dialer
	d.Deadline = deadline
	raw, err := d.DialContext(c.ctx, "tcp", c.to.address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	k := &conn{Conn: raw, socket: raw, in: bufio.NewReaderSize(nil, 4096), secure: c.to.secure}
	if s, ok := raw.(syscall.Conn); ok {
		k.raw, _ = s.SyscallConn() // an error leaves nil: then the connection is not reused
	}
	// Registered before the handshake, so that tearing down ends that too.
	c.mu.Lock()
	shut := c.shut
	if !shut {
		c.open[k] = struct{}{}
	}
	c.mu.Unlock()
	if shut {
		raw.Close()
		return nil, fmt.Errorf("connect: %w", net.ErrClosed)
	}
	if c.to.secure {
		host, _, _ := net.SplitHostPort(c.to.address)
		t := tls.Client(raw, &tls.Config{ServerName: host, NextProtos: []string{"http/1.1"}})
		_ = t.SetDeadline(deadline)
		if err := t.HandshakeContext(c.ctx); err != nil {
			c.put(k, false)
			return nil, fmt.Errorf("%w: %w", errTLS, err)
		}
		k.Conn = t
	}
	k.in.Reset(k)
	return k, nil
}

// alive looks, without waiting, whether the other end has closed the idle
// connection or said something unasked. Without this look every connection that
// a server drops between two requests would cost an operation.
func (k *conn) alive() bool {
	if k.raw == nil {
		return false
	}
	quiet := false
	err := k.raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && quiet
}

// shutdown closes every connection, in use or not, and ends every dial.
func (c *client) shutdown() {
	c.cancel()
	c.mu.Lock()
	c.shut = true
	all := make([]*conn, 0, len(c.open))
	for k := range c.open {
		all = append(all, k)
	}
	c.open = make(map[*conn]struct{})
	c.idle = nil
	c.mu.Unlock()
	for _, k := range all {
		k.socket.Close()
	}
}
