package fabric

import (
	"errors"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// probe tries what the kernel can do; each probe undoes what it did.
func probe() map[string]bool {
	filter := func(k *kernel) *nftables.Chain { return k.raw }
	nat := func(k *kernel) *nftables.Chain { return k.dnat }
	return map[string]bool{
		"nft": accepts(filter, func(*kernel) []expr.Any { return exprs(drop()) }),
		"nat": accepts(nat, func(*kernel) []expr.Any {
			return exprs(tcp(), &expr.Immediate{Register: 1, Data: port(1)}, &expr.Redir{RegisterProtoMin: 1})
		}),
		"reject":    accepts(filter, func(*kernel) []expr.Any { return exprs(tcp(), &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}) }),
		"observe":   accepts(filter, func(k *kernel) []expr.Any { return exprs(noteTo(k.strays), drop()) }),
		"loss":      accepts(filter, func(*kernel) []expr.Any { return exprs(atRandom(1, lossScale), drop()) }),
		"toxiproxy": true, // these are parts of the agent
		"http":      true,
		"names":     true,
		"netem":     hasNetem(),
	}
}

// accepts tries a rule where the fabric would have it, in a table of its own.
// The rule matches no packet: no interface has that name.
func accepts(where func(*kernel) *nftables.Chain, rule func(*kernel) []expr.Any) bool {
	conn, err := connect()
	if err != nil {
		return false
	}
	k := &kernel{conn: conn, table: conn.AddTable(&nftables.Table{Name: "bascule-probe", Family: nftables.TableFamilyIPv4})}
	k.raw = conn.AddChain(&nftables.Chain{Name: "raw", Table: k.table, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityRaw})
	k.dnat = conn.AddChain(&nftables.Chain{Name: "dnat", Table: k.table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityNATDest})
	if err := k.watch(); err != nil {
		return false
	}
	k.add(where(k), "probe", exprs(from("bascule-none"), rule(k)))
	if conn.Flush() != nil {
		return false // one transaction: nothing of it is left
	}
	conn.DelTable(k.table)
	return conn.Flush() == nil
}

// hasNetem tries the queues that delay datagrams, on the loopback interface:
// they hold back nothing that has no priority of theirs.
func hasNetem() bool {
	l, err := netlink.LinkByName("lo")
	if err != nil {
		return false
	}
	d := newDelays()
	d.links, d.classes["probe"] = []netlink.Link{l}, firstDelay
	err = d.on(l, firstDelay, Fault{Latency: time.Millisecond}, true)
	return errors.Join(err, d.end("probe")) == nil
}
