package analysis

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bascule/harness/history"
)

// FuzzAnalyze: whatever can be read can be judged, without a panic, and a
// history that is not complete never passes.
func FuzzAnalyze(f *testing.F) {
	for _, w := range []*world{failoverWorld(), sound(), calm()} {
		w.rate = 2
		h := w.history()
		path := filepath.Join(f.TempDir(), "seed")
		rec, err := history.Create(path, h.Header, func() time.Duration { return 0 })
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range h.Events {
			record(rec, e)
		}
		for _, o := range h.Ops.All() {
			rec.Operation(o)
		}
		for _, r := range h.Readbacks {
			rec.Readback(r)
		}
		if err := rec.Close(); err != nil {
			f.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("{\"h\":{\"format\":1,\"functions\":[{}]}}\n{\"o\":[1,0,1,0,0,-9223372036854775808,9223372036854775807,9223372036854775807,\"\"]}\n{\"o\":[1,0,2,0,0,9223372036854775807,0,0,\"\"]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := history.Decode("fuzz", bytes.NewReader(data))
		if err != nil {
			return
		}
		r := Analyze(h)
		if r.Verdict == Pass && !h.Complete {
			t.Fatal("a history that is not complete passes")
		}
		if r.Verdict == Pass && len(h.Header.Expect) == 0 {
			t.Fatal("a scenario that asserts nothing passes")
		}
		a, err := MarshalResult(r)
		if err != nil {
			return // a date that JSON cannot carry
		}
		if b, _ := MarshalResult(Analyze(h)); !bytes.Equal(a, b) {
			t.Fatal("judged twice, not the same bytes")
		}
	})
}

// FuzzMutated judges an exercise of which parts are missing, doubled, out of
// order or absurd, as bugs elsewhere may record it.
func FuzzMutated(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := failoverWorld()
		w.rate = 10
		h := mutated(w.history(), rng)
		r := Analyze(h)
		a, err := MarshalResult(r)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := MarshalResult(Analyze(h)); !bytes.Equal(a, b) {
			t.Fatal("judged twice, not the same bytes")
		}
		if len(r.Series) > maxBuckets {
			t.Fatalf("%d buckets", len(r.Series))
		}
		if (r.Verdict == Pass) != (len(r.Reasons) == 0) {
			t.Fatalf("verdict %s with %d reasons", r.Verdict, len(r.Reasons))
		}
		for _, p := range r.Phases {
			if p.Acked > p.Intended || p.Availability > 100 || p.P50 > p.P99 || p.P99 > p.Max {
				t.Fatalf("phase %+v", p)
			}
		}
	})
}

func mutated(h *history.History, rng *rand.Rand) *history.History {
	odd := func() time.Duration {
		return []time.Duration{0, -1, math.MinInt64, math.MaxInt64, sec, 10 * sec, time.Duration(rng.Int64())}[rng.IntN(7)]
	}
	for range 1 + rng.IntN(8) {
		n := len(h.Events)
		i, j := rng.IntN(n), rng.IntN(n)
		switch rng.IntN(7) {
		case 0:
			h.Events = slices.Delete(slices.Clone(h.Events), i, i+1)
		case 1:
			h.Events = append(h.Events, h.Events[i])
		case 2:
			h.Events[i].At = odd()
		case 3:
			h.Events[i].Subject = h.Events[j].Subject
		case 4:
			h.Events[i].Kind = h.Events[j].Kind
		case 5:
			h.Events[i].Attrs = h.Events[j].Attrs
		case 6:
			h.Header.Functions = slices.Repeat(h.Header.Functions, rng.IntN(3))
		}
		if len(h.Events) == 0 {
			break
		}
	}
	var ops history.Ops
	for _, o := range h.Ops.All() {
		switch rng.IntN(200) {
		case 0:
			continue
		case 1:
			o.Done = odd()
		case 2:
			o.Intended = odd()
		case 3:
			o.Sent = odd()
		case 4:
			o.Function = uint8(rng.IntN(3))
		case 5:
			o.ID = rng.Uint64()
		}
		ops.Append(o)
	}
	if rng.IntN(3) > 0 {
		h.Ops = ops
	}
	h.Header.Stability = max(h.Header.Stability, odd())
	return h
}
