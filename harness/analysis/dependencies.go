package analysis

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// Dependencies is who needed whom, as the fabric saw it, against what is
// declared.
type Dependencies struct {
	Measured bool         `json:"measured"` // the use of links was recorded
	Known    bool         `json:"known"`    // the record says what is declared
	CutOff   []CutOff     `json:"cut_off"`
	Without  int          `json:"without"` // dependencies that were seen while the site that served was cut off
	List     []Dependency `json:"list"`
	Habits   []Habit      `json:"habits"`
	Declared int          `json:"declared"` // how many are declared, those that functions tell apart
}

// CutOff is when a site that served was out of reach of the others.
type CutOff struct {
	Site string        `json:"site"`
	From time.Duration `json:"from_ns"`
	To   time.Duration `json:"to_ns"`
	How  string        `json:"how"`            // lost | fenced | isolated; moved: it lives, and service was moved away from it
	Took string        `json:"took,omitempty"` // site that clients were sent to
	At   time.Duration `json:"took_ns"`        // when
	Open bool          `json:"open,omitempty"` // not over at the end
}

// Dependency is a service that needed another, or a declared one that was not
// seen to.
type Dependency struct {
	From     string           `json:"from"`            // "lyon/orders"
	To       string           `json:"to"`              // "lyon/stock", a name that leads nowhere, an address
	How      Way              `json:"how"`             // what the consumer knows of it
	Names    []string         `json:"names"`           // that it asked for
	Leads    string           `json:"leads,omitempty"` // of an address: whose it is, "paris/db", or "paris" where it is within the site
	Port     int              `json:"port,omitempty"`  // 0: only the name was asked for
	Proto    string           `json:"proto,omitempty"`
	Lookups  int              `json:"lookups"`
	Tried    int              `json:"tried"` // connections, datagram flows; packets to an address
	Answered int              `json:"answered"`
	Refused  int              `json:"refused"`
	Silent   int              `json:"silent"`
	Phases   []string         `json:"phases"` // in which it was seen, in order
	Declared []history.Source `json:"declared"`
	Classes  []Class          `json:"classes"`
	Owner    history.Text     `json:"owner,omitzero"`
	Text     history.Text     `json:"text,omitzero"` // what is wrong, in words
}

// Is tells whether a dependency is of a class.
func (d Dependency) Is(c Class) bool { return slices.Contains(d.Classes, c) }

// Way is how a consumer gets to a provider.
type Way string

// The ways.
const (
	ByName    Way = "name"    // through a link of the stage
	ByUnknown Way = "unknown" // a name that nobody resolves
	ByAddress Way = "address" // no name, and no link
	ByVolume  Way = "volume"  // a store that both sites mount
	Unseen    Way = "unseen"  // declared, and never taken
)

// Class is what is wrong with a dependency, or worth a word.
type Class string

// The classes.
const (
	Missing    Class = "missing"           // asked for where service was to go on, and not got
	Unresolved Class = "unresolved"        // a name asked for in vain, at another time or place
	Undeclared Class = "undeclared"        // used, and declared nowhere
	Hidden     Class = "hidden-cross-site" // reaches back to another site, which may be the one that is lost
	Unused     Class = "unused"            // declared, and never seen under load
	Outside    Class = "outside"           // declared to be outside the stage: not there to be tried
	Explained  Class = "explained"         // it failed, as a fault in force wanted
)

// Phases of the exercise as dependencies tell them, beside those of the load.
const (
	phaseStartUp = "start-up" // before the load
	phaseAfter   = "after"    // it
)

// watched is the lag of the record: what an event tells happened up to so long
// before it.
const watched = time.Second

// dependencies puts together what was seen, what is declared, and when a site
// was out of reach.
func (j *judge) dependencies() Dependencies {
	b := &needs{judge: j, windows: j.cutOffs(), index: map[edgeKey]int{}}
	b.gather()
	b.resolve()
	habits := b.habits()
	out := Dependencies{Measured: b.measured, Known: j.h.Header.Declared != nil, Declared: len(j.h.Header.Declared), CutOff: []CutOff{}, List: []Dependency{}, Habits: habits}
	out.CutOff = append(out.CutOff, b.windows...)
	for _, e := range b.edges {
		if !e.habit {
			out.List = append(out.List, b.describe(e))
			if b.goesOn(e) {
				out.Without++
			}
		}
	}
	out.List = append(out.List, b.unused()...)
	out.List = append(out.List, b.shared()...)
	slices.SortStableFunc(out.List, func(a, b Dependency) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Proto, b.Proto))
	})
	return out
}

// classes are all, the worst first.
var classes = []Class{Missing, Hidden, Undeclared, Unresolved, Unused, Outside, Explained}

// weight puts what is wrong first.
func weight(d Dependency) int {
	for i, c := range classes {
		if d.Is(c) {
			return len(classes) - i
		}
	}
	return 0
}

// describe is an edge with its classes and its words.
func (b *needs) describe(e *edge) Dependency {
	d := Dependency{
		From: e.from, To: e.to, How: e.how, Names: slices.Sorted(slices.Values(e.names)), Leads: e.leads, Port: e.port, Proto: e.proto,
		Phases: b.phasesOf(e), Declared: b.declaredBy(e), Classes: []Class{},
	}
	d.Names = append([]string{}, slices.Compact(d.Names)...)
	if e.how == ByUnknown {
		d.Proto = ""
	}
	touches := e.touches
	if e.how == ByUnknown {
		touches = asked(e)
	}
	for _, t := range touches {
		d.Lookups += t.lookups
		d.Tried += t.tried
		d.Answered += t.answered
		d.Refused += t.refused
	}
	d.Silent = max(0, d.Tried-d.Refused-d.Answered)
	if e.proto == "udp" { // one question may bring many datagrams, or none be due
		d.Silent = 0
		for _, t := range e.touches {
			d.Silent += t.lost
		}
	}
	_, service, _ := strings.Cut(e.from, "/")
	d.Owner = b.owner(service)
	b.classify(e, &d)
	slices.SortFunc(d.Classes, func(a, b Class) int { return cmp.Compare(slices.Index(classes, a), slices.Index(classes, b)) })
	d.Text = b.words(e, d)
	return d
}

// phasesOf lists the phases in which an edge was seen, in their order.
func (b *needs) phasesOf(e *edge) []string {
	out := []string{}
	for _, name := range []string{phaseStartUp, phaseBefore, phaseDeploying, phaseBetween, phaseFailing, phaseRecovered, phaseAfter} {
		if slices.ContainsFunc(e.touches, func(t touch) bool { return !t.probed && b.phaseOf(t.at) == name }) {
			out = append(out, name)
		}
	}
	return out
}

// phaseOf is the phase that what was told at an instant belongs to, halfway
// through the lag of the record.
func (b *needs) phaseOf(at time.Duration) string {
	begins, ok := b.loadBegins()
	if !ok || at <= begins {
		return phaseStartUp
	}
	at = max(begins, at-watched/2)
	if at >= b.all.to {
		return phaseAfter
	}
	return phaseAt(b.phases, max(at, b.all.from))
}

// loadBegins is when the first load started.
func (b *needs) loadBegins() (first time.Duration, known bool) {
	for _, l := range b.loads {
		if !known || l.start < first {
			first, known = l.start, true
		}
	}
	return first, known
}
