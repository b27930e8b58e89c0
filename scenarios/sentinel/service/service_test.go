package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// newFront is a front on one Redis, with the bounds of the real one.
func newFront(t *testing.T, addr string, wait int) *httptest.Server {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialTimeout: dialBound, DialerRetries: 1, ReadTimeout: askBound, WriteTimeout: askBound,
		PoolTimeout: poolBound, ContextTimeoutEnabled: true, DisableIdentity: true, Protocol: 2})
	c.AddHook(dialing{})
	t.Cleanup(func() { _ = c.Close() })
	s := httptest.NewServer((&front{redis: c, wait: wait}).handler())
	t.Cleanup(s.Close)
	return s
}

func post(t *testing.T, url, body string) int {
	t.Helper()
	res, err := http.Post(url+"/orders", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

// TestTheFrontTellsTheTruth: what it acknowledges is kept, what it refuses is
// not, and of all else it says that it does not know.
func TestTheFrontTellsTheTruth(t *testing.T) {
	f := newFakeRedis(t)
	s := newFront(t, f.addr, 0)
	if got := post(t, s.URL, `{"id":"p-1"}`); got != http.StatusCreated {
		t.Errorf("an order: %d", got)
	}
	for _, body := range []string{"", "{}", "no"} {
		if got := post(t, s.URL, body); got != http.StatusBadRequest {
			t.Errorf("%q: %d", body, got)
		}
	}
	for _, refusal := range []string{"READONLY You can't write against a read only replica.", "NOREPLICAS Not enough good replicas to write."} {
		f.set(func(f *fakeRedis) { f.refuse = refusal })
		if got := post(t, s.URL, `{"id":"p-2"}`); got != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", refusal, got)
		}
	}
	f.set(func(f *fakeRedis) { f.refuse, f.silent = "", true })
	if got := post(t, s.URL, `{"id":"p-3"}`); got != http.StatusGatewayTimeout {
		t.Errorf("an order whose answer never came: %d", got)
	}
	f.set(func(f *fakeRedis) { f.silent = false })
	if status, _ := get(t, s.URL+"/orders/p-1"); status != http.StatusOK {
		t.Errorf("the order is read: %d", status)
	}
	if status, _ := get(t, s.URL+"/orders/p-2"); status != http.StatusNotFound {
		t.Errorf("the refused one is read: %d", status)
	}
}

// TestNobodyThere: an order that was never sent is not kept, and said to be so.
func TestNobodyThere(t *testing.T) {
	s := newFront(t, "127.0.0.1:1", 0)
	if got := post(t, s.URL, `{"id":"p-1"}`); got != http.StatusServiceUnavailable {
		t.Errorf("%d", got)
	}
}

// TestWaiting: an order that no replica has is not acknowledged, nor refused.
func TestWaiting(t *testing.T) {
	f := newFakeRedis(t)
	s := newFront(t, f.addr, 1)
	for acks, want := range map[int]int{0: http.StatusGatewayTimeout, 1: http.StatusCreated, 2: http.StatusCreated} {
		f.set(func(f *fakeRedis) { f.acks = acks })
		if got := post(t, s.URL, `{"id":"p-1"}`); got != want {
			t.Errorf("%d replicas have it: %d, want %d", acks, got, want)
		}
	}
	f.set(func(f *fakeRedis) { f.refuse = "READONLY no" })
	if got := post(t, s.URL, `{"id":"p-2"}`); got != http.StatusServiceUnavailable {
		t.Errorf("refused: %d", got)
	}
}

// TestListing: each order as often as it was kept, whatever SCAN repeats.
func TestListing(t *testing.T) {
	f := newFakeRedis(t)
	f.set(func(f *fakeRedis) { f.counts = map[string]int{"order:p-1": 1, "order:p-2": 2, "order:q-1": 1} })
	s := newFront(t, f.addr, 0)
	status, text := get(t, s.URL+"/orders?prefix=p-")
	lines := strings.Fields(text)
	slices.Sort(lines)
	if status != http.StatusOK || !slices.Equal(lines, []string{"p-1", "p-2", "p-2"}) {
		t.Errorf("%d, %q", status, text)
	}
}

func TestWhatBecameOfAnOrder(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"never sent":             {errors.Join(errUnsent, errors.New("refused")), 503},
		"no connection was free": {redis.ErrPoolTimeout, 503},
		"perhaps not replicated": {errFewReplicas, 504},
		"too late":               {context.DeadlineExceeded, 504},
		"the connection broke":   {io.EOF, 504},
	} {
		if got := status(c.err); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestTheLens(t *testing.T) {
	f := newFakeRedis(t)
	c := redis.NewClient(&redis.Options{Addr: f.addr, MaxRetries: -1, DisableIdentity: true, Protocol: 2})
	t.Cleanup(func() { _ = c.Close() })
	s := httptest.NewServer((&lens{redis: c}).handler())
	t.Cleanup(s.Close)
	for info, want := range map[string]int{"role:master\r\n": 200, "role:slave\r\n": 503, "": 502} {
		f.set(func(f *fakeRedis) { f.info = info })
		if got, _ := get(t, s.URL+"/writable"); got != want {
			t.Errorf("%q: %d, want %d", info, got, want)
		}
	}
	f.set(func(f *fakeRedis) { f.counts["order:p-1"] = 1 })
	if status, text := get(t, s.URL+"/rows?prefix=p"); status != http.StatusOK || text != "p-1\n" {
		t.Errorf("%d %q", status, text)
	}
}

func TestTakesWrites(t *testing.T) {
	for info, c := range map[string]struct {
		least int
		yes   bool
		wrong bool
	}{
		"# Replication\r\nrole:master\r\nconnected_slaves:1\r\n": {yes: true},
		"role:slave\r\nmaster_link_status:up\r\n":                {},
		"role:master\r\nmin_slaves_good_slaves:1\r\n":            {least: 1, yes: true},
		"role:master\r\nmin_slaves_good_slaves:0\r\n":            {least: 1},
		"role:master\r\n": {least: 1, wrong: true},
		"nothing":         {wrong: true},
	} {
		yes, err := takesWrites(info, c.least)
		if yes != c.yes || (err != nil) != c.wrong {
			t.Errorf("%q with at least %d: %v, %v", info, c.least, yes, err)
		}
	}
}

func FuzzTakesWrites(f *testing.F) {
	f.Add("role:master\r\nmin_slaves_good_slaves:1\r\n", 1)
	f.Add("role:slave\n", 0)
	f.Fuzz(func(t *testing.T, info string, least int) {
		if yes, err := takesWrites(info, least); yes && (err != nil || !strings.Contains(info, "master")) {
			t.Errorf("%q takes writes, %v", info, err)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Setenv("WAIT", "x")
	if _, err := number("WAIT"); err == nil {
		t.Error("WAIT=x is taken")
	}
	for _, args := range [][]string{nil, {"back"}, {"front", "lens"}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
