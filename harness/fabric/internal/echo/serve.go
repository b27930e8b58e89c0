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
	EchoPort    = 9000 // TCP and UDP
	StreamPort  = 9002 // TCP: sends as fast as it can
	PulsePort   = 9003 // TCP: sends the time, as a line, every pulseEvery
	ControlPort = 9100 // HTTP
)

const (
	chunk      = 128 << 10 // what one write of a stream sends
	pulseEvery = 20 * time.Millisecond
)

// Serve is a peer of a name, until ctx ends.
func Serve(ctx context.Context, name string) error {
	tcp, err := net.Listen("tcp4", fmt.Sprintf(":%d", EchoPort))
	if err != nil {
		return fmt.Errorf("peer %s: %w", name, err)
	}
	udp, err := net.ListenPacket("udp4", fmt.Sprintf(":%d", EchoPort))
	if err != nil {
		return fmt.Errorf("peer %s: %w", name, err)
	}
	stream, err := net.Listen("tcp4", fmt.Sprintf(":%d", StreamPort))
	if err != nil {
		return fmt.Errorf("peer %s: %w", name, err)
	}
	pulses, err := net.Listen("tcp4", fmt.Sprintf(":%d", PulsePort))
	if err != nil {
		return fmt.Errorf("peer %s: %w", name, err)
	}
	srv := &http.Server{Addr: fmt.Sprintf(":%d", ControlPort), Handler: control(newCaller()), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() {
		_ = errors.Join(tcp.Close(), udp.Close(), stream.Close(), pulses.Close(), srv.Close())
	})()
	go accept(tcp, func(c net.Conn) { talk(name, c) })
	go accept(stream, pour)
	go accept(pulses, func(c net.Conn) { pulse(name, c) })
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

// answerPackets greets every packet.
func answerPackets(name string, c net.PacketConn) {
	b := make([]byte, 2048)
	for {
		_, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		// The caller may be gone: nothing to do about it.
		_, _ = c.WriteTo([]byte(fmt.Sprintf("%s %s\n", name, host(from))), from)
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
