package crosscheck

import (
	"errors"
	"fmt"
	"slices"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// Disagreement is one thing on which the two ways of counting differ.
type Disagreement struct {
	Function string
	What     string   // "lost", "twice"...
	Analysis int      // what the analysis counts
	Register int      // what the registers say
	Rows     []uint64 // rows that the registers count, the first few
}

// Error tells both views.
func (d *Disagreement) Error() string {
	return fmt.Sprintf("function %s: the analysis counts %d %s, the registers %d (rows %v)", d.Function, d.Analysis, d.What, d.Register, d.Rows)
}

// maxRows is how many rows a disagreement names.
const maxRows = 10

// Agree compares what the analysis counted of h with what the registers say.
// The error joins a *Disagreement for each difference.
func Agree(h *history.History, r analysis.Result) error {
	fates, err := Fates(h)
	if err != nil {
		return err
	}
	if len(r.Functions) != len(h.Header.Functions) {
		return fmt.Errorf("crosscheck: the result has %d functions, the history %d", len(r.Functions), len(h.Header.Functions))
	}
	var errs []error
	for fn, f := range r.Functions {
		rows, read := fates[fn]
		if read != f.Loss.Known {
			errs = append(errs, fmt.Errorf("function %s: read back %v, known to the analysis %v", f.ID, read, f.Loss.Known))
			continue
		}
		errs = append(errs, differences(f, rows)...)
		for _, id := range f.Loss.Examples {
			if fate := rows[id]; !fate.Lost {
				errs = append(errs, fmt.Errorf("function %s: the analysis calls row %d lost, its register says %s", f.ID, id, fate))
			}
		}
	}
	return errors.Join(errs...)
}

func differences(f analysis.Function, rows map[uint64]Fate) (errs []error) {
	for _, w := range []struct {
		what string
		n    int
		is   func(Fate) bool
	}{
		{"lost", f.Loss.Lost, func(f Fate) bool { return f.Lost }},
		{"twice", f.Loss.Duplicated, func(f Fate) bool { return f.Twice }},
		{"resurrected", f.Loss.Resurrected, func(f Fate) bool { return f.Resurrected }},
		{"unknown and present", f.Loss.UnknownIn, func(f Fate) bool { return f.UnknownIn }},
		{"unknown and absent", f.Loss.UnknownOut, func(f Fate) bool { return f.UnknownOut }},
	} {
		var ids []uint64
		for id, fate := range rows {
			if w.is(fate) {
				ids = append(ids, id)
			}
		}
		if len(ids) != w.n {
			slices.Sort(ids)
			errs = append(errs, &Disagreement{Function: f.ID, What: w.what, Analysis: w.n, Register: len(ids), Rows: ids[:min(len(ids), maxRows)]})
		}
	}
	return errs
}
