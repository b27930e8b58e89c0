package fabric

import (
	"fmt"
	"net/netip"
)

// way is one direction of a link as it stands on the wire before the kernel
// translates it: consumer to virtual address, or provider to identity.
type way struct{ src, dst netip.Addr }

// reach is what a fault touches.
type reach struct {
	ways   map[way]bool
	inward map[netip.Addr]bool // members that traffic from outside must not reach
}

// expand turns a fault's pairs, wildcards and site into directions.
func expand(t Topology, f Fault) (reach, error) {
	r := reach{ways: map[way]bool{}, inward: map[netip.Addr]bool{}}
	ips := map[int]netip.Addr{}
	for _, m := range t.Members {
		ips[m.Index] = netip.MustParseAddr(m.IP)
	}
	pairs := f.Pairs
	if f.Site != "" {
		if len(pairs) > 0 {
			return r, fmt.Errorf("fault %s: a site and pairs at once", f.ID)
		}
		inside := map[int]bool{}
		for _, m := range t.Members {
			inside[m.Index] = m.Site == f.Site
		}
		for i := range ips {
			if !inside[i] {
				continue
			}
			pairs = append(pairs, Pair{From: Outside, To: i})
			for o := range ips {
				if !inside[o] {
					pairs = append(pairs, Pair{From: i, To: o}, Pair{From: o, To: i})
				}
			}
		}
		if len(pairs) == 0 {
			return r, fmt.Errorf("fault %s: no site %q", f.ID, f.Site)
		}
	}
	if len(pairs) == 0 {
		return r, fmt.Errorf("fault %s: it names no link and no site", f.ID)
	}
	for _, p := range pairs {
		for _, x := range spread(ips, p) {
			if err := r.add(ips, x, f); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// spread replaces "any member" by each of them, and by the outside.
func spread(ips map[int]netip.Addr, p Pair) []Pair {
	switch {
	case p.From == 0 && p.To != 0:
		out := []Pair{{From: Outside, To: p.To}}
		for i := range ips {
			out = append(out, Pair{From: i, To: p.To})
		}
		return out
	case p.To == 0 && p.From != 0:
		var out []Pair
		for i := range ips {
			out = append(out, Pair{From: p.From, To: i})
		}
		return out
	}
	return []Pair{p}
}

func (r reach) add(ips map[int]netip.Addr, p Pair, f Fault) error {
	to, ok := ips[p.To]
	if !ok {
		return fmt.Errorf("fault %s: no member %d", f.ID, p.To)
	}
	from, ok := ips[p.From]
	if !ok && p.From != Outside {
		return fmt.Errorf("fault %s: no member %d", f.ID, p.From)
	}
	if p.From == Outside {
		// From outside the wire shows the control address: that direction is
		// met where the destination is already the member's own.
		r.inward[to] = true
	} else {
		r.ways[way{from, VIP(p.From, p.To)}] = true
	}
	if !f.OneWay {
		r.ways[way{to, Identity(p.From)}] = true
	}
	return nil
}
