package fabric

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// force is a fault that the kernel carries out.
type force struct {
	fault   Fault
	sets    []*nftables.Set // of its ways, and of its answers
	ways    *nftables.Set
	answers *nftables.Set // nil without any
	inward  *nftables.Set // nil without any
	class   uint16        // UDPDelay
	whole   bool          // Flap, at this moment
	carried tally         // by rules that are gone
}

// refusal is what an ICMP error says of a port that nobody holds.
const refusal = 3

// verdicts are what becomes of a packet that meets a fault, in their order: a
// refusal answers in the provider's place, each protocol in its own way. What
// would have begun a connection is noted by its port.
func (k *kernel) verdicts(f *force) [][]expr.Any {
	beginning := func(s *nftables.Set) [][]expr.Any {
		return [][]expr.Any{
			exprs(within(vips), flags(syn|ack|rst, syn), noteTo(s)),
			exprs(within(vips), udp(), noteTo(s)),
		}
	}
	switch f.fault.Kind {
	case Refuse:
		return append(beginning(k.refused),
			exprs(tcp(), &expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}),
			exprs(udp(), &expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: refusal}),
			exprs(&expr.Counter{}, drop()))
	case Loss:
		n := uint32(math.Round(f.fault.Percent / 100 * lossScale))
		return [][]expr.Any{exprs(atRandom(n, lossScale), &expr.Counter{}, drop())}
	case UDPDelay:
		return [][]expr.Any{exprs(udp(), &expr.Counter{}, setting(expr.MetaKeyMARK, delayMark+uint32(f.class)))}
	}
	return append(beginning(k.lost), exprs(&expr.Counter{}, drop()))
}

func faultTag(id string) string { return "fault " + id }

// inject puts a fault in force, in one transaction.
func (k *kernel) inject(f Fault) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := expand(k.top, f)
	if err != nil {
		return err
	}
	x := &force{fault: f}
	if f.Kind == UDPDelay {
		if x.class, err = k.delays.begin(k.top, f); err != nil {
			return fmt.Errorf("fault %s: %w", f.ID, err)
		}
	}
	if err = k.gather(x, r); err == nil {
		k.strike(x)
		if err = k.conn.Flush(); err == nil {
			k.inForce[f.ID] = x
			return nil
		}
	}
	if f.Kind == UDPDelay {
		_ = k.delays.end(f.ID) // what is to be told is why it could not begin
	}
	return fmt.Errorf("fault %s: the kernel refuses it: %w", f.ID, err)
}

// gather makes the sets of what a fault touches.
func (k *kernel) gather(x *force, r reach) (err error) {
	pairs := func(name string, ways map[way]bool) *nftables.Set {
		k.sets++
		s := &nftables.Set{Table: k.table, Name: fmt.Sprintf("%s%d", name, k.sets), Concatenation: true,
			KeyType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr)}
		var elements []nftables.SetElement
		for w := range ways {
			elements = append(elements, nftables.SetElement{Key: append(bytesOf(w.src), bytesOf(w.dst)...)})
		}
		if err == nil {
			err = k.addSet(s, elements)
		}
		x.sets = append(x.sets, s)
		return s
	}
	x.ways = pairs("ways", r.ways)
	kind := x.fault.Kind
	if len(r.answers) > 0 && (kind == Cut || kind == Flap) {
		x.answers = pairs("answers", r.answers)
	}
	if len(r.inward) > 0 && kind != UDPDelay { // what comes from outside is TCP
		k.sets++
		x.inward = &nftables.Set{Table: k.table, Name: fmt.Sprintf("inward%d", k.sets), KeyType: nftables.TypeIPAddr}
		var elements []nftables.SetElement
		for ip := range r.inward {
			elements = append(elements, nftables.SetElement{Key: bytesOf(ip)})
		}
		if err == nil {
			err = k.addSet(x.inward, elements)
		}
		x.sets = append(x.sets, x.inward)
	}
	return err
}

// strike adds a fault's rules to the transaction, before all others.
func (k *kernel) strike(x *force) {
	insert := func(c *nftables.Chain, match []expr.Any, verdicts [][]expr.Any) {
		for _, v := range slices.Backward(verdicts) {
			k.conn.InsertRule(&nftables.Rule{Table: k.table, Chain: c, Exprs: exprs(match, v), UserData: []byte(faultTag(x.fault.ID))})
		}
	}
	insert(k.raw, among(x.ways), k.verdicts(x))
	if x.answers != nil {
		insert(k.out, exprs(among(x.answers), tcp()), [][]expr.Any{exprs(&expr.Counter{}, drop())})
	}
	if x.class != 0 {
		insert(k.out, exprs(marked(delayMark+uint32(x.class))), [][]expr.Any{setting(expr.MetaKeyPRIORITY, class(x.class))})
	}
	if x.inward != nil {
		to := exprs(from(k.control), daddr(1), &expr.Lookup{SourceRegister: 1, SetName: x.inward.Name, SetID: x.inward.ID})
		insert(k.forward, to, k.verdicts(x))
	}
}

// tagged lists the rules of a tag, as the kernel holds them.
func (k *kernel) tagged(tag string) ([]*nftables.Rule, error) {
	var out []*nftables.Rule
	for _, c := range []*nftables.Chain{k.raw, k.forward, k.dnat, k.out} {
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
func (k *kernel) heal(id string) (span, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.remove(faultTag(id)); err != nil {
		return span{}, err
	}
	x := k.inForce[id]
	if x != nil {
		for _, s := range x.sets {
			k.conn.DelSet(s)
		}
	}
	at, err := k.commit()
	if err != nil {
		return span{}, fmt.Errorf("fabric: heal %s: %w", id, err)
	}
	if x != nil {
		x.sets = nil // they are gone, also for another try
	}
	if x != nil && x.fault.Kind == UDPDelay {
		if err := k.delays.end(id); err != nil {
			return span{}, fmt.Errorf("fabric: heal %s: %w", id, err)
		}
		at.to = time.Now().UnixNano()
	}
	delete(k.inForce, id)
	return at, nil
}

// met counts what a fault has met.
func (k *kernel) met(id string) (tally, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.counted(id)
}

func (k *kernel) counted(id string) (tally, error) {
	var t tally
	if x := k.inForce[id]; x != nil {
		t = x.carried
	}
	rules, err := k.tagged(faultTag(id))
	for _, r := range rules {
		for _, e := range r.Exprs {
			if c, ok := e.(*expr.Counter); ok {
				t.packets += c.Packets
				t.bytes += c.Bytes
			}
		}
	}
	return t, err
}

// held returns the fault in force under an id.
func (k *kernel) held(id string) *force {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.inForce[id]
}
