package fabric

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// agent is the state of a fabric. One lock over all of it: its calls are rare
// and short, and the traffic itself goes through the kernel.
type agent struct {
	ctx    context.Context // of the agent's life, which its servers and timers share
	probed func() map[string]bool
	ready  atomic.Bool // a topology is in force; apart, since health must not wait

	mu     sync.Mutex
	top    Topology
	kernel *kernel
	shaper *shaper
	faults map[string]*FaultState
	order  []string               // of faults
	expiry map[string]*time.Timer // of faults that heal by themselves

	seen *notebook
}

func newAgent(ctx context.Context) *agent {
	return &agent{ctx: ctx, probed: sync.OnceValue(probe), shaper: newShaper(ctx), faults: map[string]*FaultState{},
		expiry: map[string]*time.Timer{}, seen: newNotebook()}
}

func (a *agent) health() Health {
	return Health{Ready: a.ready.Load(), Now: time.Now().UnixNano(), Capabilities: a.probed()}
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
		if reflect.DeepEqual(a.top, t) {
			return nil
		}
		return fmt.Errorf("a topology is in force already, of stage %s in run %s; start another fabric for a second one", a.top.Stage, a.top.Run)
	}
	control, err := interfaces(t)
	if err != nil {
		return err
	}
	// What follows is undone together if a part of it fails, so that the
	// topology can be sent again.
	undo := []func(){a.shaper.close}
	defer func() {
		for _, f := range slices.Backward(undo) {
			f()
		}
	}()
	shaped := map[Pair]int{}
	for _, p := range t.Shaped {
		i := slices.IndexFunc(t.Members, func(m Member) bool { return m.Index == p.To })
		if shaped[p], err = a.shaper.open(p, netip.MustParseAddr(t.Members[i].IP)); err != nil {
			return err
		}
	}
	if len(shaped) > 0 {
		a.shaper.serveAPI(control.addr)
	}
	k, err := setUp(t, control.name, shaped)
	if err != nil {
		return err
	}
	stop, err := a.resolve(t)
	undo = append(undo, stop)
	if err != nil {
		return err
	}
	undo = nil
	a.top, a.kernel = t, k
	a.ready.Store(true)
	return nil
}

// controlPort is the interface of the control network.
type controlPort struct {
	name string
	addr netip.Addr
}

// interfaces gives each site's interface its gateway address, and finds the
// control network's: the one of no site. The order of names is not given.
func interfaces(t Topology) (control controlPort, err error) {
	links, err := netlink.LinkList()
	if err != nil {
		return control, fmt.Errorf("list interfaces: %w", err)
	}
	bySite := map[string]bool{}
	for _, l := range links {
		addrs, err := netlink.AddrList(l, netlink.FAMILY_V4)
		if err != nil {
			return control, fmt.Errorf("addresses of %s: %w", l.Attrs().Name, err)
		}
		site := slices.IndexFunc(t.Sites, func(s Site) bool {
			return slices.ContainsFunc(addrs, func(a netlink.Addr) bool { return a.IP.String() == s.Fabric })
		})
		if site < 0 {
			if l.Attrs().Flags&net.FlagLoopback == 0 && len(addrs) > 0 {
				addr, _ := netip.AddrFromSlice(addrs[0].IP.To4())
				control = controlPort{name: l.Attrs().Name, addr: addr}
			}
			continue
		}
		s := t.Sites[site]
		bySite[s.ID] = true
		gateway, err := netlink.ParseAddr(fmt.Sprintf("%s/%d", s.Gateway, netip.MustParsePrefix(s.Subnet).Bits()))
		if err == nil {
			err = netlink.AddrReplace(l, gateway)
		}
		if err == nil {
			err = beRouter(l)
		}
		if err != nil {
			return control, fmt.Errorf("site %s: become the gateway %s: %w", s.ID, s.Gateway, err)
		}
	}
	for _, s := range t.Sites {
		if !bySite[s.ID] {
			return control, fmt.Errorf("site %s: no interface has the address %s", s.ID, s.Fabric)
		}
	}
	if control.name == "" {
		return control, errors.New("no interface is left for the control network; attach the fabric to one before it starts")
	}
	return control, nil
}

// resolve answers names on every gateway address; stop ends that.
func (a *agent) resolve(t Topology) (stop func(), err error) {
	r := newResolver(t, a.seen.note)
	var servers []*dns.Server
	stop = func() {
		for _, s := range servers {
			_ = s.Shutdown() // one that never started says so
		}
	}
	context.AfterFunc(a.ctx, func() { stop() })
	for _, s := range t.Sites {
		for _, network := range []string{"udp", "tcp"} {
			started := make(chan error, 2) // the start, and the end
			srv := &dns.Server{Addr: net.JoinHostPort(s.Gateway, "53"), Net: network, Handler: r, NotifyStartedFunc: func() { started <- nil }}
			servers = append(servers, srv)
			go func() { started <- srv.ListenAndServe() }()
			if err := <-started; err != nil {
				return stop, fmt.Errorf("site %s: resolver on %s/%s: %w", s.ID, srv.Addr, network, err)
			}
		}
	}
	return stop, nil
}

