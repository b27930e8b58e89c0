package analysis

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// maxExamples is how many lost ids the result names.
const maxExamples = 10

// rows is what a read-back found: how many copies of each operation.
type rows struct {
	source, name, site string
	dense              []uint8 // by id, where ids are close together
	sparse             map[uint64]uint8
}

func newRows(r history.Readback) rows {
	x := rows{source: r.Source, name: r.Name, site: r.Site}
	var top uint64
	for _, id := range r.IDs {
		top = max(top, id)
	}
	if len(r.IDs) > 0 && top < uint64(len(r.IDs))*8+1024 {
		x.dense = make([]uint8, top+1)
	} else {
		x.sparse = make(map[uint64]uint8, len(r.IDs))
	}
	for i, id := range r.IDs {
		n := 1
		if i < len(r.Copies) {
			n = r.Copies[i]
		}
		sum := uint8(min(max(n, 0)+int(x.copies(id)), math.MaxUint8))
		if x.dense != nil {
			x.dense[id] = sum
		} else {
			x.sparse[id] = sum
		}
	}
	return x
}

func (x rows) copies(id uint64) uint8 {
	if x.dense == nil {
		return x.sparse[id]
	}
	if id < uint64(len(x.dense)) {
		return x.dense[id]
	}
	return 0
}

// readbacks gives each function what was read of it. Where a source was read
// more than once the last reading counts. A store serves the functions that the
// events name, or all where they name none.
func (f *facts) readbacks() (service, stores map[string][]rows) {
	serves := map[string][]string{}
	for _, e := range f.events {
		if e.Kind != history.ReadbackStarted && e.Kind != history.ReadbackDone {
			continue
		}
		if name, ok := strings.CutPrefix(e.Subject, "store "); ok && e.Attrs["function"] != "" {
			serves[name] = append(serves[name], e.Attrs["function"])
		}
	}
	service, stores = map[string][]rows{}, map[string][]rows{}
	list := f.h.Readbacks
	for i, r := range list {
		if slices.ContainsFunc(list[i+1:], func(o history.Readback) bool { return o.Source == r.Source && o.Name == r.Name }) {
			continue
		}
		x := newRows(r)
		if r.Source == "service" {
			service[r.Name] = append(service[r.Name], x)
			continue
		}
		for _, fn := range f.h.Header.Functions {
			if len(serves[r.Name]) == 0 || slices.Contains(serves[r.Name], fn.ID) {
				stores[fn.ID] = append(stores[fn.ID], x)
			}
		}
	}
	return service, stores
}

// loss is what became of the function's writes. Where its store was read, the
// store is the truth, and the service is compared with it.
func (f *facts) loss(c calls, service, stores []rows, phases []phase) Loss {
	l := Loss{Known: len(service)+len(stores) > 0, Sources: sources(service, stores)}
	truth, other := stores, service
	if len(stores) == 0 {
		truth, other = service, nil
	}
	var earliest, latest time.Duration
	for k := range c.len() {
		i := c.i(k)
		if c.ops.Kind(i) != history.Write {
			continue
		}
		outcome := c.ops.Outcome(i)
		if outcome == history.Acked {
			l.Acked++
		}
		if !l.Known {
			continue
		}
		id := c.ops.ID(i)
		n := most(truth, id)
		if other != nil && most(other, id) != n {
			l.Disagree = true
		}
		if n > 1 {
			l.Duplicated++
		}
		switch {
		case outcome == history.Acked && n == 0:
			done := c.ops.Done(i)
			if l.Lost == 0 || done < earliest {
				earliest = done
			}
			if l.Lost == 0 || done > latest {
				latest = done
			}
			l.Lost++
			if l.bySite == nil {
				l.bySite = map[string]lostAt{}
			}
			sent := c.ops.At(i).Site
			l.bySite[sent] = l.bySite[sent].add(done)
			if l.ByPhase == nil {
				l.ByPhase = map[string]int{}
			}
			l.ByPhase[phaseAt(phases, c.ops.Intended(i))]++
			if len(l.Examples) < maxExamples {
				l.Examples = append(l.Examples, id)
			}
		case outcome == history.Rejected && n > 0:
			l.Resurrected++
		case outcome == history.Unknown && n > 0:
			l.UnknownIn++
		case outcome == history.Unknown:
			l.UnknownOut++
		}
	}
	if l.Lost > 0 {
		l.Span = f.lossSpan(earliest, latest)
	}
	return l
}

// lossSpan is the loss as a length of time: from the earliest lost write to the
// first fault that follows it. Writes that were acknowledged after that fault
// and are lost all the same make it longer: up to the last of them.
func (f *facts) lossSpan(earliest, latest time.Duration) time.Duration {
	until := latest
	for _, x := range f.injected() {
		if x.injected >= earliest {
			until = max(until, x.injected)
			break
		}
	}
	return until - earliest
}

func most(list []rows, id uint64) (n uint8) {
	for _, x := range list {
		n = max(n, x.copies(id))
	}
	return n
}

func sources(lists ...[]rows) []string {
	out := []string{}
	for _, l := range lists {
		for _, x := range l {
			s := x.source + " " + x.name
			if x.site != "" {
				s += " @ " + x.site
			}
			out = append(out, s)
		}
	}
	return out
}

// ledger sums up every operation, and the losses of all functions.
func ledger(ops *history.Ops, functions []Function) Ledger {
	l := Ledger{Intended: ops.Len(), Loss: Loss{Known: len(functions) > 0, Sources: []string{}}}
	for i := range ops.Len() {
		switch ops.Outcome(i) {
		case history.Acked:
			l.Acked++
		case history.Rejected:
			l.Rejected++
		default:
			l.Unknown++
		}
		if ops.Kind(i) == history.Write {
			l.Writes++
		} else {
			l.Reads++
		}
	}
	for _, fn := range functions {
		o := fn.Loss
		s := &l.Loss
		s.Known = s.Known && (o.Known || fn.Rate == 0 && o.Acked == 0)
		s.Acked += o.Acked
		s.Lost += o.Lost
		s.Duplicated += o.Duplicated
		s.Resurrected += o.Resurrected
		s.UnknownIn += o.UnknownIn
		s.UnknownOut += o.UnknownOut
		s.Span = max(s.Span, o.Span)
		s.Disagree = s.Disagree || o.Disagree
		for p, n := range o.ByPhase {
			if s.ByPhase == nil {
				s.ByPhase = map[string]int{}
			}
			s.ByPhase[p] += n
		}
		s.Examples = append(s.Examples, o.Examples...)
		for _, src := range o.Sources {
			if !slices.Contains(s.Sources, src) {
				s.Sources = append(s.Sources, src)
			}
		}
	}
	slices.SortFunc(l.Loss.Examples, cmp.Compare[uint64])
	l.Loss.Examples = l.Loss.Examples[:min(len(l.Loss.Examples), maxExamples)]
	return l
}
