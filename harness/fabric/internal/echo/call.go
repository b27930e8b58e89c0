package echo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

// Report is what came of a call.
type Report struct {
	OK    bool          `json:"ok"`
	Fault string        `json:"fault,omitempty"` // refused | reset | silent | unreachable | ended | name, or the error itself
	Error string        `json:"error,omitempty"`
	Name  string        `json:"name,omitempty"` // of the peer that answered
	Seen  string        `json:"seen,omitempty"` // address under which it saw the caller
	ID    int           `json:"id,omitempty"`   // of a held connection
	Took  time.Duration `json:"took_ns"`
	Rcode string        `json:"rcode,omitempty"` // of a lookup
	Addrs []string      `json:"addrs,omitempty"`
	Value float64       `json:"value,omitempty"` // median round trip in µs, or MB/s, or how many pages a peer has answered

	TTL    uint32 `json:"ttl,omitempty"`    // of a lookup's answers, in seconds
	Status int    `json:"status,omitempty"` // of a page
	Kept   bool   `json:"kept,omitempty"`   // the page came on a connection that there was
	Closes bool   `json:"closes,omitempty"` // the page said that its connection ends
	Heard  []bool `json:"heard,omitempty"`  // datagrams that were answered, in the order they were sent
}

// caller makes calls and holds connections.
type caller struct {
	mu    sync.Mutex
	held  map[int]*call
	count int
}

type call struct {
	net.Conn
	r *bufio.Reader
}

func newCaller() *caller { return &caller{held: map[int]*call{}} }

// faultOf names what went wrong, as a service would notice it.
func faultOf(err error) string {
	var dnsErr *net.DNSError
	var timeout net.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &dnsErr):
		return "name"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "silent"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "ended"
	}
	return err.Error()
}

