package fabric

import (
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// refusal is what an ICMP error says of a port that nobody holds.
const refusal = 3

// verdicts are what becomes of a packet that meets a fault, the last first: a
// refusal answers in the provider's place, each protocol in its own way.
func verdicts(kind FaultKind) [][]expr.Any {
	out := [][]expr.Any{exprs(&expr.Counter{}, drop())}
	if kind == Refuse {
		out = append(out,
			exprs(proto(unix.IPPROTO_UDP), &expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: refusal}),
			exprs(tcp(), &expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}))
	}
	return out
}

func faultTag(id string) string { return "fault " + id }

// inject puts a cut or a refusal in force, in one transaction.
func (k *kernel) inject(f Fault) error {
	r, err := expand(k.top, f)
	if err != nil {
		return err
	}
	k.sets++
	ways := &nftables.Set{Table: k.table, Name: fmt.Sprintf("ways%d", k.sets), Concatenation: true,
		KeyType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr)}
	var elements []nftables.SetElement
	for w := range r.ways {
		elements = append(elements, nftables.SetElement{Key: append(bytesOf(w.src), bytesOf(w.dst)...)})
	}
	if err := k.addSet(ways, elements); err != nil {
		return fmt.Errorf("fault %s: %w", f.ID, err)
	}
	insert := func(c *nftables.Chain, match []expr.Any) {
		for _, v := range verdicts(f.Kind) {
			k.conn.InsertRule(&nftables.Rule{Table: k.table, Chain: c, Exprs: exprs(match, v), UserData: []byte(faultTag(f.ID))})
		}
	}
	insert(k.raw, exprs(saddr(1), daddr(9), &expr.Lookup{SourceRegister: 1, SetName: ways.Name, SetID: ways.ID}))
	for ip := range r.inward {
		insert(k.forward, exprs(from(k.control), daddr(1), equals(bytesOf(ip))))
	}
	if err := k.conn.Flush(); err != nil {
		return fmt.Errorf("fault %s: the kernel refuses it: %w", f.ID, err)
	}
	k.inForce[f.ID] = ways
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
	if err := k.remove(faultTag(id)); err != nil {
		return err
	}
	if s := k.inForce[id]; s != nil {
		k.conn.DelSet(s)
	}
	if err := k.conn.Flush(); err != nil {
		return fmt.Errorf("fabric: heal %s: %w", id, err)
	}
	delete(k.inForce, id)
	return nil
}

// met counts the packets that a fault has met.
func (k *kernel) met(id string) (packets, bytes uint64, err error) {
	rules, err := k.tagged(faultTag(id))
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
