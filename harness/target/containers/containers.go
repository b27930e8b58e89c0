// Package containers is the target that Bascule raises itself: the sites of a
// stage as containers on one engine, joined by a fabric.
package containers

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"bascule/harness/deploy"
	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/failover"
	"bascule/harness/fault"
	"bascule/harness/hand"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/harness/target"
)

// Recorder takes events.
type Recorder interface {
	Event(kind history.Kind, subject string, kv ...string)
}

// Config is what a stage needs to be raised.
type Config struct {
	Engine     *engine.Engine
	Stage      *stage.Stage
	Scope      engine.Scope
	Short      string // prefix of every name in the engine, unique on it: "bascule-a1b2c3-01"
	AgentImage string
	Live       string       // release at the start
	Faults     []plan.Fault // of the whole scenario: the fabric must know which links will be shaped
	Rec        Recorder
	// Verify does a completed write and read of a function's workload; "" for
	// the first one.
	Verify func(ctx context.Context, function string) error
}

// Target is a raised stage. Its methods are safe for concurrent use.
type Target struct {
	Config

	sites    []*site
	members  []*member
	control  engine.Network
	fabricID string
	client   *fabric.Client
	hand     *hand.Client      // nil without one
	handCan  map[string]string // its capabilities
	base     string            // host of the control address, without a port
	ports    map[string]string // where the control address is out of reach: container port -> published address
	caps     target.Capabilities
	clocks   clocks
	disks    disks

	mu     sync.Mutex
	entry  string                            // site
	live   map[string]string                 // site -> release
	seen   int64                             // last observation
	uses   map[fabric.LinkUse]fabric.LinkUse // of links, as last told; by their ends, protocol and port
	naming naming                            // under mu

	flocks map[string]*flock // canaries by fault

	validUntil map[string]string // store -> until when its user's password was valid before it was revoked
	hoards     map[string]*hoard // fault -> the connections that it holds

	snapshots snapshots
}

type site struct {
	stage.Site
	net engine.Network
}

// member is one container's place: its address and name stay while the
// container itself may be replaced.
type member struct {
	fault.Member
	index int
	ip    netip.Addr
	site  *site

	mu      sync.Mutex
	id      string            // container, "" while there is none
	release string            // "" for a service that releases do not touch
	job     string            // service that a one-off job speaks as, at the place of jobs
	env     map[string]string // that a runbook put on top

	acting sync.Mutex // held while its container is being replaced

	frozen    int  // first process of the container that was frozen last
	stopped   bool // on purpose, by a step, a runbook or a fault
	deaf      bool // a stop waits out its grace period
	waitedOut int  // stops that did

	without   map[string]bool     // secrets, configs and variables that a fault took
	originals map[string]original // certificates that a fault let expire
}

func (m *member) String() string {
	return fmt.Sprintf("%s/%s/%d", m.Site, m.Service, m.Instance)
}

func (m *member) container() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.id
}

var (
	_ target.Target  = (*Target)(nil)
	_ fault.Plane    = (*Target)(nil)
	_ deploy.Sites   = (*Target)(nil)
	_ failover.Sites = (*Target)(nil)
)

// New lays out the addresses of a stage; nothing is started.
func New(c Config) (*Target, error) {
	t := &Target{Config: c, disks: disks{ready: make(chan struct{})}, live: map[string]string{}}
	index := 0
	for i := range c.Stage.Sites {
		s := &site{Site: c.Stage.Sites[i]}
		t.sites = append(t.sites, s)
		if s.Own() {
			t.live[s.ID] = c.Live
		}
		if s.Role == "primary" {
			t.entry = s.ID
		}
		for _, name := range s.Project.ServiceNames() {
			svc := s.Project.Services[name]
			for k := 1; k <= svc.GetScale(); k++ {
				index++
				t.members = append(t.members, &member{Member: fault.Member{Site: s.ID, Service: name, Instance: k}, index: index, site: s})
			}
		}
		if !s.Own() {
			continue // no release is deployed to a third party
		}
		// A place for the one-off jobs of releases: they speak as their service.
		index++
		t.members = append(t.members, &member{Member: fault.Member{Site: s.ID, Service: jobService, Instance: 1}, index: index, site: s})
	}
	if index > 254 {
		return nil, fmt.Errorf("stage %s has %d containers: a fabric carries at most 254", c.Stage.ID, index)
	}
	if c.Engine != nil {
		c.Engine.Conceal(secretsOf(c.Stage)...)
	}
	return t, nil
}

