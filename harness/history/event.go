package history

import "time"

// Event is something that happened once: a phase that began, a fault that bit.
// At is the monotonic time since the start of the scenario, in nanoseconds.
type Event struct {
	At      time.Duration     `json:"at_ns"`
	Kind    Kind              `json:"kind"`
	Subject string            `json:"subject,omitempty"`
	Attrs   map[string]string `json:"attrs,omitempty"`
}

// Kind names what an event records. Pairs share a subject: the n-th "started"
// of a subject is closed by the n-th "finished" of the same subject.
type Kind string

// The kinds of event and the attributes that each carries. Attributes ending
// in _ns are integers of nanoseconds; those that hold people's words come as
// two, name_fr and name_en.
const (
	StageRaising  Kind = "stage.raising"  // subject: stage
	StageUp       Kind = "stage.up"       // subject: stage; containers
	StageDropping Kind = "stage.dropping" // subject: stage
	StageDown     Kind = "stage.down"     // subject: stage; left (number of objects still in the engine), err

	BaselineStarted Kind = "baseline.started"
	BaselineHealthy Kind = "baseline.healthy"
	BaselineFailed  Kind = "baseline.failed" // err; why_fr, why_en where it has words for people

	LoadStarted Kind = "load.started" // subject: workload; function, rate (operations a second), priority: real time | nice (of the harness, as the kernel let it)
	LoadStopped Kind = "load.stopped" // subject: workload; function, intended, sent, lag_p99_ns, lag_max_ns

	DeployStarted    Kind = "deploy.started"    // subject: release; from, sites (comma separated), strategy
	PhaseStarted     Kind = "phase.started"     // subject: phase ("migrate", "replace orders 1/2"); phase, service, k, n, site, release
	PhaseFinished    Kind = "phase.finished"    // same subject and attributes; err when it failed
	DeployFinished   Kind = "deploy.finished"   // subject: release; outcome: done | failed | stopped; err
	RollbackStarted  Kind = "rollback.started"  // subject: release that is returned to
	RollbackFinished Kind = "rollback.finished" // subject: release; outcome: done | failed; err

	// One injection is one subject, "f1", "f2"... In order.
	FaultInjecting Kind = "fault.injecting" // fault, target, title_fr, title_en, params; probe: service | instance | link, of a part of a probe
	FaultInjected  Kind = "fault.injected"  // in force from here on
	FaultBiting    Kind = "fault.biting"    // proof: what was seen (proof_fr, proof_en)
	FaultNoBite    Kind = "fault.nobite"    // no effect was seen within its bound; err
	FaultCanary    Kind = "fault.canary"    // what traffic of our own met, apart from the injector; when: before | during | after, what_fr, what_en, sent, ok, median_ns, err (most frequent class)
	FaultUndoing   Kind = "fault.undoing"
	FaultRecovered Kind = "fault.recovered"
	FaultFailed    Kind = "fault.failed" // could not be injected or undone; err

	Detected          Kind = "detected"           // subject: function; by: "monitoring", why_fr, why_en; the harness's own monitor raised the alarm
	DecisionRequested Kind = "decision.requested" // subject: decision id; decision: stop | failover | failback | rollback, owner_fr, owner_en, deputy_fr, deputy_en, deadline_ns
	DecisionMade      Kind = "decision.made"      // subject: decision id; decision, by_fr, by_en (who), role: owner | deputy, simulated: true|false
	DecisionMissed    Kind = "decision.missed"    // nobody decided before the deadline

	RunbookStarted  Kind = "runbook.started"   // subject: runbook id; purpose: failover | failback | procedure, version, sha256, title_fr, title_en
	StepStarted     Kind = "runbook.step"      // subject: runbook/step id; n, of, title_fr, title_en, owner_fr, owner_en, action, timeout_ns
	StepFinished    Kind = "runbook.step.done" // subject: runbook/step id; outcome: done | failed | skipped; err, and where its time was up err_fr, err_en
	RunbookFinished Kind = "runbook.finished"  // subject: runbook id; outcome: done | failed; err

	EntrySwitched Kind = "entry.switched" // subject: site that clients now reach; from
	NameSwitched  Kind = "name.switched"  // subject: name; to (site/service), from (comma separated, that it led to before), ttl_ns (how long an answer from before may be kept)
	LinkUsed      Kind = "link.used"      // subject: consumer container; name (that was switched), to (former provider's container), proto, port, tried, answered, refused, lost: connections since the start; held_ns (for how long the former counts still stood); on change, once a name was switched
	SiteState     Kind = "site.state"     // subject: site; state: active | standby | lost | fenced
	SiteRestart   Kind = "site.restart"   // subject: site; its services are ended and started again, as by hand, so that a probe can go on
	SiteWritable  Kind = "site.writable"  // subject: site; writable: yes | no | unknown, until_ns (up to when the former state is known); from the activity probe, on change and every 5 s

	ReadbackStarted Kind = "readback.started" // subject: source ("service orders" or "store orders-db"); function
	ReadbackDone    Kind = "readback.done"    // same subject; rows, unknown_rows (ids this run never sent), err

	// What the fabric saw; subject: consumer container ("site/service/instance"; a
	// one-off job has "(job)" for its instance). Counts grow: the last is the sum.
	// what: dns (name, type, answer, forced, count) | flow (an address that is no
	// link: dst, port, proto, count; to: the container that has it, or to_site) |
	// link (to, port, proto, connections, answered, refused, lost); probed: true
	// while canaries of ours take the same way.
	Observed Kind = "observed"
	// One piece of infrastructure code is one subject, by its id in the stage.
	InfraChecking Kind = "infra.checking" // tool: ansible | terraform, site, owner_fr, owner_en; what follows is a check, that changes nothing
	InfraChange   Kind = "infra.change"   // one thing that is not simply as the code says, of the check or application under way; status: drift | not-applied | applied | failed | not-verified, target, what, names (comma separated), where, why_fr, why_en; never a value
	InfraChecked  Kind = "infra.checked"  // tool (with its name), version, recorded (when the plan that was read was made; empty: the tool ran), matched (things that are as the code says); err when it could not be done
	InfraApplying Kind = "infra.applying" // as infra.checking; what follows changes what differs
	InfraApplied  Kind = "infra.applied"  // as infra.checked

	ContainerUp Kind = "container.up" // subject: site/service/instance; image, digest, release
	ContainerDn Kind = "container.down"

	ContainerHealth Kind = "container.health" // subject: site/service/instance; health: healthy | unhealthy | starting | none | stopped | frozen; when the load ends, by its own check
	CertificateSeen Kind = "certificate.seen" // subject: site/service/instance; certificate (as the stage calls it), not_after (RFC 3339): what is served when the load ends

	Note        Kind = "note"         // free text for the reader; text_fr, text_en
	EngineBroke Kind = "engine.broke" // the engine or the fabric stopped answering; err
	Interrupted Kind = "interrupted"  // SIGINT, SIGTERM; signal
	RunFinished Kind = "run.finished" // last line of a complete history
)
