package history

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// write records a history with fill and returns its path.
func write(t *testing.T, fill func(*Writer)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.jsonl")
	var now time.Duration
	w, err := Create(path, sampleHeader(), func() time.Duration { now += time.Millisecond; return now })
	if err != nil {
		t.Fatal(err)
	}
	fill(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func sampleHeader() Header {
	return Header{
		Run: "r1", Scenario: "s1", Name: "la base « tombe »", Language: "fr", Prefix: "r1-s1",
		Started: time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC), Stability: 2 * time.Second,
		Sites:     []Site{{ID: "paris", Title: "Paris", Role: "primary"}},
		Functions: []Function{{ID: "orders", Name: Text{FR: "Commandes", EN: "Orders"}, Rate: 100}},
		Expect:    []Expectation{{Kind: ExpectRestored, Within: 30 * time.Second}},
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	ops := []Operation{
		{ID: 2, Kind: Read, Outcome: Acked, Status: 200, Intended: 20, Sent: 25, Done: 90, Site: "paris"},
		{ID: 1, Outcome: Unknown, Intended: 10, Sent: 11, Done: 2000, Site: "paris", Err: "timeout"},
		{ID: 3, Outcome: Rejected, Function: 7, Status: 503, Intended: 30, Sent: 30, Done: 95, Site: "l\"yon\\é", Err: "status 503"},
		{ID: 1<<64 - 1, Outcome: Rejected, Intended: -1 << 63, Sent: 1<<63 - 1, Done: -5, Err: "\x00\n"},
	}
	long := Readback{Source: "store", Name: "db", Site: "lyon"}
	for i := range 2*readbackChunk + 5 {
		long.IDs = append(long.IDs, uint64(i))
	}
	path := write(t, func(w *Writer) {
		w.Event(DeployStarted, "1.5.0", "from", "1.4.0", "empty", "")
		for _, o := range ops {
			w.Operation(o)
		}
		w.Readback(Readback{Source: "service", Name: "orders", IDs: []uint64{1, 2}, Copies: []int{1, 2}})
		w.Readback(long)
		w.Event(RunFinished, "")
	})
	h, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := sampleHeader()
	want.Format = Format
	if !reflect.DeepEqual(h.Header, want) {
		t.Errorf("header:\n%+v\nwant\n%+v", h.Header, want)
	}
	wantEvents := []Event{
		{At: time.Millisecond, Kind: DeployStarted, Subject: "1.5.0", Attrs: map[string]string{"from": "1.4.0"}},
		{At: 2 * time.Millisecond, Kind: RunFinished},
	}
	if !reflect.DeepEqual(h.Events, wantEvents) {
		t.Errorf("events %+v, want %+v", h.Events, wantEvents)
	}
	var got []Operation
	for _, o := range h.Ops.All() {
		got = append(got, o)
	}
	if byTime := []Operation{ops[3], ops[1], ops[0], ops[2]}; !reflect.DeepEqual(got, byTime) {
		t.Errorf("operations %+v, want them by intended time: %+v", got, byTime)
	}
	if len(h.Readbacks) != 2 || !reflect.DeepEqual(h.Readbacks[0].Copies, []int{1, 2}) || !reflect.DeepEqual(h.Readbacks[1], long) {
		t.Errorf("read-backs differ: %d of them", len(h.Readbacks))
	}
	if !h.Complete || h.Truncated {
		t.Errorf("complete %v, truncated %v; want a complete history", h.Complete, h.Truncated)
	}
}

func TestEventsAreInTheFileAtOnceAndOperationsSoon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	w, err := Create(path, sampleHeader(), func() time.Duration { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.Event(LoadStarted, "orders")
	h, err := ReadFile(path)
	if err != nil || len(h.Events) != 1 || h.Complete {
		t.Fatalf("right after Event: %+v, %v", h, err)
	}
	w.Operation(Operation{ID: 1})
	deadline := time.Now().Add(5 * time.Second)
	for {
		if h, err = ReadFile(path); err != nil {
			t.Fatal(err)
		}
		if h.Ops.Len() == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("an operation was not in the file after 5 s, without Close")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestASecondRunInTheSameFolderIsRefused(t *testing.T) {
	path := write(t, func(*Writer) {})
	before, _ := os.ReadFile(path)
	_, err := Create(path, sampleHeader(), nil)
	if !errors.Is(err, os.ErrExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that says that %s exists", err, path)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the first run's history was touched")
	}
}

func TestAKilledRunIsReadAsFarAsItGoes(t *testing.T) {
	path := write(t, func(w *Writer) {
		for i := range 50 {
			w.Operation(Operation{ID: uint64(i), Intended: time.Duration(i), Site: "paris"})
		}
		w.Event(RunFinished, "")
	})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	headEnd := bytes.IndexByte(whole, '\n') + 1
	for cut := headEnd; cut < len(whole); cut++ {
		h, err := decode("h", bytes.NewReader(whole[:cut]), 0)
		if err != nil {
			t.Fatalf("cut at byte %d: %v", cut, err)
		}
		lines := bytes.Count(whole[headEnd:cut], []byte{'\n'})
		if got := h.Ops.Len() + len(h.Events); got != lines && got != lines+1 {
			t.Fatalf("cut at byte %d: %d lines read of %d", cut, got, lines)
		}
		torn := whole[cut-1] != '\n' && whole[cut] != '\n'
		if h.Truncated != torn {
			t.Fatalf("cut at byte %d (%q): truncated %v, want %v", cut, whole[max(0, cut-8):cut], h.Truncated, torn)
		}
	}
}

func TestAReadbackWithoutItsEndIsNotTakenForAWholeOne(t *testing.T) {
	var r Readback
	for i := range readbackChunk + 1 {
		r.IDs = append(r.IDs, uint64(i))
	}
	data, err := os.ReadFile(write(t, func(w *Writer) { w.Readback(r) }))
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
	h, err := decode("h", bytes.NewReader(data[:cut]), 0)
	if err != nil || len(h.Readbacks) != 0 {
		t.Errorf("%d read-backs, %v; want none: half of one would count the other half as lost", len(h.Readbacks), err)
	}
}

func TestDamageIsAnErrorWithFileAndLine(t *testing.T) {
	path := write(t, func(w *Writer) {
		for i := range 5 {
			w.Operation(Operation{ID: uint64(i)})
		}
	})
	good, _ := os.ReadFile(path)
	lines := bytes.SplitAfter(good, []byte{'\n'})
	for _, c := range []struct{ name, line3, want string }{
		{"not JSON", "{\"o\":[1,2\n", ":3: "},
		{"too few fields", "{\"o\":[1,0,0]}\n", "3 fields"},
		{"unknown outcome", "{\"o\":[1,0,9,0,0,0,0,0,\"\"]}\n", "outcome 9"},
		{"unknown letter", "{\"z\":{}}\n", "exactly one"},
		{"second header", string(lines[0]), "second header"},
		{"empty line", "\n", ":3: "},
		{"counts do not match", "{\"r\":{\"ids\":[1],\"copies\":[1,2]}}\n", "counts"},
	} {
		data := string(lines[0]) + string(lines[1]) + c.line3 + string(lines[3])
		p := filepath.Join(t.TempDir(), "h.jsonl")
		if err := os.WriteFile(p, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadFile(p)
		if err == nil || !strings.Contains(err.Error(), p+":3: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s:3 and %q", c.name, err, p, c.want)
		}
	}
}

func TestWhatIsNoHistoryIsNamedAsSuch(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "empty"},
		{"another file", "hello\n", "not a history"},
		{"no header", "{\"e\":{}}\n", "not a history"},
		{"newer", "{\"h\":{\"format\":2,\"sites\":\"changed\"}}\n", "format 2"},
	} {
		_, err := decode("h", strings.NewReader(c.data), 0)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := decode("h", strings.NewReader("{\"h\":{\"format\":9}}\n"), 0); !errors.Is(err, ErrFormat) {
		t.Errorf("error %v is not ErrFormat", err)
	}
}

// fullDisk takes room bytes.
type fullDisk struct {
	got  bytes.Buffer
	room int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room-d.got.Len())
	d.got.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}
func (d *fullDisk) Sync() error  { return nil }
func (d *fullDisk) Close() error { return nil }

func TestAFullDiskIsReportedAndStaysReported(t *testing.T) {
	d := &fullDisk{room: 100}
	w := newWriter("h.jsonl", d, func() time.Duration { return 0 })
	for range 10 {
		w.Event(Note, "n", "text_en", "a sentence that takes room")
	}
	if err := w.Err(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "h.jsonl") {
		t.Errorf("Err() = %v, want a full disk and the file's name", err)
	}
	d.room = 1 << 20 // room again: a gap in the middle would be worse than an end
	w.Event(Note, "later")
	if err := w.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close() = %v, want the full disk", err)
	}
	if strings.Contains(d.got.String(), "later") {
		t.Error("something was written behind a torn line")
	}
}

func TestAMistakenEventIsAnErrorAndLosesNothingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	w, err := Create(path, sampleHeader(), func() time.Duration { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	w.Event(Note, "odd", "key")
	w.Event(Note, "good")
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), `"key"`) {
		t.Errorf("Close() = %v, want the attribute without a value named", err)
	}
	h, err := ReadFile(path)
	if err != nil || len(h.Events) != 1 || h.Events[0].Subject != "good" {
		t.Errorf("events %+v, %v; want the good one", h.Events, err)
	}
	w.Operation(Operation{})
	if w.Err() == nil {
		t.Error("an operation after Close is lost without a word")
	}
}

