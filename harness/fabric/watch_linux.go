package fabric

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// What the kernel notes of the traffic, in sets whose elements count.

// watch makes the sets.
func (k *kernel) watch() error {
	counting := func(name string, key nftables.SetDatatype) *nftables.Set {
		return &nftables.Set{Table: k.table, Name: name, Dynamic: true, Concatenation: true, Size: 65535, Counter: true, KeyType: key}
	}
	ends := []nftables.SetDatatype{nftables.TypeIPAddr, nftables.TypeIPAddr}
	k.used = counting("used", nftables.MustConcatSetType(ends...))
	k.strays = counting("undeclared", nftables.MustConcatSetType(append(ends, nftables.TypeInetProto, nftables.TypeInetService)...))
	return errors.Join(k.conn.AddSet(k.used, nil), k.conn.AddSet(k.strays, nil))
}

// note counts a packet by the key in register 1.
func note(s *nftables.Set) expr.Any {
	return &expr.Dynset{SrcRegKey: 1, SetName: s.Name, SetID: s.ID, Operation: uint32(unix.NFT_DYNSET_OP_ADD),
		Exprs: []expr.Any{&expr.Counter{}}}
}

// stray notes a packet of an undeclared flow.
func stray(s *nftables.Set) []expr.Any {
	return exprs(saddr(1), daddr(9), &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 10}, dport(11), note(s))
}

// flow is an undeclared flow with the number of its packets.
type flow struct {
	src, dst netip.Addr
	proto    byte
	port     int
	packets  uint64
}

func (k *kernel) undeclared() ([]flow, error) {
	elements, err := k.conn.GetSetElements(k.strays)
	if err != nil {
		return nil, fmt.Errorf("fabric: read the undeclared flows: %w", err)
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

func counterOf(e nftables.SetElement) uint64 {
	if e.Counter == nil {
		return 1
	}
	return max(1, e.Counter.Packets)
}

// links counts the connections of each link that was used.
func (k *kernel) links() ([]LinkUse, error) {
	elements, err := k.conn.GetSetElements(k.used)
	if err != nil {
		return nil, fmt.Errorf("fabric: read the use of links: %w", err)
	}
	out := []LinkUse{}
	for _, e := range elements {
		if len(e.Key) < 8 {
			continue
		}
		// The consumer is named by the virtual address too; a packet from
		// anybody else led nowhere.
		from, to := int(e.Key[6]), int(e.Key[7])
		for _, m := range k.top.Members {
			if m.Index == from && m.IP == netip.AddrFrom4([4]byte(e.Key[0:4])).String() {
				out = append(out, LinkUse{From: from, To: to, Connections: counterOf(e)})
			}
		}
	}
	return out, nil
}
