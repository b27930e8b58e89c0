package hand

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// listening serves each connection of a port of this machine.
func listening(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			serve(c)
		}
	}()
	return ln.Addr().String()
}

// deaf is a UDP port that says nothing.
func deaf(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.LocalAddr().String()
}

// heard reads what a canary sends, so that closing is an end and no reset.
func heard(c net.Conn) { _, _ = c.Read(make([]byte, 512)) }

func TestClassesOfAnswers(t *testing.T) {
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(busy.Close)
	web := strings.TrimPrefix(busy.URL, "http://")
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := ln.Addr().String()
	_ = ln.Close()
	silent := listening(t, func(c net.Conn) { t.Cleanup(func() { _ = c.Close() }) })
	ends := listening(t, func(c net.Conn) { heard(c); _ = c.Close() })
	resets := listening(t, func(c net.Conn) { heard(c); _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() })
	database := listening(t, func(c net.Conn) { heard(c); _, _ = c.Write([]byte("N")); _ = c.Close() })

	for name, x := range map[string]struct {
		Probe
		class, detail string
	}{
		"http":                      {Probe{Kind: HTTP, Target: web}, "", "status 200"},
		"http, unavailable":         {Probe{Kind: HTTP, Target: web, Path: "/health"}, "", "status 503"},
		"http, closed":              {Probe{Kind: HTTP, Target: closed}, "refused", ""},
		"http, silent":              {Probe{Kind: HTTP, Target: silent}, "timeout", ""},
		"http, ends":                {Probe{Kind: HTTP, Target: ends}, "eof", ""},
		"http, reset":               {Probe{Kind: HTTP, Target: resets}, "reset", ""},
		"postgres":                  {Probe{Kind: Postgres, Target: database}, "", "tls N"},
		"postgres, ends":            {Probe{Kind: Postgres, Target: ends}, "eof", ""},
		"postgres, silent":          {Probe{Kind: Postgres, Target: silent}, "timeout", ""},
		"tcp, an end is an answer":  {Probe{Kind: TCP, Target: ends}, "", "0 bytes"},
		"tcp, a connect is none":    {Probe{Kind: TCP, Target: silent}, "timeout", ""},
		"tcp, reset":                {Probe{Kind: TCP, Target: resets}, "reset", ""},
		"udp, silent":               {Probe{Kind: UDP, Target: deaf(t)}, "timeout", ""},
		"udp, closed":               {Probe{Kind: UDP, Target: closed}, "refused", ""},
		"the container is gone":     {Probe{Kind: TCP, Target: silent, Pid: 1 << 30}, "gone", ""},
		"gone, and its resolver":    {Probe{Kind: Lookup, Target: "db", Pid: 1 << 30}, "gone", ""},
		"no way leads there":        {Probe{Kind: TCP, Target: "255.255.255.255:80"}, "unreachable", ""},
		"a name in a gone one, tcp": {Probe{Kind: TCP, Target: "db:5432", Pid: 1 << 30}, "gone", ""},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		detail, err := asker(x.Probe)(ctx)
		cancel()
		if got := classOf(err); got != x.class || detail != x.detail {
			t.Errorf("%s: class %q, detail %q; want %q, %q", name, got, detail, x.class, x.detail)
		}
	}
}

// to dials one address, whatever it is asked for.
type to string

func (a to) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, string(a))
}

func TestClassesOfLookups(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		switch q.Question[0].Name {
		case "db.":
			rr, err := dns.NewRR("db. 1 IN A 10.1.2.3")
			if err != nil {
				return
			}
			m.Answer = append(m.Answer, rr)
		case "nobody.":
			m.Rcode = dns.RcodeNameError
		case "broken.":
			m.Rcode = dns.RcodeServerFailure
		case "silent.":
			return
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = srv.ActivateAndServe() }()
	t.Cleanup(func() { _ = srv.Shutdown() })
	for name, want := range map[string]struct{ ip, class string }{
		"db": {"10.1.2.3", ""}, "nobody": {"", "nxdomain"}, "broken": {"", "servfail"}, "empty": {"", "nodata"}, "silent": {"", "timeout"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		ip, err := lookup(ctx, to(conn.LocalAddr().String()), "127.0.0.53", name)
		cancel()
		if ip != want.ip || classOf(err) != want.class {
			t.Errorf("%s: %q, %q; want %q, %q", name, ip, classOf(err), want.ip, want.class)
		}
	}
}

// Two requests at once would hide how long one takes.
func TestAProbeAsksOneThingAtATime(t *testing.T) {
	var now, most atomic.Int64
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(80 * time.Millisecond)
		now.Add(-1)
	}))
	t.Cleanup(slow.Close)
	c := talking(t, nil)
	p := Probe{ID: "p", Kind: HTTP, Target: strings.TrimPrefix(slow.URL, "http://"), Every: shortestEvery}
	for range 2 { // the same probe twice is one
		if err := c.StartProbe(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	all := answersOf(t, c, "p", 4)
	if most.Load() != 1 {
		t.Errorf("%d requests at once", most.Load())
	}
	for _, a := range all {
		if a.Err != "" || a.Took < 80*time.Millisecond || a.Detail != "status 200" {
			t.Errorf("%+v", a)
		}
	}
	later, err := c.Answers(t.Context(), "p", all[1].At)
	if err != nil || len(later) < 2 || later[0].At != all[2].At {
		t.Errorf("since the second answer: %+v, %v", later, err)
	}
	if err := errors.Join(c.StopProbe(t.Context(), "p"), c.StopProbe(t.Context(), "p")); err != nil {
		t.Errorf("ended twice: %v", err)
	}
	if _, err := c.Answers(t.Context(), "p", 0); !errors.Is(err, ErrUnknown) {
		t.Errorf("an ended probe: %v", err)
	}
}

// answersOf waits until a probe has n answers.
func answersOf(t *testing.T, c *Client, id string, n int) []Answer {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		all, err := c.Answers(t.Context(), id, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) >= n {
			return all
		}
		if time.Now().After(end) {
			t.Fatalf("%d answers in 10 s", len(all))
		}
	}
}

func TestOnlyTheLastAnswersAreKept(t *testing.T) {
	c := &canary{}
	for i := range 3 * keptAnswers {
		c.keep(Answer{At: int64(i)})
	}
	if len(c.answers) != keptAnswers || c.answers[0].At != 2*keptAnswers {
		t.Errorf("%d kept, from %d on", len(c.answers), c.answers[0].At)
	}
}

func TestWrongProbesAreRefused(t *testing.T) {
	c := talking(t, nil)
	for name, p := range map[string]Probe{
		"without an id":   {Kind: TCP, Target: "db:1"},
		"without a place": {ID: "x", Kind: TCP},
		"too often":       {ID: "x", Kind: TCP, Target: "db:1", Every: time.Millisecond},
		"unknown":         {ID: "x", Kind: "telegram", Target: "db:1"},
	} {
		if err := c.StartProbe(t.Context(), p); err == nil {
			t.Errorf("%s: it began", name)
		}
	}
}
