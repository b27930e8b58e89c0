package fabric

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
)

// controlPort is the interface of the control network.
type controlPort struct {
	name string
	addr netip.Addr
}

// interfaces gives each site's interface its gateway address, and finds the
// control network's: the one of no site. The order of names is not given.
func interfaces(t Topology) (control controlPort, err error) {
	links, err := netlink.LinkList()
	if err != nil {
		return control, fmt.Errorf("list interfaces: %w", err)
	}
	bySite := map[string]bool{}
	for _, l := range links {
		addrs, err := netlink.AddrList(l, netlink.FAMILY_V4)
		if err != nil {
			return control, fmt.Errorf("addresses of %s: %w", l.Attrs().Name, err)
		}
		site := slices.IndexFunc(t.Sites, func(s Site) bool {
			return slices.ContainsFunc(addrs, func(a netlink.Addr) bool { return a.IP.String() == s.Fabric })
		})
		if site < 0 {
			if l.Attrs().Flags&net.FlagLoopback == 0 && len(addrs) > 0 {
				addr, _ := netip.AddrFromSlice(addrs[0].IP.To4())
				control = controlPort{name: l.Attrs().Name, addr: addr}
			}
			continue
		}
		s := t.Sites[site]
		bySite[s.ID] = true
		gateway, err := netlink.ParseAddr(fmt.Sprintf("%s/%d", s.Gateway, netip.MustParsePrefix(s.Subnet).Bits()))
		if err == nil {
			err = netlink.AddrReplace(l, gateway)
		}
		if err == nil {
			err = beRouter(l)
		}
		if err != nil {
			return control, fmt.Errorf("site %s: become the gateway %s: %w", s.ID, s.Gateway, err)
		}
	}
	for _, s := range t.Sites {
		if !bySite[s.ID] {
			return control, fmt.Errorf("site %s: no interface has the address %s", s.ID, s.Fabric)
		}
	}
	if control.name == "" {
		return control, errors.New("no interface is left for the control network; attach the fabric to one before it starts")
	}
	return control, nil
}
