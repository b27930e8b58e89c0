package fabric

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// An HTTPError answers requests on links that it knows nothing of: which port
// speaks HTTP is not declared. So it looks whether what a consumer sends begins
// with the line of an HTTP/1.x request. Whatever else it sends passes untouched:
// other protocols, HTTP/2, HTTP within TLS, and the rest of a request that began
// before the fault.

// maxRequestLine is how far the end of a request line is looked for, in bytes.
const maxRequestLine = 8 << 10

// Bounds of what a consumer is waited for: lineBound for the rest of a line that
// may become a request's, pageBound for the rest of a request.
const (
	lineBound = time.Second
	pageBound = 2 * time.Second
)

// requestBegins tells whether data begin with a request line, or might if there
// were more of them.
func requestBegins(b []byte) (begins, unclear bool) {
	line, _, whole := strings.Cut(string(b[:min(len(b), maxRequestLine)]), "\n")
	method, rest, hasTarget := strings.Cut(line, " ")
	if len(method) > 20 || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" || hasTarget && method == "" {
		return false, false
	}
	target, version, hasVersion := strings.Cut(rest, " ")
	if hasVersion && target == "" {
		return false, false
	}
	for _, known := range []string{"HTTP/1.1\r", "HTTP/1.0\r"} {
		if whole && hasVersion && strings.TrimSuffix(version, "\r")+"\r" == known {
			return true, false
		}
		if !whole && strings.HasPrefix(known, version) && len(b) < maxRequestLine {
			return false, true
		}
	}
	return false, false
}

// firstRequest tells whether the n bytes that a consumer sent, and as many more
// as it takes to know, begin a request. It reads them into b.
func firstRequest(c net.Conn, b []byte, n int) (int, bool) {
	begins, unclear := requestBegins(b[:n])
	if !unclear {
		return n, begins
	}
	defer func() { _ = c.SetReadDeadline(time.Time{}) }() // of a connection that is gone: its next read tells
	_ = c.SetReadDeadline(time.Now().Add(lineBound))
	for unclear && n < len(b) {
		more, err := c.Read(b[n:])
		n += more
		begins, unclear = requestBegins(b[:n])
		if err != nil {
			break
		}
	}
	return n, begins
}

// errorPage answers one request with a status, and says that the connection
// ends; first is what of the request was read already. It returns when the
// consumer has had time to read the answer: a connection that is closed with
// data unread is reset, and the answer lost.
func errorPage(c net.Conn, first []byte, status int) (written int, err error) {
	if err := c.SetDeadline(time.Now().Add(pageBound)); err != nil {
		return 0, err
	}
	const most = 1 << 20 // bytes of a request's head, and of its body
	rest := &io.LimitedReader{R: io.MultiReader(bytes.NewReader(first), c), N: most}
	req, err := http.ReadRequest(bufio.NewReader(rest))
	if err != nil {
		return 0, fmt.Errorf("read the request: %w", err)
	}
	rest.N = most
	if !strings.EqualFold(req.Header.Get("Expect"), "100-continue") {
		_, _ = io.Copy(io.Discard, req.Body) // the status matters, however much comes
	}
	text := fmt.Sprintf("%d %s\n", status, http.StatusText(status))
	res := http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Request: req, Close: true,
		Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Cache-Control": {"no-store"}},
		Body:   io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text))}
	var page bytes.Buffer
	if err := res.Write(&page); err != nil {
		return 0, fmt.Errorf("make the answer: %w", err)
	}
	if written, err = c.Write(page.Bytes()); err != nil {
		return written, fmt.Errorf("write the answer: %w", err)
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		err = half.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, rest) // until it leaves
	return written, errors.Join(err)
}
