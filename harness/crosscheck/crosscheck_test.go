package crosscheck

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

func TestTheFateOfAWrite(t *testing.T) {
	for _, c := range []struct {
		outcome history.Outcome
		copies  int
		want    Fate
	}{
		{history.Acked, 1, Fate{}},
		{history.Acked, 0, Fate{Lost: true}},
		{history.Acked, 2, Fate{Twice: true}},
		{history.Acked, 9, Fate{Twice: true}},
		{history.Rejected, 0, Fate{}},
		{history.Rejected, 1, Fate{Resurrected: true}},
		{history.Rejected, 3, Fate{Resurrected: true, Twice: true}},
		{history.Unknown, 0, Fate{UnknownOut: true}},
		{history.Unknown, 1, Fate{UnknownIn: true}},
		{history.Unknown, 2, Fate{UnknownIn: true, Twice: true}},
	} {
		got, err := FateOf(history.Operation{ID: 7, Outcome: c.outcome, Sent: 10, Done: 20}, c.copies, 100)
		if err != nil || got != c.want {
			t.Errorf("outcome %d, %d copies: %v (%v), want %v", c.outcome, c.copies, got, err, c.want)
		}
	}
}

// planted is a random history of two functions, with what was planted in it.
func planted(seed uint64, sound bool) (*history.History, map[string]analysis.Loss) {
	rng := rand.New(rand.NewPCG(seed, 11))
	h := &history.History{Complete: true, Header: history.Header{Format: 1, Scenario: "s", Prefix: "p", Sites: []history.Site{{ID: "paris", Role: "primary"}},
		Functions: []history.Function{{ID: "orders", Rate: 50}, {ID: "stock", Rate: 50}}}}
	want := map[string]analysis.Loss{}
	var id uint64
	for fn, f := range h.Header.Functions {
		name := []string{"orders-db", "stock-db"}[fn]
		h.Events = append(h.Events, history.Event{Kind: history.ReadbackStarted, Subject: "store " + name, Attrs: map[string]string{"function": f.ID}})
		rb := history.Readback{Source: "store", Name: name}
		l := analysis.Loss{Known: true}
		for range 20 + rng.IntN(120) {
			id += 1 + uint64(rng.IntN(3))*uint64(rng.IntN(500)) // ids close together, or far apart
			op := history.Operation{ID: id, Function: uint8(fn), Outcome: history.Outcome(rng.IntN(3)), Kind: history.OpKind(rng.IntN(5) / 4), Intended: time.Duration(id) * time.Millisecond}
			op.Sent = op.Intended + time.Duration(rng.IntN(1e6))
			op.Done = op.Sent + time.Duration(rng.IntN(3e9))
			h.Ops.Append(op)
			if op.Kind == history.Read {
				continue
			}
			if n := copiesOf(rng, op.Outcome, sound, &l); n > 0 {
				rb.IDs, rb.Copies = append(rb.IDs, id), append(rb.Copies, n)
			}
		}
		h.Readbacks = append(h.Readbacks, history.Readback{Source: "store", Name: name, IDs: []uint64{1}}, rb)
		want[f.ID] = l
	}
	return h, want
}

// copiesOf decides how often a write stands in the store, and notes it.
func copiesOf(rng *rand.Rand, outcome history.Outcome, sound bool, l *analysis.Loss) int {
	n := 0
	if outcome == history.Acked || outcome == history.Unknown && rng.IntN(2) == 0 {
		n = 1
	}
	if !sound && rng.IntN(4) == 0 {
		n = rng.IntN(4)
	}
	switch {
	case outcome == history.Acked && n == 0:
		l.Lost++
	case outcome == history.Rejected && n > 0:
		l.Resurrected++
	case outcome == history.Unknown && n > 0:
		l.UnknownIn++
	case outcome == history.Unknown:
		l.UnknownOut++
	}
	if n > 1 {
		l.Duplicated++
	}
	return n
}

// TestAgreement: over random histories, sound ones and broken ones, the
// analysis, the registers and what was planted say the same.
func TestAgreement(t *testing.T) {
	planting := 0
	for seed := range uint64(200) {
		h, want := planted(seed, seed%4 == 0)
		r := analysis.Analyze(h)
		if err := Agree(h, r); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		for _, f := range r.Functions {
			w := want[f.ID]
			planting += w.Lost + w.Duplicated + w.Resurrected
			l := f.Loss
			if l.Lost != w.Lost || l.Duplicated != w.Duplicated || l.Resurrected != w.Resurrected || l.UnknownIn != w.UnknownIn || l.UnknownOut != w.UnknownOut {
				t.Errorf("seed %d, function %s: analysis %+v, planted %+v", seed, f.ID, l, w)
			}
		}
	}
	if planting < 1000 {
		t.Errorf("only %d anomalies were planted: this test hardly tests", planting)
	}
}

// TestADifferenceIsTold: an analysis that miscounts by one is found out.
func TestADifferenceIsTold(t *testing.T) {
	h, _ := planted(3, false)
	for name, spoil := range map[string]func(*analysis.Loss){
		"lost":                func(l *analysis.Loss) { l.Lost++ },
		"twice":               func(l *analysis.Loss) { l.Duplicated-- },
		"resurrected":         func(l *analysis.Loss) { l.Resurrected++ },
		"unknown and present": func(l *analysis.Loss) { l.UnknownIn++ },
		"unknown and absent":  func(l *analysis.Loss) { l.UnknownOut-- },
	} {
		r := analysis.Analyze(h)
		spoil(&r.Functions[1].Loss)
		var d *Disagreement
		if err := Agree(h, r); !errors.As(err, &d) || d.What != name || d.Function != "stock" {
			t.Errorf("%s miscounted: %v", name, err)
		}
	}
	r := analysis.Analyze(h)
	r.Functions[0].Loss.Examples = append(r.Functions[0].Loss.Examples, 1<<40)
	if Agree(h, r) == nil {
		t.Error("a row that is not lost, called lost, is not noticed")
	}
	r = analysis.Analyze(h)
	r.Functions[0].Loss.Known = false
	if Agree(h, r) == nil {
		t.Error("a read-back that the analysis overlooked is not noticed")
	}
}

// TestSavedHistories: the same over real runs that were kept.
func TestSavedHistories(t *testing.T) {
	saved, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(saved) == 0 {
		t.Fatalf("no saved history: %v", err)
	}
	for _, path := range saved {
		h, err := history.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if h.Ops.Len() == 0 || len(h.Readbacks) == 0 {
			t.Errorf("%s: %d operations, %d read-backs: nothing to check", path, h.Ops.Len(), len(h.Readbacks))
		}
		if err := Agree(h, analysis.Analyze(h)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
