package fabric

import (
	"errors"
	"fmt"
	"net/netip"
)

// Validate tells everything that is wrong with a topology, at once.
func (t Topology) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	subnets := map[string]netip.Prefix{}
	for _, s := range t.Sites {
		p, err := netip.ParsePrefix(s.Subnet)
		if err != nil || !p.Addr().Is4() {
			bad("site %q: subnet %q is no IPv4 CIDR", s.ID, s.Subnet)
			continue
		}
		for what, a := range map[string]string{"fabric address": s.Fabric, "gateway": s.Gateway} {
			if addr, err := netip.ParseAddr(a); err != nil || !p.Contains(addr) {
				bad("site %q: %s %q is not in %s", s.ID, what, a, p)
			}
		}
		for id, other := range subnets {
			if other.Overlaps(p) {
				bad("sites %q and %q overlap: %s and %s", id, s.ID, other, p)
			}
		}
		subnets[s.ID] = p.Masked()
	}
	members := map[int]bool{}
	for _, m := range t.Members {
		if m.Index < 1 || m.Index >= Outside {
			bad("member %s/%s/%d: index %d is not within 1 to 254", m.Site, m.Service, m.Instance, m.Index)
		}
		if members[m.Index] {
			bad("member index %d stands twice", m.Index)
		}
		members[m.Index] = true
		addr, err := netip.ParseAddr(m.IP)
		if p, ok := subnets[m.Site]; !ok {
			bad("member %d: no site %q", m.Index, m.Site)
		} else if err != nil || !p.Contains(addr) {
			bad("member %d: address %q is not in %s of site %q", m.Index, m.IP, p, m.Site)
		}
	}
	known := func(what string, indexes ...int) {
		for _, i := range indexes {
			if !members[i] {
				bad("%s: no member %d", what, i)
			}
		}
	}
	for _, n := range t.Names {
		if n.Name == "" {
			bad("a name is empty")
		}
		known("name "+n.Name, append(append([]int{}, n.Consumers...), n.Providers...)...)
	}
	for site, m := range t.Entry.Providers {
		known("entry of site "+site, m)
	}
	if _, ok := t.Entry.Providers[t.Entry.Site]; t.Entry.Site != "" && !ok {
		bad("entry: no provider at site %q", t.Entry.Site)
	}
	for _, d := range t.Doors {
		known(fmt.Sprintf("door %d", d.Port), d.Member)
	}
	for _, p := range t.Shaped {
		known("shaped link", p.From, p.To)
	}
	return errors.Join(errs...)
}