func (r Report) of(err error, began time.Time) Report {
	r.OK, r.Fault, r.Took = err == nil, faultOf(err), time.Since(began)
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// open connects and reads the greeting.
func open(ctx context.Context, network, to string) (*call, Report, error) {
	var r Report
	c, err := (&net.Dialer{}).DialContext(ctx, network, to)
	if err != nil {
		return nil, r, err
	}
	h := &call{Conn: c, r: bufio.NewReader(c)}
	if bound, ok := ctx.Deadline(); ok {
		err = c.SetDeadline(bound)
	}
	if err == nil && strings.HasPrefix(network, "udp") {
		_, err = c.Write([]byte("who?"))
	}
	if err == nil {
		r.Name, r.Seen, err = greeting(h.r)
	}
	if err != nil {
		return nil, r, errors.Join(err, c.Close())
	}
	return h, r, nil
}

func (k *caller) dial(ctx context.Context, network, to string) Report {
	began := time.Now()
	c, r, err := open(ctx, network, to)
	if err == nil {
		err = c.Close()
	}
	return r.of(err, began)
}

// hold opens a connection that stays.
func (k *caller) hold(ctx context.Context, to string) Report {
	began := time.Now()
	c, r, err := open(ctx, "tcp4", to)
	if err == nil {
		k.mu.Lock()
		k.count++
		r.ID = k.count
		k.held[r.ID] = c
		k.mu.Unlock()
	}
	return r.of(err, began)
}

// drop closes a held connection.
func (k *caller) drop(ctx context.Context, id int) Report {
	began := time.Now()
	c, err := k.on(ctx, id)
	if err == nil {
		err = c.Close()
	}
	k.mu.Lock()
	delete(k.held, id)
	k.mu.Unlock()
	var r Report
	return r.of(err, began)
}

// ping sends a line on a held connection and awaits it.
func (k *caller) ping(ctx context.Context, id int) Report {
	began := time.Now()
	c, err := k.on(ctx, id)
	if err == nil {
		line := fmt.Sprintf("ping %d\n", began.UnixNano())
		if _, err = c.Write([]byte(line)); err == nil {
			// Answers to earlier pings that came late are not this one's.
			for got := ""; err == nil && got != line; {
				got, err = c.r.ReadString('\n')
			}
		}
	}
	return Report{ID: id}.of(err, began)
}

// watch waits on a held connection without sending.
func (k *caller) watch(ctx context.Context, id int) Report {
	began := time.Now()
	c, err := k.on(ctx, id)
	if err == nil {
		_, err = c.r.ReadByte()
	}
	return Report{ID: id}.of(err, began)
}

// enough pulses show that a connection is heard.
const enough = 5

// pulses counts what a held connection gets to hear, until ctx ends or it is
// enough, of what was said after an instant. That nothing comes is no fault
// here.
func (k *caller) pulses(ctx context.Context, id int, after int64) Report {
	began := time.Now()
	c, err := k.on(ctx, id)
	heard := 0
	for err == nil && heard < enough {
		var said int64
		if _, err = fmt.Fscanf(c.r, "%d\n", &said); err == nil && said > after {
			heard++
		}
	}
	if faultOf(err) == "silent" {
		err = nil
	}
	return Report{ID: id, Value: float64(heard)}.of(err, began)
}

func (k *caller) on(ctx context.Context, id int) (*call, error) {
	k.mu.Lock()
	c := k.held[id]
	k.mu.Unlock()
	if c == nil {
		return nil, fmt.Errorf("no connection %d is held", id)
	}
	bound, _ := ctx.Deadline()
	return c, c.SetDeadline(bound)
}

// roundTrips measures the median of n, of 64 bytes each, on one connection.
func (k *caller) roundTrips(ctx context.Context, to string, n int) Report {
	began := time.Now()
	c, r, err := open(ctx, "tcp4", to)
	if err != nil {
		return r.of(err, began)
	}
	defer c.Close()
	var took []time.Duration
	out, in := make([]byte, 64), make([]byte, 64)
	for i := range n + n/10 {
		sent := time.Now()
		if _, err = c.Write(out); err == nil {
			_, err = io.ReadFull(c.r, in)
		}
		if err != nil {
			return r.of(err, began)
		}
		if i >= n/10 { // the first ones warm up
			took = append(took, time.Since(sent))
		}
	}
	slices.Sort(took)
	r.Value = float64(took[len(took)/2].Nanoseconds()) / 1000
	return r.of(nil, began)
}

// stream measures how much a peer can send here in a time, in MB/s.
func (k *caller) stream(ctx context.Context, to string, d time.Duration) Report {
	began := time.Now()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp4", to)
	if err != nil {
		return Report{}.of(err, began)
	}
	defer c.Close()
	if bound, ok := ctx.Deadline(); ok {
		err = c.SetDeadline(bound)
	}
	b := make([]byte, chunk)
	var total int
	var start time.Time
	for err == nil && (start.IsZero() || time.Since(start) < d) {
		var n int
		n, err = c.Read(b)
		switch {
		case start.IsZero() && time.Since(began) > d/5: // warmed up
			start = time.Now()
		case !start.IsZero():
			total += n
		}
	}
	return Report{Value: float64(total) / 1e6 / time.Since(start).Seconds()}.of(err, began)
}

// lookup asks for a name, through the container's own resolver unless another
// is given.
func (k *caller) lookup(ctx context.Context, server, name, kind string) Report {
	began := time.Now()
	if server == "" {
		conf, err := dns.ClientConfigFromFile("/etc/resolv.conf")
		if err != nil {
			return Report{}.of(err, began)
		}
		server = net.JoinHostPort(conf.Servers[0], conf.Port)
	}
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.StringToType[kind])
	client := new(dns.Client)
	if bound, ok := ctx.Deadline(); ok {
		client.Timeout = time.Until(bound)
	}
	m, _, err := client.ExchangeContext(ctx, q, server)
	if err != nil {
		return Report{}.of(err, began)
	}
	r := Report{Rcode: dns.RcodeToString[m.Rcode]}
	for _, a := range m.Answer {
		if a, ok := a.(*dns.A); ok {
			r.Addrs, r.TTL = append(r.Addrs, a.A.String()), a.Hdr.Ttl
		}
	}
	return r.of(nil, began)
}
