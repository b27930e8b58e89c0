package hand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// asker does the requests of a probe. The process whose network it asks from is
// the one that has the number now: not a later one.
func asker(p Probe) func(context.Context) (string, error) {
	v, _ := victimOf(p.Pid) // one that is gone already is what each answer says
	return func(ctx context.Context) (string, error) { return inside{v}.ask(ctx, p) }
}

func (from inside) ask(ctx context.Context, p Probe) (string, error) {
	if p.Kind == Lookup {
		resolver, err := from.resolver()
		if err != nil {
			return "", err
		}
		return lookup(ctx, from, resolver, p.Target)
	}
	addr, err := from.resolve(ctx, p.Target)
	if err != nil {
		return "", err
	}
	network := "tcp4"
	if p.Kind == UDP {
		network = "udp4"
	}
	conn, err := from.DialContext(ctx, network, addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return exchange(ctx, p, conn)
}

// inside dials from the network of a process; 0: from our own.
type inside struct{ victim }

// resolver is the name server that the process's own container would ask.
func (i inside) resolver() (string, error) {
	path := "/etc/resolv.conf"
	if i.pid != 0 {
		if i.ended() {
			return "", classed("gone")
		}
		path = fmt.Sprintf("/proc/%d/root/etc/resolv.conf", i.pid)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", gone(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "nameserver" {
			return f[1], nil
		}
	}
	return "", classed("no resolver")
}

// resolve turns a name into an address as the container would, each time anew.
func (i inside) resolve(ctx context.Context, target string) (string, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return target, nil
	}
	resolver, err := i.resolver()
	if err != nil {
		return "", err
	}
	ip, err := lookup(ctx, i, resolver, host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(ip, port), nil
}

// DialContext connects from the process's network namespace. A socket belongs to
// the namespace of the thread that makes it, so a thread of its own goes there,
// and ends with the dial.
func (i inside) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	if i.pid == 0 {
		return d.DialContext(ctx, network, address)
	}
	type dialled struct {
		conn net.Conn
		err  error
	}
	done := make(chan dialled, 1)
	go func() {
		// Never unlocked: the runtime ends a thread whose goroutine ends locked,
		// and no other goroutine finds itself in that namespace.
		runtime.LockOSThread()
		if err := enter(i.victim); err != nil {
			done <- dialled{nil, err}
			return
		}
		conn, err := d.DialContext(ctx, network, address)
		done <- dialled{conn, err}
	}()
	x := <-done // bounded by ctx, which the dial obeys
	return x.conn, x.err
}

// enter moves the thread into the network namespace of a process.
func enter(v victim) error {
	f, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", v.pid))
	if err != nil {
		return gone(err)
	}
	defer f.Close()
	if v.ended() {
		return classed("gone")
	}
	if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network of process %d: %w", v.pid, err)
	}
	return nil
}

// gone is the class of what is asked of a process that is no more.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return classed("gone")
	}
	return err
}

// tryProbe tells why no canary can speak from a container; "" if one can.
func tryProbe() string {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		v, err := victimOf(os.Getpid())
		if err == nil {
			err = enter(v)
		}
		done <- err
	}()
	if err := <-done; err != nil {
		return err.Error()
	}
	return ""
}

func classOfSocket(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "eof"
	}
	return "other: " + err.Error()
}
