package fabric

import (
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Numbers of IPv4 settings of an interface (IPV4_DEVCONF_* in linux/ip.h).
const (
	sendRedirects = 6
	rpFilter      = 8
)

// beRouter makes an interface carry the traffic of a site as the site's only
// way: without redirects, which would send the members of a site past the
// fabric, and use up the few ICMP messages a second that the kernel allows to
// each of them, so that UDP is no longer refused; and without the check that
// answers come from where packets would go to.
//
// Settings of the container reach "all" and "default" only, and here the kernel
// takes whichever of "all" and the interface says yes: each interface is told,
// over netlink, since /proc/sys is read-only in the container.
func beRouter(l netlink.Link) error {
	req := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(l.Attrs().Index)
	req.AddData(msg)
	family := nl.NewRtAttr(unix.IFLA_AF_SPEC, nil)
	conf := family.AddRtAttr(unix.AF_INET, nil).AddRtAttr(unix.IFLA_INET_CONF, nil)
	for _, setting := range []int{sendRedirects, rpFilter} {
		conf.AddRtAttr(setting, nl.Uint32Attr(0))
	}
	req.AddData(family)
	if _, err := req.Execute(unix.NETLINK_ROUTE, 0); err != nil {
		return fmt.Errorf("make %s a router's interface: %w", l.Attrs().Name, err)
	}
	return nil
}
