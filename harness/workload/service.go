package workload

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"bascule/harness/stage"
)

// How a read-back is tried again: only where the connection failed, and seldom.
const (
	readTries = 4
	readPause = 500 * time.Millisecond
	readQuiet = 15 * time.Second // without a byte for so long, the source is silent
	maxID     = 64 << 10         // bytes of a line; a longer one is no list of ids
)

// errConnection marks what is worth another try.
var errConnection = errors.New("connection failed")

// ReadService reads every row of prefix back through the service's list
// request, one id a line. It is the client's view of what was kept.
func ReadService(ctx context.Context, w stage.Workload, baseURL, prefix string) (Rows, error) {
	rows, err := again(ctx, func(ctx context.Context) (Rows, error) { return list(ctx, w, baseURL, prefix) })
	if err != nil {
		return Rows{}, fmt.Errorf("read back through the service of workload %s at %s: %w", w.ID, baseURL, err)
	}
	return rows, nil
}

// again calls read until it succeeds, fails for good, or was tried enough.
func again(ctx context.Context, read func(context.Context) (Rows, error)) (Rows, error) {
	var last error
	for n := 1; n <= readTries; n++ {
		if n > 1 && !pause(ctx, readPause) {
			if end := ctx.Err(); !errors.Is(last, end) {
				last = fmt.Errorf("%w; then %w", last, end)
			}
			return Rows{}, last
		}
		rows, err := read(ctx)
		if err == nil {
			return rows, nil
		}
		if last = err; !errors.Is(err, errConnection) {
			return Rows{}, err
		}
	}
	return Rows{}, fmt.Errorf("after %d tries: %w", readTries, last)
}

// pause waits for d, or until ctx ends, which it tells by false.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// list does one list request.
func list(ctx context.Context, w stage.Workload, baseURL, prefix string) (Rows, error) {
	if err := checkPrefix(prefix); err != nil {
		return Rows{}, err
	}
	to, err := parseBase(baseURL)
	if err != nil {
		return Rows{}, err
	}
	r, err := prepare("list", w.List, to)
	if err != nil {
		return Rows{}, err
	}
	path, err := r.path.append(nil, values{Prefix: prefix})
	if err != nil {
		return Rows{}, err
	}
	scheme := "http://"
	if to.secure {
		scheme = "https://"
	}
	req, err := http.NewRequestWithContext(ctx, r.method, scheme+to.host+string(path), nil)
	if err != nil {
		return Rows{}, fmt.Errorf("list request: %w", err)
	}
	for k, v := range w.List.Header {
		req.Header.Set(k, v)
	}
	// Uncompressed and on a connection of its own: the answer can be long, and
	// what is measured is the system, not a kept connection.
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: quietDial}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	if err != nil {
		return Rows{}, fmt.Errorf("%w: %w", errConnection, err)
	}
	defer res.Body.Close()
	if !r.ok[res.StatusCode] {
		return Rows{}, fmt.Errorf("%s %s answered %s", r.method, path, res.Status)
	}
	return count(res.Body, prefix)
}

// count counts the ids of in, one a line.
func count(in io.Reader, prefix string) (Rows, error) {
	c := newCounter(prefix)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxID)
	for lines.Scan() {
		id := lines.Bytes()
		if len(id) == 0 {
			continue
		}
		if err := c.add(id); err != nil {
			return Rows{}, err
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Rows{}, fmt.Errorf("a line of more than %d bytes: the list request must answer one id a line", maxID)
	} else if err != nil {
		// Half a list must never pass for a list: the rest would count as lost.
		return Rows{}, fmt.Errorf("%w after %d rows: %w", errConnection, c.seen, err)
	}
	return c.rows, nil
}

// quietDial connects so that a source that falls silent ends the read instead
// of holding it, however long the whole list may take.
func quietDial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: readQuiet}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return quietConn{c}, nil
}

// quietConn gives up on a read or write that brings nothing for readQuiet.
type quietConn struct{ net.Conn }

// Read reads, within readQuiet.
func (c quietConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(readQuiet)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Write writes, within readQuiet.
func (c quietConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(readQuiet)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
