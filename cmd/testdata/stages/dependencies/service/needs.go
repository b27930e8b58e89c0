package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// need is one line of $NEEDS: "serving 1s tcp stock:8080".
type need struct {
	when   string // start (once) | always | serving (while clients ask)
	every  time.Duration
	how    string // tcp | udp | learn (the address behind a name) | address (that was learnt)
	target string
}

func parse(text string) ([]need, error) {
	var out []need
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if len(f) != 4 {
			return nil, fmt.Errorf("NEEDS: %q: want four words", line)
		}
		every, err := time.ParseDuration(f[1])
		if err != nil || every <= 0 {
			return nil, fmt.Errorf("NEEDS: %q: %s is no period", line, f[1])
		}
		out = append(out, need{f[0], every, f[2], f[3]})
	}
	return out, nil
}

// answer says on each port at which address it is reached.
func answer(ctx context.Context, listen string) error {
	failed := make(chan error, 8)
	for _, l := range strings.Fields(listen) {
		network, port, _ := strings.Cut(l, ":")
		switch network {
		case "tcp":
			listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", ":"+port)
			if err != nil {
				return err
			}
			context.AfterFunc(ctx, func() { _ = listener.Close() })
			go func() { failed <- streams(listener) }()
		case "udp":
			conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", ":"+port)
			if err != nil {
				return err
			}
			context.AfterFunc(ctx, func() { _ = conn.Close() })
			go func() { failed <- datagrams(conn) }()
		default:
			return fmt.Errorf("LISTEN: %q: tcp:PORT or udp:PORT", l)
		}
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func streams(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
			_, _ = bufio.NewReader(conn).ReadString('\n')
			_, _ = fmt.Fprintln(conn, conn.LocalAddr())
		}()
	}
}

func datagrams(conn net.PacketConn) error {
	b := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(b)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err == nil {
			_, _ = conn.WriteTo(b[:n], from) // whoever asked may be gone
		}
	}
}
