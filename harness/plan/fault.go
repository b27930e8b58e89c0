package plan

import "bascule/harness/history"

// Fault is a value: what breaks, where, how hard, for how long. Which fields
// matter depends on Kind (fault.Catalogue tells); the target decides at the
// start of a run whether it can do it.
type Fault struct {
	Kind     FaultKind    `json:"kind"`
	Title    history.Text `json:"title"`
	Site     string       `json:"site,omitempty"`
	Service  string       `json:"service,omitempty"`
	Instance int          `json:"instance,omitempty"` // from 1; 0: every instance

	// Links and names. From is the consumer, To the provider: "site/service",
	// "site" for a whole site, "" for any. The same service twice is every link of
	// it, those on which it asks and those on which it is asked; the same site twice
	// is every link between it and any other place, clients' apart.
	From      string    `json:"from,omitempty"`
	To        string    `json:"to,omitempty"`
	Direction Direction `json:"direction,omitempty"`
	Name      string    `json:"name,omitempty"`  // of the name that is resolved wrongly, empty for every one; of the secret, certificate or volume
	Other     string    `json:"other,omitempty"` // WrongAddress: "site/service" that is answered in its place

	Latency  Duration `json:"latency,omitempty"`
	Jitter   Duration `json:"jitter,omitempty"`
	RateKBps int64    `json:"rate_kbps,omitempty"` // kilobytes a second
	Bytes    int64    `json:"bytes,omitempty"`     // Slicer: size of a slice; LimitData: what passes before the end
	Percent  float64  `json:"percent,omitempty"`   // Loss: packets lost; CPU: share of one core that is left
	Status   int      `json:"status,omitempty"`    // HTTPError: the status that is answered
	On       Duration `json:"on,omitempty"`        // Flap: how long it is broken, each time
	Off      Duration `json:"off,omitempty"`       // Flap: how long it works, each time
	Every    Duration `json:"every,omitempty"`     // CrashLoop: how long the process lives, each time
	Offset   Duration `json:"offset,omitempty"`    // Clock: ahead if positive, behind if negative

	For Duration `json:"for,omitempty"` // undone by itself after this time; 0: until healed

	Probe history.Lost `json:"probe,omitempty"` // a part of a probe: how the system bears it is what is asked; empty for any other fault
}

// Direction is the way of a link that a fault touches. Of a site's border, and
// between two whole sites, There is what the (first) site sends, requests and
// answers alike, and Back what it is sent.
type Direction string

// The directions.
const (
	BothWays Direction = ""
	There    Direction = "there" // from the consumer to the provider: requests are lost
	Back     Direction = "back"  // from the provider to the consumer: answers are lost
)

// FaultKind names a fault.
type FaultKind string

// The faults of links.
const (
	Cut       FaultKind = "cut"        // drops everything
	Refuse    FaultKind = "refuse"     // answers with TCP resets
	Slow      FaultKind = "latency"    // delayed by Latency ± Jitter
	Bandwidth FaultKind = "bandwidth"  // limited to RateKBps
	Slicer    FaultKind = "slicer"     // data arrive in slices of Bytes, Latency apart
	SlowClose FaultKind = "slow-close" // connections end Latency later than they should
	Reset     FaultKind = "reset"      // established connections reset, idle ones too, over and over
	LimitData FaultKind = "limit-data" // each connection ends after Bytes
	Flap      FaultKind = "flap"       // cut for On, whole for Off, again and again
	Loss      FaultKind = "loss"       // Percent of the packets lost, at random
	UDPDelay  FaultKind = "udp-delay"  // datagrams delayed by Latency ± Jitter (netem)
	HTTPError FaultKind = "http-error" // each HTTP request is answered with Status in the provider's place
)

// The faults of names: what a consumer is told when it asks for one.
const (
	NXDomain     FaultKind = "dns-nxdomain" // there is no such name
	ServFail     FaultKind = "dns-servfail" // the resolver fails
	SlowNames    FaultKind = "dns-slow"     // the answer comes after Latency
	StaleAnswer  FaultKind = "dns-stale"    // an old address, where nobody answers any more, to be kept for long
	WrongAddress FaultKind = "dns-wrong"    // the address of Other
)

// The faults of processes.
const (
	Crash     FaultKind = "crash"      // killed; peers get resets, as from a host that lives
	KillOne   FaultKind = "kill-one"   // one instance of several crashes; Instance is drawn with the plan's seed
	Restart   FaultKind = "restart"    // killed and started again at once
	CrashLoop FaultKind = "crash-loop" // killed again each time it has lived for Every
	Freeze    FaultKind = "freeze"     // paused: connections open, no answer
	Deaf      FaultKind = "deaf"       // SIGTERM has no effect: whoever stops it waits out its grace period
)

// The faults of resources.
const (
	CPU           FaultKind = "cpu"            // Percent of one core is left
	OutOfMemory   FaultKind = "memory"         // memory fills up until the kernel kills
	DiskFull      FaultKind = "disk-full"      // no space left on the volume Name (empty: every one of the service)
	DiskSlow      FaultKind = "disk-slow"      // each write and sync takes Latency longer
	DiskReadOnly  FaultKind = "disk-read-only" // the volume takes no write
	Descriptors   FaultKind = "descriptors"    // no file or connection more can be opened
	DBConnections FaultKind = "db-connections" // every connection of the database is taken
)

// The faults of time, secrets and certificates.
const (
	Clock           FaultKind = "clock"            // off by Offset
	CertExpired     FaultKind = "cert-expired"     // the certificate Name has expired
	PasswordRevoked FaultKind = "password-revoked" // the password of the store's user is no longer valid
	SecretMissing   FaultKind = "secret-missing"   // the service restarts without the secret or variable Name
)

// The faults of machines and sites.
const (
	HostLost     FaultKind = "host-lost"     // container killed; peers see silence
	SiteLost     FaultKind = "site-lost"     // every container of a site killed, silence
	SiteIsolated FaultKind = "site-isolated" // a site lives and nothing crosses its border
	AllLost      FaultKind = "all-lost"      // every site lost at once; healing starts them all
)

// Shapes tells whether the fault needs a proxy on its links (as against the
// kernel's own path); the fabric must know before the stage starts.
func (k FaultKind) Shapes() bool {
	switch k {
	case Slow, Bandwidth, Slicer, SlowClose, LimitData, HTTPError, Reset:
		return true
	}
	return false
}

// OnLink tells a fault of links from one of containers or sites.
func (k FaultKind) OnLink() bool {
	switch k {
	case Cut, Refuse, Flap, Loss, UDPDelay:
		return true
	}
	return k.Shapes()
}

// OnNames tells a fault of the resolver. Its consumer is From.
func (k FaultKind) OnNames() bool {
	switch k {
	case NXDomain, ServFail, SlowNames, StaleAnswer, WrongAddress:
		return true
	}
	return false
}

// OnDisk tells a fault of volumes: they must be ready for it before the
// service starts.
func (k FaultKind) OnDisk() bool { return k == DiskFull || k == DiskSlow || k == DiskReadOnly }

// OnLink tells a fault of links from one of containers or sites.
func (f Fault) OnLink() bool { return f.Kind.OnLink() }
