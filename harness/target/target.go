// Package target is the seam between a plan and where it runs. A target gives
// sites, services, links and capabilities; the executor knows nothing else of
// it. The first target is a stage of containers that Bascule raises
// (target/containers); an existing staging environment is to be another.
package target

import (
	"context"
	"fmt"
	"time"

	"bascule/harness/deploy"
	"bascule/harness/failover"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
)

// Target is one system under test, for one scenario.
type Target interface {
	// Up brings the system to a healthy state with the release that is live at
	// the start. After an error Down must still be called.
	Up(ctx context.Context) error
	// Down leaves the place as it was found and tells how many objects are left
	// that should not be.
	Down(ctx context.Context) (left int, err error)
	// Capabilities is known after Up.
	Capabilities() Capabilities
	// EntryURL is where clients send their requests; EntrySite the site that it
	// leads to now.
	EntryURL() string
	EntrySite() string
	// StoreAddr is host:port of a store of a site, as seen from the harness.
	StoreAddr(site, store string) (string, bool)
	// Settle waits until every member that ought to run does, and heals what
	// network faults are left.
	HealAll(ctx context.Context) error
	// Observations since the last call, as events for the history.
	Observe(ctx context.Context) ([]history.Event, error)
	// Alive tells whether the machinery under the target still works.
	Alive(ctx context.Context) error
	// Live is the release that a site runs.
	Live(site string) string

	Faults() fault.Plane
	Deployer() deploy.Sites
	Operator() failover.Sites
}

// Capabilities tells for each ability why it is absent; no text means present.
type Capabilities map[string]history.Text

// The abilities that a step can need.
const (
	CanKill   = "kill"
	CanFreeze = "freeze"
	CanCut    = "cut"
	CanRefuse = "refuse"
	CanShape  = "shape"
	CanLose   = "loss"  // packets at random
	CanDelay  = "netem" // datagrams
	CanName   = "names" // answers of the resolver
	CanAnswer = "http"  // requests in a provider's place
	CanDeploy = "deploy"
	CanSecret = "secrets"
	CanStore  = "store"

	CanThrottle = "cpu"         // shares of a processor
	CanMemory   = "memory"      // memory that fills up
	CanLimit    = "descriptors" // files and connections that can be opened
	CanDisk     = "disk"        // volumes that fail
	CanClock    = "clock"       // clocks that are wrong
	CanProbe    = "probe"       // canary traffic; no fault needs it to be possible
)

// Need is the ability that a fault asks for.
func Need(k plan.FaultKind) string {
	switch k {
	case plan.Crash, plan.KillOne, plan.Restart, plan.CrashLoop, plan.Deaf, plan.HostLost, plan.SiteLost, plan.AllLost:
		return CanKill
	case plan.Freeze:
		return CanFreeze
	case plan.CPU:
		return CanThrottle
	case plan.OutOfMemory:
		return CanMemory
	case plan.Descriptors:
		return CanLimit
	case plan.DiskFull, plan.DiskSlow, plan.DiskReadOnly:
		return CanDisk
	case plan.Clock:
		return CanClock
	case plan.Cut, plan.Flap, plan.SiteIsolated:
		return CanCut
	case plan.Refuse:
		return CanRefuse
	case plan.Loss:
		return CanLose
	case plan.UDPDelay:
		return CanDelay
	case plan.HTTPError:
		return CanAnswer
	case plan.CertExpired, plan.SecretMissing:
		return CanSecret
	case plan.PasswordRevoked, plan.DBConnections:
		return CanStore
	case plan.NXDomain, plan.ServFail, plan.SlowNames, plan.StaleAnswer, plan.WrongAddress:
		return CanName
	}
	return CanShape
}

// Why tells why a fault is not possible here; no text where it is.
func (c Capabilities) Why(k plan.FaultKind) history.Text {
	why, known := c[Need(k)]
	if !known {
		return history.Text{FR: "la cible ne sait pas la provoquer", EN: "the target does not know how"}
	}
	return why
}

// Impossible is a fault that cannot be had here.
type Impossible struct {
	Fault plan.FaultKind
	Why   history.Text
}

func (e *Impossible) Error() string {
	return fmt.Sprintf("fault %s is not possible here: %s", e.Fault, e.Why.EN)
}

// Refuse says why a fault is not possible here, as an *Impossible, or nil.
func (c Capabilities) Refuse(k plan.FaultKind) error {
	if why := c.Why(k); why != (history.Text{}) {
		return &Impossible{Fault: k, Why: why}
	}
	return nil
}

// UpBound is how long a target may take to become healthy.
const UpBound = 3 * time.Minute
