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
	Sweep     bool                  `json:"sweep,omitempty"` // to be played at every step of the deployment: the only fault, which has no moment of its own, strikes at each in turn
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
// deployment runs in the background while the steps behind it go on, and so
// does a runbook while the steps right behind it hang on it (OnRunbook).
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
	Restart  string    `json:"restart,omitempty"` // calm: site whose services are started again where service does not become stable, so that what follows can be measured
	Infra    *Infra    `json:"infra,omitempty"`   // infra-check, infra-apply
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
	DoCalm      Action = "calm"      // wait until faults that end by themselves have, and service is stable, for Wait at most

	DoInfraCheck Action = "infra-check" // compare a site with the code that says how it is to be
	DoInfraApply Action = "infra-apply" // carry out a playbook
)

// Trigger says when a step acts.
type Trigger struct {
	On      On       `json:"on"`
	Phase   Phase    `json:"phase,omitempty"`   // OnPhase
	Moment  Moment   `json:"moment,omitempty"`  // OnPhase, OnRunbook, OnInstance: before, during, after
	Service string   `json:"service,omitempty"` // OnInstance
	Site    string   `json:"site,omitempty"`    // OnInstance: of the instance; empty: of the first site deployed to
	Runbook string   `json:"runbook,omitempty"` // OnRunbook: its id
	Step    string   `json:"step,omitempty"`    // OnRunbook: the id of the step; empty: the first
	K       int      `json:"k,omitempty"`       // OnInstance: at instance K of N
	N       int      `json:"n,omitempty"`
	Delay   Duration `json:"delay,omitempty"` // OnStart: after the start of the deployment; else after the trigger's instant
}

// On is the kind of a trigger.
type On string

// The triggers.
const (
	OnNow      On = "now"      // as soon as the step before is done
	OnPhase    On = "phase"    // at a barrier of the deployment, or inside a phase
	OnInstance On = "instance" // before, while or after instance k of n is replaced
	OnStart    On = "start"    // Delay after the start of the deployment
	OnRunbook  On = "runbook"  // at a step of the runbook that the step before follows: Moment before, during or after
	OnTogether On = "together" // with the fault of the step before, without waiting for what that one does; of faults only
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

// Moment is a side of a phase, or of a step of a runbook.
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
