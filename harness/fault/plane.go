// Package fault breaks things on purpose and puts them right. A fault is a
// value (plan.Fault); an Injection is a state machine around it:
//
//	ready -> injecting -> injected -> biting -> undoing -> recovered
//	              \          \---------\----->--/
//	               '-> failed
//
// Any other move is an ErrTransition. What is about to be in force is told to
// the recorder, and so on disk, before it is applied.
package fault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// Plane is where faults act: the running system under test.
type Plane interface {
	// Members resolves a fault's site, service and instance to members. An empty
	// service means every member of the site; instance 0 means every instance; an
	// empty site every site of our own, which third parties are not.
	Members(site, service string, instance int) ([]Member, error)
	Kill(ctx context.Context, m Member) error
	Start(ctx context.Context, m Member) error
	Freeze(ctx context.Context, m Member) error
	Thaw(ctx context.Context, m Member) error
	// State asks the engine now, not a cache.
	State(ctx context.Context, m Member) (MemberState, error)
	// Network puts a network fault in force before it returns.
	Network(ctx context.Context, n Network) error
	// Heal ends a network fault; one that is not in force is no error.
	Heal(ctx context.Context, id string) error
	// Met is the number of packets that have met a network fault so far.
	Met(ctx context.Context, id string) (uint64, error)
}

// Member is one container of the system under test, "paris/orders/1".
type Member struct {
	Site     string
	Service  string
	Instance int
}

// MemberState is what the engine says of a member.
type MemberState struct {
	Running bool
	Frozen  bool
	Started time.Time // of the process that runs, or that ran last
	Starved bool      // the kernel has killed a process of it for want of memory
	Stopped bool      // somebody stopped it on purpose, and nobody has started it since
}

// Network is a fault of the network. Toward names members that nothing reaches
// and that reach nothing; otherwise From and To select links ("site",
// "site/service" or "" for any), or Site everything across its border.
type Network struct {
	ID     string
	Kind   plan.FaultKind
	Toward []Member
	Site   string
	From   string
	To     string
	Value  plan.Fault // latency, jitter, rate
}

// String is "paris/orders/1".
func (m Member) String() string { return fmt.Sprintf("%s/%s/%d", m.Site, m.Service, m.Instance) }

// Recorder takes events; history.Writer is one.
type Recorder interface {
	Event(kind history.Kind, subject string, kv ...string)
}

// Errors of this package.
var (
	ErrTransition = errors.New("illegal move of an injection")
	ErrNoBite     = errors.New("the fault did not bite")
	// ErrAbsent means that a member has no container just now: it is being
	// replaced, and what was done to the old one is gone with it.
	ErrAbsent = errors.New("it has no container")
	// ErrUnable means that a plane lacks what a fault needs.
	ErrUnable = errors.New("this target cannot do it")
)
