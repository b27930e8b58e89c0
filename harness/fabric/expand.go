package fabric

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// way is one direction of a link as it stands on the wire before the kernel
// translates it: consumer to virtual address, or provider to identity.
type way struct{ src, dst netip.Addr }

// reach is what a fault touches.
type reach struct {
	ways   map[way]bool
	inward map[netip.Addr]bool // members that traffic from outside must not reach
}

// check tells what is wrong with a fault by itself, without a topology.
func (f Fault) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("fault %q: %s", f.ID, fmt.Sprintf(format, args...))
	}
	if f.ID == "" {
		return errors.New("a fault needs an id")
	}
	if len(f.ID) > maxFaultID {
		return bad("its id is longer than %d bytes", maxFaultID)
	}
	if f.ExpiresIn < 0 {
		return bad("it expires in %s; give a time to come, or 0 for never", f.ExpiresIn)
	}
	if err := f.aimed(); err != nil {
		return err
	}
	switch f.Kind {
	case Cut, Refuse:
		return nil
	case Latency:
		if f.Latency < time.Millisecond || f.Jitter < 0 {
			return bad("latency %s, jitter %s: at least 1ms, and no negative jitter", f.Latency, f.Jitter)
		}
	case Bandwidth:
		if f.RateKBps < 1 {
			return bad("a rate of %d KB/s: at least 1; to let nothing through, cut", f.RateKBps)
		}
	case Reset:
	default:
		return bad("unknown kind %q; there are cut, refuse, latency, bandwidth and reset", f.Kind)
	}
	if f.Site != "" {
		return bad("%s acts on links, not on a whole site", f.Kind)
	}
	return nil
}

// aimed tells whether a fault names what it acts on: links, or a site.
func (f Fault) aimed() error {
	if f.Site == "" && len(f.Pairs) == 0 {
		return fmt.Errorf("fault %q: it names no link and no site", f.ID)
	}
	if f.Site != "" && len(f.Pairs) > 0 {
		return fmt.Errorf("fault %q: it names a site and links at once", f.ID)
	}
	return nil
}

// maxFaultID is how much of an id a rule of the kernel can carry.
const maxFaultID = 200

// expand turns a fault's pairs, wildcards and site into directions.
func expand(t Topology, f Fault) (reach, error) {
	r := reach{ways: map[way]bool{}, inward: map[netip.Addr]bool{}}
	ips := map[int]netip.Addr{}
	for _, m := range t.Members {
		ips[m.Index] = netip.MustParseAddr(m.IP)
	}
	if err := f.aimed(); err != nil {
		return r, err
	}
	pairs := f.Pairs
	if f.Site != "" {
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
	for _, p := range pairs {
		for _, x := range spread(ips, p) {
			if err := r.add(ips, x, f); err != nil {
				return r, err
			}
		}
	}
	return r, nil
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
