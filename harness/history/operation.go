package history

import "time"

// Outcome is what the client knows of an operation, which is not always what
// became of it: a timeout is Unknown, never Rejected.
type Outcome uint8

// The three outcomes.
const (
	Unknown  Outcome = iota // no answer, or one that does not tell
	Acked                   // the service said that it is done
	Rejected                // the service said that it is not done, or the request was never sent
)

// OpKind tells writes, which are looked for after recovery, from reads.
type OpKind uint8

// The kinds of operation.
const (
	Write OpKind = iota
	Read
)

// Operation is one request of the load. Times are monotonic since the start of
// the scenario. Latency counts from Intended, the instant at which the constant
// rate wanted it sent, so that a stalled service cannot hide behind a stalled
// client (coordinated omission).
type Operation struct {
	ID       uint64 // unique in the scenario; the row it writes is Header.Prefix + "-" + ID in decimal
	Kind     OpKind
	Outcome  Outcome
	Function uint8  // index into Header.Functions
	Status   uint16 // HTTP status, 0 where there was none
	Intended time.Duration
	Sent     time.Duration
	Done     time.Duration
	Site     string // site that the entry pointed to when it was sent
	Err      string // short class: "timeout", "refused", "reset", "eof", "status 503"
}

// Latency is what a client felt, from the intended send time.
func (o Operation) Latency() time.Duration { return o.Done - o.Intended }

// Readback is a run of rows that were found after recovery, by operation ID.
// Copies counts how often a row stands in the source: 1 is right, 2 is applied
// twice.
type Readback struct {
	Source string   `json:"source"` // "service" or "store"
	Name   string   `json:"name"`   // function id, or store id
	Site   string   `json:"site"`
	IDs    []uint64 `json:"ids"`
	Copies []int    `json:"copies,omitempty"` // as long as IDs; absent where every count is 1
}
