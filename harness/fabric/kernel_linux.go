package fabric

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// kernel is the fabric's part in nftables, one table:
//
//	raw         prerouting -300   faults: pairs as they stand on the wire
//	dnat        prerouting -100   redirect of shaped links; link -> provider; entry; doors
//	input       filter            members reach the resolver here, and nothing else
//	forward     filter            faults from outside; established; translated; all else is undeclared
//	snat        postrouting 100   consumer -> identity; outside -> identity
//	out         postrouting 150   faults on what the proxies of shaped links answer
//
// Established flows are decided by the first rule of forward: the chains of NAT
// are only asked once a connection. What a link costs beside a plain bridge is
// the second hop: packets routed with no rule at all, nor tracked, were measured
// as slow. A flowtable would carry established flows past raw, where the faults
// stand: none is used.
type kernel struct {
	mu      sync.Mutex // over all of it: a flap toggles while others ask
	conn    *nftables.Conn
	table   *nftables.Table
	raw     *nftables.Chain
	dnat    *nftables.Chain
	input   *nftables.Chain
	forward *nftables.Chain
	snat    *nftables.Chain
	out     *nftables.Chain
	noted
	top     Topology
	control string // interface of the control network
	site    string // that the entry leads to
	sets    int    // names of sets of faults
	inForce map[string]*force
	delays  *delays
}

// sendBuffer holds the largest transaction: the links of 254 members.
const sendBuffer = 32 << 20

// connect opens nftables of this network namespace.
func connect() (*nftables.Conn, error) {
	c, err := nftables.New(nftables.WithSockOptions(func(c *netlink.Conn) error {
		return errors.Join(c.SetWriteBuffer(sendBuffer), c.SetReadBuffer(sendBuffer))
	}))
	if err != nil {
		return nil, fmt.Errorf("fabric: open nftables: %w; the container needs NET_ADMIN", err)
	}
	return c, nil
}

// setUp makes the table anew, in one transaction. shaped gives the local port
// of each shaped link. One that is held carries nothing until it is opened: what
// broke the stage before must be in force first.
func setUp(top Topology, control string, shaped map[Pair]int, held bool) (*kernel, error) {
	conn, err := connect()
	if err != nil {
		return nil, err
	}
	k := &kernel{conn: conn, top: top, control: control, site: top.Entry.Site, inForce: map[string]*force{}, delays: newDelays()}
	k.table = &nftables.Table{Name: "bascule", Family: nftables.TableFamilyIPv4}
	k.conn.AddTable(k.table) // so that the removal finds one
	k.conn.DelTable(k.table)
	k.conn.AddTable(k.table)
	dropped := nftables.ChainPolicyDrop
	chain := func(name string, t nftables.ChainType, hook *nftables.ChainHook, prio *nftables.ChainPriority, policy *nftables.ChainPolicy) *nftables.Chain {
		return k.conn.AddChain(&nftables.Chain{Name: name, Table: k.table, Type: t, Hooknum: hook, Priority: prio, Policy: policy})
	}
	k.raw = chain("raw", nftables.ChainTypeFilter, nftables.ChainHookPrerouting, nftables.ChainPriorityRaw, nil)
	k.dnat = chain("dnat", nftables.ChainTypeNAT, nftables.ChainHookPrerouting, nftables.ChainPriorityNATDest, nil)
	k.input = chain("input", nftables.ChainTypeFilter, nftables.ChainHookInput, nftables.ChainPriorityFilter, nil)
	k.forward = chain("forward", nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter, &dropped)
	k.snat = chain("snat", nftables.ChainTypeNAT, nftables.ChainHookPostrouting, nftables.ChainPriorityNATSource, nil)
	after := nftables.ChainPriority(*nftables.ChainPriorityNATSource + 50)
	k.out = chain("out", nftables.ChainTypeFilter, nftables.ChainHookPostrouting, &after, nil)
	if held {
		k.add(k.raw, holdTag, exprs(notFrom(control), notFrom("lo"), drop()))
		k.add(k.forward, holdTag, exprs(drop()))
	}
	if err := errors.Join(k.watch(), k.destinations(shaped), k.sources()); err != nil {
		return nil, fmt.Errorf("fabric: build the rules: %w", err)
	}
	k.answering()
	k.incoming()
	k.forwarding()
	if err := k.conn.Flush(); err != nil {
		return nil, fmt.Errorf("fabric: the kernel refuses the rules: %w", err)
	}
	return k, nil
}

