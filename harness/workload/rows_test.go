package workload

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"text/template"
	"time"

	"bascule/harness/stage"
)

// plainly renders by text/template alone.
func plainly(t *testing.T, in string, v values) string {
	var b strings.Builder
	if err := template.Must(template.New("x").Parse(in)).Execute(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCount(t *testing.T) {
	in := "p-1\np-2\r\n\np-2\npv-3\np-007\np-\np-+4\np-x\nq-5\np-18446744073709551615\np-18446744073709551616\np-6"
	rows, err := count(strings.NewReader(in), "p")
	if err != nil {
		t.Fatal(err)
	}
	want := map[uint64]int{1: 1, 2: 2, 1<<64 - 1: 1, 6: 1}
	if fmt.Sprint(rows.Copies) != fmt.Sprint(want) || rows.Foreign != 6 {
		t.Errorf("got %v and %d foreign, want %v and 6", rows.Copies, rows.Foreign, want)
	}
	if _, err := count(strings.NewReader(strings.Repeat("x", maxID+1)), "p"); err == nil {
		t.Error("an endless line was accepted")
	}
}

// TestReadServiceHalfAList: a list that breaks off is tried again and never
// passes for the whole.
func TestReadServiceHalfAList(t *testing.T) {
	answer := func(n int) func(net.Conn) {
		var tries atomic.Int64
		return func(c net.Conn) {
			if _, err := readRequest(bufio.NewReader(c)); err != nil {
				return
			}
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nt1-1\n\r\n")
			if tries.Add(1) > int64(n) {
				fmt.Fprint(c, "5\r\nt1-2\n\r\n0\r\n\r\n")
			}
		}
	}
	s := serveTCP(t, answer(1))
	rows, err := ReadService(t.Context(), testWorkload(), s.url(), "t1")
	if err != nil || len(rows.Copies) != 2 {
		t.Errorf("after one broken list: %v, %v", rows, err)
	}
	if n := s.conns.Load(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
	s = serveTCP(t, answer(1000))
	if rows, err := ReadService(t.Context(), testWorkload(), s.url(), "t1"); err == nil {
		t.Errorf("a list that always breaks off gave %v", rows)
	}
	if n := s.conns.Load(); n != readTries {
		t.Errorf("%d tries, want %d", n, readTries)
	}
}

func TestReadServiceAnswersNo(t *testing.T) {
	s := serveTCP(t, func(c net.Conn) {
		_, _ = readRequest(bufio.NewReader(c))
		fmt.Fprint(c, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
	})
	_, err := ReadService(t.Context(), testWorkload(), s.url(), "t1")
	if err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("error %v", err)
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("an answer was asked for again: %d connections", n)
	}
}

func TestVerify(t *testing.T) {
	noLeak(t)
	s := newLedgerServer(t)
	w := testWorkload()
	if err := Verify(t.Context(), w, s.URL, "t1", 5); err != nil {
		t.Fatal(err)
	}
	rows, err := ReadService(t.Context(), w, s.URL, "t1")
	if err != nil || len(rows.Copies) != 0 || rows.Foreign != 0 {
		t.Errorf("the verification's row stands in the ledger: %v, %v", rows, err)
	}
	if len(s.rows) != 1 || s.rows[0] != "t1v-5" {
		t.Errorf("rows %v", s.rows)
	}
	s.Close()
	if err := Verify(t.Context(), w, s.URL, "t1", 6); err == nil || !strings.Contains(err.Error(), ErrRefused) {
		t.Errorf("with nobody listening: %v", err)
	}
}

// TestVerifyDoesNotTrustAWrite: acknowledged but not there is not verified.
func TestVerifyReadsBack(t *testing.T) {
	s := serveTCP(t, func(c net.Conn) {
		r, err := readRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		if r.Method == "POST" {
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
			return
		}
		fmt.Fprint(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
	})
	if err := Verify(t.Context(), testWorkload(), s.url(), "t1", 1); err == nil || !strings.Contains(err.Error(), "read back") {
		t.Errorf("error %v", err)
	}
}

// TestOfTheEndOnlyTheEndIsTold: where a bound passes while nobody answers, that is
// the reason, and it is told once.
func TestOfTheEndOnlyTheEndIsTold(t *testing.T) {
	s := serveTCP(t, func(c net.Conn) {
		_, _ = readRequest(bufio.NewReader(c))
		_, _ = c.Read(make([]byte, 1)) // silent until the client hangs up
	})
	calls := map[string]func(context.Context) error{
		"verify": func(ctx context.Context) error { return Verify(ctx, testWorkload(), s.url(), "t1", 1) },
		"list": func(ctx context.Context) error {
			_, err := ReadService(ctx, testWorkload(), s.url(), "t1")
			return err
		},
	}
	for name, call := range calls {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		err := call(ctx)
		cancel()
		if err == nil || strings.Count(err.Error(), "deadline exceeded") != 1 || strings.Contains(err.Error(), "\n") || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWaitHealthy(t *testing.T) {
	noLeak(t)
	var n atomic.Uint64
	next := func() uint64 { return n.Add(1) }
	var writes atomic.Int64
	s := serveTCP(t, func(c net.Conn) {
		r, err := readRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		status := "200 OK"
		if r.Method == "POST" {
			status = "201 Created"
			// Healthy twice, then not, then for good: the count starts again.
			if k := writes.Add(1); k == 3 {
				status = "503 No"
			}
		}
		fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", status)
	})
	if err := WaitHealthy(t.Context(), testWorkload(), s.url(), "t1", next, 3); err != nil {
		t.Fatal(err)
	}
	if w := writes.Load(); w != 6 {
		t.Errorf("%d writes, want 6: two good, one bad, three good", w)
	}
	s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := WaitHealthy(ctx, testWorkload(), s.url(), "t1", next, 3)
	if err == nil || !strings.Contains(err.Error(), ErrRefused) {
		t.Errorf("never healthy: %v", err)
	}
}

func TestReadStoreDriver(t *testing.T) {
	_, err := ReadStore(t.Context(), stage.Store{ID: "db", Driver: "mysql"}, "127.0.0.1:1", "t1")
	if err == nil || !strings.Contains(err.Error(), "postgres") {
		t.Errorf("error %v does not name what is supported", err)
	}
}

// FuzzCount: every line is counted exactly once, whatever a service answers.
func FuzzCount(f *testing.F) {
	f.Add("p-1\np-2\n\npv-3\nq\n")
	f.Add("p-00\r\np-\np-18446744073709551616")
	f.Fuzz(func(t *testing.T, in string) {
		rows, err := count(strings.NewReader(in), "p")
		if err != nil {
			return
		}
		sum := rows.Foreign
		for n, copies := range rows.Copies {
			sum += copies
			if !strings.Contains(in, fmt.Sprintf("p-%d", n)) {
				t.Fatalf("row %d was made up", n)
			}
		}
		want := 0
		for line := range strings.SplitSeq(in, "\n") {
			if line = strings.TrimSuffix(line, "\r"); line != "" && !strings.HasPrefix(line, "pv-") {
				want++
			}
		}
		if sum != want {
			t.Fatalf("%d rows counted of %d in %q", sum, want, in)
		}
	})
}
