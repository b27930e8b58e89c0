package fabric

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// agent is the state of a fabric. One lock over all of it: its calls are rare
// and short, and the traffic itself goes through the kernel.
type agent struct {
	ctx context.Context

	mu     sync.Mutex
	top    Topology
	kernel *kernel
	shaper *shaper
	faults map[string]*FaultState
	order  []string // of faults

	seen sync.Mutex // apart: lookups must not wait for a fault to be built
	obs  map[Observation]*Observation
	seq  int64
}

func newAgent(ctx context.Context) *agent {
	return &agent{ctx: ctx, shaper: newShaper(), faults: map[string]*FaultState{}, obs: map[Observation]*Observation{}}
}

func (a *agent) health() Health {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Health{Ready: a.kernel != nil, Now: time.Now().UnixNano(), Capabilities: probe()}
}

// install makes a topology true. The same one again changes nothing; another
// one is refused, since connections of the first would be lost.
func (a *agent) install(t Topology) error {
	if err := t.Validate(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kernel != nil {
		if a.top.Run == t.Run && a.top.Stage == t.Stage {
			return nil
		}
		return fmt.Errorf("a topology is in force already, of stage %s", a.top.Stage)
	}
	control, err := interfaces(t)
	if err != nil {
		return err
	}
	shaped := map[Pair]int{}
	for _, p := range t.Shaped {
		i := slices.IndexFunc(t.Members, func(m Member) bool { return m.Index == p.To })
		if shaped[p], err = a.shaper.open(p, netip.MustParseAddr(t.Members[i].IP)); err != nil {
			return err
		}
	}
	k, err := setUp(t, control, shaped)
	if err != nil {
		return err
	}
	if err := a.resolve(t); err != nil {
		return err
	}
	a.top, a.kernel = t, k
	return nil
}

// interfaces gives each site's interface its gateway address, and finds the
// control network's: the one of no site. The order of names is not given.
func interfaces(t Topology) (control string, err error) {
	links, err := netlink.LinkList()
	if err != nil {
		return "", fmt.Errorf("list interfaces: %w", err)
	}
	bySite := map[string]bool{}
	for _, l := range links {
		addrs, err := netlink.AddrList(l, netlink.FAMILY_V4)
		if err != nil {
			return "", fmt.Errorf("addresses of %s: %w", l.Attrs().Name, err)
		}
		site := slices.IndexFunc(t.Sites, func(s Site) bool {
			return slices.ContainsFunc(addrs, func(a netlink.Addr) bool { return a.IP.String() == s.Fabric })
		})
		if site < 0 {
			if l.Attrs().Flags&net.FlagLoopback == 0 && len(addrs) > 0 {
				control = l.Attrs().Name
			}
			continue
		}
		s := t.Sites[site]
		bySite[s.ID] = true
		gateway, err := netlink.ParseAddr(fmt.Sprintf("%s/%d", s.Gateway, netip.MustParsePrefix(s.Subnet).Bits()))
		if err == nil {
			err = netlink.AddrReplace(l, gateway)
		}
		if err != nil {
			return "", fmt.Errorf("site %s: take the gateway address %s: %w", s.ID, s.Gateway, err)
		}
	}
	for _, s := range t.Sites {
		if !bySite[s.ID] {
			return "", fmt.Errorf("site %s: no interface has the address %s", s.ID, s.Fabric)
		}
	}
	if control == "" {
		return "", errors.New("no interface is left for the control network")
	}
	return control, nil
}

// resolve answers names on every gateway address.
func (a *agent) resolve(t Topology) error {
	r := newResolver(t, a.note)
	for _, s := range t.Sites {
		for _, network := range []string{"udp", "tcp"} {
			started := make(chan error, 1)
			srv := &dns.Server{Addr: net.JoinHostPort(s.Gateway, "53"), Net: network, Handler: r, NotifyStartedFunc: func() { started <- nil }}
			go func() { started <- srv.ListenAndServe() }()
			context.AfterFunc(a.ctx, func() { _ = srv.Shutdown() })
			if err := <-started; err != nil {
				return fmt.Errorf("site %s: resolver on %s/%s: %w", s.ID, srv.Addr, network, err)
			}
		}
	}
	return nil
}

// note sums equal observations.
func (a *agent) note(o Observation) {
	a.seen.Lock()
	defer a.seen.Unlock()
	a.count(o, 1)
}

func (a *agent) count(o Observation, n int) {
	now := time.Now().UnixNano()
	have, ok := a.obs[o]
	if !ok {
		c := o
		c.First = now
		have = &c
		a.obs[o] = have
	}
	a.seq++
	have.Seq, have.Last = a.seq, now
	have.Count += n
}

// observations newer than since, in the order of their last change.
func (a *agent) observations(since int64) ([]Observation, error) {
	if err := a.collectStrays(); err != nil {
		return nil, err
	}
	a.seen.Lock()
	defer a.seen.Unlock()
	out := []Observation{}
	for _, o := range a.obs {
		if o.Seq > since {
			out = append(out, *o)
		}
	}
	slices.SortFunc(out, func(x, y Observation) int { return cmp.Compare(x.Seq, y.Seq) })
	return out, nil
}

// collectStrays reads the kernel's list of undeclared flows.
func (a *agent) collectStrays() error {
	a.mu.Lock()
	if a.kernel == nil {
		a.mu.Unlock()
		return nil
	}
	strays, err := a.kernel.undeclared()
	members := a.top.Members
	a.mu.Unlock()
	if err != nil {
		return err
	}
	protos := map[byte]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_ICMP: "icmp"}
	a.seen.Lock()
	defer a.seen.Unlock()
	for _, s := range strays {
		o := Observation{What: "flow", Dst: s.dst.String(), Port: s.port, Proto: cmp.Or(protos[s.proto], fmt.Sprint(s.proto))}
		if s.proto == unix.IPPROTO_ICMP {
			o.Port = 0 // it has none
		}
		for _, m := range members {
			if m.IP == s.src.String() {
				o.Consumer = m.Index
			}
		}
		have := 0
		if known := a.obs[o]; known != nil {
			have = known.Count
		}
		if n := int(s.packets); n > have {
			a.count(o, n-have)
		}
	}
	return nil
}