const holdTag = "hold"

// open ends the hold of a table that was set up so.
func (k *kernel) open() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.remove(holdTag); err != nil {
		return err
	}
	if err := k.conn.Flush(); err != nil {
		return fmt.Errorf("fabric: open the links: %w", err)
	}
	return nil
}

func (k *kernel) add(c *nftables.Chain, tag string, e []expr.Any) {
	k.conn.AddRule(&nftables.Rule{Table: k.table, Chain: c, Exprs: e, UserData: []byte(tag)})
}

// perMessage bounds the elements of one message, whose length the kernel holds
// in 16 bits.
const perMessage = 500

// addSet adds a set with any number of elements.
func (k *kernel) addSet(s *nftables.Set, elements []nftables.SetElement) error {
	if err := k.conn.AddSet(s, nil); err != nil {
		return err
	}
	for some := range slices.Chunk(elements, perMessage) {
		if err := k.conn.SetAddElements(s, some); err != nil {
			return err
		}
	}
	return nil
}

// destinations: shaped links to their fronts, other links to their providers,
// doors and the entry to their members.
func (k *kernel) destinations(shaped map[Pair]int) error {
	ips := map[int]netip.Addr{}
	for _, m := range k.top.Members {
		ips[m.Index] = netip.MustParseAddr(m.IP)
	}
	// This chain sees the first packet of each connection alone.
	for _, p := range []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
		k.add(k.dnat, "used", exprs(within(vips), proto(p), noteTo(k.used)))
	}
	for p, local := range shaped {
		k.add(k.dnat, "shaped", exprs(saddr(1), equals(bytesOf(ips[p.From])), daddr(1), equals(bytesOf(VIP(p.From, p.To))), tcp(),
			&expr.Immediate{Register: 1, Data: port(local)}, &expr.Redir{RegisterProtoMin: 1}))
	}
	// Both ends are in the key: nobody reaches a provider on another's link.
	links := &nftables.Set{Table: k.table, Name: "links", IsMap: true, Concatenation: true,
		KeyType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr), DataType: nftables.TypeIPAddr}
	var elements []nftables.SetElement
	for c, cip := range ips {
		for p, pip := range ips {
			elements = append(elements, nftables.SetElement{Key: append(bytesOf(cip), bytesOf(VIP(c, p))...), Val: bytesOf(pip)})
		}
	}
	if err := k.addSet(links, elements); err != nil {
		return err
	}
	k.add(k.dnat, "links", exprs(saddr(1), daddr(9),
		&expr.Lookup{SourceRegister: 1, DestRegister: 1, IsDestRegSet: true, SetName: links.Name, SetID: links.ID},
		&expr.NAT{Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1}))
	for _, d := range k.top.Doors {
		k.toMember("door", d.Port, ips[d.Member], d.Target)
	}
	if site := k.top.Entry.Site; site != "" {
		k.toMember("entry", k.top.Entry.Port, ips[k.top.Entry.Providers[site]], k.top.Entry.Target)
	}
	return nil
}

// toMember leads a port of the control network to a member.
func (k *kernel) toMember(tag string, at int, ip netip.Addr, target int) {
	k.add(k.dnat, tag, exprs(from(k.control), tcp(), dport(1), equals(port(at)),
		&expr.Immediate{Register: 1, Data: bytesOf(ip)}, &expr.Immediate{Register: 2, Data: port(target)},
		&expr.NAT{Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1, RegProtoMin: 2}))
}

