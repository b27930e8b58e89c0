package fabric

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

func TestWhatBeginsARequest(t *testing.T) {
	for data, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n":  "begins",
		"POST /a?b=c%20 HTTP/1.0\r\n":        "begins",
		"DELETE http://a/b HTTP/1.1\n":       "begins",
		"M-SEARCH * HTTP/1.1\r\n":            "begins",
		"":                                   "unclear",
		"G":                                  "unclear",
		"GET":                                "unclear",
		"GET /a":                             "unclear",
		"GET /a HTT":                         "unclear",
		"GET /a HTTP/1.1":                    "unclear",
		"GET /a HTTP/1.1\r":                  "unclear",
		"PRI * HTTP/2.0\r\n\r\nSM":           "no", // HTTP/2
		"get / HTTP/1.1\r\n":                 "no",
		"GET  HTTP/1.1\r\n":                  "no",
		"GET /\r\n":                          "no", // HTTP/0.9
		"PING\r\n":                           "no",
		"HTTP/1.1 200 OK\r\n":                "no",
		"\x16\x03\x01\x02\x00":               "no", // TLS
		"Q\x00\x00\x00\x0dSELECT":            "no", // PostgreSQL
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": "no",
		"GET /" + strings.Repeat("a", maxRequestLine): "no",
	} {
		begins, unclear := requestBegins([]byte(data))
		if got := map[bool]string{begins: "begins", unclear: "unclear"}[true]; got != strings.TrimPrefix(want, "no") {
			t.Errorf("%q: %q, want %q", data, got, want)
		}
	}
}

// However data are cut into pieces, a request is found in the same ones.
func FuzzWhatBeginsARequest(f *testing.F) {
	for _, s := range []string{"GET / HTTP/1.1\r\nHost: a\r\n", "PING\r\n", "\x16\x03\x01", "GET / HTTP/1.1", " / HTTP/1.1\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		begins, unclear := requestBegins(data)
		if begins && unclear {
			t.Fatalf("%q begins a request, and might", data)
		}
		for n := range data {
			b, u := requestBegins(data[:n])
			switch {
			case begins && !b && !u:
				t.Fatalf("%q begins a request, and its beginning %q cannot", data, data[:n])
			case b && !begins:
				t.Fatalf("%q begins a request, and %q does not", data[:n], data)
			case unclear && !u:
				t.Fatalf("%q might begin a request, and of its beginning %q that is known", data, data[:n])
			}
		}
	})
}

// visit sends pieces to a connection that answers with an error page.
func visit(t *testing.T, method string, status int, pieces ...string) (*http.Response, string) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	served := make(chan error, 1)
	go func() {
		c, err := ln.Accept()
		if err != nil {
			served <- err
			return
		}
		defer c.Close()
		b := make([]byte, 32<<10)
		n, err := c.Read(b)
		if err == nil {
			var began bool
			if n, began = firstRequest(c, b, n); began {
				_, err = errorPage(c, b[:n], status)
			} else {
				err = errors.New("no request")
			}
		}
		served <- err
	}()
	c, err := net.Dial("tcp4", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		if _, err := io.WriteString(c, p); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond) // so that they arrive apart
	}
	res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%v; the other end: %v", err, <-served)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	_ = c.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	return res, string(body)
}

func TestAnErrorPageIsACorrectAnswer(t *testing.T) {
	large := strings.Repeat("a", 600<<10)
	for name, c := range map[string]struct {
		method string
		status int
		pieces []string
		body   string
	}{
		"at once":      {"GET", 503, []string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n"}, "503 Service Unavailable\n"},
		"in pieces":    {"GET", 500, []string{"G", "ET / HT", "TP/1.1\r\nHost", ": a\r\n", "\r\n"}, "500 Internal Server Error\n"},
		"HEAD":         {"HEAD", 503, []string{"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"}, ""},
		"HTTP/1.0":     {"GET", 404, []string{"GET / HTTP/1.0\r\n\r\n"}, "404 Not Found\n"},
		"with a body":  {"POST", 429, []string{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 614400\r\n\r\n", large}, "429 Too Many Requests\n"},
		"that waits":   {"PUT", 503, []string{"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"}, "503 Service Unavailable\n"},
		"without name": {"GET", 599, []string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n"}, "599 \n"},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := visit(t, c.method, c.status, c.pieces...)
			if res.StatusCode != c.status || body != c.body || !res.Close || res.ContentLength <= 0 {
				t.Errorf("status %d, %q, closes %v, length %d", res.StatusCode, body, res.Close, res.ContentLength)
			}
		})
	}
}

// A consumer that begins a request and does not go on holds nothing up.
func TestAConsumerThatStopsIsNotWaitedForLong(t *testing.T) {
	for name, first := range map[string]string{"in its first line": "GE", "in its head": "GET / HTTP/1.1\r\nHost: a\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			us, them := net.Pipe()
			defer us.Close()
			defer them.Close()
			b := make([]byte, 4096)
			n, began := firstRequest(us, b, copy(b, first))
			if began != (name == "in its head") {
				t.Errorf("a request: %v", began)
			}
			if began {
				_, err := errorPage(us, b[:n], 503)
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%v, want the end of the wait", err)
				}
			}
		})
	}
}
