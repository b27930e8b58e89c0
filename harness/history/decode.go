package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// block is what was decoded from a stretch of whole lines.
type block struct {
	lines     int
	header    *Header
	events    []Event
	ops       Ops
	readbacks []readbackLine
	err       error
	errLine   int // from 1, within the block
}

// decode decodes whole lines; first says that they begin the file. It keeps no
// part of data.
func (b *block) decode(data []byte, first bool) {
	b.ops.intern("")
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte{'\n'})
		data = rest
		b.lines++
		if err := b.line(line, first && b.lines == 1); err != nil {
			b.err, b.errLine = err, b.lines
			return
		}
	}
	if o := b.ops.Ordered(); o != &b.ops {
		b.ops.recs = o.recs
	}
}

// line decodes one line.
func (b *block) line(line []byte, first bool) error {
	if bytes.HasPrefix(line, opPrefix) && !first {
		if b.fastOperation(line) {
			return nil
		}
	}
	var l struct {
		H json.RawMessage `json:"h"`
		E *Event          `json:"e"`
		O json.RawMessage `json:"o"`
		R *readbackLine   `json:"r"`
	}
	if first {
		return b.headerLine(line)
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return err
	}
	switch {
	case l.H != nil:
		return errors.New("a second header")
	case l.E != nil && l.O == nil && l.R == nil:
		b.events = append(b.events, *l.E)
	case l.O != nil && l.E == nil && l.R == nil:
		op, err := slowOperation(l.O)
		if err != nil {
			return err
		}
		b.ops.Append(op)
	case l.R != nil && l.E == nil && l.O == nil:
		if l.R.Copies != nil && len(l.R.Copies) != len(l.R.IDs) {
			return fmt.Errorf("read-back with %d ids and %d counts", len(l.R.IDs), len(l.R.Copies))
		}
		b.readbacks = append(b.readbacks, *l.R)
	default:
		return errors.New(`want exactly one of the keys "e", "o", "r"`)
	}
	return nil
}

// headerLine decodes the first line. The version is looked at before all else,
// so that a newer format is named as such and not as a broken line.
func (b *block) headerLine(line []byte) error {
	var v struct {
		H *struct {
			Format int `json:"format"`
		} `json:"h"`
	}
	if err := json.Unmarshal(line, &v); err != nil {
		return fmt.Errorf("not a history: the first line must be a header: %w", err)
	}
	if v.H == nil {
		return errors.New("not a history: the first line must be a header")
	}
	if v.H.Format != Format {
		return fmt.Errorf("%w %d: this program reads format %d; use the program that wrote it", ErrFormat, v.H.Format, Format)
	}
	var h struct {
		H *Header `json:"h"`
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	b.header = h.H
	return nil
}

var opPrefix = []byte(`{"o":[`)

// fastOperation decodes the exact form that appendOperation writes. It returns
// false for any other, which slowOperation then accepts or refuses.
func (b *block) fastOperation(line []byte) bool {
	p := line[len(opPrefix):]
	var n [8]int64
	var r record
	for i := range n {
		var ok bool
		if i == 0 {
			if r.id, p, ok = cutUint(p); !ok {
				return false
			}
			continue
		}
		if n[i], p, ok = cutInt(p); !ok {
			return false
		}
	}
	if n[1] < 0 || n[1] > int64(Read) || n[2] < 0 || n[2] > int64(Rejected) ||
		n[3] < 0 || n[3] > math.MaxUint8 || n[4] < 0 || n[4] > math.MaxUint16 {
		return false
	}
	site, p, ok := cutPlain(p)
	if !ok {
		return false
	}
	var class []byte
	if len(p) > 0 && p[0] == ',' {
		if class, p, ok = cutPlain(p[1:]); !ok {
			return false
		}
	}
	if len(p) != 2 || p[0] != ']' || p[1] != '}' {
		return false
	}
	r.class, r.function, r.status = uint8(n[1])<<4|uint8(n[2]), uint8(n[3]), uint16(n[4])
	r.intended = n[5]
	r.sent = r.intended + n[6] // wraps like the writer's difference did
	r.done = r.sent + n[7]
	r.site, r.err = b.ops.internBytes(site), b.ops.internBytes(class)
	b.ops.recs = append(b.ops.recs, r)
	return true
}

// cutUint reads a number and the comma behind it. Leading zeros and overflow
// are left to the slow path.
func cutUint(p []byte) (v uint64, rest []byte, ok bool) {
	i := 0
	for i < len(p) && i < 19 && p[i]-'0' < 10 {
		v = v*10 + uint64(p[i]-'0')
		i++
	}
	if i == 0 || i > 1 && p[0] == '0' || i >= len(p) || p[i] != ',' {
		return 0, p, false
	}
	return v, p[i+1:], true
}

// cutInt is cutUint for a number that may be negative.
func cutInt(p []byte) (int64, []byte, bool) {
	neg := len(p) > 0 && p[0] == '-'
	if neg {
		p = p[1:]
	}
	v, rest, ok := cutUint(p)
	if !ok || v > math.MaxInt64 {
		return 0, p, false
	}
	if neg {
		return -int64(v), rest, true
	}
	return int64(v), rest, true
}

// cutPlain reads a JSON string of printable ASCII without escapes.
func cutPlain(p []byte) (s, rest []byte, ok bool) {
	if len(p) < 2 || p[0] != '"' {
		return nil, p, false
	}
	for i := 1; i < len(p); i++ {
		switch c := p[i]; {
		case c == '"':
			return p[1:i], p[i+1:], true
		case c < ' ' || c >= 0x7f || c == '\\':
			return nil, p, false
		}
	}
	return nil, p, false
}

// slowOperation decodes any JSON spelling of an operation.
func slowOperation(raw json.RawMessage) (Operation, error) {
	var f []json.RawMessage
	if err := json.Unmarshal(raw, &f); err != nil {
		return Operation{}, fmt.Errorf("operation: %w", err)
	}
	if len(f) != 9 && len(f) != 10 {
		return Operation{}, fmt.Errorf("operation: %d fields, want 9 or 10", len(f))
	}
	var o Operation
	var kind, outcome uint8
	var intended, sent, done int64
	into := []any{&o.ID, &kind, &outcome, &o.Function, &o.Status, &intended, &sent, &done, &o.Site, &o.Err}
	for i, v := range f {
		if err := json.Unmarshal(v, into[i]); err != nil {
			return Operation{}, fmt.Errorf("operation: field %d: %w", i+1, err)
		}
	}
	if kind > uint8(Read) || outcome > uint8(Rejected) {
		return Operation{}, fmt.Errorf("operation: kind %d or outcome %d is not known", kind, outcome)
	}
	o.Kind, o.Outcome = OpKind(kind), Outcome(outcome)
	o.Intended = time.Duration(intended)
	o.Sent = o.Intended + time.Duration(sent)
	o.Done = o.Sent + time.Duration(done)
	return o, nil
}