// sources: each consumer under its identity, connections of the fabric's own
// proxies, by their mark, under that of the consumer that they serve, and
// whatever else was led to a member came from outside. (The interface that it
// came in by is no match here before Linux 5.6.)
func (k *kernel) sources() error {
	byMember := &nftables.Set{Table: k.table, Name: "identities", IsMap: true, KeyType: nftables.TypeIPAddr, DataType: nftables.TypeIPAddr}
	marks := &nftables.Set{Table: k.table, Name: "marks", IsMap: true, KeyType: nftables.TypeMark, DataType: nftables.TypeIPAddr}
	var byIP, byMark []nftables.SetElement
	for _, m := range k.top.Members {
		byIP = append(byIP, nftables.SetElement{Key: bytesOf(netip.MustParseAddr(m.IP)), Val: bytesOf(Identity(m.Index))})
		byMark = append(byMark, nftables.SetElement{Key: binaryutil.NativeEndian.PutUint32(uint32(m.Index)), Val: bytesOf(Identity(m.Index))})
	}
	if err := errors.Join(k.addSet(byMember, byIP), k.addSet(marks, byMark)); err != nil {
		return err
	}
	nat := &expr.NAT{Type: expr.NATTypeSourceNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1}
	lookup := func(s *nftables.Set) expr.Any {
		return &expr.Lookup{SourceRegister: 1, DestRegister: 1, IsDestRegSet: true, SetName: s.Name, SetID: s.ID}
	}
	k.add(k.snat, "marks", exprs(&expr.Meta{Key: expr.MetaKeyMARK, Register: 1}, lookup(marks), nat))
	k.add(k.snat, "members", exprs(saddr(1), lookup(byMember), nat))
	k.add(k.snat, "outside", exprs(translated(), &expr.Immediate{Register: 1, Data: bytesOf(Identity(Outside))}, nat))
	return nil
}

// incoming: a member reaches the resolver, the front of a shaped link that its
// packets were led to, and answers to ping. The agent's API is none of its
// business: a service that could call it could heal its own faults.
func (k *kernel) incoming() {
	k.add(k.input, "control", exprs(from(k.control), accept()))
	k.add(k.input, "loopback", exprs(from("lo"), accept()))
	k.add(k.input, "established", exprs(established(), accept()))
	k.add(k.input, "shaped", exprs(translated(), accept()))
	k.add(k.input, "ping", exprs(proto(unix.IPPROTO_ICMP), accept()))
	for _, p := range []byte{unix.IPPROTO_UDP, unix.IPPROTO_TCP} {
		k.add(k.input, "dns", exprs(proto(p), dport(1), equals(port(53)), accept()))
	}
	// Broadcasts are addressed to nobody.
	k.add(k.input, "broadcast", exprs(&expr.Meta{Key: expr.MetaKeyPKTTYPE, Register: 1},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{unix.PACKET_HOST}}, drop()))
	k.add(k.input, "undeclared", exprs(noteTo(k.strays), drop()))
}

// forwarding: established first, then what was translated to a provider, and
// the rest is a flow that nobody declared: noted and dropped by the policy.
func (k *kernel) forwarding() {
	k.add(k.forward, "established", exprs(established(), accept()))
	k.add(k.forward, "links", exprs(translated(), accept()))
	// A late answer whose connection is forgotten (its peer was replaced, the
	// entry was switched) is no flow of anybody's: dropped, not noted.
	k.add(k.forward, "late", exprs(within(own), drop()))
	k.add(k.forward, "undeclared", noteTo(k.strays))
}

// commit has the kernel carry out what was asked for since the last time, in one
// transaction, and tells within which instants it did.
func (k *kernel) commit() (at span, err error) {
	at.from = time.Now().UnixNano()
	err = k.conn.Flush()
	at.to = time.Now().UnixNano()
	return at, err
}

// enter leads the entry to another site, in one transaction, and tells within
// which instants that was; changed tells whether it led elsewhere before.
func (k *kernel) enter(site string) (at span, changed bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if site == k.site {
		now := time.Now().UnixNano()
		return span{now, now}, false, nil
	}
	if err := k.remove("entry"); err != nil {
		return span{}, false, err
	}
	if site != "" {
		for _, m := range k.top.Members {
			if m.Index == k.top.Entry.Providers[site] {
				k.toMember("entry", k.top.Entry.Port, netip.MustParseAddr(m.IP), k.top.Entry.Target)
			}
		}
	}
	if at, err = k.commit(); err != nil {
		return span{}, false, fmt.Errorf("fabric: switch the entry to %q: %w", site, err)
	}
	k.site = site
	return at, true, nil
}