// jobService is the name of the place of jobs; no Compose service can have it.
const jobService = "(job)"

// Capabilities is what this engine's kernel and fabric can do.
func (t *Target) Capabilities() target.Capabilities { return t.caps }

// Faults, Deployer and Operator are the target itself.
func (t *Target) Faults() fault.Plane { return t }

// Deployer acts on the raised sites.
func (t *Target) Deployer() deploy.Sites { return t }

// Operator acts on the raised sites.
func (t *Target) Operator() failover.Sites { return t }

// EntrySite is the site that clients reach now.
func (t *Target) EntrySite() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.entry
}

// Live is the release that a site runs.
func (t *Target) Live(site string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.live[site]
}

// SetLive notes the release of a site.
func (t *Target) SetLive(site, release string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.live[site] = release
}

// find gives the members of a service, of a site where service is "", or of
// every site of one's own where both are: third parties are lost with no site.
func (t *Target) find(site, service string, instance int) ([]*member, error) {
	var out []*member
	for _, m := range t.members {
		if (m.Site == site || site == "" && m.site.Own()) && (m.Service == service || service == "" && m.Service != jobService) && (instance == 0 || m.Instance == instance) {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("stage %s has no %s", t.Stage.ID, strings.TrimSuffix(fmt.Sprintf("%s/%s/%d", site, service, instance), "/0"))
	}
	return out, nil
}

func (t *Target) one(site, service string) (*member, error) {
	ms, err := t.find(site, service, 1)
	if err != nil {
		return nil, err
	}
	return ms[0], nil
}

// aliveBound is the patience with the fabric and the hand.
const aliveBound = 5 * time.Second

// Alive asks the engine and the fabric.
func (t *Target) Alive(ctx context.Context) error {
	if err := t.Engine.Alive(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, aliveBound)
	defer cancel()
	// An address that nobody has any more would be waited for.
	if state, err := t.Engine.Inspect(ctx, t.fabricID); err == nil && !state.Running {
		return fmt.Errorf("the fabric of stage %s, which carries every link, has ended with code %d", t.Stage.ID, state.ExitCode)
	}
	health, err := t.client.Health(ctx)
	if err != nil {
		return fmt.Errorf("the fabric of stage %s no longer answers: %w", t.Stage.ID, err)
	}
	// Its rules are those of its network namespace, which ended with it: no link
	// is left, and what was measured since is no effect of the scenario.
	if !health.Ready {
		return fmt.Errorf("the fabric of stage %s was restarted and has no links any more", t.Stage.ID)
	}
	// The disks of some services hang on the hand.
	if t.disks.server != nil {
		if _, err := t.hand.Health(ctx); err != nil {
			return fmt.Errorf("the hand of stage %s, which serves volumes, no longer answers: %w", t.Stage.ID, err)
		}
	}
	return nil
}

// Down removes everything of the scenario, whatever state it is in.
func (t *Target) Down(ctx context.Context) (int, error) {
	t.Rec.Event(history.StageDropping, t.Stage.ID)
	t.letGo()
	left, err := t.Engine.Sweep(ctx, engine.LabelRun+"="+t.Scope.Run, engine.LabelScenario+"="+t.Scope.Scenario)
	if err != nil {
		err = errors.Join(fmt.Errorf("remove stage %s: %s left", t.Stage.ID, left), err)
	}
	return left.Count(), err
}
