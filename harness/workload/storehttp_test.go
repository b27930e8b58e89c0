package workload

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bascule/harness/stage"
)

func overHTTP() stage.Store {
	return stage.Store{ID: "ledger", Driver: stage.DriverHTTP, Service: "ledger", Port: 80, Rows: "/rows?prefix={{.Prefix}}", Writable: "/writable"}
}

func TestAStoreOverHTTPTellsItsRows(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/rows" || r.URL.Query().Get("prefix") != "p" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte("p-1\np-2\np-2\npv-1\np-x\n"))
	}))
	defer s.Close()
	rows, err := ReadStore(t.Context(), overHTTP(), strings.TrimPrefix(s.URL, "http://"), "p")
	if err != nil || rows.Copies[1] != 1 || rows.Copies[2] != 2 || len(rows.Copies) != 2 || rows.Foreign != 1 {
		t.Errorf("%+v, %v: want row 1 once, row 2 twice, one foreign", rows, err)
	}
	broken := overHTTP()
	broken.Rows = "/elsewhere"
	if rows, err := ReadStore(t.Context(), broken, strings.TrimPrefix(s.URL, "http://"), "p"); err == nil {
		t.Errorf("an answer of 404 counts as a list: %+v", rows)
	}
}

func TestAStoreOverHTTPTellsWhetherItTakesWrites(t *testing.T) {
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/writable" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		if status == 0 {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(status)
	}))
	defer s.Close()
	addr := strings.TrimPrefix(s.URL, "http://")
	for _, c := range []struct {
		status int
		yes    bool
		known  bool
	}{{200, true, true}, {503, false, true}, {404, false, false}, {500, false, false}, {302, false, false}, {0, false, false}} {
		status = c.status
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		yes, err := StoreWritable(ctx, overHTTP(), addr)
		cancel()
		if yes != c.yes || (err == nil) != c.known {
			t.Errorf("status %d: %v, %v", c.status, yes, err)
		}
	}
}
