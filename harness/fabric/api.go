// Package fabric is the network of a stage: one container that is the router,
// resolver and fault plane of every site. The agent (Serve) runs inside it; the
// harness talks to the agent through Client, over the control network.
//
//	consumer --> default route --> fabric --(nftables maps)--> provider
//	   |                             ^
//	   '--- lookup of a name --------'   each consumer gets its own answer
//
// Addresses inside a stage, the same in every stage (each fabric has its own
// network namespace, and they never leave the stage's bridges):
//
//	198.18.c.p   link from member c to member p (virtual, DNAT to the provider)
//	198.19.0.c   identity of member c, as providers see it (SNAT)
//
// c and p are member indexes, 1 to 254. Index 255 is the outside: clients
// through the entry, and the harness through a door.
package fabric

import "time"

// Topology is what the agent must make true. It is sent once, before any
// service starts.
type Topology struct {
	Run     string   `json:"run"`
	Stage   string   `json:"stage"`
	Sites   []Site   `json:"sites"`
	Members []Member `json:"members"`
	Names   []Name   `json:"names"`
	Entry   Entry    `json:"entry"`
	Doors   []Door   `json:"doors"`
	Shaped  []Pair   `json:"shaped"` // links that go through Toxiproxy, because the plan will shape them
}

// Site is a bridge network whose gateway address the fabric takes.
type Site struct {
	ID      string `json:"id"`
	Subnet  string `json:"subnet"`  // CIDR
	Fabric  string `json:"fabric"`  // address that the engine gave the fabric on this network; finds the interface
	Gateway string `json:"gateway"` // address the agent adds to that interface
}

// Member is a container of a site.
type Member struct {
	Index    int    `json:"index"` // 1 to 254
	Site     string `json:"site"`
	Service  string `json:"service"`
	Instance int    `json:"instance"` // from 1
	IP       string `json:"ip"`
}

// Name is what a consumer may resolve: any of Consumers asking Name gets the
// link addresses of Providers. Names are matched without case, with or without
// a trailing dot.
type Name struct {
	Name      string `json:"name"`
	Consumers []int  `json:"consumers"` // member indexes
	Providers []int  `json:"providers"`
}

// Entry is a port of the control network that leads to one site at a time.
type Entry struct {
	Port      int            `json:"port"`      // on the fabric's control address
	Target    int            `json:"target"`    // port at the provider
	Providers map[string]int `json:"providers"` // site -> member index
	Site      string         `json:"site"`      // that it leads to at the start; "" for none (refused)
}

// Door is a port of the control network that leads to one member, for the
// harness's own probes. It obeys fences and cuts like any traffic from outside.
type Door struct {
	Port   int `json:"port"`
	Member int `json:"member"`
	Target int `json:"target"`
}

// Pair is a link by member indexes. 0 stands for any member, 255 for outside.
type Pair struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// FaultKind is what the fabric can do to links.
type FaultKind string

// The faults of the fabric.
const (
	Cut       FaultKind = "cut"       // drop, both ways, established connections included
	Refuse    FaultKind = "refuse"    // TCP reset in the provider's place, established connections at their next packet; UDP port unreachable
	Latency   FaultKind = "latency"   // toxic, of TCP; the pair must be shaped. Added once a round trip, to the answers
	Bandwidth FaultKind = "bandwidth" // toxic, of TCP, either way; the pair must be shaped
	Reset     FaultKind = "reset"     // established TCP connections of the links are reset now, idle ones too, and new ones again every 100 ms; the pair must be shaped
)

// Fault is a fault in force. The same ID sent twice is one fault.
type Fault struct {
	ID        string        `json:"id"`
	Kind      FaultKind     `json:"kind"`
	Pairs     []Pair        `json:"pairs"`
	Site      string        `json:"site,omitempty"` // Cut and Refuse: everything that enters or leaves this site, entry and doors too; Pairs then empty
	OneWay    bool          `json:"one_way,omitempty"`
	Latency   time.Duration `json:"latency_ns,omitempty"`
	Jitter    time.Duration `json:"jitter_ns,omitempty"`
	RateKBps  int64         `json:"rate_kbps,omitempty"`
	ExpiresIn time.Duration `json:"expires_in_ns,omitempty"` // healed by the agent itself after this time; 0: never
}

// FaultState is what the agent knows of a fault in force.
type FaultState struct {
	Fault
	AppliedAt int64  `json:"applied_at"` // the agent's clock, Unix nanoseconds
	HealedAt  int64  `json:"healed_at"`  // 0 while in force
	Packets   uint64 `json:"packets"`    // packets that met the fault: its bite, seen by the kernel's counters
	Bytes     uint64 `json:"bytes"`
}

// Observation is something that the fabric saw, summed by equal fields.
type Observation struct {
	Seq      int64  `json:"seq"`   // grows with every change, to ask for what is new
	First    int64  `json:"first"` // Unix nanoseconds, the agent's clock
	Last     int64  `json:"last"`
	What     string `json:"what"`     // dns | flow (an address that is no link: undeclared, dropped)
	Consumer int    `json:"consumer"` // member index; 0 unknown
	Name     string `json:"name,omitempty"`
	Type     string `json:"type,omitempty"`   // A, AAAA, SRV...
	Answer   string `json:"answer,omitempty"` // NOERROR, NXDOMAIN, ...
	Dst      string `json:"dst,omitempty"`
	Port     int    `json:"port,omitempty"`
	Proto    string `json:"proto,omitempty"` // tcp | udp | icmp
	Count    int    `json:"count"`
}

// LinkUse is how often a link was used. Lookups of names are no use of a link.
type LinkUse struct {
	From        int    `json:"from"`
	To          int    `json:"to"`
	Connections uint64 `json:"connections"` // TCP connections and UDP flows that reached the fabric, answered or not
}

// Health is the agent's answer to a health check.
type Health struct {
	Ready        bool            `json:"ready"`        // a topology is in force
	Now          int64           `json:"now"`          // Unix nanoseconds
	Capabilities map[string]bool `json:"capabilities"` // nft, nat, reject, toxiproxy, netem, observe: each tried, once
}

// Paths of the agent's HTTP API, JSON both ways:
//
//	GET    /v1/health             Health
//	PUT    /v1/topology           Topology -> Health (idempotent)
//	POST   /v1/faults             Fault -> FaultState (in force when it answers)
//	GET    /v1/faults             []FaultState, healed ones too
//	DELETE /v1/faults/{id}        FaultState; 404 for an id it never saw
//	DELETE /v1/faults             heals all
//	PUT    /v1/entry              {"site": "lyon"}; connections to the old site are dropped from conntrack
//	GET    /v1/observations?since=N  []Observation with Seq > N
//	GET    /v1/links           []LinkUse of the links that were used
//
// An error is {"error": "what, where, what to do"} with a 4xx or 5xx status.
const (
	PathHealth       = "/v1/health"
	PathTopology     = "/v1/topology"
	PathFaults       = "/v1/faults"
	PathEntry        = "/v1/entry"
	PathObservations = "/v1/observations"
	PathLinks        = "/v1/links"
)

// Ports of the fabric on the control network: the agent's API, and, once a
// shaped link is in the topology, Toxiproxy's own API for those who know it.
// Toxics that are added there are not healed by the agent.
const (
	APIPort       = 7070
	ToxiproxyPort = 8474
)

// Outside is the member index of clients and of the harness.
const Outside = 255
