package fabric

import (
	"context"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
)

// Serve is the agent: it serves its API until ctx ends. It needs NET_ADMIN in a
// network namespace of its own, with net.ipv4.ip_forward on.
func Serve(ctx context.Context, o AgentOptions) error {
	return serveAPI(ctx, o, newAgent(ctx))
}

// probe tries what the kernel can do; each probe undoes what it did.
func probe() map[string]bool {
	c := &nftables.Conn{}
	_, err := c.ListTables()
	nft := err == nil
	return map[string]bool{"nft": nft, "nat": nft, "reject": nft, "observe": nft, "toxiproxy": true, "netem": hasNetem()}
}

// hasNetem tries a netem queue on a dummy interface.
func hasNetem() bool {
	d := &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Name: "bascule-probe"}}
	if err := netlink.LinkAdd(d); err != nil {
		return false
	}
	defer func() { _ = netlink.LinkDel(d) }()
	l, err := netlink.LinkByName(d.Name)
	if err != nil {
		return false
	}
	q := netlink.NewNetem(netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT},
		netlink.NetemQdiscAttrs{Latency: 1000})
	if err := netlink.QdiscAdd(q); err != nil {
		return false
	}
	return true
}
