package fabric

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// Where the kernel has no netem, another queue stands in for it: how datagrams
// are led to their queue, and that nothing is left of it, is the same.
func TestDelayedDatagramsHaveQueuesOfTheirOwn(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	top := twoSites()
	for i, s := range top.Sites {
		link := cable(t, "site"+string(rune('0'+i)), s.Fabric+"/24")
		if i == 0 {
			defer func() { checkNoQueues(t, link) }()
		}
	}
	k, err := setUp(top, "lo", nil, false)
	if err != nil {
		t.Fatal(err)
	}
	k.delays.queue = func(a netlink.QdiscAttrs, _ Fault) netlink.Qdisc { return &netlink.PfifoFast{QdiscAttrs: a} }
	for _, id := range []string{"a", "b"} {
		if err := k.inject(Fault{ID: id, Kind: UDPDelay, Pairs: []Pair{{1, 2}}, Latency: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	first, second := k.delays.classes["a"], k.delays.classes["b"]
	if first == second {
		t.Fatalf("two faults share class %d", first)
	}
	send := func(priority int) {
		t.Helper()
		d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
			return c.Control(func(fd uintptr) {
				_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_PRIORITY, priority)
			})
		}}
		c, err := d.Dial("udp4", "10.160.0.77:9")
		if err == nil {
			_, err = c.Write([]byte("x"))
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	for range 3 {
		send(int(class(second)))
		send(0)
	}
	l, err := netlink.LinkByName("site0")
	if err != nil {
		t.Fatal(err)
	}
	if got := packetsOf(t, l, first); got != 0 {
		t.Errorf("%d datagrams of others are in the queue of the first fault", got)
	}
	if got := packetsOf(t, l, second); got != 3 {
		t.Errorf("%d datagrams went by the queue of the second fault, want 3", got)
	}
	if _, err := k.heal("a"); err != nil {
		t.Fatal(err)
	}
	send(int(class(second)))
	if got := packetsOf(t, l, second); got != 4 {
		t.Errorf("one fault is healed, and %d datagrams went by the queue of the other, want 4", got)
	}
	if _, err := k.heal("b"); err != nil {
		t.Fatal(err)
	}
}

func cable(t *testing.T, name, address string) netlink.Link {
	t.Helper()
	l := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: name + "-peer"}
	a, err := netlink.ParseAddr(address)
	if err == nil {
		err = netlink.LinkAdd(l)
	}
	if err == nil {
		err = netlink.AddrAdd(l, a)
	}
	if err == nil {
		err = netlink.LinkSetUp(l)
	}
	if err == nil {
		var peer netlink.Link
		if peer, err = netlink.LinkByName(l.PeerName); err == nil {
			err = netlink.LinkSetUp(peer)
		}
	}
	if err == nil { // a neighbour that is known without asking: nobody is there
		err = netlink.NeighAdd(&netlink.Neigh{LinkIndex: l.Index, State: netlink.NUD_PERMANENT, IP: net.ParseIP("10.160.0.77"), HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func packetsOf(t *testing.T, l netlink.Link, minor uint16) uint32 {
	t.Helper()
	classes, err := netlink.ClassList(l, class(0))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range classes {
		if c.Attrs().Handle == class(minor) && c.Attrs().Statistics != nil {
			return c.Attrs().Statistics.Basic.Packets
		}
	}
	t.Fatalf("no class %x on %s: %+v", class(minor), l.Attrs().Name, classes)
	return 0
}

func checkNoQueues(t *testing.T, l netlink.Link) {
	t.Helper()
	qdiscs, err := netlink.QdiscList(l)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range qdiscs {
		if q.Type() == "htb" || q.Type() == "netem" {
			t.Errorf("%s is left on %s", q.Type(), l.Attrs().Name)
		}
	}
}
