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
	flaps  map[string]context.CancelFunc

	started  time.Time
	resolver *resolver
	seen     *notebook
}

func newAgent(ctx context.Context) *agent {
	return &agent{ctx: ctx, probed: sync.OnceValue(probe), shaper: newShaper(ctx), faults: map[string]*FaultState{},
		expiry: map[string]*time.Timer{}, flaps: map[string]context.CancelFunc{}, started: time.Now(), seen: newNotebook()}
}

func (a *agent) health() Health {
	return Health{Ready: a.ready.Load(), Now: time.Now().UnixNano(), Started: a.started.UnixNano(), Capabilities: a.probed()}
}

// install makes a topology true. The same one again changes nothing; another
// one is refused, since connections of the first would be lost.
func (a *agent) install(t Topology) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.installLocked(t, false)
}

// restore makes everything true that an agent was told. No packet passes before
// all of it is: what fails leaves the links of a new agent silent, which is
// noticed, where links that should be broken and are not would be believed.
func (a *agent) restore(r Restoration) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.installLocked(r.Topology, true); err != nil {
		return err
	}
	for _, f := range r.Faults {
		if _, err := a.injectLocked(f); err != nil {
			return err
		}
	}
	if _, err := a.enterLocked(r.Entry); err != nil {
		return err
	}
	return a.kernel.open()
}

func (a *agent) installLocked(t Topology, held bool) error {
	if err := t.Validate(); err != nil {
		return err
	}
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
	k, err := setUp(t, control.name, shaped, held)
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

// resolverIdle is how long a consumer may leave a connection to the resolver
// unused, and so how slow an answer may be.
const resolverIdle = 2 * time.Minute

// resolve answers names on every gateway address; stop ends that.
func (a *agent) resolve(t Topology) (stop func(), err error) {
	a.resolver = newResolver(t, a.seen.note)
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
			srv := &dns.Server{Addr: net.JoinHostPort(s.Gateway, "53"), Net: network, Handler: a.resolver, IdleTimeout: func() time.Duration { return resolverIdle }, NotifyStartedFunc: func() { started <- nil }}
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
	// One flow of several keys (ICMP has no ports) is one observation.
	sums := map[Observation]int{}
	for _, s := range strays {
		o := Observation{What: "flow", Dst: s.dst.String(), Port: s.port, Proto: cmp.Or(protocols[s.proto], fmt.Sprint(s.proto))}
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
	slices.SortFunc(out, func(x, y LinkUse) int {
		return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To), cmp.Compare(x.Proto, y.Proto), cmp.Compare(x.Port, y.Port))
	})
	return out, err
}

// enter switches the entry. Connections to the old site are forgotten: their
// next packet reaches the new one, which resets them, as a moved address does.
func (a *agent) enter(site string) (span, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.enterLocked(site)
}

func (a *agent) enterLocked(site string) (span, error) {
	if a.kernel == nil {
		return span{}, errors.New("no topology is in force yet")
	}
	if _, ok := a.top.Entry.Providers[site]; !ok && site != "" {
		return span{}, fmt.Errorf("entry: no provider at site %q", site)
	}
	at, changed, err := a.kernel.enter(site)
	if err != nil || !changed {
		return at, err
	}
	if _, err := netlink.ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, entryFlows{a.top.Entry.Port}); err != nil {
		return at, fmt.Errorf("entry: forget the connections to the old site: %w", err)
	}
	return at, nil
}

// move has a name lead elsewhere. Connections stay as they are: nobody ends
// those of consumers that go on with an old address, as in a real one.
func (a *agent) move(m NameMove) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kernel == nil {
		return errors.New("no topology is in force yet")
	}
	moved, err := a.top.Moved(m)
	if err != nil {
		return err
	}
	a.resolver.lead(m)
	a.top = moved
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
