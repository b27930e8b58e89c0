package fabric

import (
	"fmt"
	"slices"
)

// NameMove says who answers to a name from now on, as a failover by DNS does:
// whoever may ask for it is told the addresses of its own links to Providers.
// What consumers resolved before stays with them, for AnswerTTL where they keep
// to it, and so do their connections.
type NameMove struct {
	Name      string `json:"name"`
	Providers []int  `json:"providers"` // member indexes
}

// Moved is the topology with a name that leads elsewhere. It is the topology
// that is in force once the agent was told of the move: whoever restores the
// fabric restores that one.
func (t Topology) Moved(m NameMove) (Topology, error) {
	if len(m.Providers) == 0 {
		return t, fmt.Errorf("name %q: it is to lead nowhere; name its providers", m.Name)
	}
	members := map[int]bool{}
	for _, x := range t.Members {
		members[x.Index] = true
	}
	for _, p := range m.Providers {
		if !members[p] {
			return t, fmt.Errorf("name %q: no member %d", m.Name, p)
		}
	}
	known := false
	t.Names = slices.Clone(t.Names) // the former topology keeps its own
	for i, n := range t.Names {
		if canonical(n.Name) == canonical(m.Name) {
			t.Names[i].Providers, known = slices.Clone(m.Providers), true
		}
	}
	if !known {
		return t, fmt.Errorf("name %q: nobody may ask for it, so it cannot be moved", m.Name)
	}
	return t, nil
}

// lead answers a name's lookups with other providers from now on.
func (r *resolver) lead(m NameMove) {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := r.names[canonical(m.Name)]
	for i := range names {
		names[i].Providers = m.Providers
	}
}
