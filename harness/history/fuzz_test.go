package history

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzDecode: no file makes the reader panic, and what was read is written and
// read again as the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("{\"h\":{\"format\":1}}\n{\"e\":{\"at_ns\":1,\"kind\":\"note\",\"attrs\":{\"a\":\"b\"}}}\n"))
	f.Add([]byte("{\"h\":{\"format\":1}}\n{\"o\":[1,0,1,0,201,5,-1,3,\"paris\",\"eof\"]}\n{\"o\":[ 2,1,2,0,201,4,0,3,\"\\u00e9\"]}\n{\"o\":[1"))
	f.Add([]byte("{\"h\":{\"format\":1}}\n{\"r\":{\"ids\":[1],\"more\":true}}\n{\"r\":{\"ids\":[2],\"copies\":[3]}}\n"))
	f.Add([]byte("{\"h\":{\"format\":3}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := decode("fuzz", bytes.NewReader(data), bytes.Count(data, []byte{'\n'}))
		if err != nil {
			return
		}
		out, err := encodeAll(h)
		if err != nil {
			return // a date that JSON cannot carry
		}
		again, err := decode("again", bytes.NewReader(out), 0)
		if err != nil {
			t.Fatalf("reading what was written: %v\n%s", err, out)
		}
		h.Truncated = false
		if again.Ops.Len() != h.Ops.Len() {
			t.Fatalf("%d operations became %d", h.Ops.Len(), again.Ops.Len())
		}
		for i, o := range h.Ops.All() {
			if again.Ops.At(i) != o {
				t.Fatalf("operation %d: %+v became %+v", i, o, again.Ops.At(i))
			}
		}
		out2, _ := encodeAll(again)
		if !bytes.Equal(out, out2) {
			t.Fatalf("written twice, not the same:\n%s\n%s", out, out2)
		}
	})
}

func encodeAll(h *History) (b []byte, err error) {
	if b, err = appendObject(b, 'h', h.Header); err != nil {
		return nil, err
	}
	for _, e := range h.Events {
		if b, err = appendObject(b, 'e', e); err != nil {
			return nil, err
		}
	}
	for _, o := range h.Ops.All() {
		b = appendOperation(b, o)
	}
	for _, r := range h.Readbacks {
		if b, err = appendReadback(b, r); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// FuzzOperation: every operation survives its line, and the fast decoder reads
// every line that its encoder writes as the slow one does.
func FuzzOperation(f *testing.F) {
	f.Add(uint64(1), uint8(1), uint8(2), uint16(201), int64(1), int64(2), int64(3), "paris", "status 503")
	f.Add(uint64(1<<64-1), uint8(0), uint8(0), uint16(0), int64(-1<<63), int64(1<<63-1), int64(-1), "é\"", "\\\n\x7f")
	f.Fuzz(func(t *testing.T, id uint64, class, fn uint8, status uint16, in, sent, done int64, site, errClass string) {
		if !utf8.ValidString(site) || !utf8.ValidString(errClass) {
			return
		}
		o := Operation{ID: id, Kind: OpKind(class & 1), Outcome: Outcome(class >> 1 % 3), Function: fn, Status: status,
			Intended: time.Duration(in), Sent: time.Duration(sent), Done: time.Duration(done), Site: site, Err: errClass}
		line := appendOperation(nil, o)
		var b block
		b.decode(line, false)
		if b.err != nil || b.ops.Len() != 1 || b.ops.At(0) != o {
			t.Fatalf("%+v\nbecame %+v (%v)\nby %s", o, b.ops, b.err, line)
		}
		raw := strings.TrimSuffix(strings.TrimPrefix(string(line), `{"o":`), "}\n")
		slow, err := slowOperation([]byte(raw))
		if err != nil || !reflect.DeepEqual(slow, o) {
			t.Fatalf("slow decoder: %+v, %v, want %+v", slow, err, o)
		}
	})
}
