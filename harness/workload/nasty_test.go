package workload

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/stage"
)

// tcpServer serves each connection with handle, and counts connections.
type tcpServer struct {
	net.Listener
	conns atomic.Int64
	all   sync.WaitGroup
}

func serveTCP(t *testing.T, handle func(net.Conn)) *tcpServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &tcpServer{Listener: l}
	over := make(chan struct{})
	s.all.Add(1)
	go func() {
		defer s.all.Done()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Add(1)
			s.all.Add(2)
			done := make(chan struct{})
			go func() { defer s.all.Done(); defer close(done); defer c.Close(); handle(c) }()
			go func() {
				defer s.all.Done()
				select {
				case <-done:
				case <-over:
					c.Close()
				}
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); close(over); s.all.Wait() })
	return s
}

func (s *tcpServer) url() string { return "http://" + s.Addr().String() }

// readRequest reads one request, body included.
func readRequest(in *bufio.Reader) (*http.Request, error) {
	r, err := http.ReadRequest(in)
	if err != nil {
		return nil, err
	}
	b := make([]byte, r.ContentLength)
	_, err = in.Read(b)
	return r, err
}

// reset closes c with a TCP reset.
func reset(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); c.Close() }

func testWorkload() stage.Workload {
	return stage.Workload{
		ID: "orders", Rate: 100, Timeout: 300 * time.Millisecond,
		Write: stage.Request{Method: "POST", Path: "/orders", Body: `{"id": "{{.ID}}", "n": {{.Seq}}}`,
			Header: map[string]string{"Content-Type": "application/json"}, OK: []int{201}, Rejected: []int{409, 503}},
		Read: stage.Request{Method: "GET", Path: "/orders/{{.ID}}", OK: []int{200}, Rejected: []int{404, 503}},
		List: stage.Request{Method: "GET", Path: "/orders?prefix={{.Prefix}}", OK: []int{200}},
	}
}

// recorder is a sink.
type recorder struct {
	mu  sync.Mutex
	ops []history.Operation
}

func (r *recorder) take(op history.Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, op)
}

func (r *recorder) all() []history.Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]history.Operation(nil), r.ops...)
}

func config(w stage.Workload, url string, sink func(history.Operation)) Config {
	start, id := time.Now(), uint64(0)
	return Config{
		Workload: w, BaseURL: url, Prefix: "t1", Seed: 7, Sink: sink,
		Clock:  func() time.Duration { return time.Since(start) },
		NextID: func() uint64 { id++; return id },
		Site:   func() string { return "paris" },
	}
}

// loadFor runs the load for d, and returns its operations and its summary.
func loadFor(t *testing.T, cfg Config, d time.Duration) ([]history.Operation, Summary) {
	t.Helper()
	rec := &recorder{}
	cfg.Sink = rec.take
	l, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	sum := l.Stop(ctx)
	ops := rec.all()
	if len(ops) != sum.Intended {
		t.Fatalf("%d operations were recorded, %d were intended", len(ops), sum.Intended)
	}
	return ops, sum
}

// noLeak fails the test if goroutines of the load outlive it.
func noLeak(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for until := time.Now().Add(3 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if runtime.NumGoroutine() <= before {
				return
			}
			if time.Now().After(until) {
				buf := make([]byte, 1<<16)
				t.Errorf("goroutines left:\n%s", buf[:runtime.Stack(buf, true)])
				return
			}
		}
	})
}

