package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// memory is a ledger without a database.
type memory struct {
	rows    map[string]order
	fails   error // of insert
	breaks  int   // list fails after so many ids; -1: never
	stalled error // of state and get
}

func (m *memory) insert(_ context.Context, o order) error {
	if m.fails != nil {
		return m.fails
	}
	if _, taken := m.rows[o.ID]; taken {
		return errDuplicate
	}
	m.rows[o.ID] = o
	return nil
}

func (m *memory) get(_ context.Context, id string) (order, error) {
	if m.stalled != nil {
		return order{}, m.stalled
	}
	o, found := m.rows[id]
	if !found {
		return o, errNotFound
	}
	return o, nil
}

func (m *memory) list(_ context.Context, prefix string, yield func(string) error) error {
	for k := range 20_000 {
		if k == m.breaks {
			return errors.New("connection lost")
		}
		if err := yield(prefix + strings.Repeat("x", 10)); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) state(context.Context) (state, error) {
	return state{Schema: 1, Writable: true}, m.stalled
}

type yes struct{}

func (yes) available(context.Context, string) (bool, error) { return true, nil }

func start(t *testing.T, m *memory, shelf shelf, channel string) string {
	t.Helper()
	if m.rows == nil {
		m.rows = map[string]order{}
	}
	server := httptest.NewServer(newServer(m, shelf, identity{release: "1.5.0", site: "paris", channel: channel}))
	t.Cleanup(server.Close)
	return server.URL
}

func do(t *testing.T, method, url, body string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	return response.StatusCode, strings.TrimSpace(string(got)), err
}

func TestAnOrderIsTakenOnce(t *testing.T) {
	url := start(t, &memory{}, yes{}, "web")
	body := `{"id": "a", "item": "item-1", "quantity": 1}`
	for k, want := range []int{http.StatusCreated, http.StatusConflict} {
		if status, answer, _ := do(t, "POST", url+"/orders", body); status != want {
			t.Errorf("request %d: %d %s, want %d", k+1, status, answer, want)
		}
	}
	want := `{"id":"a","item":"item-1","quantity":1,"channel":"web"}`
	if status, answer, _ := do(t, "GET", url+"/orders/a", ""); status != http.StatusOK || answer != want {
		t.Errorf("read: %d %s, want 200 %s", status, answer, want)
	}
	if status, _, _ := do(t, "GET", url+"/orders/b", ""); status != http.StatusNotFound {
		t.Errorf("read of an unknown id: %d, want 404", status)
	}
}

func TestReleaseWithoutChannelsIgnoresThem(t *testing.T) {
	url := start(t, &memory{}, yes{}, "")
	_, answer, _ := do(t, "POST", url+"/orders", `{"id": "a", "item": "i", "quantity": 1, "channel": "web"}`)
	if strings.Contains(answer, "channel") {
		t.Errorf("the answer has a channel: %s", answer)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	m := &memory{}
	url := start(t, m, yes{}, "web")
	for _, body := range []string{``, `{`, `{"id": "", "item": "i", "quantity": 1}`, `{"id": "a", "item": "i", "quantity": 0}`} {
		if status, _, _ := do(t, "POST", url+"/orders", body); status != http.StatusBadRequest {
			t.Errorf("%q: %d, want 400", body, status)
		}
	}
	if len(m.rows) != 0 {
		t.Errorf("something was ordered: %v", m.rows)
	}
}

func TestWithoutStockNothingIsWritten(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}))
	defer silent.Close()
	m := &memory{}
	url := start(t, m, newStock(silent.URL), "web")
	began := time.Now()
	status, answer, _ := do(t, "POST", url+"/orders", `{"id": "a", "item": "i", "quantity": 1}`)
	if status != http.StatusServiceUnavailable || len(m.rows) != 0 {
		t.Errorf("%d %s with %d rows, want 503 and none", status, answer, len(m.rows))
	}
	if took := time.Since(began); took > 1500*time.Millisecond {
		t.Errorf("took %s: a client with a patience of 2 s is gone", took)
	}
}

func TestBrokenListDoesNotLookWhole(t *testing.T) {
	url := start(t, &memory{breaks: 10_000}, yes{}, "web")
	if _, answer, err := do(t, "GET", url+"/orders?prefix=p", ""); err == nil {
		t.Errorf("a list that broke was read as whole, %d bytes", len(answer))
	}
	url = start(t, &memory{breaks: 0}, yes{}, "web")
	if status, _, err := do(t, "GET", url+"/orders?prefix=p", ""); err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("a list that never began: %d, %v; want 503", status, err)
	}
	url = start(t, &memory{breaks: -1}, yes{}, "web")
	status, answer, err := do(t, "GET", url+"/orders?prefix=p", "")
	if lines := strings.Count(answer, "\n") + 1; err != nil || status != http.StatusOK || lines != 20_000 {
		t.Errorf("whole list: %d, %d lines, %v; want 200 and 20000", status, lines, err)
	}
}

func TestHealthFollowsTheDatabase(t *testing.T) {
	m := &memory{}
	url := start(t, m, yes{}, "web")
	if status, _, _ := do(t, "GET", url+"/healthz", ""); status != http.StatusOK {
		t.Errorf("healthy: %d", status)
	}
	want := `{"release":"1.5.0","schema":1,"service":"orders","site":"paris","writable":true}`
	if status, answer, _ := do(t, "GET", url+"/version", ""); status != http.StatusOK || answer != want {
		t.Errorf("version: %d %s, want %s", status, answer, want)
	}
	m.stalled = errors.New("the database does not answer")
	if status, _, _ := do(t, "GET", url+"/healthz", ""); status != http.StatusServiceUnavailable {
		t.Errorf("database gone: %d, want 503", status)
	}
	if status, _, _ := do(t, "GET", url+"/orders/a", ""); status != http.StatusServiceUnavailable {
		t.Errorf("read, database gone: %d, want 503", status)
	}
}
