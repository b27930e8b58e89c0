package history

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// readbackLine is a Readback as it stands in the file: a long one is cut into
// several lines.
type readbackLine struct {
	Readback
	More bool `json:"more,omitempty"`
}

// readbackChunk is how many rows of a read-back stand on one line. It bounds
// the memory that a reader needs for a line.
const readbackChunk = 10_000

// appendObject appends {"key":value} and the end of the line.
func appendObject(b []byte, key byte, value any) ([]byte, error) {
	v, err := json.Marshal(value)
	if err != nil {
		return b, fmt.Errorf("history: encoding a line of kind %q: %w", key, err)
	}
	b = append(b, '{', '"', key, '"', ':')
	b = append(b, v...)
	return append(b, '}', '\n'), nil
}

// appendOperation appends the line of an operation. Written by hand: this is
// the only line whose cost matters.
func appendOperation(b []byte, o Operation) []byte {
	b = append(b, `{"o":[`...)
	b = strconv.AppendUint(b, o.ID, 10)
	b = append(b, ',')
	b = strconv.AppendUint(b, uint64(o.Kind), 10)
	b = append(b, ',')
	b = strconv.AppendUint(b, uint64(o.Outcome), 10)
	b = append(b, ',')
	b = strconv.AppendUint(b, uint64(o.Function), 10)
	b = append(b, ',')
	b = strconv.AppendUint(b, uint64(o.Status), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(o.Intended), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(o.Sent-o.Intended), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(o.Done-o.Sent), 10)
	b = append(b, ',')
	b = appendString(b, o.Site)
	if o.Err != "" {
		b = append(b, ',')
		b = appendString(b, o.Err)
	}
	return append(b, ']', '}', '\n')
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			q, err := json.Marshal(s)
			if err != nil { // a string always marshals
				q = []byte(`""`)
			}
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendReadback appends the lines of a read-back.
func appendReadback(b []byte, r Readback) ([]byte, error) {
	if r.Copies != nil && len(r.Copies) != len(r.IDs) {
		return b, fmt.Errorf("history: read-back %s %s: %d ids and %d counts, want as many of both",
			r.Source, r.Name, len(r.IDs), len(r.Copies))
	}
	for from := 0; ; from += readbackChunk {
		to := min(from+readbackChunk, len(r.IDs))
		line := readbackLine{Readback: r, More: to < len(r.IDs)}
		line.IDs = r.IDs[from:to]
		if r.Copies != nil {
			line.Copies = r.Copies[from:to]
		}
		var err error
		if b, err = appendObject(b, 'r', line); err != nil {
			return b, err
		}
		if !line.More {
			return b, nil
		}
	}
}
