package fabric

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// delays holds back datagrams: the rules of a fault mark them, the mark becomes
// the priority with which they leave the fabric, and that names their queue:
//
//	htb 1: --(no priority of ours)--> straight out, unlimited
//	       --(priority 1:n)---------> class 1:n --> netem
//
// The queues stand on every site's interface while a fault needs them, and none
// otherwise. (The priority cannot be given at once: the kernel sets one of its
// own when it forwards.)
type delays struct {
	links   []netlink.Link                                // of the sites
	classes map[string]uint16                             // minor numbers of the faults in force
	queue   func(netlink.QdiscAttrs, Fault) netlink.Qdisc // that holds back
}

// maxDelays bounds the faults in force, and firstDelay begins their numbers.
const (
	maxDelays  = 64
	firstDelay = 0x10
)

// delayMark begins the marks of delayed datagrams, above those of members.
const delayMark = 0x10000

// unlimited is a rate that no class of ours reaches, in bits a second.
const unlimited = 32_000_000_000

func newDelays() *delays { return &delays{classes: map[string]uint16{}, queue: netem} }

func netem(a netlink.QdiscAttrs, f Fault) netlink.Qdisc {
	return netlink.NewNetem(a, netlink.NetemQdiscAttrs{Latency: uint32(f.Latency.Microseconds()), Jitter: uint32(f.Jitter.Microseconds()), Limit: 10_000})
}

// class is the priority of a fault's datagrams, and the class of their queue.
func class(minor uint16) uint32 { return netlink.MakeHandle(1, minor) }

// begin makes the queues of a fault and tells its minor number.
func (d *delays) begin(t Topology, f Fault) (minor uint16, err error) {
	if len(d.classes) == maxDelays {
		return 0, fmt.Errorf("%d delays of datagrams are in force; heal one first", maxDelays)
	}
	taken := map[uint16]bool{}
	for _, c := range d.classes {
		taken[c] = true
	}
	for minor = firstDelay; taken[minor]; minor++ {
	}
	if d.links, err = siteLinks(t); err != nil {
		return 0, err
	}
	d.classes[f.ID] = minor
	for _, l := range d.links {
		if err := d.on(l, minor, f, len(d.classes) == 1); err != nil {
			return 0, errors.Join(err, d.end(f.ID))
		}
	}
	return minor, nil
}

// on makes the queue of a fault on one interface.
func (d *delays) on(l netlink.Link, minor uint16, f Fault, first bool) error {
	index, name := l.Attrs().Index, l.Attrs().Name
	missing := func(what string, err error) error {
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EOPNOTSUPP) {
			return fmt.Errorf("UDP cannot be delayed here: the kernel has no netem or no htb (%s: %w); load sch_netem and sch_htb on the engine's machine", what, err)
		}
		return fmt.Errorf("%s of %s: %w", what, name, err)
	}
	if first {
		root := netlink.NewHtb(netlink.QdiscAttrs{LinkIndex: index, Handle: class(0), Parent: netlink.HANDLE_ROOT})
		if err := netlink.QdiscReplace(root); err != nil {
			return missing("htb", err)
		}
	}
	c := netlink.NewHtbClass(netlink.ClassAttrs{LinkIndex: index, Parent: class(0), Handle: class(minor)}, netlink.HtbClassAttrs{Rate: unlimited})
	if err := netlink.ClassAdd(c); err != nil {
		return missing("htb class", err)
	}
	at := netlink.QdiscAttrs{LinkIndex: index, Handle: netlink.MakeHandle(minor, 0), Parent: class(minor)}
	if err := netlink.QdiscAdd(d.queue(at, f)); err != nil {
		return missing("netem", err)
	}
	return nil
}

// end takes the queues of a fault away, with what still waits in them; the last
// takes all of them.
func (d *delays) end(id string) error {
	minor, ok := d.classes[id]
	if !ok {
		return nil
	}
	var errs []error
	for _, l := range d.links {
		var err error
		if len(d.classes) > 1 {
			err = netlink.ClassDel(netlink.NewHtbClass(netlink.ClassAttrs{LinkIndex: l.Attrs().Index, Parent: class(0), Handle: class(minor)}, netlink.HtbClassAttrs{}))
		} else {
			err = netlink.QdiscDel(netlink.NewHtb(netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: class(0), Parent: netlink.HANDLE_ROOT}))
		}
		// ENOENT, EINVAL: it never came that far on this interface.
		if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EINVAL) {
			errs = append(errs, fmt.Errorf("queues of %s: %w", l.Attrs().Name, err))
		}
	}
	if len(errs) == 0 {
		delete(d.classes, id)
	}
	return errors.Join(errs...)
}

// siteLinks finds the interfaces of a topology's sites.
func siteLinks(t Topology) (out []netlink.Link, err error) {
	for _, s := range t.Sites {
		found, err := linkOf(s.Fabric)
		if err != nil {
			return nil, fmt.Errorf("site %s: %w", s.ID, err)
		}
		out = append(out, found)
	}
	return out, nil
}

// linkOf finds the interface that has an address.
func linkOf(address string) (netlink.Link, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	for _, l := range links {
		addrs, err := netlink.AddrList(l, netlink.FAMILY_V4)
		if err != nil {
			return nil, fmt.Errorf("addresses of %s: %w", l.Attrs().Name, err)
		}
		for _, a := range addrs {
			if a.IP.String() == address {
				return l, nil
			}
		}
	}
	return nil, fmt.Errorf("no interface has the address %s", address)
}
