package workload

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"bascule/harness/history"
	"bascule/harness/stage"
)

// request is a stage.Request made ready to be written on a connection.
type request struct {
	method   string
	path     rendered
	body     rendered
	head     string        // headers that do not change, each with its line end
	answers  *http.Request // tells http.ReadResponse what it answers
	ok       map[int]bool
	rejected map[int]bool
}

// base is where requests go.
type base struct {
	address string // host:port
	host    string // as in the Host header
	secure  bool
	path    string // in front of every path, without a slash at its end
}

// parseBase reads a base URL.
func parseBase(raw string) (base, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return base{}, fmt.Errorf("base URL %q: %w", raw, err)
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return base{}, fmt.Errorf("base URL %q: want http://host:port or https://host:port", raw)
	}
	b := base{address: u.Host, host: u.Host, secure: u.Scheme == "https", path: strings.TrimSuffix(u.EscapedPath(), "/")}
	if u.Port() == "" {
		port := "80"
		if b.secure {
			port = "443"
		}
		b.address = net.JoinHostPort(u.Hostname(), port)
	}
	return b, nil
}

// prepare checks r and makes it ready. name is for errors ("write").
func prepare(name string, r stage.Request, to base) (*request, error) {
	if r.Method == "" || strings.ContainsFunc(r.Method, func(c rune) bool { return c < 'A' || c > 'Z' }) {
		return nil, fmt.Errorf("%s: method %q: want an HTTP method such as POST", name, r.Method)
	}
	if len(r.OK) == 0 {
		return nil, fmt.Errorf("%s: no status acknowledges (ok is empty), so nothing could ever be counted", name)
	}
	out := &request{
		method: r.Method, answers: &http.Request{Method: r.Method},
		ok: set(r.OK), rejected: set(r.Rejected),
	}
	for s := range out.ok {
		if out.rejected[s] {
			return nil, fmt.Errorf("%s: status %d is both ok and rejected", name, s)
		}
	}
	var err error
	if out.path, err = compile(name+" path", to.path+r.Path); err != nil {
		return nil, err
	}
	if out.body, err = compile(name+" body", r.Body); err != nil {
		return nil, err
	}
	path, err := out.path.append(nil, values{ID: "p-1", Seq: 1, Prefix: "p"})
	if err != nil {
		return nil, fmt.Errorf("%s path: %w", name, err)
	}
	if _, err := url.ParseRequestURI(string(path)); err != nil || !cleanPath(path) {
		return nil, fmt.Errorf("%s path %q: want a path that starts with a slash, without spaces", name, r.Path)
	}
	if out.head, err = headers(r.Header, to.host); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// cleanPath says that nothing in path could end the request line early.
func cleanPath(path []byte) bool {
	for _, c := range path {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	return path[0] == '/'
}

// headers is the unchanging part of a request's head.
func headers(h map[string]string, host string) (string, error) {
	names := make([]string, 0, len(h))
	for n := range h {
		names = append(names, n)
	}
	sort.Strings(names)
	var s, rest strings.Builder
	agent := "bascule"
	for _, n := range names {
		v := h[n]
		if n == "" || strings.ContainsAny(n, " :\r\n\t") || strings.ContainsAny(v, "\r\n") {
			return "", fmt.Errorf("header %q: %q is not a header that can be sent", n, v)
		}
		switch http.CanonicalHeaderKey(n) {
		case "Host":
			host = v
		case "User-Agent":
			agent = v
		case "Content-Length", "Transfer-Encoding", "Connection", "Expect":
			return "", fmt.Errorf("header %q is set by the load itself: remove it", n)
		default:
			rest.WriteString(n + ": " + v + "\r\n")
		}
	}
	s.WriteString("Host: " + host + "\r\nUser-Agent: " + agent + "\r\n" + rest.String())
	return s.String(), nil
}

// append adds the whole request for v to b. The body is rendered twice, first
// for its length: bodies are short, and this needs no second buffer.
func (r *request) append(b []byte, v values) ([]byte, error) {
	b = append(b, r.method...)
	b = append(b, ' ')
	b, err := r.path.append(b, v)
	if err != nil {
		return b, err
	}
	b = append(b, " HTTP/1.1\r\n"...)
	b = append(b, r.head...)
	head := len(b)
	if b, err = r.body.append(b, v); err != nil {
		return b, err
	}
	size := len(b) - head
	b = b[:head]
	if size > 0 || r.method != http.MethodGet && r.method != http.MethodHead {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(size), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	return r.body.append(b, v)
}

// judge is what a complete answer of status means.
func (r *request) judge(status int) (history.Outcome, string) {
	switch {
	case r.ok[status]:
		return history.Acked, ""
	case r.rejected[status]:
		return history.Rejected, "status " + strconv.Itoa(status)
	}
	return history.Unknown, "status " + strconv.Itoa(status)
}

// set makes a lookup of statuses.
func set(statuses []int) map[int]bool {
	m := make(map[int]bool, len(statuses))
	for _, s := range statuses {
		m[s] = true
	}
	return m
}

// requests are the two requests of a load.
type requests struct{ write, read *request }

// Check tells whether a load could be made of w, before anything is started:
// methods, paths, templates, headers, statuses, rate, timeout, share.
func Check(w stage.Workload) error {
	_, err := prepareAll(w, base{address: "host:80", host: "host"})
	return err
}

// prepareAll checks w and makes its requests ready.
func prepareAll(w stage.Workload, to base) (requests, error) {
	var out requests
	var err error
	fail := func(err error) (requests, error) { return requests{}, fmt.Errorf("workload %s: %w", w.ID, err) }
	if w.Timeout <= 0 {
		return fail(errors.New("timeout: want more than 0 s, the patience of a client"))
	}
	if w.ReadShare < 0 || w.ReadShare > 1 {
		return fail(fmt.Errorf("read_share %v: want 0 to 1", w.ReadShare))
	}
	if out.write, err = prepare("write", w.Write, to); err != nil {
		return fail(err)
	}
	if w.Read.Method == "" && w.ReadShare == 0 {
		return out, nil
	}
	if out.read, err = prepare("read", w.Read, to); err != nil {
		return fail(err)
	}
	return out, nil
}
