package fabric

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// notebook sums equal observations. It has a lock of its own: a lookup must not
// wait for a fault to be built.
type notebook struct {
	mu  sync.Mutex
	obs map[Observation]*Observation // by what makes them equal
	seq int64
}

// maxNoted bounds the observations that are told apart: a service that looks up
// ever new names must not fill the fabric's memory.
const maxNoted = 20_000

// Others stands for the names and destinations beyond that bound.
const Others = "(others)"

func newNotebook() *notebook { return &notebook{obs: map[Observation]*Observation{}} }

// note counts one more of an observation.
func (n *notebook) note(o Observation) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count(o, 1)
}

// total says how many there are of an observation by now.
func (n *notebook) total(o Observation, count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	have := 0
	if known := n.obs[o]; known != nil {
		have = known.Count
	}
	if count > have {
		n.count(o, count-have)
	}
}

func (n *notebook) count(o Observation, more int) {
	now := time.Now().UnixNano()
	if n.obs[o] == nil && len(n.obs) >= maxNoted {
		if o.Name != "" {
			o.Name = Others
		}
		if o.Dst != "" {
			o.Dst, o.Port = Others, 0
		}
	}
	have := n.obs[o]
	if have == nil {
		c := o
		c.First = now
		have = &c
		n.obs[o] = have
	}
	n.seq++
	have.Seq, have.Last = n.seq, now
	have.Count += more
}

// since lists what changed after a seq, in the order of the last change.
func (n *notebook) since(seq int64) []Observation {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := []Observation{}
	for _, o := range n.obs {
		if o.Seq > seq {
			out = append(out, *o)
		}
	}
	slices.SortFunc(out, func(x, y Observation) int { return cmp.Compare(x.Seq, y.Seq) })
	return out
}
