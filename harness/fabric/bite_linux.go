package fabric

import (
	"context"
	"errors"
	"net"
)

// bite is what a fault has met on a link.
type bite struct {
	fault          Fault
	order          int // of injection on this link
	packets, bytes uint64
	passed         map[*counted]int64 // LimitData: answers of a connection since the fault began
	stop           context.CancelFunc // of what resets connections
}

// note counts a piece of data that met the faults in force. The answers are
// slowed and limited; both ways are narrow and sliced.
func (l *shapedLink) note(c *counted, n int, answer bool) {
	l.traffic.Lock()
	defer l.traffic.Unlock()
	for _, b := range l.bites {
		switch kind := b.fault.Kind; {
		case kind == Bandwidth, kind == Slicer, kind == Latency && answer:
			b.packets++
			b.bytes += uint64(n)
		case kind == LimitData && answer:
			b.bytes += uint64(n)
			before := b.passed[c]
			b.passed[c] += int64(n)
			if before < b.fault.Bytes && b.passed[c] >= b.fault.Bytes {
				b.packets++ // a connection that the limit ends
			}
		}
	}
}

// ending counts a connection that one of its ends closes.
func (l *shapedLink) ending() {
	l.traffic.Lock()
	defer l.traffic.Unlock()
	for _, b := range l.bites {
		if b.fault.Kind == SlowClose {
			b.packets++
		}
	}
}

// page is the last HTTPError in force, nil for none.
func (l *shapedLink) page() (last *bite) {
	l.traffic.Lock()
	defer l.traffic.Unlock()
	for _, b := range l.bites {
		if b.fault.Kind == HTTPError && (last == nil || b.order > last.order) {
			last = b
		}
	}
	return last
}

// answerFor answers a request in the provider's place; c is the consumer's end,
// and first what it sent already.
func (l *shapedLink) answerFor(b *bite, c net.Conn, first []byte) {
	n, err := errorPage(c, first, b.fault.Status)
	l.traffic.Lock()
	defer l.traffic.Unlock()
	if err == nil {
		b.packets++
		b.bytes += uint64(n)
	}
}

// answerAlone answers the first request of a connection whose provider cannot be
// reached, and tells whether it did.
func (l *shapedLink) answerAlone(c *net.TCPConn) bool {
	b := l.page()
	if b == nil {
		return false
	}
	data := make([]byte, maxRequestLine)
	n, began := firstRequest(c, data, 0)
	if began {
		l.answerFor(b, c, data[:n])
		_ = c.Close()
	}
	return began
}

func (l *shapedLink) met(id string) tally {
	l.traffic.Lock()
	defer l.traffic.Unlock()
	if b := l.bites[id]; b != nil {
		return tally{packets: b.packets, bytes: b.bytes}
	}
	return tally{}
}

// counted is the consumer's end of a connection. It notes the data that meets a
// fault, the bite of a toxic, and answers requests while an HTTPError is in
// force. It is a plain net.Conn on purpose: with the shortcuts of a TCP
// connection (ReadFrom) the kernel would move the bytes and nothing would be
// counted.
type counted struct {
	net.Conn
	link *shapedLink
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.link.note(c, n, true)
	return n, err
}

// Read ends the connection, as the consumer would, when it has answered a
// request itself: the provider gets to see an end and no request.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 0 {
		if err != nil && !errors.Is(err, net.ErrClosed) {
			c.link.ending()
		}
		return n, err
	}
	if page := c.link.page(); page != nil {
		var began bool
		if n, began = firstRequest(c.Conn, b, n); began {
			c.link.answerFor(page, c.Conn, b[:n])
			return 0, net.ErrClosed
		}
	}
	c.link.note(c, n, false)
	return n, err
}

var _ net.Conn = (*counted)(nil)
