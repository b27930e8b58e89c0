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
//	198.19.255.1 Nobody: silent, what stale answers of names lead to
//
// c and p are member indexes, 1 to 254. Index 255 is the outside: clients
// through the entry, and the harness through a door.
package fabric

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
	Forced   bool   `json:"forced,omitempty"` // a fault of names made this answer: it tells nothing of what is declared
	Dst      string `json:"dst,omitempty"`
	Port     int    `json:"port,omitempty"`
	Proto    string `json:"proto,omitempty"` // tcp | udp | icmp
	Count    int    `json:"count"`
}

// LinkUse is how a port of a link was used, and what came of it. Lookups of
// names are no use of a link. Connections that neither Answered nor Refused
// accounts for met silence, or a fault on the way back.
type LinkUse struct {
	From        int    `json:"from"`
	To          int    `json:"to"`
	Proto       string `json:"proto"`       // tcp | udp
	Port        int    `json:"port"`        // at the provider
	Connections uint64 `json:"connections"` // TCP connections and UDP flows that the fabric led to the provider, answered or not
	Answered    uint64 `json:"answered"`    // TCP handshakes that the provider accepted, UDP datagrams that it sent back
	Refused     uint64 `json:"refused"`     // TCP handshakes that were refused, by the provider or by a fault; UDP datagrams by a fault
	Lost        uint64 `json:"lost"`        // TCP handshakes and UDP datagrams that a cut swallowed; each repetition counts again
}

// Restoration is everything that a fabric was told: what another agent in its
// place needs to go on.
type Restoration struct {
	Topology Topology `json:"topology"`
	Faults   []Fault  `json:"faults"` // that are in force
	Entry    string   `json:"entry"`  // site that the entry leads to; "" for none
}

// Health is the agent's answer to a health check.
type Health struct {
	Ready        bool            `json:"ready"`        // a topology is in force
	Now          int64           `json:"now"`          // Unix nanoseconds
	Started      int64           `json:"started"`      // when this agent began, Unix nanoseconds: another one knows nothing of what the first was told
	Capabilities map[string]bool `json:"capabilities"` // nft, nat, reject, toxiproxy, netem, observe, loss, names, http: each tried, once
}

// Paths of the agent's HTTP API, JSON both ways:
//
//	GET    /v1/health             Health
//	PUT    /v1/topology           Topology -> Health (idempotent)
//	POST   /v1/faults             Fault -> FaultState (in force when it answers)
//	GET    /v1/faults             []FaultState, healed ones too
//	DELETE /v1/faults/{id}        FaultState; 404 for an id it never saw
//	DELETE /v1/faults             heals all
//	POST   /v1/restore            Restoration -> Health (idempotent; all of it in force when it answers)
//	PUT    /v1/entry              {"site": "lyon"}; connections to the old site are dropped from conntrack
//	PUT    /v1/names              NameMove; its lookups are answered so when it answers (idempotent)
//	GET    /v1/observations?since=N  []Observation with Seq > N
//	GET    /v1/links              []LinkUse of the links that were used
//
// An error is {"error": "what, where, what to do"} with a 4xx or 5xx status.
const (
	PathHealth       = "/v1/health"
	PathTopology     = "/v1/topology"
	PathFaults       = "/v1/faults"
	PathRestore      = "/v1/restore"
	PathEntry        = "/v1/entry"
	PathNames        = "/v1/names"
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
