package hand

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/miekg/dns"
)

// dialer connects from a container's network.
type dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// exchange asks over a connection and gives what the answer said.
func exchange(ctx context.Context, p Probe, conn net.Conn) (string, error) {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	switch p.Kind {
	case HTTP:
		return exchangeHTTP(ctx, p, conn)
	case Postgres:
		return exchangePostgres(conn)
	}
	if _, err := io.WriteString(conn, "canary\n"); err != nil {
		return "", err
	}
	n, err := conn.Read(make([]byte, 512))
	if n > 0 || errors.Is(err, io.EOF) && p.Kind == TCP {
		return fmt.Sprintf("%d bytes", n), nil
	}
	return "", err
}

func exchangeHTTP(ctx context.Context, p Probe, conn net.Conn) (string, error) {
	path := p.Path
	if path == "" {
		path = "/"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Target+path, nil)
	if err != nil {
		return "", err
	}
	req.Close = true
	req.Header.Set("User-Agent", "bascule-canary")
	if err := req.Write(conn); err != nil {
		return "", err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)); err != nil {
		return "", err
	}
	return fmt.Sprintf("status %d", res.StatusCode), nil
}

// sslRequest is the code of PostgreSQL's SSLRequest: the server answers with one
// byte, before any login.
const sslRequest = 80877103

func exchangePostgres(conn net.Conn) (string, error) {
	msg := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 8), sslRequest)
	if _, err := conn.Write(msg); err != nil {
		return "", err
	}
	var b [1]byte
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		return "", err
	}
	return "tls " + string(b[:]), nil
}

// lookup asks a resolver for the A record of a name.
func lookup(ctx context.Context, d dialer, resolver, name string) (string, error) {
	conn, err := d.DialContext(ctx, "udp4", net.JoinHostPort(resolver, "53"))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	c := dns.Conn{Conn: conn}
	if err := c.SetDeadline(deadline); err != nil {
		return "", err
	}
	if err := c.WriteMsg(new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)); err != nil {
		return "", err
	}
	m, err := c.ReadMsg()
	if err != nil {
		return "", err
	}
	switch m.Rcode {
	case dns.RcodeSuccess:
	case dns.RcodeNameError:
		return "", classed("nxdomain")
	case dns.RcodeServerFailure:
		return "", classed("servfail")
	default:
		return "", classed("rcode " + dns.RcodeToString[m.Rcode])
	}
	for _, rr := range m.Answer {
		if a, ok := rr.(*dns.A); ok {
			return a.A.String(), nil
		}
	}
	return "", classed("nodata")
}
