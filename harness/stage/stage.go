// Package stage reads a stage: one Compose file a site, unmodified, and a
// stage.yaml that says what Compose cannot (roles, entry, flows between sites,
// critical functions, workloads, releases, authorities). Reading starts
// nothing; every mistake comes back with file, line and column.
package stage

import (
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/history"
)

// Stage is a decoded and checked stage. Maps of the YAML become slices in the
// order of the file, so that plans are stable.
type Stage struct {
	Dir          string // absolute
	ID           string // "orders", or "orders/async" for a variant
	Title        history.Text
	Sites        []Site
	Entry        Entry
	Flows        []Flow
	Dependencies []Dependency // beyond what Compose, flows and functions tell
	Stores       []Store
	Certs        []Certificate // those that a fault can let expire
	Functions    []Function
	Workloads    []Workload
	Deployment   Deployment
	Releases     []Release
	Runbooks     []Runbook
	Stop         Authority     // who may stop a deployment
	Failover     Authority     // who may order the failover
	Stability    time.Duration // how long successes must last to count as recovered; default 2s
	NotRun       []string      // "paris/db: deploy.placement is not applied"

	Infrastructure []Infrastructure // the code that says how sites are to be
}

// Site is a Compose project.
type Site struct {
	ID         string // "paris"
	Title      string // "Paris", as scenarios call it
	Role       string // primary | standby | third-party | witness
	File       string // Compose file, relative to Dir
	Project    *types.Project
	ThirdParty *ThirdParty // of a third party's place; nil for a site of one's own
}

// Entry is what clients talk to: the same service and port on each site.
type Entry struct {
	Service string
	Port    int
}

// Flow is a declared path across sites. The consumer finds the provider under
// Name; everything else across sites is undeclared and dropped.
type Flow struct {
	From  string // "lyon/db"
	To    string // "paris/db"
	Name  string // "db.paris"
	Ports []int
	Why   string
}

// Store is a database that the harness itself can read, to count what became of
// acknowledged writes without asking the service.
type Store struct {
	ID       string
	Driver   string // postgres | http
	Service  string
	Port     int
	User     string
	Password string
	Database string
	Table    string
	Column   string // that holds the operation's id
	Admin    Login  // of a superuser, for the harness's own reads and for faults of passwords; zero: none is told
	Rows     string // http: path that answers every row of {{.Prefix}}, one id a line
	Writable string // http: path that answers 200 where this store takes writes, 503 where it does not
}

// Login is a user of a database and its password.
type Login struct {
	User     string
	Password string
}

// Function is a critical function.
type Function struct {
	ID       string
	Name     history.Text
	Owner    history.Text
	Services []string
	RTO      time.Duration
	RPO      time.Duration
	RPOSet   bool
	MTPD     time.Duration
	Workload string
}

// Workload is an open-loop HTTP load through the entry.
type Workload struct {
	ID        string
	Rate      float64       // operations a second
	Timeout   time.Duration // patience of a client
	ReadShare float64       // 0 to 1, of the operations that are reads of an id acknowledged before
	Write     Request
	Read      Request
	List      Request // read-back: answers one id a line, every row of Prefix
}

// Request is an HTTP request. Path and Body are text/template with .ID, .Seq,
// .Prefix (of every id of the run).
type Request struct {
	Method   string
	Path     string
	Body     string
	Header   map[string]string
	OK       []int // statuses that acknowledge
	Rejected []int // statuses that say "not done"; any other status is unknown
}

// Deployment says how a release gets onto a site.
type Deployment struct {
	Strategy string        // rolling
	Services []string      // replaced in this order, instance by instance
	Pause    time.Duration // between two instances
}

// Release is a manifest of releases/.
type Release struct {
	Version     string
	Images      map[string]string            // service -> image reference
	Builds      map[string]types.BuildConfig // service -> how to build it, where it is built here
	Environment map[string]map[string]string // service -> key -> value, on top of Compose's
	Migration   *Job                         // nil: none
	Rollback    *Job                         // undoes Migration; nil: none needed
	File        string
}

// Job is a one-off container of a release.
type Job struct {
	Service string // whose image and environment it runs with
	Command []string
	Timeout time.Duration
}

// Runbook is a procedure of runbooks/.
type Runbook struct {
	ID      string
	Version string
	Title   history.Text
	Purpose string // failover | failback | procedure
	From    string // site that is left
	To      string // site that is to serve
	SHA256  string // of the file
	File    string
	Steps   []RunbookStep
}

// RunbookStep is one step. Action decides which of the other fields matter.
type RunbookStep struct {
	ID       string
	Title    history.Text
	Owner    history.Text
	Action   string // fence | unfence | exec | start | stop | restart | switch_entry | switch_name | verify | wait_for | recreate
	Site     string
	Service  string            // exec, start, stop, restart, wait_for, recreate ("" with start/stop: every service)
	Command  []string          // exec, wait_for (until it exits 0)
	Release  string            // recreate: with this release's image; "" the one live at Site
	Env      map[string]string // recreate: on top of Compose's
	Wipe     []string          // recreate: named volumes emptied first
	Function string            // verify: a completed write and read of this function's workload
	Name     string            // switch_name: of a service or of a flow, as consumers ask for it
	To       string            // switch_name: site/service that it leads to from then on
	Timeout  time.Duration
}

// Authority is who decides; see plan.Authority.
type Authority struct {
	Owner    history.Text
	Deputy   history.Text
	Delay    time.Duration
	Deadline time.Duration
}
