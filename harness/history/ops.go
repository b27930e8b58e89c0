package history

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"
)

// Ops is a list of operations, held in 40 bytes each and without pointers: a
// night's load is millions of them, and the garbage collector need not look at
// any. The zero value is an empty list. It is not safe for concurrent writing.
type Ops struct {
	recs  []record
	names []string          // sites and error classes, by the index that records carry
	index map[string]uint16 // the other way
}

// record is an Operation with its strings as indexes into Ops.names.
type record struct {
	id       uint64
	intended int64
	sent     int64
	done     int64
	status   uint16
	site     uint16
	err      uint16
	function uint8
	class    uint8 // kind<<4 | outcome
}

// otherName stands for every name beyond the 65,535th different one, so that a
// client that puts details into its error class cannot break the record.
const otherName = "(other)"

// OpsOf is a list of the given operations, in the given order.
func OpsOf(list ...Operation) Ops {
	var o Ops
	for _, op := range list {
		o.Append(op)
	}
	return o
}

// Len is the number of operations.
func (o *Ops) Len() int { return len(o.recs) }

// At is operation i.
func (o *Ops) At(i int) Operation {
	r := &o.recs[i]
	return Operation{
		ID: r.id, Kind: OpKind(r.class >> 4), Outcome: Outcome(r.class & 15),
		Function: r.function, Status: r.status,
		Intended: time.Duration(r.intended), Sent: time.Duration(r.sent), Done: time.Duration(r.done),
		Site: o.names[r.site], Err: o.names[r.err],
	}
}

// All goes through the operations in order.
func (o *Ops) All() iter.Seq2[int, Operation] {
	return func(yield func(int, Operation) bool) {
		for i := range o.recs {
			if !yield(i, o.At(i)) {
				return
			}
		}
	}
}

// Append adds an operation at the end.
func (o *Ops) Append(op Operation) {
	o.recs = append(o.recs, record{
		id: op.ID, intended: int64(op.Intended), sent: int64(op.Sent), done: int64(op.Done),
		status: op.Status, site: o.intern(op.Site), err: o.intern(op.Err),
		function: op.Function, class: uint8(op.Kind)<<4 | uint8(op.Outcome)&15,
	})
}

// The accessors below read one field, for loops over millions of operations.

// ID is the ID of operation i.
func (o *Ops) ID(i int) uint64 { return o.recs[i].id }

// Kind is the kind of operation i.
func (o *Ops) Kind(i int) OpKind { return OpKind(o.recs[i].class >> 4) }

// Outcome is the outcome of operation i.
func (o *Ops) Outcome(i int) Outcome { return Outcome(o.recs[i].class & 15) }

// Function is the function of operation i.
func (o *Ops) Function(i int) uint8 { return o.recs[i].function }

// Intended is the instant at which operation i should have been sent.
func (o *Ops) Intended(i int) time.Duration { return time.Duration(o.recs[i].intended) }

// Sent is the instant at which operation i was sent.
func (o *Ops) Sent(i int) time.Duration { return time.Duration(o.recs[i].sent) }

// Done is the instant at which the answer of operation i came, or was given up.
func (o *Ops) Done(i int) time.Duration { return time.Duration(o.recs[i].done) }

// Err is the error class of operation i.
func (o *Ops) Err(i int) string { return o.names[o.recs[i].err] }

// Ordered is the same operations by intended time, then ID: the list itself
// where it is in order already, a copy otherwise.
func (o *Ops) Ordered() *Ops {
	if slices.IsSortedFunc(o.recs, compareRecords) {
		return o
	}
	c := &Ops{recs: slices.Clone(o.recs), names: o.names}
	slices.SortStableFunc(c.recs, compareRecords)
	return c
}

func compareRecords(a, b record) int {
	if c := cmp.Compare(a.intended, b.intended); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

// intern returns the index of name, adding it where it is new.
func (o *Ops) intern(name string) uint16 {
	if o.index == nil {
		o.index = make(map[string]uint16, len(o.names)+4)
		for i, n := range o.names {
			o.index[n] = uint16(i)
		}
		if len(o.names) == 0 {
			o.names, o.index[""] = []string{""}, 0
		}
	}
	if i, ok := o.index[name]; ok {
		return i
	}
	if len(o.names) >= math.MaxUint16 {
		if len(o.names) == math.MaxUint16 {
			o.names = append(o.names, otherName)
		}
		return math.MaxUint16
	}
	i := uint16(len(o.names))
	o.names, o.index[name] = append(o.names, name), i
	return i
}

// internBytes is intern without allocating for a name that is known.
func (o *Ops) internBytes(name []byte) uint16 {
	if i, ok := o.index[string(name)]; ok {
		return i
	}
	return o.intern(string(name))
}

// merge adds the ordered records of b behind those of o, keeping o in order.
// Operations are recorded when they end, so that neighbours overlap a little:
// only the overlap is moved.
func (o *Ops) merge(b *Ops) {
	if len(b.recs) == 0 {
		return
	}
	to := make([]uint16, len(b.names))
	same := true
	for i, n := range b.names {
		to[i] = o.intern(n)
		same = same && to[i] == uint16(i)
	}
	if !same {
		for i := range b.recs {
			r := &b.recs[i]
			r.site, r.err = to[r.site], to[r.err]
		}
	}
	mid := len(o.recs)
	o.recs = append(o.recs, b.recs...)
	if mid == 0 || compareRecords(o.recs[mid-1], o.recs[mid]) <= 0 {
		return
	}
	from, _ := slices.BinarySearchFunc(o.recs[:mid], o.recs[mid], compareRecords)
	tail := slices.Clone(o.recs[from:mid])
	i, j, k := 0, 0, from
	for i < len(tail) {
		if j < len(b.recs) && compareRecords(b.recs[j], tail[i]) < 0 {
			o.recs[k] = b.recs[j]
			j++
		} else {
			o.recs[k] = tail[i]
			i++
		}
		k++
	}
}
