package fabric

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// kernel is the fabric's part in nftables, one table:
//
//	raw         prerouting -300   faults: pairs as they stand on the wire
//	dnat        prerouting -100   redirect of shaped links; link -> provider; entry; doors
//	forward     filter            faults from outside; established; translated; all else is undeclared
//	snat        postrouting 100   consumer -> identity; outside -> identity
//
// Established flows are decided by the first rule of forward: the chains of NAT
// are only asked once a connection.
type kernel struct {
	conn    *nftables.Conn
	table   *nftables.Table
	raw     *nftables.Chain
	dnat    *nftables.Chain
	forward *nftables.Chain
	snat    *nftables.Chain
	strays  *nftables.Set // undeclared flows: saddr . daddr . proto . port
	top     Topology
	control string // interface of the control network
	sets    int    // names of sets of faults
	inForce map[string]*nftables.Set
}

// Offsets of IPv4 and transport headers.
func field(base expr.PayloadBase, offset, length, register uint32) expr.Any {
	return &expr.Payload{DestRegister: register, Base: base, Offset: offset, Len: length}
}
func saddr(register uint32) expr.Any {
	return field(expr.PayloadBaseNetworkHeader, 12, 4, register)
}
func daddr(register uint32) expr.Any {
	return field(expr.PayloadBaseNetworkHeader, 16, 4, register)
}
func dport(register uint32) expr.Any {
	return field(expr.PayloadBaseTransportHeader, 2, 2, register)
}
func equals(data []byte) expr.Any {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data}
}

// from matches packets that came in by an interface.
func from(iface string) []expr.Any {
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, iface)
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: 1}, equals(name)}
}

func tcp() []expr.Any {
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, equals([]byte{unix.IPPROTO_TCP})}
}

func port(p int) []byte { return binaryutil.BigEndian.PutUint16(uint16(p)) }

func exprs(parts ...any) []expr.Any {
	var out []expr.Any
	for _, p := range parts {
		switch p := p.(type) {
		case expr.Any:
			out = append(out, p)
		case []expr.Any:
			out = append(out, p...)
		}
	}
	return out
}

// bytesOf is an address as the kernel compares it.
func bytesOf(a netip.Addr) []byte { b := a.As4(); return b[:] }

// setUp makes the table anew, in one transaction. shaped gives the local port
// of each shaped link.
func setUp(top Topology, control string, shaped map[Pair]int) (*kernel, error) {
	k := &kernel{conn: &nftables.Conn{}, top: top, control: control, inForce: map[string]*nftables.Set{}}
	k.table = &nftables.Table{Name: "bascule", Family: nftables.TableFamilyIPv4}
	k.conn.AddTable(k.table) // so that the removal finds one
	k.conn.DelTable(k.table)
	k.conn.AddTable(k.table)
	drop := nftables.ChainPolicyDrop
	chain := func(name string, t nftables.ChainType, hook *nftables.ChainHook, prio *nftables.ChainPriority, policy *nftables.ChainPolicy) *nftables.Chain {
		return k.conn.AddChain(&nftables.Chain{Name: name, Table: k.table, Type: t, Hooknum: hook, Priority: prio, Policy: policy})
	}
	k.raw = chain("raw", nftables.ChainTypeFilter, nftables.ChainHookPrerouting, nftables.ChainPriorityRaw, nil)
	k.dnat = chain("dnat", nftables.ChainTypeNAT, nftables.ChainHookPrerouting, nftables.ChainPriorityNATDest, nil)
	k.forward = chain("forward", nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter, &drop)
	k.snat = chain("snat", nftables.ChainTypeNAT, nftables.ChainHookPostrouting, nftables.ChainPriorityNATSource, nil)
	err := errors.Join(k.destinations(shaped), k.sources(), k.forwarding())
	if err != nil {
		return nil, fmt.Errorf("fabric: build the rules: %w", err)
	}
	if err := k.conn.Flush(); err != nil {
		return nil, fmt.Errorf("fabric: the kernel refuses the rules: %w", err)
	}
	return k, nil
}

func (k *kernel) add(c *nftables.Chain, tag string, e []expr.Any) {
	k.conn.AddRule(&nftables.Rule{Table: k.table, Chain: c, Exprs: e, UserData: []byte(tag)})
}