func TestManyWritersAtOnce(t *testing.T) {
	const each, of = 500, 8
	path := write(t, func(w *Writer) {
		var wg sync.WaitGroup
		for g := range of {
			wg.Go(func() {
				for i := range each {
					w.Operation(Operation{ID: uint64(g*each + i), Intended: time.Duration(i)})
					if i%50 == 0 {
						w.Event(Note, fmt.Sprint(g))
					}
				}
			})
		}
		wg.Wait()
	})
	h, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]bool{}
	for _, o := range h.Ops.All() {
		seen[o.ID] = true
	}
	if len(seen) != each*of || len(h.Events) != of*each/50 {
		t.Errorf("%d operations and %d events, want %d and %d", len(seen), len(h.Events), each*of, of*each/50)
	}
	for i := 1; i < len(h.Events); i++ {
		if h.Events[i].At < h.Events[i-1].At {
			t.Fatal("events are not in the order of their times")
		}
	}
}

func TestOperationsOfALargeFileComeBackInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 60_000 // several stretches
	path := write(t, func(w *Writer) {
		for i := range n { // answers overtake each other by up to 5,000 places
			at := time.Duration(i+rng.IntN(5000)) * time.Microsecond
			w.Operation(Operation{ID: uint64(i), Intended: at, Sent: at, Done: at, Site: fmt.Sprint("site", i/20_000)})
		}
	})
	h, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if h.Ops.Len() != n || h.Ops.Ordered() != &h.Ops {
		t.Fatalf("%d operations, in order: %v", h.Ops.Len(), h.Ops.Ordered() == &h.Ops)
	}
	seen := make([]bool, n)
	for _, o := range h.Ops.All() {
		if want := fmt.Sprint("site", o.ID/20_000); seen[o.ID] || o.Site != want {
			t.Fatalf("operation %d: site %s, want %s; seen before: %v", o.ID, o.Site, want, seen[o.ID])
		}
		seen[o.ID] = true
	}
}

func TestEndlessErrorClassesDoNotBreakTheRecord(t *testing.T) {
	var o Ops
	for i := range 70_000 {
		o.Append(Operation{ID: uint64(i), Err: fmt.Sprint("error ", i)})
	}
	if got := o.At(100).Err; got != "error 100" {
		t.Errorf("an early class is %q", got)
	}
	if got := o.At(69_999).Err; got != otherName {
		t.Errorf("class 70,000 is %q, want %q", got, otherName)
	}
}