// inject puts a fault in force. The same id again is the same fault.
func (a *agent) inject(f Fault) (FaultState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kernel == nil {
		return FaultState{}, errors.New("no topology is in force yet")
	}
	if f.ID == "" {
		return FaultState{}, errors.New("a fault needs an id")
	}
	if s, ok := a.faults[f.ID]; ok && s.HealedAt == 0 {
		return a.counted(*s), nil
	}
	var err error
	switch f.Kind {
	case Cut, Refuse:
		err = a.kernel.inject(f)
	case Latency, Bandwidth, Reset:
		err = a.shaper.inject(a.ctx, f)
	default:
		err = fmt.Errorf("unknown kind of fault %q", f.Kind)
	}
	if err != nil {
		return FaultState{}, err
	}
	if _, again := a.faults[f.ID]; !again {
		a.order = append(a.order, f.ID)
	}
	s := &FaultState{Fault: f, AppliedAt: time.Now().UnixNano()}
	a.faults[f.ID] = s
	if f.ExpiresIn > 0 {
		time.AfterFunc(f.ExpiresIn, func() {
			// Its failure shows in the state that the harness asks for.
			_, _ = a.heal(f.ID)
		})
	}
	return *s, nil
}

// counted fills in what a fault in force has met.
func (a *agent) counted(s FaultState) FaultState {
	if s.HealedAt != 0 {
		return s
	}
	switch s.Kind {
	case Cut, Refuse:
		if p, b, err := a.kernel.met(s.ID); err == nil {
			s.Packets, s.Bytes = p, b
		}
	default:
		s.Packets = a.shaper.met(s.Fault)
	}
	return s
}

// heal ends a fault; one that is healed already stays so.
func (a *agent) heal(id string) (FaultState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.faults[id]
	if !ok {
		return FaultState{}, ErrNoFault
	}
	if s.HealedAt != 0 {
		return *s, nil
	}
	*s = a.counted(*s)
	var err error
	switch s.Kind {
	case Cut, Refuse:
		err = a.kernel.heal(id)
	default:
		err = a.shaper.heal(s.Fault)
	}
	if err != nil {
		return *s, err
	}
	s.HealedAt = time.Now().UnixNano()
	return *s, nil
}

// healAll ends every fault, the last first.
func (a *agent) healAll() error {
	a.mu.Lock()
	ids := slices.Clone(a.order)
	a.mu.Unlock()
	var errs []error
	for _, id := range slices.Backward(ids) {
		_, err := a.heal(id)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// states lists every fault, in the order of their injection.
func (a *agent) states() []FaultState {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []FaultState{}
	for _, id := range a.order {
		out = append(out, a.counted(*a.faults[id]))
	}
	return out
}

// enter switches the entry. Connections to the old site are forgotten: their
// next packet reaches the new one, which resets them, as a moved address does.
func (a *agent) enter(site string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kernel == nil {
		return errors.New("no topology is in force yet")
	}
	if _, ok := a.top.Entry.Providers[site]; !ok && site != "" {
		return fmt.Errorf("entry: no provider at site %q", site)
	}
	if err := a.kernel.enter(site); err != nil {
		return err
	}
	if _, err := netlink.ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, entryFlows{a.top.Entry.Port}); err != nil {
		return fmt.Errorf("entry: forget the connections to the old site: %w", err)
	}
	return nil
}

// entryFlows matches the connections that came in by the entry.
type entryFlows struct{ port int }

// MatchConntrackFlow looks at the direction of the client.
func (e entryFlows) MatchConntrackFlow(f *netlink.ConntrackFlow) bool {
	return int(f.Forward.DstPort) == e.port
}