// destinations: shaped links to their fronts, other links to their providers,
// doors and the entry to their members.
func (k *kernel) destinations(shaped map[Pair]int) error {
	ips := map[int]netip.Addr{}
	for _, m := range k.top.Members {
		ips[m.Index] = netip.MustParseAddr(m.IP)
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
	if err := k.conn.AddSet(links, elements); err != nil {
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

// sources: each consumer under its identity, what comes from outside under that
// of the outside, and connections of the fabric's own proxies, by their mark,
// under that of the consumer that they serve.
func (k *kernel) sources() error {
	identities := &nftables.Set{Table: k.table, Name: "identities", IsMap: true, KeyType: nftables.TypeIPAddr, DataType: nftables.TypeIPAddr}
	marks := &nftables.Set{Table: k.table, Name: "marks", IsMap: true, KeyType: nftables.TypeMark, DataType: nftables.TypeIPAddr}
	var byIP, byMark []nftables.SetElement
	for _, m := range k.top.Members {
		byIP = append(byIP, nftables.SetElement{Key: bytesOf(netip.MustParseAddr(m.IP)), Val: bytesOf(Identity(m.Index))})
		byMark = append(byMark, nftables.SetElement{Key: binaryutil.NativeEndian.PutUint32(uint32(m.Index)), Val: bytesOf(Identity(m.Index))})
	}
	if err := errors.Join(k.conn.AddSet(identities, byIP), k.conn.AddSet(marks, byMark)); err != nil {
		return err
	}
	nat := &expr.NAT{Type: expr.NATTypeSourceNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1}
	lookup := func(s *nftables.Set) expr.Any {
		return &expr.Lookup{SourceRegister: 1, DestRegister: 1, IsDestRegSet: true, SetName: s.Name, SetID: s.ID}
	}
	k.add(k.snat, "marks", exprs(&expr.Meta{Key: expr.MetaKeyMARK, Register: 1}, lookup(marks), nat))
	k.add(k.snat, "members", exprs(saddr(1), lookup(identities), nat))
	k.add(k.snat, "outside", exprs(from(k.control), &expr.Immediate{Register: 1, Data: bytesOf(Identity(Outside))}, nat))
	return nil
}

// dstNAT is IPS_DST_NAT of the kernel's connection status.
const dstNAT = 1 << 5

// forwarding: established first, then what was translated to a provider, and
// the rest is a flow that nobody declared: noted and dropped by the policy.
func (k *kernel) forwarding() error {
	bit := func(key expr.CtKey, bits uint32) []expr.Any {
		return exprs(&expr.Ct{Register: 1, Key: key},
			&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: binaryutil.NativeEndian.PutUint32(bits), Xor: make([]byte, 4)},
			&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)})
	}
	accept := &expr.Verdict{Kind: expr.VerdictAccept}
	k.add(k.forward, "established", exprs(bit(expr.CtKeySTATE, expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED), accept))
	k.add(k.forward, "links", exprs(bit(expr.CtKeySTATUS, dstNAT), accept))
	// A late answer whose connection is forgotten (its peer was replaced, the
	// entry was switched) is no flow of anybody's: dropped, not noted.
	k.add(k.forward, "late", exprs(daddr(1), &expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: []byte{255, 254, 0, 0}, Xor: make([]byte, 4)},
		equals([]byte{198, 18, 0, 0}), &expr.Verdict{Kind: expr.VerdictDrop}))
	k.strays = &nftables.Set{Table: k.table, Name: "undeclared", Dynamic: true, Concatenation: true, Size: 65535, Counter: true,
		KeyType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr, nftables.TypeInetProto, nftables.TypeInetService)}
	if err := k.conn.AddSet(k.strays, nil); err != nil {
		return err
	}
	k.add(k.forward, "undeclared", exprs(saddr(1), daddr(9), &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 10}, dport(11),
		&expr.Dynset{SrcRegKey: 1, SetName: k.strays.Name, SetID: k.strays.ID, Operation: uint32(unix.NFT_DYNSET_OP_ADD),
			Exprs: []expr.Any{&expr.Counter{}}}))
	return nil
}

// verdict is what becomes of a packet that meets a fault.
func verdict(kind FaultKind) []expr.Any {
	if kind == Refuse {
		return exprs(&expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST})
	}
	return exprs(&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop})
}

