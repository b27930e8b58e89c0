package analysis

import (
	"bytes"
	"os"
	"path/filepath"
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
