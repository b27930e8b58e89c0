// Package echo is a peer: a service without a purpose that stands in for the
// services of a stage. It tells every caller who it is and whom it sees, sends
// back what it gets, and calls other peers when its control is told to.
package echo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Ports of a peer.
const (
	EchoPort     = 9000 // TCP and UDP
	StreamPort   = 9002 // TCP: sends as fast as it can
	PulsePort    = 9003 // TCP: sends the time, as a line, every pulseEvery
	PagePort     = 9004 // HTTP: tells its name and how many requests it has had
	FarewellPort = 9005 // TCP: greets and closes
	ControlPort  = 9100 // HTTP
)

const (
	chunk      = 128 << 10 // what one write of a stream sends
	pulseEvery = 20 * time.Millisecond
)

// Serve is a peer of a name, until ctx ends.
func Serve(ctx context.Context, name string) error {
	udp, err := net.ListenPacket("udp4", fmt.Sprintf(":%d", EchoPort))
	if err != nil {
		return fmt.Errorf("peer %s: %w", name, err)
	}
	defer context.AfterFunc(ctx, func() { _ = udp.Close() })()
	for port, serve := range map[int]func(net.Conn){
		EchoPort:     func(c net.Conn) { talk(name, c) },
		StreamPort:   pour,
		PulsePort:    func(c net.Conn) { pulse(name, c) },
		FarewellPort: func(c net.Conn) { greet(name, c) },
	} {
		ln, err := net.Listen("tcp4", fmt.Sprintf(":%d", port))
		if err != nil {
			return fmt.Errorf("peer %s: %w", name, err)
		}
		defer context.AfterFunc(ctx, func() { _ = ln.Close() })()
		go accept(ln, serve)
	}
	web := &http.Server{Addr: fmt.Sprintf(":%d", PagePort), Handler: page(name), ReadHeaderTimeout: 10 * time.Second}
	srv := &http.Server{Addr: fmt.Sprintf(":%d", ControlPort), Handler: control(newCaller()), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = errors.Join(web.Close(), srv.Close()) })()
	go func() { _ = web.ListenAndServe() }() // without it, its tests fail and say so
	go answerPackets(name, udp)
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("peer %s: %w", name, err)
	}
	return nil
}

func accept(ln net.Listener, serve func(net.Conn)) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return // closed with the peer
		}
		go func() {
			defer c.Close()
			serve(c)
		}()
	}
}

func greet(name string, c net.Conn) {
	_, _ = fmt.Fprintf(c, "%s %s\n", name, host(c.RemoteAddr())) // the caller may be gone
}

// talk greets, then echoes until the caller leaves.
func talk(name string, c net.Conn) {
	if _, err := fmt.Fprintf(c, "%s %s\n", name, host(c.RemoteAddr())); err != nil {
		return
	}
	_, _ = io.Copy(c, c) // its end is the caller's leaving
}

// pour sends until the caller leaves.
func pour(c net.Conn) {
	b := make([]byte, chunk)
	for {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}

// pulse greets, then speaks without being asked until the caller leaves.
func pulse(name string, c net.Conn) {
	if _, err := fmt.Fprintf(c, "%s %s\n", name, host(c.RemoteAddr())); err != nil {
		return
	}
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	for now := range tick.C {
		if _, err := fmt.Fprintln(c, now.UnixNano()); err != nil {
			return
		}
	}
}

// answerPackets greets every packet, and sends it back.
func answerPackets(name string, c net.PacketConn) {
	b := make([]byte, 2048)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		// The caller may be gone: nothing to do about it.
		_, _ = c.WriteTo(append(fmt.Appendf(nil, "%s %s\n", name, host(from)), b[:n]...), from)
	}
}

func host(a net.Addr) string {
	h, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return h
}

// greeting reads who answered and whom it saw.
func greeting(r *bufio.Reader) (name, seen string, err error) {
	_, err = fmt.Fscanf(r, "%s %s\n", &name, &seen)
	return name, seen, err
}
