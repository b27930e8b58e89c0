package workload

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/stage"
)

// ledgerServer is a service that works: it keeps rows, and lists them.
type ledgerServer struct {
	*httptest.Server
	mu    sync.Mutex
	rows  []string
	known map[string]bool
	delay time.Duration
}

func newLedgerServer(t *testing.T) *ledgerServer {
	s := &ledgerServer{known: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		var id string
		if _, err := fmt.Fscanf(r.Body, `{"id": %q`, &id); err != nil {
			w.WriteHeader(400)
			return
		}
		s.mu.Lock()
		s.rows, s.known[id] = append(s.rows, id), true
		s.mu.Unlock()
		time.Sleep(s.delay)
		w.WriteHeader(201)
	})
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		ok := s.known[r.PathValue("id")]
		s.mu.Unlock()
		if !ok {
			w.WriteHeader(404)
		}
	})
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, id := range s.rows {
			if strings.HasPrefix(id, r.URL.Query().Get("prefix")) {
				fmt.Fprintln(w, id)
			}
		}
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestLoadOnAServiceThatWorks(t *testing.T) {
	s := newLedgerServer(t)
	w := testWorkload()
	w.ReadShare, w.Timeout = 0.3, 2*time.Second
	cfg := config(w, s.URL, nil)
	cfg.Rate = 400
	ops, sum := loadFor(t, cfg, time.Second)
	if sum.Intended < 380 || sum.Intended > 425 || sum.Overrun != 0 || sum.Sent != sum.Intended {
		t.Errorf("400 op/s for 1 s: %+v", sum)
	}
	if sum.LagP99 > sum.LagMax || sum.LagP50 > sum.LagP99 {
		t.Errorf("lags are out of order: %+v", sum)
	}
	ids, reads, writes := map[uint64]bool{}, 0, 0
	for _, op := range ops {
		if op.Outcome != history.Acked || op.Site != "paris" || op.Sent < op.Intended || op.Done < op.Sent {
			t.Fatalf("%+v", op)
		}
		if ids[op.ID] {
			t.Fatalf("id %d twice", op.ID)
		}
		ids[op.ID] = true
		if op.Kind == history.Read {
			reads++
		} else {
			writes++
		}
	}
	if share := float64(reads) / float64(len(ops)); share < 0.2 || share > 0.4 {
		t.Errorf("%.2f of the operations were reads, want 0.3", share)
	}
	rows, err := ReadService(t.Context(), w, s.URL, "t1")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows.Copies) != writes || rows.Foreign != 0 {
		t.Errorf("%d rows and %d foreign, want %d and 0", len(rows.Copies), rows.Foreign, writes)
	}
}

// TestConstantRate: a service that stalls does not slow the load down, and the
// stall shows in the latency from the intended time.
func TestConstantRate(t *testing.T) {
	s := newLedgerServer(t)
	s.delay = 400 * time.Millisecond
	w := testWorkload()
	w.ReadShare, w.Timeout = 0, 3*time.Second
	ops, sum := loadFor(t, config(w, s.URL, nil), 500*time.Millisecond)
	if sum.Intended < 48 || sum.Intended > 55 {
		t.Errorf("%d operations intended in 0.5 s at 100 op/s", sum.Intended)
	}
	for _, op := range ops {
		if op.Outcome != history.Acked || op.Latency() < 400*time.Millisecond {
			t.Fatalf("%+v", op)
		}
	}
	spaced := map[time.Duration]bool{}
	for _, op := range ops {
		spaced[op.Intended] = true
		if off := (op.Intended - ops[0].Intended) % (10 * time.Millisecond); off > time.Microsecond && off < 10*time.Millisecond-time.Microsecond && off > -10*time.Millisecond+time.Microsecond && off < -time.Microsecond {
			t.Errorf("operation intended %v off the rate", off)
		}
	}
	if len(spaced) != len(ops) {
		t.Errorf("%d distinct intended times for %d operations", len(spaced), len(ops))
	}
}

