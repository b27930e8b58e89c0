// Package sweep makes of one scenario many: one a moment of its deployment and
// fault of a list. It is pure: the same scenario, stage and choice give the same
// cells in the same order. A cell is a scenario like any other, so that the
// executor, the analysis and the reports know nothing of sweeps.
//
//	scenario + stage --Barriers--> moments \
//	faults of a list --aim-------> faults   >--Expand--> cells, in the order to play them
//	what is not asked or not possible -----> coverage
package sweep

import (
	"fmt"
	"slices"
	"strings"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// Format is the version of a sweep's JSON.
const Format = 1

// FileName is the file of a run's folder that a sweep is kept in, as expanded.
const FileName = "cells.json"

// Sweep is a scenario at every moment of its deployment, with every fault.
type Sweep struct {
	Format   int       `json:"format"`
	Seed     int64     `json:"seed"`
	Scenario string    `json:"scenario"` // its name
	Feature  string    `json:"feature"`
	Line     int       `json:"line"`
	Language string    `json:"language"` // fr | en
	Source   string    `json:"source"`
	Release  string    `json:"release"`  // that is deployed
	Points   []Point   `json:"points"`   // in the order of the deployment
	Faults   []Fault   `json:"faults"`   // in the order of the list
	Cells    []Cell    `json:"cells"`    // in the order of play
	Possible int       `json:"possible"` // cells, with every moment of this deployment and every fault of the catalogue
	LeftOut  []LeftOut `json:"left_out"`
	Stages   string    `json:"stages"` // folder of the stages, as given: for whoever goes on, and for commands
	Chosen   bool      `json:"chosen"` // the scenario was chosen among several of its feature
	scenario plan.Scenario
}

// Fault is a column of the matrix.
type Fault struct {
	Slug  string     `json:"slug"` // unique among them: "crash", "latency-400ms"
	Spec  string     `json:"spec"` // as --faults takes it: "latency:latency=400ms"
	Fault plan.Fault `json:"fault"`
}

// Cell is a fault at a moment. Its key is its own in any sweep of the scenario;
// the id has its place in this one before it.
type Cell struct {
	ID    string `json:"id"`  // "c012-migrate-during-crash", a folder's name
	Key   string `json:"key"` // "migrate-during-crash"
	Point int    `json:"point"`
	Fault int    `json:"fault"`
}

// LeftOut tells of cells that are not played, and why.
type LeftOut struct {
	Why    history.Text `json:"why"`
	Faults []string     `json:"faults,omitempty"` // kinds; empty: every one
	Points []string     `json:"points,omitempty"` // ids of moments; empty: every one
	Cells  int          `json:"cells"`
}

// Choice is what to sweep over.
type Choice struct {
	Faults []Spec                            // empty: the scenario's own fault
	All    bool                              // and every other of the catalogue
	Own    bool                              // and the scenario's own fault, before them
	Phases []plan.Phase                      // empty: every phase
	Only   string                            // key or id of the one cell to play; "" for all
	Refuse func(plan.FaultKind) history.Text // why the engine cannot do a fault, no text where it can; nil: not known
	Failed []string                          // keys of cells that failed before: they come first
}

// Only narrows a sweep; what is empty narrows nothing.
type Only struct {
	Phases []plan.Phase
	Sides  []plan.Moment
}

// Expand makes the cells of a scenario. Its errors are mistakes of the author
// (*Mistake).
func Expand(sc plan.Scenario, st *stage.Stage, seed int64, c Choice) (*Sweep, error) {
	own, deploy, err := faultOf(sc)
	if err != nil {
		return nil, err
	}
	all := points(barriers(sc.Steps[deploy].Deploy, st))
	s := &Sweep{Format: Format, Seed: seed, Scenario: sc.Name, Feature: sc.Feature, Line: sc.Line, Language: sc.Language, Source: sc.Source,
		Release: sc.Steps[deploy].Deploy.Release, LeftOut: []LeftOut{}, scenario: sc}
	aim := aimer{stage: st, own: *sc.Steps[own].Fault, deploy: *sc.Steps[deploy].Deploy, refuse: c.Refuse}
	if err := s.chooseFaults(aim, c, len(all)); err != nil {
		return nil, err
	}
	if err := s.choosePoints(all, c.Phases); err != nil {
		return nil, err
	}
	if err := s.leavePast(sc, all, own, len(c.Phases) > 0); err != nil {
		return nil, err
	}
	s.arrange(c.Failed)
	if c.Only != "" {
		return s, s.only(c.Only)
	}
	return s, nil
}

// faultOf finds the fault that moves, and the deployment that it moves along.
func faultOf(sc plan.Scenario) (own, deploy int, err error) {
	own, deploy = -1, -1
	faults := 0
	for i, st := range sc.Steps {
		switch {
		case st.Do == plan.DoFault:
			faults++
			own = i
		case st.Do == plan.DoDeploy && faults == 0:
			deploy = i // the last one before the fault
		}
	}
	switch {
	case faults == 0:
		return 0, 0, mistake("ce scénario n’a pas de panne à déplacer", "this scenario has no fault to move")
	case faults > 1:
		return 0, 0, mistake("ce scénario a %d pannes : un balayage en déplace une seule", "this scenario has %d faults: a sweep moves one and only one", faults)
	case deploy < 0:
		return 0, 0, mistake("aucun déploiement ne démarre avant la panne : elle n’a pas d’étape où survenir", "no deployment starts before the fault: there is no step for it to strike at")
	}
	return own, deploy, nil
}

// Plan is the sweep as a plan: a scenario a cell, in the order of play. Of a sweep
// that was read from a file there is none: it is in the file beside it.
func (s *Sweep) Plan() plan.Plan {
	p := plan.Plan{Format: plan.Format, Seed: s.Seed}
	for _, c := range s.Cells {
		p.Scenarios = append(p.Scenarios, s.cell(c))
	}
	return p
}

// cell is the scenario with the fault of a cell at its moment.
func (s *Sweep) cell(c Cell) plan.Scenario {
	sc := s.scenario
	point, fault := s.Points[c.Point], s.Faults[c.Fault]
	sc.ID, sc.Sweep = c.ID, false
	sc.Name = Title(point, fault).In(sc.Language)
	sc.Steps = slices.Clone(sc.Steps)
	for i, st := range sc.Steps {
		if st.Do == plan.DoFault {
			f := fault.Fault
			// What the author wrote of the fault is no longer what happens.
			sc.Steps[i].Fault, sc.Steps[i].When, sc.Steps[i].Text = &f, point.Trigger(), sc.Name
		}
	}
	return sc
}

// Title names a cell for people: what, and when.
func Title(p Point, f Fault) history.Text {
	when := p.Title()
	return history.Text{FR: typography.Replace(capital(f.Fault.Title.FR)) + ", " + when.FR, EN: capital(f.Fault.Title.EN) + ", " + when.EN}
}

// only keeps one cell.
func (s *Sweep) only(name string) error {
	var keys []string
	for _, c := range s.Cells {
		if c.ID == name || c.Key == withoutNumber(name) {
			c.ID = "c001-" + c.Key
			s.LeftOut = append(s.LeftOut, LeftOut{Why: say("une seule cellule demandée (--only)", "one cell only was asked for (--only)"), Cells: len(s.Cells) - 1})
			s.Cells = []Cell{c}
			return nil
		}
		keys = append(keys, c.Key)
	}
	m := mistake("cellule « %s » inconnue de ce balayage", "this sweep has no cell %q", name)
	m.Word, m.Known = withoutNumber(name), keys
	return m
}

// Mistake is one of the author, who is told in both languages.
type Mistake struct {
	Text  history.Text
	Word  string   // that nothing answers to, "" for none
	Known []string // that would have been understood
}

// Error is the mistake in English.
func (m *Mistake) Error() string { return m.Text.EN }

func mistake(fr, en string, args ...any) *Mistake {
	return &Mistake{Text: say(fr, en, args...)}
}

func say(fr, en string, args ...any) history.Text {
	return history.Text{FR: fmt.Sprintf(typography.Replace(fr), args...), EN: fmt.Sprintf(en, args...)}
}

// typography puts the no-break spaces of French.
var typography = strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»", " :", "\u00a0:", " ;", "\u00a0;")
