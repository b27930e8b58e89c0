package fabric

import (
	"errors"
	"fmt"
	"net/netip"
)

// Validate tells everything that is wrong with a topology, at once.
func (t Topology) Validate() error {
	c := &checker{subnets: map[string]netip.Prefix{}, members: map[int]bool{}, holders: map[netip.Addr]string{}}
	for _, s := range t.Sites {
		c.site(s)
	}
	for _, m := range t.Members {
		c.member(m)
	}
	for _, n := range t.Names {
		if n.Name == "" {
			c.bad("a name is empty")
		}
		c.known("name "+n.Name, append(append([]int{}, n.Consumers...), n.Providers...)...)
	}
	c.ports(t)
	for _, p := range t.Shaped {
		c.known("shaped link", p.From, p.To)
	}
	return errors.Join(c.errs...)
}

// checker gathers mistakes.
type checker struct {
	errs    []error
	subnets map[string]netip.Prefix
	order   []string // of sites, so that messages come in a fixed order
	members map[int]bool
	holders map[netip.Addr]string // who has an address
}

func (c *checker) bad(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

func (c *checker) site(s Site) {
	if _, twice := c.subnets[s.ID]; twice {
		c.bad("site %q stands twice", s.ID)
		return
	}
	p, err := netip.ParsePrefix(s.Subnet)
	if err != nil || !p.Addr().Is4() {
		c.bad("site %q: subnet %q is no IPv4 CIDR", s.ID, s.Subnet)
		return
	}
	c.hold(fmt.Sprintf("site %q: fabric address", s.ID), s.Fabric, p)
	c.hold(fmt.Sprintf("site %q: gateway", s.ID), s.Gateway, p)
	if p.Overlaps(own) {
		c.bad("site %q: subnet %s overlaps %s, which the fabric keeps for links", s.ID, p, own)
	}
	for _, id := range c.order {
		if c.subnets[id].Overlaps(p) {
			c.bad("sites %q and %q overlap: %s and %s", id, s.ID, c.subnets[id], p)
		}
	}
	c.subnets[s.ID] = p.Masked()
	c.order = append(c.order, s.ID)
}

// hold notes who has an address of a subnet.
func (c *checker) hold(who, address string, in netip.Prefix) {
	a, err := netip.ParseAddr(address)
	if err != nil || !in.Contains(a) {
		c.bad("%s %q is not in %s", who, address, in)
		return
	}
	if other, taken := c.holders[a]; taken {
		c.bad("%s %s is taken: %s", who, a, other)
		return
	}
	c.holders[a] = who
}

func (c *checker) member(m Member) {
	if m.Index < 1 || m.Index >= Outside {
		c.bad("member %s/%s/%d: index %d is not within 1 to 254", m.Site, m.Service, m.Instance, m.Index)
	}
	if c.members[m.Index] {
		c.bad("member index %d stands twice", m.Index)
	}
	c.members[m.Index] = true
	p, ok := c.subnets[m.Site]
	if !ok {
		c.bad("member %d: no site %q", m.Index, m.Site)
		return
	}
	c.hold(fmt.Sprintf("member %d of site %q: address", m.Index, m.Site), m.IP, p)
}

func (c *checker) known(what string, indexes ...int) {
	for _, i := range indexes {
		if !c.members[i] {
			c.bad("%s: no member %d", what, i)
		}
	}
}

// ports of the control network: each leads to one place.
func (c *checker) ports(t Topology) {
	taken := map[int]string{APIPort: "the agent's API", ToxiproxyPort: "Toxiproxy's API"}
	claim := func(what string, port, target int) {
		for _, p := range []int{port, target} {
			if p < 1 || p > 65535 {
				c.bad("%s: %d is no port", what, p)
			}
		}
		if other, ok := taken[port]; ok {
			c.bad("%s: port %d is taken by %s", what, port, other)
		}
		taken[port] = what
	}
	if len(t.Entry.Providers) > 0 {
		claim("the entry", t.Entry.Port, t.Entry.Target)
	}
	for _, s := range t.Sites { // in a fixed order
		if m, ok := t.Entry.Providers[s.ID]; ok {
			c.known("entry of site "+s.ID, m)
		}
	}
	for site := range t.Entry.Providers {
		if _, ok := c.subnets[site]; !ok {
			c.bad("entry: no site %q", site)
		}
	}
	if _, ok := t.Entry.Providers[t.Entry.Site]; t.Entry.Site != "" && !ok {
		c.bad("entry: no provider at site %q", t.Entry.Site)
	}
	for _, d := range t.Doors {
		what := fmt.Sprintf("door %d", d.Port)
		claim(what, d.Port, d.Target)
		c.known(what, d.Member)
	}
}
