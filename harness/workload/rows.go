package workload

import (
	"bytes"
	"fmt"
	"strconv"
)

// Rows is what a source holds of a scenario's rows.
type Rows struct {
	Copies  map[uint64]int // operation ID -> how often its row stands there
	Foreign int            // rows that no operation could have written
}

// maxRows bounds what is read into memory: twice the longest run that the
// analysis is made for. A map entry takes about 40 bytes.
const maxRows = 20_000_000

// verifyMark sets the rows of Verify apart from those of the ledger.
const verifyMark = "v"

// counter counts rows by their id.
type counter struct {
	rows   Rows
	ours   []byte // "<prefix>-"
	verify []byte // "<prefix>v-"
	seen   int
}

// newCounter counts the rows of prefix.
func newCounter(prefix string) *counter {
	return &counter{
		rows: Rows{Copies: make(map[uint64]int)},
		ours: []byte(prefix + "-"), verify: []byte(prefix + verifyMark + "-"),
	}
}

// add counts one row. An id that is written in another way than the load writes
// it ("p-007") is foreign: counting it as 7 would hide that something rewrote it.
func (c *counter) add(id []byte) error {
	if c.seen++; c.seen > maxRows {
		return fmt.Errorf("more than %d rows: clear the stage, or give the run a prefix of its own", maxRows)
	}
	if bytes.HasPrefix(id, c.verify) {
		return nil
	}
	digits, ok := bytes.CutPrefix(id, c.ours)
	if ok && len(digits) > 0 && len(digits) <= 20 && (digits[0] != '0' || len(digits) == 1) {
		if n, err := strconv.ParseUint(string(digits), 10, 64); err == nil && digits[0] != '+' {
			c.rows.Copies[n]++
			return nil
		}
	}
	c.rows.Foreign++
	return nil
}