// TestOverrun: past the bound of what may be in flight, operations are recorded
// and not sent, and the summary says that the load failed.
func TestOverrun(t *testing.T) {
	noLeak(t)
	s := serveTCP(t, hold2)
	w := testWorkload()
	w.ReadShare, w.Timeout = 0, 10*time.Second
	release := make(chan struct{})
	cfg := config(w, s.url(), nil)
	cfg.Workload.Timeout = 300 * time.Millisecond // bound: 100*0.3*1.5+100 = 145
	rec := &recorder{}
	first := true
	cfg.Sink = func(op history.Operation) { // a sink that blocks keeps operations in flight
		if first {
			first = false
			<-release
		}
		rec.take(op)
	}
	cfg.Rate = 400 // bound 280
	l, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond)
	close(release)
	sum := l.Stop(t.Context())
	if sum.Overrun == 0 || sum.Sent+sum.Overrun != sum.Intended || sum.Intended < 400 {
		t.Fatalf("%+v", sum)
	}
	over := 0
	for _, op := range rec.all() {
		if op.Err == ErrOverrun {
			over++
			if op.Outcome != history.Rejected {
				t.Fatalf("%+v", op)
			}
		}
	}
	if over != sum.Overrun {
		t.Errorf("%d overruns recorded, %d counted", over, sum.Overrun)
	}
}

// TestStopWaitsForTheAnswer and does not lose what was under way.
func TestStop(t *testing.T) {
	noLeak(t)
	s := newLedgerServer(t)
	s.delay = 200 * time.Millisecond
	w := testWorkload()
	w.ReadShare, w.Timeout = 0, 3*time.Second
	rec := &recorder{}
	l, err := Start(t.Context(), config(w, s.URL, rec.take))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	sum := l.Stop(t.Context())
	if got := rec.all(); len(got) != sum.Intended || l.Acked() != sum.Intended {
		t.Errorf("%d recorded, %d acknowledged, %d intended", len(got), l.Acked(), sum.Intended)
	}
	if op, ok := l.LastAcked(); !ok || op.Done == 0 {
		t.Errorf("last acknowledged: %+v %v", op, ok)
	}
	if again := l.Stop(t.Context()); again != sum {
		t.Errorf("a second Stop says %+v, the first said %+v", again, sum)
	}
	s.CloseClientConnections()
	s.Close()
}

// TestStopInAHurry: when the caller cannot wait, operations end at once, and
// what became of them stays unknown.
func TestStopInAHurry(t *testing.T) {
	noLeak(t)
	s := serveTCP(t, hold2)
	w := testWorkload()
	w.ReadShare, w.Timeout = 0, time.Minute
	rec := &recorder{}
	l, err := Start(t.Context(), config(w, s.url(), rec.take))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	began := time.Now()
	sum := l.Stop(ctx)
	if d := time.Since(began); d > time.Second {
		t.Errorf("Stop took %v", d)
	}
	if len(rec.all()) != sum.Intended {
		t.Errorf("%d recorded of %d", len(rec.all()), sum.Intended)
	}
	unknown := 0
	for _, op := range rec.all() {
		// One that was about to be sent is known not to be done.
		if op.Outcome == history.Acked || op.Err != ErrCancelled {
			t.Fatalf("outcome %d, %q", op.Outcome, op.Err)
		}
		if op.Outcome == history.Unknown {
			unknown++
		}
	}
	if unknown == 0 {
		t.Error("operations that were sent and cut short must be unknown")
	}
}

// TestLostRowIsAskedForOnce: after a failover that lost rows the service works;
// reads of lost rows must not look like an outage that never ends.
func TestLostRowIsAskedForOnce(t *testing.T) {
	s := newLedgerServer(t)
	w := testWorkload()
	w.ReadShare = 0.5
	cfg := config(w, s.URL, nil)
	cfg.Rate = 800
	rec := &recorder{}
	cfg.Sink = rec.take
	l, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	s.mu.Lock()
	lost := len(s.known)
	clear(s.known)
	s.mu.Unlock()
	time.Sleep(2 * time.Second)
	l.Stop(t.Context())
	missed := 0
	for _, op := range rec.all() {
		if op.Kind == history.Read && op.Status == 404 {
			missed++
		}
	}
	// A load that did not forget would be told about 190 times of 80 rows. What
	// is in flight when the machine stalls may ask for the same row.
	if missed == 0 || missed > lost+40 {
		t.Errorf("%d rows were lost, %d reads said so", lost, missed)
	}
}