// TestNastyServers: what a client may conclude from each way to fail.
func TestNastyServers(t *testing.T) {
	say := func(answer string, then func(net.Conn)) func(net.Conn) {
		return func(c net.Conn) {
			if _, err := readRequest(bufio.NewReader(c)); err != nil {
				return
			}
			fmt.Fprint(c, answer)
			if then != nil {
				then(c)
			}
		}
	}
	hold := func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }
	for name, tc := range map[string]struct {
		handle  func(net.Conn)
		outcome history.Outcome
		err     string
		status  uint16
	}{
		"accepts and never answers":        {hold2, history.Unknown, ErrTimeout, 0},
		"reads and never answers":          {say("", hold), history.Unknown, ErrTimeout, 0},
		"half a status line, then silence": {say("HTTP/1.1 20", hold), history.Unknown, ErrTimeout, 0},
		"half a status line, then the end": {say("HTTP/1.1 20", nil), history.Unknown, ErrEOF, 0},
		"reads, then resets":               {say("", reset), history.Unknown, ErrReset, 0},
		"reads, then ends":                 {say("", nil), history.Unknown, ErrEOF, 0},
		"acknowledges, body cut":           {say("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nhalf", nil), history.Unknown, ErrEOF, 0},
		"acknowledges, body stalls":        {say("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nhalf", hold), history.Unknown, ErrTimeout, 0},
		"acknowledges, chunk cut":          {say("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", nil), history.Unknown, ErrEOF, 0},
		"is not HTTP":                      {say("SSH-2.0-OpenSSH_9.2\r\n\r\n", nil), history.Unknown, ErrMalformed, 0},
		"acknowledges":                     {say("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", nil), history.Acked, "", 201},
		"acknowledges to the end of file":  {say("HTTP/1.1 201 Created\r\n\r\nok", nil), history.Acked, "", 201},
		"continues, then acknowledges":     {say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", nil), history.Acked, "", 201},
		"says no":                          {say("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", nil), history.Rejected, "status 503", 503},
		"other status":                     {say("HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", nil), history.Unknown, "status 502", 502},
		"other success":                    {say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", nil), history.Unknown, "status 200", 200},
		"redirects":                        {say("HTTP/1.1 307 There\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", nil), history.Unknown, "status 307", 307},
	} {
		t.Run(name, func(t *testing.T) {
			noLeak(t)
			s := serveTCP(t, tc.handle)
			w := testWorkload()
			w.ReadShare = 0
			ops, _ := loadFor(t, config(w, s.url(), nil), 50*time.Millisecond)
			if len(ops) < 3 {
				t.Fatalf("only %d operations", len(ops))
			}
			for _, op := range ops {
				if op.Outcome != tc.outcome || op.Err != tc.err || op.Status != tc.status {
					t.Fatalf("got outcome %d, %q, status %d; want %d, %q, %d", op.Outcome, op.Err, op.Status, tc.outcome, tc.err, tc.status)
				}
				if over := op.Done - op.Sent - w.Timeout; over > 200*time.Millisecond {
					t.Errorf("the client waited %v longer than its patience", over)
				}
			}
		})
	}
}

// hold2 does not even read.
func hold2(c net.Conn) { <-time.After(600 * time.Millisecond) }

func TestNobodyListens(t *testing.T) {
	noLeak(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	ops, _ := loadFor(t, config(testWorkload(), "http://"+l.Addr().String(), nil), 50*time.Millisecond)
	for _, op := range ops {
		if op.Outcome != history.Rejected || op.Err != ErrRefused {
			t.Fatalf("refused connection: outcome %d, %q", op.Outcome, op.Err)
		}
	}
}

func TestNoSuchName(t *testing.T) {
	w := testWorkload()
	w.Timeout = 2 * time.Second
	ops, _ := loadFor(t, config(w, "http://nowhere.invalid", nil), 30*time.Millisecond)
	for _, op := range ops {
		// A resolver that does not answer at all makes it a timeout.
		if op.Err != ErrUnreachable && op.Err != ErrTimeout {
			t.Fatalf("unknown name: outcome %d, %q", op.Outcome, op.Err)
		}
	}
}

// TestSilentHandshake: SYNs that nobody answers are a timeout, hence Unknown.
func TestSilentHandshake(t *testing.T) {
	noLeak(t)
	l := fullBacklog(t)
	w := testWorkload()
	w.ReadShare = 0
	ops, _ := loadFor(t, config(w, "http://"+l, nil), 50*time.Millisecond)
	for _, op := range ops {
		if op.Outcome != history.Unknown || op.Err != ErrTimeout {
			t.Fatalf("silent handshake: outcome %d, %q", op.Outcome, op.Err)
		}
	}
}

// TestDeadKeptConnection: the server closes each connection right after its
// answer without saying so. No write may be sent twice, and since the close
// comes between two requests, none may fail for it either.
func TestDeadKeptConnection(t *testing.T) {
	noLeak(t)
	var mu sync.Mutex
	bodies := map[string]int{}
	s := serveTCP(t, func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		b := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(b)
		mu.Lock()
		bodies[string(b)]++
		mu.Unlock()
		fmt.Fprint(c, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
	})
	w := testWorkload()
	w.ReadShare = 0
	ops, _ := loadFor(t, config(w, s.url(), nil), 500*time.Millisecond)
	failed := 0
	for _, op := range ops {
		if op.Outcome != history.Acked {
			failed++
		}
	}
	if failed > len(ops)/20 {
		t.Errorf("%d of %d writes failed on connections that were closed before", failed, len(ops))
	}
	mu.Lock()
	defer mu.Unlock()
	if len(bodies) > len(ops) {
		t.Errorf("%d distinct bodies for %d operations", len(bodies), len(ops))
	}
	for b, n := range bodies {
		if n != 1 {
			t.Errorf("%s was sent %d times", b, n)
		}
	}
}

// TestNeverTwiceWhenKeptConnectionDies: the server reads the second request of
// a connection, applies it, and resets without an answer: the case in which
// net/http sends again.
func TestNeverTwiceWhenKeptConnectionDies(t *testing.T) {
	noLeak(t)
	var mu sync.Mutex
	got := map[string]int{}
	s := serveTCP(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		for n := 1; ; n++ {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			b := make([]byte, r.ContentLength)
			_, _ = r.Body.Read(b)
			mu.Lock()
			got[string(b)]++
			mu.Unlock()
			if n == 2 {
				reset(c)
				return
			}
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
		}
	})
	w := testWorkload()
	w.ReadShare = 0
	w.Write.Method = "PUT" // idempotent by its name: what a retrying client would dare to repeat
	ops, _ := loadFor(t, config(w, s.url(), nil), 500*time.Millisecond)
	unknown := 0
	for _, op := range ops {
		switch {
		case op.Outcome == history.Unknown && (op.Err == ErrReset || op.Err == ErrEOF):
			unknown++
		case op.Outcome != history.Acked:
			t.Errorf("outcome %d, %q", op.Outcome, op.Err)
		}
	}
	if unknown < len(ops)/4 {
		t.Errorf("only %d of %d operations met the reset", unknown, len(ops))
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != len(ops) {
		t.Errorf("the server saw %d distinct writes of %d", len(got), len(ops))
	}
	for b, n := range got {
		if n != 1 {
			t.Errorf("%s was sent %d times", b, n)
		}
	}
}

// TestBodyIsWhole checks what goes over the wire.
func TestBodyIsWhole(t *testing.T) {
	seen := make(chan string, 100)
	s := serveTCP(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		b := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(b)
		seen <- strings.Join([]string{r.Method, r.RequestURI, r.Host, r.Header.Get("Content-Type"), string(b)}, "|")
		fmt.Fprint(c, "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n")
	})
	w := testWorkload()
	w.ReadShare = 0
	_, _ = loadFor(t, config(w, s.url()+"/base/", nil), 20*time.Millisecond)
	want := "POST|/base/orders|" + s.Addr().String() + `|application/json|{"id": "t1-1", "n": 1}`
	if got := <-seen; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
