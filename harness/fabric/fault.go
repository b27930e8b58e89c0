package fabric

import "time"

// FaultKind is what the fabric can do to links and to names.
type FaultKind string

// Faults that the kernel carries out: on any link, of TCP and UDP, on
// established connections too, one way or both, and across a site's border.
const (
	Cut      FaultKind = "cut"       // drop
	Refuse   FaultKind = "refuse"    // TCP reset, or UDP port unreachable, to whoever sends: established connections at their next packet
	Flap     FaultKind = "flap"      // Cut for On, whole for Off, again and again, by the agent's own clock; begins cut, healing ends whole
	Loss     FaultKind = "loss"      // Percent of the packets dropped, at random
	UDPDelay FaultKind = "udp-delay" // each datagram Latency ± Jitter later, at each way of Direction; where the kernel has netem
)

// Faults that a proxy carries out, of TCP alone; their pairs must be shaped.
// Cuts and losses act on shaped links too: on the consumer's side and on the
// provider's.
const (
	Latency   FaultKind = "latency"    // added once a round trip, to the answers
	Bandwidth FaultKind = "bandwidth"  // RateKBps, either way
	Slicer    FaultKind = "slicer"     // data arrive in slices of Bytes at most, Latency apart, either way
	SlowClose FaultKind = "slow-close" // what one end closes ends for the other Latency later
	LimitData FaultKind = "limit-data" // a connection ends when Bytes of answers have passed since the fault began
	Reset     FaultKind = "reset"      // established connections are reset now, idle ones too, both ends, and new ones again every 100 ms
	HTTPError FaultKind = "http-error" // each HTTP/1.x request is answered with Status, and its connection closed; see errorpage.go
)

// A reset needs the proxy since the kernel's path knows no sequence numbers: an
// nft rule answers the next packet of a connection, and an idle one sends none
// (Refuse does that). The ends' own sockets, which could be destroyed, live in
// network namespaces that the fabric cannot enter.

// Faults of names: what consumers are told when they ask. What they resolved
// before stays as it is, with them and on their connections: a fault of names
// bites at the next lookup. From of Pairs are the consumers (0 for any), To is
// not looked at; Name is the name, "" for every one.
const (
	NXDomain     FaultKind = "dns-nxdomain" // there is no such name
	ServFail     FaultKind = "dns-servfail" // the resolver fails
	SlowNames    FaultKind = "dns-slow"     // the answer comes Latency later; other lookups do not wait for it
	StaleAnswer  FaultKind = "dns-stale"    // Nobody's address, to be kept for StaleTTL
	WrongAddress FaultKind = "dns-wrong"    // the consumer's own links to Others
)

// StaleTTL is how long a stale answer may be kept, in seconds.
const StaleTTL = 3600

// Direction is the way of a link that a fault of the kernel touches.
type Direction string

// The directions. On a link, There is from the consumer to the provider
// (requests are lost; their acknowledgements come to be missed too), and Back
// from the provider to the consumer: the provider hears everything and answers
// into the void, so that what was asked for is done.
//
// Of a whole Site, There is outbound: whatever members of the site send across
// its border is lost, requests and answers alike, and the outside can still be
// heard. Back is inbound: whatever others, clients and the harness send into
// the site is lost.
//
// A Refuse tells the sender of the way it stands on: There, the consumer is
// told at once; Back, the provider is told and the consumer meets silence.
const (
	BothWays Direction = ""
	There    Direction = "there"
	Back     Direction = "back"
)

// Fault is a fault in force. The same ID sent twice is one fault.
type Fault struct {
	ID        string        `json:"id"`
	Kind      FaultKind     `json:"kind"`
	Pairs     []Pair        `json:"pairs"`
	Site      string        `json:"site,omitempty"`      // kernel faults: everything that enters or leaves this site, entry and doors too; Pairs then empty
	Toward    string        `json:"toward,omitempty"`    // with Site: only what passes between it and this other site
	Direction Direction     `json:"direction,omitempty"` // kernel faults
	Name      string        `json:"name,omitempty"`      // faults of names
	Others    []int         `json:"others,omitempty"`    // WrongAddress: members that are answered in the place of the right ones
	Latency   time.Duration `json:"latency_ns,omitempty"`
	Jitter    time.Duration `json:"jitter_ns,omitempty"`
	RateKBps  int64         `json:"rate_kbps,omitempty"`
	Bytes     int64         `json:"bytes,omitempty"`         // Slicer, LimitData
	Percent   float64       `json:"percent,omitempty"`       // Loss: 0.01 to 100
	Status    int           `json:"status,omitempty"`        // HTTPError: 400 to 599
	On        time.Duration `json:"on_ns,omitempty"`         // Flap: at least MinFlap
	Off       time.Duration `json:"off_ns,omitempty"`        // Flap: at least MinFlap
	ExpiresIn time.Duration `json:"expires_in_ns,omitempty"` // healed by the agent itself after this time; 0: never
}

// MinFlap is the shortest time of a flap.
const MinFlap = 20 * time.Millisecond

// FaultState is what the agent knows of a fault in force.
type FaultState struct {
	Fault
	// The agent's clock, Unix nanoseconds. The kernel confirms a change some
	// milliseconds after it has made it: it was made between the two instants.
	AppliedFrom int64  `json:"applied_from"`
	AppliedAt   int64  `json:"applied_at"`
	HealedFrom  int64  `json:"healed_from"`
	HealedAt    int64  `json:"healed_at"` // 0 while in force
	Packets     uint64 `json:"packets"`   // its bite: packets that met it, by the kernel's counters; of a proxy pieces of data, connections (Reset, SlowClose, LimitData) or requests (HTTPError); lookups
	Bytes       uint64 `json:"bytes"`
	Toggles     uint64 `json:"toggles,omitempty"` // Flap: how often it went from one state to the other so far, the injection and the healing not counted
}

// tally is what met a fault.
type tally struct{ packets, bytes, toggles uint64 }

// plane is what carries a fault out.
type plane int

const (
	byKernel plane = iota + 1
	byProxy
	byResolver
)

// plane tells who carries out faults of a kind; 0 for an unknown one.
func (k FaultKind) plane() plane {
	switch k {
	case Cut, Refuse, Flap, Loss, UDPDelay:
		return byKernel
	case Latency, Bandwidth, Slicer, SlowClose, LimitData, Reset, HTTPError:
		return byProxy
	case NXDomain, ServFail, SlowNames, StaleAnswer, WrongAddress:
		return byResolver
	}
	return 0
}