// observations newer than since, in the order of their last change.
func (a *agent) observations(since int64) ([]Observation, error) {
	if err := a.collectStrays(); err != nil {
		return nil, err
	}
	return a.seen.since(since), nil
}

// collectStrays reads the kernel's list of undeclared flows.
func (a *agent) collectStrays() error {
	if !a.ready.Load() {
		return nil
	}
	a.mu.Lock()
	strays, err := a.kernel.undeclared()
	members := a.top.Members
	a.mu.Unlock()
	if err != nil {
		return err
	}
	protos := map[byte]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_ICMP: "icmp"}
	// One flow of several keys (ICMP has no ports) is one observation.
	sums := map[Observation]int{}
	for _, s := range strays {
		o := Observation{What: "flow", Dst: s.dst.String(), Port: s.port, Proto: cmp.Or(protos[s.proto], fmt.Sprint(s.proto))}
		if s.proto != unix.IPPROTO_TCP && s.proto != unix.IPPROTO_UDP {
			o.Port = 0 // it has none
		}
		for _, m := range members {
			if m.IP == s.src.String() {
				o.Consumer = m.Index
			}
		}
		sums[o] += int(s.packets)
	}
	for o, n := range sums {
		a.seen.total(o, n)
	}
	return nil
}

// links tells which links were used.
func (a *agent) links() ([]LinkUse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kernel == nil {
		return []LinkUse{}, nil
	}
	out, err := a.kernel.links()
	slices.SortFunc(out, func(x, y LinkUse) int { return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To)) })
	return out, err
}

// inject puts a fault in force. The same id again is the same fault.
func (a *agent) inject(f Fault) (FaultState, error) {
	if err := f.check(); err != nil {
		return FaultState{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kernel == nil {
		return FaultState{}, errors.New("no topology is in force yet")
	}
	if s, ok := a.faults[f.ID]; ok && s.HealedAt == 0 {
		return a.counted(*s), nil
	}
	err := a.plane(f.Kind).inject(f)
	if err != nil {
		return FaultState{}, err
	}
	if _, again := a.faults[f.ID]; !again {
		a.order = append(a.order, f.ID)
	}
	s := &FaultState{Fault: f, AppliedAt: time.Now().UnixNano()}
	a.faults[f.ID] = s
	if f.ExpiresIn > 0 {
		a.expire(f.ID, f.ExpiresIn)
	}
	return *s, nil
}

// plane is what carries a kind of fault.
func (a *agent) plane(kind FaultKind) plane {
	if kind == Cut || kind == Refuse {
		return a.kernel
	}
	return a.shaper
}

// plane puts faults in force, heals them, and counts what met them.
type plane interface {
	inject(Fault) error
	heal(id string) error
	met(id string) (packets, bytes uint64, err error)
}

var (
	_ plane = (*kernel)(nil)
	_ plane = (*shaper)(nil)
)

// expire heals a fault after a time; a heal that fails is tried again, since
// nobody else may be left to ask for it. The lock is held.
func (a *agent) expire(id string, after time.Duration) {
	var timer *time.Timer
	timer = time.AfterFunc(after, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.expiry[id] != timer {
			return // healed meanwhile, and perhaps in force anew
		}
		if _, err := a.healLocked(id); err != nil {
			a.expire(id, time.Second)
		}
	})
	a.expiry[id] = timer
}

// counted fills in what a fault in force has met.
func (a *agent) counted(s FaultState) FaultState {
	if s.HealedAt != 0 {
		return s
	}
	if p, b, err := a.plane(s.Kind).met(s.ID); err == nil {
		s.Packets, s.Bytes = p, b
	}
	return s
}

// heal ends a fault; one that is healed already stays so.
func (a *agent) heal(id string) (FaultState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.healLocked(id)
}

func (a *agent) healLocked(id string) (FaultState, error) {
	s, ok := a.faults[id]
	if !ok {
		return FaultState{}, ErrNoFault
	}
	if s.HealedAt != 0 {
		return *s, nil
	}
	*s = a.counted(*s)
	if err := a.plane(s.Kind).heal(id); err != nil {
		return *s, err
	}
	s.HealedAt = time.Now().UnixNano()
	if t := a.expiry[id]; t != nil {
		t.Stop()
		delete(a.expiry, id)
	}
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
	changed, err := a.kernel.enter(site)
	if err != nil || !changed {
		return err
	}
	if _, err := netlink.ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, entryFlows{a.top.Entry.Port}); err != nil {
		return fmt.Errorf("entry: forget the connections to the old site: %w", err)
	}
	return nil
}

// entryFlows matches the connections that came in by the entry.
type entryFlows struct{ port int }

// MatchConntrackFlow looks at both directions: the client's port alone would
// match members' own connections to the same port, and the outside's identity
// alone those through doors.
func (e entryFlows) MatchConntrackFlow(f *netlink.ConntrackFlow) bool {
	return int(f.Forward.DstPort) == e.port && f.Reverse.DstIP.String() == Identity(Outside).String()
}
