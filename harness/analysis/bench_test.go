package analysis

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"bascule/harness/history"
)

var benchOps = flag.Int("ops", 10_000_000, "operations that BenchmarkAnalyze10M reads and judges")

// BenchmarkAnalyze10M reads a history of ten million operations from a file and
// judges it: go test -run '^$' -bench 10M -benchtime 1x ./harness/analysis
func BenchmarkAnalyze10M(b *testing.B) {
	path := filepath.Join(b.TempDir(), "history.jsonl")
	size := writeBig(b, path, *benchOps)
	resetPeak(b)
	b.ResetTimer()
	var read, judge time.Duration
	for range b.N {
		t0 := time.Now()
		h, err := history.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		t1 := time.Now()
		r := Analyze(h)
		read, judge = read+t1.Sub(t0), judge+time.Since(t1)
		if r.Ledger.Intended != *benchOps || !r.Functions[0].Recoveries[0].Recovered || r.Ledger.Loss.Lost != 0 {
			b.Fatalf("judged wrongly: %+v", r.Ledger)
		}
	}
	b.StopTimer()
	b.ReportMetric(read.Seconds()/float64(b.N), "s/read")
	b.ReportMetric(judge.Seconds()/float64(b.N), "s/judge")
	b.ReportMetric(float64(size)/1e6, "MB/file")
	b.ReportMetric(float64(peak())/(1<<20), "MiB-peak")
}

// writeBig writes a load of 5,000 operations a second with an outage of 20 s in
// its middle, recorded in the order of the answers.
func writeBig(b *testing.B, path string, n int) int64 {
	b.Helper()
	const rate = 5000
	total := time.Duration(n) * sec / rate
	w := calm()
	w.h.Header.Functions[0].Rate = rate
	w.fault("f1", total/2)
	w.expect(restored(30 * sec)).expect(history.Expectation{Kind: history.ExpectNothingLost})
	rec, err := history.Create(path, w.h.Header, func() time.Duration { return 0 })
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range w.h.Events {
		record(rec, e)
	}
	rb := history.Readback{Source: "store", Name: "db", Site: "lyon"}
	for i := range n {
		at := time.Duration(i) * sec / rate
		o := history.Operation{ID: uint64(i + 1), Outcome: history.Acked, Status: 201, Intended: at, Sent: at + 20*time.Microsecond, Site: "paris"}
		o.Done = at + time.Duration(1+i*7919%9)*ms
		if i%5 == 0 {
			o.Kind = history.Read
		}
		if at >= total/2 && at < total/2+20*sec {
			o.Outcome, o.Status, o.Err = history.Rejected, 503, "status 503"
		} else if o.Kind == history.Write {
			rb.IDs = append(rb.IDs, o.ID)
		}
		rec.Operation(o)
	}
	rec.Readback(rb)
	rec.EventAt(total, history.LoadStopped, "orders", "function", "orders", "intended", strconv.Itoa(n), "sent", strconv.Itoa(n))
	rec.EventAt(total, history.StageDown, "orders", "left", "0")
	rec.EventAt(total, history.RunFinished, "s")
	if err := rec.Close(); err != nil {
		b.Fatal(err)
	}
	s, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return s.Size()
}

// resetPeak makes the kernel forget the process's highest memory so far.
func resetPeak(b *testing.B) {
	b.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Logf("the peak of memory counts what the preparation took: %v", err)
	}
}

// peak is the highest resident memory of the process, in bytes; 0 where the
// system does not tell.
func peak() (n int64) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if _, err := fmt.Sscanf(s.Text(), "VmHWM: %d kB", &n); err == nil {
			return n << 10
		}
	}
	return 0
}
