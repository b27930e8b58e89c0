package observe

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bascule/harness/stage"
)

// fakeStore speaks just enough of PostgreSQL's protocol to answer one question.
type fakeStore struct {
	net.Listener
	answer atomic.Value // "t", "f", "silent", "drop"
	looks  atomic.Int64
	open   sync.WaitGroup
}

func newFakeStore(t *testing.T, answer string) *fakeStore {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeStore{Listener: l}
	s.answer.Store(answer)
	s.open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.open.Go(func() { defer c.Close(); s.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); s.open.Wait() })
	return s
}

func (s *fakeStore) serve(c net.Conn) {
	s.looks.Add(1)
	switch s.answer.Load() {
	case "silent":
		_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
		_, _ = io.Copy(io.Discard, c)
		return
	case "drop":
		return
	}
	// The start-up message has no type byte.
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(size[:]))-4); err != nil {
		return
	}
	_, _ = io.WriteString(c, "R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I")
	var head [5]byte
	for {
		if _, err := io.ReadFull(c, head[:]); err != nil || head[0] != 'Q' {
			return
		}
		if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(head[1:]))-4); err != nil {
			return
		}
		value := s.answer.Load().(string)
		// One column "w" of type bool, one row, the end.
		_, _ = io.WriteString(c, "T\x00\x00\x00\x1a\x00\x01w\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x01\xff\xff\xff\xff\x00\x00"+
			"D\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x01"+value+
			"C\x00\x00\x00\x0dSELECT 1\x00Z\x00\x00\x00\x05I")
	}
}

// reports keeps what was reported, by site.
type reports struct {
	mu    sync.Mutex
	by    map[string][]string
	at    map[string][]time.Time
	until []time.Time
}

func (r *reports) take(site, writable string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by[site] = append(r.by[site], writable)
	r.until = append(r.until, until)
	r.at[site] = append(r.at[site], time.Now())
}

func (r *reports) of(site string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.by[site]...)
}

// eventually waits until the last report of site is want.
func (r *reports) eventually(t *testing.T, site, want string) {
	t.Helper()
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if all := r.of(site); len(all) > 0 && all[len(all)-1] == want {
			return
		}
	}
	t.Fatalf("%s was never reported %q: %v", site, want, r.of(site))
}

func TestActivity(t *testing.T) {
	before := runtime.NumGoroutine()
	paris, lyon := newFakeStore(t, "t"), newFakeStore(t, "f")
	got := &reports{by: map[string][]string{}, at: map[string][]time.Time{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Activity{
			Store: stage.Store{ID: "db", Driver: "postgres", User: "u", Password: "p", Database: "d"},
			Addrs: map[string]string{"paris": paris.Addr().String(), "lyon": lyon.Addr().String()}, Report: got.take,
			Interval: 50 * time.Millisecond, Bound: 300 * time.Millisecond, Repeat: time.Minute,
		}.Run(ctx)
	}()
	got.eventually(t, "paris", Writable)
	got.eventually(t, "lyon", NotWritable)

	// Paris falls silent, Lyon is promoted: neither waits for the other.
	paris.answer.Store("silent")
	got.eventually(t, "paris", NotKnown)
	began := time.Now()
	lyon.answer.Store("t")
	got.eventually(t, "lyon", Writable)
	if d := time.Since(began); d > 250*time.Millisecond {
		t.Errorf("the silent site held up the other: %v", d)
	}
	paris.answer.Store("drop")
	paris.answer.Store("t")
	got.eventually(t, "paris", Writable)

	cancel()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		t.Fatal("Run does not end with its context")
	}
	for i, u := range got.until {
		if first := u.IsZero(); first != (i < 2) || time.Since(u) < 0 {
			t.Errorf("report %d says that the former state is known up to %v", i, u)
		}
	}
	if all := got.of("lyon"); len(all) != 2 {
		t.Errorf("lyon changed once and was reported %v", all)
	}
	paris.Close()
	lyon.Close()
	for until := time.Now().Add(3 * time.Second); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			buf := make([]byte, 1<<16)
			t.Fatalf("goroutines left:\n%s", buf[:runtime.Stack(buf, true)])
		}
	}
}

// TestActivityRepeats: without a change, a report still comes every Repeat, so
// that a history that was cut short tells until when it knew.
func TestActivityRepeats(t *testing.T) {
	s := newFakeStore(t, "t")
	got := &reports{by: map[string][]string{}, at: map[string][]time.Time{}}
	ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
	defer cancel()
	Activity{
		Store: stage.Store{ID: "db", Driver: "postgres", User: "u", Password: "p", Database: "d"},
		Addrs: map[string]string{"paris": s.Addr().String()}, Report: got.take,
		Interval: 20 * time.Millisecond, Repeat: 150 * time.Millisecond,
	}.Run(ctx)
	if n := len(got.of("paris")); n < 3 || n > 5 {
		t.Errorf("%d reports in 600 ms, one due every 150 ms", n)
	}
}

// TestActivityRefused: nobody listening is "unknown", not "no".
func TestActivityRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	got := &reports{by: map[string][]string{}, at: map[string][]time.Time{}}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	Activity{
		Store: stage.Store{ID: "db", Driver: "postgres"}, Addrs: map[string]string{"paris": l.Addr().String()},
		Report: got.take, Interval: 20 * time.Millisecond,
	}.Run(ctx)
	if all := got.of("paris"); len(all) != 1 || all[0] != NotKnown {
		t.Errorf("reported %v", all)
	}
}
