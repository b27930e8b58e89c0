// Package crosscheck reckons a history's ledger a second way, so that the
// analysis is not believed because it says so. Each row is a register that a
// linearizability checker (porcupine) looks at: the write that the load sent,
// and the reading that was made of it after recovery. Nothing of the analysis'
// way of counting is used here.
//
// It is made for small runs: each row costs some checks of its own.
package crosscheck

import (
	"fmt"
	"math"
	"strings"

	"github.com/anishathalye/porcupine"

	"bascule/harness/history"
)

// Fate is what became of a write.
type Fate struct {
	Lost        bool // acknowledged and absent
	Twice       bool // present more than once
	Resurrected bool // refused and present all the same
	UnknownIn   bool // without an answer, and present
	UnknownOut  bool // without an answer, and absent
}

// String names what is true of f.
func (f Fate) String() string {
	var out []string
	for _, w := range []struct {
		is   bool
		name string
	}{{f.Lost, "lost"}, {f.Twice, "twice"}, {f.Resurrected, "resurrected"}, {f.UnknownIn, "unknown, present"}, {f.UnknownOut, "unknown, absent"}} {
		if w.is {
			out = append(out, w.name)
		}
	}
	if len(out) == 0 {
		return "sound"
	}
	return strings.Join(out, " and ")
}

// never is the return of a call that was not answered: it may take effect at
// any time after it was sent, or not before the end of the history.
const never = int64(1) << 62

// A register holds how many copies of one row there are. Its operations:
type (
	write  struct{}           // an acknowledged write, or one that got no answer
	refuse struct{}           // a write that was refused: no effect
	read   struct{ seen int } // the reading after recovery
	// What a sound system never does. A history that is legal only with one of
	// these in it is named after it.
	forget struct{} // the row is gone
	again  struct{} // the write takes effect once more, as often as one likes
	revive struct{} // a refused write takes effect
)

// manyCopies stands for two and more.
const manyCopies = 2

var register = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, _ any) (bool, any) {
		copies := state.(int)
		switch in := input.(type) {
		case write, revive:
			return true, min(copies+1, manyCopies)
		case refuse:
			return true, copies
		case read:
			return min(in.seen, manyCopies) == copies, copies
		case forget:
			return true, 0
		case again:
			return copies > 0, manyCopies
		}
		return false, state
	},
}

// FateOf judges one write by what was read of its row. readAt is an instant
// after the end of every operation.
func FateOf(op history.Operation, copies int, readAt int64) (Fate, error) {
	sent := int64(op.Sent)
	base := []porcupine.Operation{{Input: read{copies}, Call: readAt, Return: readAt + 1}}
	call := porcupine.Operation{Input: write{}, Call: sent, Return: int64(op.Done)}
	switch op.Outcome {
	case history.Rejected:
		call.Input = refuse{}
	case history.Unknown:
		call.Return = never
	}
	base = append(base, call)
	excuses, err := excuse(base, op, sent, readAt)
	if err != nil {
		return Fate{}, err
	}
	var f Fate
	for _, e := range excuses {
		switch e.(type) {
		case forget:
			f.Lost = true
		case again:
			f.Twice = true
		case revive:
			f.Resurrected = true
		}
	}
	if op.Outcome == history.Unknown {
		// Whether it took effect: is there an order in which it did before the
		// reading?
		base[1].Return = readAt - 1
		in := porcupine.CheckOperations(register, base) || f.Twice
		f.UnknownIn, f.UnknownOut = in, !in
	}
	return f, nil
}

// excuse is the smallest set of unsound operations that makes the history of a
// row legal; none for a sound one.
func excuse(base []porcupine.Operation, op history.Operation, sent, readAt int64) ([]any, error) {
	possible := []any{again{}, forget{}}
	if op.Outcome == history.Rejected {
		possible = []any{revive{}, again{}}
	}
	for _, set := range [][]any{{}, possible[:1], possible[1:], possible} {
		ops := append([]porcupine.Operation{}, base...)
		for _, e := range set {
			ops = append(ops, porcupine.Operation{Input: e, Call: sent, Return: readAt - 1})
		}
		if porcupine.CheckOperations(register, ops) {
			return set, nil
		}
	}
	return nil, fmt.Errorf("crosscheck: nothing explains row %d: %+v", op.ID, op)
}

// Fates judges every write of a history, by function index and operation ID. A
// function that nothing was read of is absent.
func Fates(h *history.History) (map[int]map[uint64]Fate, error) {
	readAt := int64(math.MinInt64)
	for _, op := range h.Ops.All() {
		readAt = max(readAt, int64(op.Done), int64(op.Sent))
	}
	readAt += 10 // room for the calls between the last answer and the reading
	out := map[int]map[uint64]Fate{}
	for fn, f := range h.Header.Functions {
		seen, ok := reading(h, f.ID)
		if !ok {
			continue
		}
		out[fn] = map[uint64]Fate{}
		for _, op := range h.Ops.All() {
			if int(op.Function) != fn || op.Kind != history.Write {
				continue
			}
			fate, err := FateOf(op, seen[op.ID], readAt)
			if err != nil {
				return nil, err
			}
			out[fn][op.ID] = fate
		}
	}
	return out, nil
}

// reading is the copies of each row that were read for a function: from its
// stores where one was read, from the service otherwise. Of two readings of a
// source the later counts; a row that several stores hold counts as often as
// the store that has most copies.
func reading(h *history.History, function string) (map[uint64]int, bool) {
	of := map[string]map[string]bool{} // store -> functions that the events name
	for _, e := range h.Events {
		name, isStore := strings.CutPrefix(e.Subject, "store ")
		if fn := e.Attrs["function"]; isStore && fn != "" && (e.Kind == history.ReadbackStarted || e.Kind == history.ReadbackDone) {
			if of[name] == nil {
				of[name] = map[string]bool{}
			}
			of[name][fn] = true
		}
	}
	last := map[string]history.Readback{}
	for _, r := range h.Readbacks {
		last[r.Source+" "+r.Name] = r
	}
	for _, source := range []string{"store", "service"} {
		copies, found := map[uint64]int{}, false
		for _, r := range last {
			mine := r.Name == function
			if source == "store" {
				mine = len(of[r.Name]) == 0 || of[r.Name][function]
			}
			if r.Source != source || !mine {
				continue
			}
			found = true
			for id, n := range rowsOf(r) {
				copies[id] = max(copies[id], n)
			}
		}
		if found {
			return copies, true
		}
	}
	return nil, false
}

func rowsOf(r history.Readback) map[uint64]int {
	out := map[uint64]int{}
	for i, id := range r.IDs {
		n := 1
		if r.Copies != nil {
			n = r.Copies[i]
		}
		out[id] += n
	}
	return out
}