// TestSameSeedSameKinds: the choice between reads and writes is the seed's.
func TestSameSeedSameKinds(t *testing.T) {
	kinds := func(seed int64) string {
		s := newLedgerServer(t)
		w := testWorkload()
		w.ReadShare = 0.5
		cfg := config(w, s.URL, nil)
		cfg.Seed = seed
		ops, _ := loadFor(t, cfg, 400*time.Millisecond)
		by := map[uint64]byte{}
		for _, op := range ops {
			by[op.ID] = "wr"[op.Kind]
		}
		var b strings.Builder
		for id := uint64(6); id < 36; id++ { // the first ones hang on when the first row is acknowledged
			b.WriteByte(by[id])
		}
		return b.String()
	}
	if a, b := kinds(1), kinds(1); a != b {
		t.Errorf("the same seed gave\n%s\n%s", a, b)
	}
	if a, b := kinds(1), kinds(2); a == b {
		t.Errorf("two seeds gave the same %s", a)
	}
}

func TestBadLoads(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no rate":         {func(c *Config) { c.Workload.Rate = 0 }, "rate"},
		"no timeout":      {func(c *Config) { c.Workload.Timeout = 0 }, "timeout"},
		"wild prefix":     {func(c *Config) { c.Prefix = "a%_" }, "prefix"},
		"share":           {func(c *Config) { c.Workload.ReadShare = 1.5 }, "read_share"},
		"base":            {func(c *Config) { c.BaseURL = "localhost:80" }, "base URL"},
		"unknown field":   {func(c *Config) { c.Workload.Write.Body = "{{.Id}}" }, ".ID, .Seq and .Prefix"},
		"broken template": {func(c *Config) { c.Workload.Write.Path = "/{{" }, "write path"},
		"space in path":   {func(c *Config) { c.Workload.Write.Path = "/a b" }, "path"},
		"nothing acks":    {func(c *Config) { c.Workload.Write.OK = nil }, "acknowledges"},
		"both":            {func(c *Config) { c.Workload.Write.Rejected = []int{201} }, "both"},
		"own length":      {func(c *Config) { c.Workload.Write.Header = map[string]string{"content-length": "1"} }, "content-length"},
		"split header":    {func(c *Config) { c.Workload.Write.Header = map[string]string{"A": "b\r\nC: d"} }, "header"},
		"no sink":         {func(c *Config) { c.Sink = nil }, "sink"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(testWorkload(), "http://127.0.0.1:1", func(history.Operation) {})
			tc.change(&cfg)
			_, err := Start(t.Context(), cfg)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one about %s", err, tc.want)
			}
		})
	}
}

func TestTemplates(t *testing.T) {
	v := values{ID: "p-12", Seq: 12, Prefix: "p"}
	for in, want := range map[string]string{
		"":                               "",
		"/orders/{{.ID}}":                "/orders/p-12",
		"{{ .Prefix }}/{{.Seq}}/{{.ID}}": "p/12/p-12",
		`{{if .Seq}}yes{{end}}`:          "yes",
		`{{printf "%04d" .Seq}}`:         "0012",
	} {
		r, err := compile("x", in)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.append(nil, v); err != nil || string(got) != want {
			t.Errorf("%s gave %q, %v; want %q", in, got, err, want)
		}
	}
}

// FuzzTemplate: whatever a stage says, both ways of rendering tell the same.
func FuzzTemplate(f *testing.F) {
	f.Add("/orders/{{.ID}}")
	f.Add(`{"id": "{{.ID}}", "n": {{- .Seq }}}`)
	f.Add("{{/* note */}}{{.Prefix}}")
	f.Add(`{{define "a"}}x{{end}}`)
	f.Fuzz(func(t *testing.T, in string) {
		if strings.Contains(in, "range") || strings.Contains(in, "template") || strings.Contains(in, "printf") {
			return // could be made to run without end, or to fill the memory
		}
		r, err := compile("x", in)
		if err != nil || r.slow != nil {
			return
		}
		v := values{ID: "p-12", Seq: 12, Prefix: "p"}
		got, err := r.append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		if want := plainly(t, in, v); string(got) != want {
			t.Errorf("%q gave %q, text/template gives %q", in, got, want)
		}
	})
}

func TestWorkloadOfTheSampleStage(t *testing.T) {
	w := testWorkload()
	w.Read = stage.Request{}
	w.ReadShare = 0
	if err := Check(w); err != nil {
		t.Errorf("a workload without reads: %v", err)
	}
	w.ReadShare = 0.1
	if err := Check(w); err == nil {
		t.Error("a share of reads without a read request was accepted")
	}
}
