// Package hand is what reaches into running containers: one privileged
// container a stage, of the same image as the fabric, that sees the processes
// of the engine's machine. It does what neither the engine's API nor the
// network can: canary traffic from inside a member's own network, limits and
// pressure on a member's processes, volumes that fill up, slow down or refuse
// writes. The harness talks to it through Client, over the control network.
//
// The containers under test stay unmodified: nothing is copied into them.
// Everything that the hand holds ends with it, so that removing its container
// heals; what it changed for good (limits of processes) it puts back first.
package hand

import "time"

// Act is something that the hand does to a container. The same ID sent twice
// is one act.
type Act struct {
	ID   string   `json:"id"`
	Kind ActKind  `json:"kind"`
	Pids []int    `json:"pids,omitempty"` // of the containers' first processes, as the engine tells them
	Disk []string `json:"disk,omitempty"` // names of disks (Disk.Name), for the acts on volumes

	Latency   time.Duration `json:"latency_ns,omitempty"`    // DiskSlow
	ExpiresIn time.Duration `json:"expires_in_ns,omitempty"` // undone by the hand itself after this time; 0: never
}

// ActKind is what the hand can do.
type ActKind string

// The acts.
const (
	Descriptors  ActKind = "descriptors"    // RLIMIT_NOFILE of every process of the container lowered to what is open
	Memory       ActKind = "memory"         // memory of the container's cgroup taken until the kernel kills its processes
	DiskFull     ActKind = "disk-full"      // ENOSPC
	DiskSlow     ActKind = "disk-slow"      // writes and syncs take Latency longer
	DiskReadOnly ActKind = "disk-read-only" // EROFS
)

// ActState is what the hand knows of an act.
type ActState struct {
	Act
	AppliedAt int64  `json:"applied_at"` // the hand's clock, Unix nanoseconds
	UndoneAt  int64  `json:"undone_at"`  // 0 while in force
	Met       uint64 `json:"met"`        // what met it: refused or slowed calls, processes that the kernel killed, processes at their limit
	Detail    string `json:"detail,omitempty"`
}

// Probe is canary traffic: one request every Every from inside a container's
// network, apart from the load and from the injectors.
type Probe struct {
	ID      string        `json:"id"`
	Pid     int           `json:"pid"`    // whose network it speaks from; 0: the hand's own
	Kind    ProbeKind     `json:"kind"`   // how it asks
	Target  string        `json:"target"` // "host:port"; for Lookup, the name
	Path    string        `json:"path,omitempty"`
	Every   time.Duration `json:"every_ns"`   // at least 20 ms; default 100 ms
	Timeout time.Duration `json:"timeout_ns"` // of one request; default 1 s
}

// ProbeKind is how a canary asks.
type ProbeKind string

// The kinds of probe. A probe that only connects proves nothing: each waits
// for an answer of the application.
const (
	HTTP     ProbeKind = "http"     // GET Path: any status is an answer, and it is noted
	Postgres ProbeKind = "postgres" // SSLRequest: one byte is the answer
	TCP      ProbeKind = "tcp"      // connects, sends a line, waits for any byte or an end
	UDP      ProbeKind = "udp"      // sends a datagram, waits for any
	Lookup   ProbeKind = "lookup"   // A record of Target by the container's own resolver
)

// Answer is what one request of a probe met.
type Answer struct {
	At     int64         `json:"at"` // sent, the hand's clock, Unix nanoseconds
	Took   time.Duration `json:"took_ns"`
	Err    string        `json:"err,omitempty"`    // class: timeout | refused | reset | eof | unreachable | gone (the container ended) | nxdomain | servfail | nodata | …; "status 503" is no error
	Detail string        `json:"detail,omitempty"` // status, address that was looked up
}

// Disk is a volume that the hand serves instead of the engine, because the plan
// will break it: a FUSE file system over a folder of the engine's own.
type Disk struct {
	Name   string `json:"name"`   // of the volume
	Source string `json:"source"` // the engine's own folder of it, on the engine's machine
	Target string `json:"target"` // where the file system is mounted, on the engine's machine
}

// Freezer is that of a container, by its first process on the engine's machine.
type Freezer struct {
	Pid    int  `json:"pid"`
	Frozen bool `json:"frozen"`
}

// Guard lets a container go after a time, whatever the engine thinks, unless it
// is dismissed before. One that is set again begins anew.
type Guard struct {
	Pid   int           `json:"pid"` // first process of the container, on the engine's machine
	After time.Duration `json:"after_ns"`
}

// Health is the hand's answer to a health check.
type Health struct {
	Now          int64             `json:"now"`          // Unix nanoseconds
	Capabilities map[string]string `json:"capabilities"` // probe, descriptors, memory, disk: "" where it works, else why not; each tried, once
}

// Paths of the hand's HTTP API, JSON both ways:
//
//	GET    /v1/health             Health
//	POST   /v1/acts               Act -> ActState (in force when it answers)
//	GET    /v1/acts               []ActState, undone ones too
//	DELETE /v1/acts/{id}          ActState; 404 for an id it never saw
//	DELETE /v1/acts               undoes all; guards act at once
//	POST   /v1/probes             Probe; it has begun when it answers
//	GET    /v1/probes/{id}?since=N  []Answer with At > N, the last 2,000 at most
//	DELETE /v1/probes/{id}        ends it
//	POST   /v1/freezer            Freezer; its processes stop or go on, whatever the engine thinks
//	POST   /v1/guards             Guard; set when it answers
//	DELETE /v1/guards/{pid}       dismisses it; 404 where there is none
//	POST   /v1/disks              Disk; mounted when it answers
//	DELETE /v1/disks              unmounts all
//
// An error is {"error": "what, where, what to do"} with a 4xx or 5xx status.
const (
	PathHealth  = "/v1/health"
	PathActs    = "/v1/acts"
	PathProbes  = "/v1/probes"
	PathDisks   = "/v1/disks"
	PathFreezer = "/v1/freezer"
	PathGuards  = "/v1/guards"
)

// APIPort is the hand's port on the control network.
const APIPort = 7071
