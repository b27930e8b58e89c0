package history

import "time"

// Format is the version of the history format that this package writes.
const Format = 1

// Header is the first line of a history: everything that the analysis needs to
// judge, so that a history can be judged alone, offline, years later.
type Header struct {
	Format    int           `json:"format"`
	Run       string        `json:"run"`
	Scenario  string        `json:"scenario"` // id, unique in the run
	Name      string        `json:"name"`
	Feature   string        `json:"feature"` // path of the .feature file
	Line      int           `json:"line"`
	Language  string        `json:"language"` // fr or en
	Source    string        `json:"source"`   // the scenario's text as written
	SHA256    string        `json:"sha256"`   // of the feature file as written
	Stage     string        `json:"stage"`
	StageName Text          `json:"stage_title"`
	Live      string        `json:"live"`             // release live at the start
	Target    string        `json:"target,omitempty"` // release deployed, if any
	Started   time.Time     `json:"started"`          // wall clock, the only one
	Seed      int64         `json:"seed"`
	Prefix    string        `json:"prefix"` // of the ids that the load writes
	Stability time.Duration `json:"stability_ns"`
	Sites     []Site        `json:"sites"`
	Functions []Function    `json:"functions"`
	Expect    []Expectation `json:"expect"`
	Services  []Service     `json:"services"`
	Links     []Link        `json:"links"`
	Steps     []PlannedStep `json:"steps"`
	NotRun    []string      `json:"not_run,omitempty"`  // what Compose asks for and this stage does not do
	Declared  []Declared    `json:"declared,omitempty"` // dependencies as declared; Links is the same for the drawing. Absent: not recorded
	Shared    []SharedMount `json:"shared,omitempty"`
}

// Site is a place of the stage.
type Site struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Role  string `json:"role"` // primary | standby, at the start; third-party or witness: a place outside both sites, neither active nor on standby

	ThirdParty *ThirdParty `json:"third_party,omitempty"` // of such a place
}

// Own tells a site that serves, or may come to, from a third party's place and
// from a witness.
func (s Site) Own() bool { return s.Role != RoleThirdParty && s.Role != RoleWitness }

// The roles of places that never serve.
const (
	RoleThirdParty = "third-party" // it is somebody else's
	RoleWitness    = "witness"     // it has a vote in a quorum, and no more
)

// ThirdParty is whom a place outside both sites stands for.
type ThirdParty struct {
	Title Text `json:"title"`
	Stub  bool `json:"stub"` // a stand-in answered in its place: what it proves of the third party itself is nothing
}

// Own is the sites without third parties' places and witnesses.
func (h Header) Own() []Site {
	var out []Site
	for _, s := range h.Sites {
		if s.Own() {
			out = append(out, s)
		}
	}
	return out
}

// Function is a critical function with its targets. A zero duration means that
// no target is set, except for RPO, which RPOSet tells.
type Function struct {
	ID       string        `json:"id"`
	Name     Text          `json:"name"`
	Owner    Text          `json:"owner"`
	Services []string      `json:"services"`
	RTO      time.Duration `json:"rto_ns"`
	RPO      time.Duration `json:"rpo_ns"`
	RPOSet   bool          `json:"rpo_set"`
	MTPD     time.Duration `json:"mtpd_ns"`
	Rate     float64       `json:"rate"` // intended operations a second; 0 without a workload
}

// Service is a container, for the drawing of the topology.
type Service struct {
	Site     string `json:"site"`
	Name     string `json:"name"`
	Instance int    `json:"instance"` // from 1
	Entry    bool   `json:"entry,omitempty"`
	Store    bool   `json:"store,omitempty"`
}

// Link is a declared consumer -> provider pair, by "site/service".
type Link struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// PlannedStep is an action of the scenario as planned, for the timeline.
type PlannedStep struct {
	Line int    `json:"line"`
	Text string `json:"text"`
	Do   string `json:"do"`

	Probe *Probe `json:"probe,omitempty"` // the fault is a part of a probe
}

// Expectation is one sentence of the scenario that the analysis judges.
type Expectation struct {
	Kind     Expect        `json:"kind"`
	Text     string        `json:"text"` // as written
	Line     int           `json:"line"`
	Function string        `json:"function,omitempty"` // id; empty: every function
	Within   time.Duration `json:"within_ns,omitempty"`
	Percent  float64       `json:"percent,omitempty"` // 99.5
	Phase    string        `json:"phase,omitempty"`   // before | deploying | failing | recovered | all
	Who      string        `json:"who,omitempty"`     // owner, as written
	Release  string        `json:"release,omitempty"`
	Site     string        `json:"site,omitempty"`
	From     string        `json:"from,omitempty"` // recovery clock: "fault" (default), "detection", "decision"
}

// Expect names what an expectation asks for.
type Expect string

// The expectations.
const (
	ExpectRestored     Expect = "restored"        // Function restored within Within of the fault
	ExpectLossAtMost   Expect = "loss-at-most"    // measured loss, as a time span, at most Within
	ExpectNothingLost  Expect = "nothing-lost"    // no acknowledged write is absent
	ExpectNothingTwice Expect = "nothing-twice"   // no write is applied twice
	ExpectAvailability Expect = "availability"    // Percent of the operations intended in Phase are acknowledged
	ExpectLatency      Expect = "latency"         // Percent of the answers in Phase within Within
	ExpectOneActive    Expect = "one-active-site" // at any time
	ExpectStopped      Expect = "stopped"         // deployment stopped by Who within Within of the fault
	ExpectDeployed     Expect = "deployed"        // the deployment of Release reached its end
	ExpectNoFailover   Expect = "no-failover"     // no runbook of purpose failover was run
	ExpectNoInterrupt  Expect = "no-interruption" // Function had no interruption longer than Within after the fault
	ExpectLiveRelease  Expect = "live-release"    // Release is live at the end, at Site if it is given
	ExpectActiveSite   Expect = "active-site"     // Site is the one that serves at the end
	ExpectNoMissing    Expect = "no-missing"      // no dependency is missing where service was moved to (Site, if given) once the primary is cut off
	ExpectNoUndeclared Expect = "no-undeclared"   // every dependency observed is declared

	ExpectBearsServices Expect = "bears-services"    // Function holds its target whatever service of a probe is lost
	ExpectBearsLinks    Expect = "bears-links"       // Function holds its target whatever link of a probe is lost
	ExpectReturns       Expect = "returns-by-itself" // Function is back after each part of a probe without anybody's help
	ExpectInfraMatches  Expect = "infra-matches"     // the last check of each infrastructure code of Site found nothing that differs
)
