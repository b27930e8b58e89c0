package fabric

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// noted is what the kernel notes of the traffic, in sets whose elements count.
// Each is bounded: beyond its size nothing new is noted, and traffic goes on.
// Their key is saddr . daddr . proto . port, the port being the provider's.
type noted struct {
	strays   *nftables.Set // undeclared flows
	used     *nftables.Set // connections that were led to a provider
	answered *nftables.Set // handshakes that providers accepted, datagrams that they sent back
	refused  *nftables.Set // resets in answer to a handshake; what a fault refuses
	lost     *nftables.Set // what would have begun a connection and met a cut
}

// watch makes the sets.
func (k *kernel) watch() error {
	var errs []error
	counting := func(name string) *nftables.Set {
		s := &nftables.Set{Table: k.table, Name: name, Dynamic: true, Concatenation: true, Size: 65535, Counter: true,
			KeyType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr, nftables.TypeInetProto, nftables.TypeInetService)}
		errs = append(errs, k.conn.AddSet(s, nil))
		return s
	}
	k.noted = noted{strays: counting("undeclared"), used: counting("used"), answered: counting("answered"),
		refused: counting("refused"), lost: counting("lost")}
	return errors.Join(errs...)
}

// note counts a packet by its ends, its protocol and a port.
func note(s *nftables.Set, port expr.Any) []expr.Any {
	return exprs(saddr(1), daddr(9), &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 10}, port,
		&expr.Dynset{SrcRegKey: 1, SetName: s.Name, SetID: s.ID, Operation: uint32(unix.NFT_DYNSET_OP_ADD), Exprs: []expr.Any{&expr.Counter{}}})
}

// noteTo counts a packet by the port that it goes to, noteFrom by the one that
// it comes from.
func noteTo(s *nftables.Set) []expr.Any   { return note(s, dport(11)) }
func noteFrom(s *nftables.Set) []expr.Any { return note(s, sport(11)) }

// answering notes what providers say to consumers, behind all faults: an answer
// that a fault swallows is none. A reset in answer to a handshake has the
// sequence number 0; those of established connections have another.
func (k *kernel) answering() {
	answers := k.conn.AddChain(&nftables.Chain{Name: "answers", Table: k.table})
	k.add(k.raw, "answers", exprs(within(identities), &expr.Verdict{Kind: expr.VerdictJump, Chain: answers.Name}))
	k.add(answers, "answered", exprs(flags(syn|ack|rst, syn|ack), noteFrom(k.answered)))
	k.add(answers, "refused", exprs(flags(syn|rst, rst), sequence(0), noteFrom(k.refused)))
	k.add(answers, "answered", exprs(udp(), noteFrom(k.answered)))
}

// flow is what the kernel noted under one key.
type flow struct {
	src, dst netip.Addr
	proto    byte
	port     int
	packets  uint64
}

func (k *kernel) flows(s *nftables.Set) ([]flow, error) {
	elements, err := k.conn.GetSetElements(s)
	if err != nil {
		return nil, fmt.Errorf("fabric: read the flows that are %s: %w", s.Name, err)
	}
	var out []flow
	for _, e := range elements {
		if len(e.Key) < 14 {
			continue
		}
		out = append(out, flow{src: netip.AddrFrom4([4]byte(e.Key[0:4])), dst: netip.AddrFrom4([4]byte(e.Key[4:8])), proto: e.Key[8],
			port: int(e.Key[12])<<8 | int(e.Key[13]), packets: counterOf(e)})
	}
	return out, nil
}

func (k *kernel) undeclared() ([]flow, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.flows(k.strays)
}

func counterOf(e nftables.SetElement) uint64 {
	if e.Counter == nil {
		return 1
	}
	return max(1, e.Counter.Packets)
}

// links tells what became of each link, protocol and port that was used.
func (k *kernel) links() ([]LinkUse, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	byIP := map[netip.Addr]int{}
	for _, m := range k.top.Members {
		byIP[netip.MustParseAddr(m.IP)] = m.Index
	}
	uses := map[LinkUse]*LinkUse{}
	for _, c := range []struct {
		set   *nftables.Set
		count func(*LinkUse) *uint64
	}{
		{k.used, func(u *LinkUse) *uint64 { return &u.Connections }},
		{k.answered, func(u *LinkUse) *uint64 { return &u.Answered }},
		{k.refused, func(u *LinkUse) *uint64 { return &u.Refused }},
		{k.lost, func(u *LinkUse) *uint64 { return &u.Lost }},
	} {
		flows, err := k.flows(c.set)
		if err != nil {
			return nil, err
		}
		for _, f := range flows {
			key, ok := linkOfFlow(byIP, f)
			if !ok {
				continue
			}
			if uses[key] == nil {
				u := key
				uses[key] = &u
			}
			*c.count(uses[key]) += f.packets
		}
	}
	out := []LinkUse{}
	for _, u := range uses {
		out = append(out, *u)
	}
	return out, nil
}

// linkOfFlow tells which link a packet was on: on its way there the virtual
// address names both ends, on its way back the provider and an identity do. A
// packet to another's link led nowhere, and what answers clients and the
// harness is on no link.
func linkOfFlow(byIP map[netip.Addr]int, f flow) (LinkUse, bool) {
	u := LinkUse{Proto: protocols[f.proto], Port: f.port}
	end := f.dst.As4()
	switch {
	case vips.Contains(f.dst):
		u.From, u.To = int(end[2]), int(end[3])
		return u, byIP[f.src] == u.From
	case identities.Contains(f.dst):
		u.From, u.To = int(end[3]), byIP[f.src]
		return u, u.From != Outside && u.To != 0
	}
	return u, false
}

// protocols by their numbers.
var protocols = map[byte]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_ICMP: "icmp"}
