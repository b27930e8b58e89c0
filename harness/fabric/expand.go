package fabric

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// way is one direction of a link as it stands on the wire before the kernel
// translates it: consumer to virtual address, or provider to identity.
type way struct{ src, dst netip.Addr }

// reach is what a fault touches.
type reach struct {
	ways map[way]bool
	// Members that traffic from outside must not reach. (From outside the wire
	// shows the control address: that direction is met where the destination is
	// already the member's own.)
	inward map[netip.Addr]bool
	// Shaped links whose way back is touched, as their answers leave the fabric:
	// the proxy sends them, where others are met on their way in.
	answers map[way]bool
	shaped  map[Pair]bool
}

// aim is a link with the way that is meant of it.
type aim struct {
	Pair
	direction Direction
}

// expand turns a fault's pairs, wildcards and site into directions.
func expand(t Topology, f Fault) (reach, error) {
	r := reach{ways: map[way]bool{}, inward: map[netip.Addr]bool{}, answers: map[way]bool{}, shaped: map[Pair]bool{}}
	ips := map[int]netip.Addr{}
	for _, m := range t.Members {
		ips[m.Index] = netip.MustParseAddr(m.IP)
	}
	for _, p := range t.Shaped {
		r.shaped[p] = true
	}
	if err := f.aimed(); err != nil {
		return r, err
	}
	aims, err := border(t, f)
	if err != nil {
		return r, err
	}
	for _, p := range f.Pairs {
		for _, x := range spread(ips, p) {
			aims = append(aims, aim{x, f.Direction})
		}
	}
	for _, a := range aims {
		if err := r.add(ips, a); err != nil {
			return r, fmt.Errorf("fault %s: %w", f.ID, err)
		}
	}
	return r, nil
}

// border lists the links that cross a site's border. What leaves the site is
// the way there of its members' own links, and the way back of others' links to
// them.
func border(t Topology, f Fault) (aims []aim, err error) {
	if f.Site == "" {
		return nil, nil
	}
	var inside, others []int
	for _, m := range t.Members {
		switch {
		case m.Site == f.Site:
			inside = append(inside, m.Index)
		case f.Toward == "" || m.Site == f.Toward:
			others = append(others, m.Index)
		}
	}
	if len(inside) == 0 {
		return nil, fmt.Errorf("fault %s: no site %q", f.ID, f.Site)
	}
	if f.Toward == "" {
		others = append(others, Outside)
	} else if len(others) == 0 {
		return nil, fmt.Errorf("fault %s: no site %q", f.ID, f.Toward)
	}
	reverse := map[Direction]Direction{There: Back, Back: There}
	for _, i := range inside {
		for _, o := range others {
			if o != Outside { // which provides nothing
				aims = append(aims, aim{Pair{From: i, To: o}, f.Direction})
			}
			aims = append(aims, aim{Pair{From: o, To: i}, reverse[f.Direction]})
		}
	}
	return aims, nil
}

// spread replaces "any member" by each of them, and as a consumer by the
// outside too, which provides nothing.
func spread(ips map[int]netip.Addr, p Pair) []Pair {
	froms, tos := []int{p.From}, []int{p.To}
	all := slices.Sorted(maps.Keys(ips))
	if p.From == 0 {
		froms = append([]int{Outside}, all...)
	}
	if p.To == 0 {
		tos = all
	}
	var out []Pair
	for _, f := range froms {
		for _, t := range tos {
			out = append(out, Pair{From: f, To: t})
		}
	}
	return out
}

func (r reach) add(ips map[int]netip.Addr, a aim) error {
	to, ok := ips[a.To]
	if !ok {
		return fmt.Errorf("no member %d", a.To)
	}
	from, ok := ips[a.From]
	if !ok && a.From != Outside {
		return fmt.Errorf("no member %d", a.From)
	}
	if a.direction != Back {
		if a.From == Outside {
			r.inward[to] = true
		} else {
			r.ways[way{from, VIP(a.From, a.To)}] = true
		}
	}
	if a.direction != There {
		r.ways[way{to, Identity(a.From)}] = true
		if r.shaped[a.Pair] {
			r.answers[way{VIP(a.From, a.To), from}] = true
		}
	}
	return nil
}