// inject puts a cut or a refusal in force, in one transaction.
func (k *kernel) inject(f Fault) error {
	r, err := expand(k.top, f)
	if err != nil {
		return err
	}
	k.sets++
	tag := "fault " + f.ID
	ways := &nftables.Set{Table: k.table, Name: fmt.Sprintf("ways%d", k.sets), Concatenation: true,
		KeyType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr)}
	var elements []nftables.SetElement
	for w := range r.ways {
		elements = append(elements, nftables.SetElement{Key: append(bytesOf(w.src), bytesOf(w.dst)...)})
	}
	if err := k.conn.AddSet(ways, elements); err != nil {
		return fmt.Errorf("fault %s: %w", f.ID, err)
	}
	k.inForce[f.ID] = ways
	insert := func(c *nftables.Chain, match []expr.Any) {
		// Resets are of TCP; anything else that meets a refusal is dropped.
		k.conn.InsertRule(&nftables.Rule{Table: k.table, Chain: c, Exprs: exprs(match, verdict(Cut)), UserData: []byte(tag)})
		if f.Kind == Refuse {
			k.conn.InsertRule(&nftables.Rule{Table: k.table, Chain: c, Exprs: exprs(tcp(), match, verdict(Refuse)), UserData: []byte(tag)})
		}
	}
	insert(k.raw, exprs(saddr(1), daddr(9), &expr.Lookup{SourceRegister: 1, SetName: ways.Name, SetID: ways.ID}))
	for ip := range r.inward {
		insert(k.forward, exprs(from(k.control), daddr(1), equals(bytesOf(ip))))
	}
	if err := k.conn.Flush(); err != nil {
		return fmt.Errorf("fault %s: the kernel refuses it: %w", f.ID, err)
	}
	return nil
}

// tagged lists the rules of a tag, as the kernel holds them.
func (k *kernel) tagged(tag string) ([]*nftables.Rule, error) {
	var out []*nftables.Rule
	for _, c := range []*nftables.Chain{k.raw, k.forward, k.dnat} {
		rules, err := k.conn.GetRules(k.table, c)
		if err != nil {
			return nil, fmt.Errorf("fabric: read the rules: %w", err)
		}
		for _, r := range rules {
			if string(r.UserData) == tag {
				r.Table, r.Chain = k.table, c
				out = append(out, r)
			}
		}
	}
	return out, nil
}

func (k *kernel) remove(tag string) error {
	rules, err := k.tagged(tag)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if err := k.conn.DelRule(r); err != nil {
			return fmt.Errorf("fabric: remove a rule: %w", err)
		}
	}
	return nil
}

// heal takes a fault's rules away, in one transaction.
func (k *kernel) heal(id string) error {
	if err := k.remove("fault " + id); err != nil {
		return err
	}
	if s := k.inForce[id]; s != nil {
		k.conn.DelSet(s)
		delete(k.inForce, id)
	}
	if err := k.conn.Flush(); err != nil {
		return fmt.Errorf("fabric: heal %s: %w", id, err)
	}
	return nil
}

// met counts the packets that a fault has met.
func (k *kernel) met(id string) (packets, bytes uint64, err error) {
	rules, err := k.tagged("fault " + id)
	for _, r := range rules {
		for _, e := range r.Exprs {
			if c, ok := e.(*expr.Counter); ok {
				packets += c.Packets
				bytes += c.Bytes
			}
		}
	}
	return packets, bytes, err
}

// enter leads the entry to another site, in one transaction.
func (k *kernel) enter(site string) error {
	if err := k.remove("entry"); err != nil {
		return err
	}
	if site != "" {
		for _, m := range k.top.Members {
			if m.Index == k.top.Entry.Providers[site] {
				k.toMember("entry", k.top.Entry.Port, netip.MustParseAddr(m.IP), k.top.Entry.Target)
			}
		}
	}
	if err := k.conn.Flush(); err != nil {
		return fmt.Errorf("fabric: switch the entry to %q: %w", site, err)
	}
	return nil
}

// stray is an undeclared flow with the number of its packets.
type stray struct {
	src, dst netip.Addr
	proto    byte
	port     int
	packets  uint64
}

func (k *kernel) undeclared() ([]stray, error) {
	elements, err := k.conn.GetSetElements(k.strays)
	if err != nil {
		return nil, fmt.Errorf("fabric: read the undeclared flows: %w", err)
	}
	var out []stray
	for _, e := range elements {
		if len(e.Key) < 14 {
			continue
		}
		s := stray{src: netip.AddrFrom4([4]byte(e.Key[0:4])), dst: netip.AddrFrom4([4]byte(e.Key[4:8])), proto: e.Key[8],
			port: int(e.Key[12])<<8 | int(e.Key[13]), packets: 1}
		if e.Counter != nil {
			s.packets = max(1, e.Counter.Packets)
		}
		out = append(out, s)
	}
	return out, nil
}
