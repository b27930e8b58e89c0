package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

type thing struct {
	Name string `json:"name"`
}

// agent serves one thing, "clock".
func agent(t *testing.T) *Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /things", func(w http.ResponseWriter, r *http.Request) {
		var x thing
		if Take(w, r, &x) {
			Answer(w, x, map[bool]error{true: errors.New("a thing needs a name")}[x.Name == ""])
		}
	})
	mux.HandleFunc("GET /things/{name}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("name") != "clock" {
			Answer(w, nil, fmt.Errorf("thing %s: %w", r.PathValue("name"), ErrUnknown))
			return
		}
		Answer(w, thing{"clock"}, nil)
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("nil map") })
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	srv := httptest.NewServer(Recovered(mux))
	t.Cleanup(srv.Close)
	return NewClient("agent", srv.URL)
}

func TestWhatIsUnknownIsToldFromWhatIsNotServed(t *testing.T) {
	c := agent(t)
	var got thing
	if err := c.Call(t.Context(), "GET", "/things/clock", nil, &got); err != nil || got.Name != "clock" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := c.Call(t.Context(), "GET", "/things/bell", nil, &got); !errors.Is(err, ErrUnknown) {
		t.Errorf("a thing that the agent never saw: %v", err)
	}
	if err := c.Call(t.Context(), "GET", "/nothing", nil, &got); err == nil || errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "404") {
		t.Errorf("a path that nobody serves: %v", err)
	}
}

func TestErrorsReachTheCaller(t *testing.T) {
	c := agent(t)
	for name, x := range map[string]struct {
		method, path string
		in           any
		want         string
	}{
		"refused":        {"POST", "/things", thing{}, "a thing needs a name"},
		"an unknown key": {"POST", "/things", map[string]int{"size": 3}, `"size"`},
		"no JSON":        {"POST", "/things", nil, "read the request"},
		"too large":      {"POST", "/things", thing{strings.Repeat("x", maxBody)}, "too large"},
		"a panic":        {"GET", "/panic", nil, "nil map"},
		"no agent":       {"GET", "/page", nil, "read the answer"},
	} {
		err := c.Call(t.Context(), x.method, x.path, x.in, &thing{})
		if err == nil || !strings.Contains(err.Error(), x.want) || !strings.HasPrefix(err.Error(), "agent: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Call(t.Context(), "GET", "/things/clock", nil, nil); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

func TestEveryCallIsBounded(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	c := NewClient("agent", srv.URL)
	if c.http.Timeout <= 0 || c.http.Timeout > 10*time.Second {
		t.Errorf("without a bound of the caller's own, a call may take %s", c.http.Timeout)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := c.Call(ctx, "GET", "/", nil, nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if err := Serve(t.Context(), ln.Addr().String(), http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), ln.Addr().String()) {
		t.Errorf("a port that is taken: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, "127.0.0.1:0", http.NotFoundHandler()) }()
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it serves on")
	}
}
