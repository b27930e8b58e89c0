// Package plan is a whole run as data: what will be raised, loaded, deployed,
// broken, decided and judged, before any container starts. A plan is printed
// first; the executor in harness/run does what it says and nothing else.
package plan

import (
	"bascule/harness/history"
)

// Format is the version of the plan's JSON.
const Format = 1

// Plan is a run: its scenarios in the order of their features.
type Plan struct {
	Format    int        `json:"format"`
	Seed      int64      `json:"seed"`
	Scenarios []Scenario `json:"scenarios"`
}

// Scenario is one Gherkin scenario (or one row of an outline) compiled.
type Scenario struct {
	ID        string                `json:"id"` // a folder name, unique in the plan
	Name      string                `json:"name"`
	Feature   string                `json:"feature"`
	Line      int                   `json:"line"`
	Language  string                `json:"language"` // fr | en
	Tags      []string              `json:"tags,omitempty"`
	Source    string                `json:"source"`
	SHA256    string                `json:"sha256"` // of the feature file as written, before normalisation
	Stage     string                `json:"stage"`  // "orders", or "orders/async" for a variant
	Live      string                `json:"live"`   // release live at the start
	Rate      float64               `json:"rate"`   // operations a second, 0: as the stage says
	Stability Duration              `json:"stability"`
	Functions []history.Function    `json:"functions"` // the stage's, with the scenario's own targets
	Stop      Authority             `json:"stop"`      // who may stop the deployment
	Failover  Authority             `json:"failover"`  // who may order the failover
	Steps     []Step                `json:"steps"`
	Expect    []history.Expectation `json:"expect"`
	Warnings  []string              `json:"warnings,omitempty"` // in the author's language
	NotRun    []string              `json:"not_run,omitempty"`  // Compose settings that a stage does not apply
}

// Authority is who takes a decision, and how fast the simulated person is.
type Authority struct {
	Owner    history.Text `json:"owner"`
	Deputy   history.Text `json:"deputy"`
	Delay    Duration     `json:"delay"`    // the simulated person decides after this time
	Deadline Duration     `json:"deadline"` // later than this, nobody decided
}

// Step is one action. Steps run in order; each waits for its trigger. A
// deployment runs in the background while the steps behind it go on.
type Step struct {
	Line     int       `json:"line"`
	Text     string    `json:"text"` // as written
	Do       Action    `json:"do"`
	When     Trigger   `json:"when"`
	Deploy   *Deploy   `json:"deploy,omitempty"`
	Fault    *Fault    `json:"fault,omitempty"`
	Runbook  *Runbook  `json:"runbook,omitempty"` // failover, failback, procedure
	Rollback *Rollback `json:"rollback,omitempty"`
	Wait     Duration  `json:"wait,omitempty"`
}

// Action names what a step does.
type Action string

// The actions.
const (
	DoDeploy    Action = "deploy"    // start a deployment; the next step does not wait for its end
	DoFault     Action = "fault"     // inject, and wait for the bite
	DoHeal      Action = "heal"      // undo every fault in force
	DoStop      Action = "stop"      // decision gate, then stop the deployment
	DoRollback  Action = "rollback"  // return to an earlier release
	DoFailover  Action = "failover"  // decision gate, then a runbook
	DoFailback  Action = "failback"  // the same, back to the primary site
	DoProcedure Action = "procedure" // a runbook that moves nothing (degraded mode, resync)
	DoFinish    Action = "finish"    // wait until the deployment has ended, well or badly
	DoWait      Action = "wait"      // keep the load on for Wait
)

// Trigger says when a step acts.
type Trigger struct {
	On      On       `json:"on"`
	Phase   Phase    `json:"phase,omitempty"`   // OnPhase
	Moment  Moment   `json:"moment,omitempty"`  // OnPhase: before, during, after
	Service string   `json:"service,omitempty"` // OnInstance
	K       int      `json:"k,omitempty"`       // OnInstance: after instance K of N
	N       int      `json:"n,omitempty"`
	Delay   Duration `json:"delay,omitempty"` // OnStart: after the start of the deployment; else after the trigger's instant
}

// On is the kind of a trigger.
type On string

// The triggers.
const (
	OnNow      On = "now"      // as soon as the step before is done
	OnPhase    On = "phase"    // at a barrier of the deployment, or inside a phase
	OnInstance On = "instance" // after instance k of n was replaced
	OnStart    On = "start"    // Delay after the start of the deployment
)

// Phase is a phase of a deployment.
type Phase string

// The phases, in their order.
const (
	Prepare Phase = "prepare"
	Migrate Phase = "migrate"
	Replace Phase = "replace"
	Verify  Phase = "verify"
	Switch  Phase = "switch"
	Finish  Phase = "finish"
)

// Moment is a side of a phase.
type Moment string

// The moments.
const (
	Before Moment = "before"
	During Moment = "during"
	After  Moment = "after"
)

// Deploy is a deployment of Release.
type Deploy struct {
	Release  string   `json:"release"`
	Sites    []string `json:"sites"`
	Strategy string   `json:"strategy"` // rolling
}

// Rollback returns to Release.
type Rollback struct {
	Release string   `json:"release"`
	Sites   []string `json:"sites"`
}

// Runbook is a procedure to follow.
type Runbook struct {
	ID string `json:"id"` // PRA-07
	To string `json:"to"` // site that is to serve; empty for a procedure
}

// Fault is a value: what breaks, where, how hard, for how long. Which fields
// matter depends on Kind; the target decides at the start of a run whether it
// can do it.
type Fault struct {
	Kind     FaultKind    `json:"kind"`
	Title    history.Text `json:"title"`
	Site     string       `json:"site,omitempty"`
	Service  string       `json:"service,omitempty"`
	Instance int          `json:"instance,omitempty"` // from 1; 0: every instance
	From     string       `json:"from,omitempty"`     // link: "site/service", or "site" for a whole site
	To       string       `json:"to,omitempty"`
	Latency  Duration     `json:"latency,omitempty"`
	Jitter   Duration     `json:"jitter,omitempty"`
	RateKBps int64        `json:"rate_kbps,omitempty"` // kilobytes a second
	For      Duration     `json:"for,omitempty"`       // undone by itself after this time; 0: until healed
}

// FaultKind names a fault.
type FaultKind string

// The faults of the first catalogue.
const (
	Crash     FaultKind = "crash"     // process killed; peers get resets, as from a host that lives
	HostLost  FaultKind = "host-lost" // container killed; peers see silence
	SiteLost  FaultKind = "site-lost" // every container of a site killed, silence
	Freeze    FaultKind = "freeze"    // container paused: connections open, no answer
	Cut       FaultKind = "cut"       // link drops everything, both ways
	Refuse    FaultKind = "refuse"    // link answers with TCP resets
	Slow      FaultKind = "latency"   // link delayed by Latency ± Jitter
	Bandwidth FaultKind = "bandwidth" // link limited to RateKBps
	Reset     FaultKind = "reset"     // established connections of a link reset, over and over
)

// Shapes tells whether the fault needs a proxy on its links (as against the
// kernel's own path); the fabric must know before the stage starts.
func (k FaultKind) Shapes() bool { return k == Slow || k == Bandwidth || k == Reset }

// OnLink tells a fault of links from one of containers or sites.
func (f Fault) OnLink() bool {
	switch f.Kind {
	case Cut, Refuse, Slow, Bandwidth, Reset:
		return true
	}
	return false
}
