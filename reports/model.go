// Package reports tells what a run found, in four formats over one model:
// HTML for a continuity manager, JSON and JUnit XML for machines, Markdown for
// a job summary. It judges nothing: verdicts and figures come from the
// analysis as they are.
//
//	[]analysis.Result + Run --Build--> Model --Writer--> report.html
//	                                                     report.json
//	                                                     junit.xml
//	                                                     summary.md
package reports

import (
	"slices"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// Format is the version of the JSON report.
const Format = 1

// Run is what is known of the run as a whole; the executor stores it as
// run.json beside the histories.
type Run struct {
	ID          string        `json:"id"`
	Version     string        `json:"version"` // of Bascule
	Seed        int64         `json:"seed"`
	Started     time.Time     `json:"started"`
	Duration    time.Duration `json:"duration_ns"`
	Command     string        `json:"command"`     // as typed
	Engine      string        `json:"engine"`      // engine version and kernel
	Interrupted bool          `json:"interrupted"` // ended by a signal
}

// Model is a run's report, in no format yet.
type Model struct {
	Format    int               `json:"format"`
	Run       Run               `json:"run"`
	Language  string            `json:"language"` // of the document: fr or en
	Verdict   analysis.Verdict  `json:"verdict"`
	Reasons   []history.Text    `json:"reasons"` // of the run as a whole; a scenario has its own
	Counts    Counts            `json:"counts"`
	Features  []Feature         `json:"features"`
	Scenarios []analysis.Result `json:"scenarios"`
}

// Counts says how many scenarios ended how.
type Counts struct {
	Total        int `json:"total"`
	Pass         int `json:"pass"`
	Fail         int `json:"fail"`
	Inconclusive int `json:"inconclusive"`
}

// Feature is a feature file with its scenarios, by index into Model.Scenarios.
type Feature struct {
	Path      string           `json:"path"`
	Language  string           `json:"language"`
	Verdict   analysis.Verdict `json:"verdict"`
	Scenarios []int            `json:"scenarios"`
}

// Build makes the model of a run. A run that asserted nothing (no scenario) or
// that was interrupted proves nothing, so it never passes.
func Build(run Run, results []analysis.Result) Model {
	m := Model{Format: Format, Run: run, Verdict: analysis.Inconclusive, Reasons: []history.Text{},
		Features: []Feature{}, Scenarios: slices.Clone(results)}
	for i, r := range m.Scenarios {
		m.Scenarios[i].Verdict = known(r.Verdict)
		m.Counts.add(r.Verdict)
		m.feature(r.Header).add(i, r.Verdict)
	}
	if len(results) > 0 {
		m.Verdict = analysis.Pass
		for _, f := range m.Features {
			m.Verdict = worse(m.Verdict, f.Verdict)
		}
	} else {
		m.Reasons = append(m.Reasons, history.Text{
			FR: "Aucun scénario n’a été joué : rien n’est démontré.",
			EN: "No scenario was played: nothing is proved."})
	}
	if run.Interrupted {
		m.Verdict = worse(m.Verdict, analysis.Inconclusive)
		m.Reasons = append(m.Reasons, history.Text{
			FR: "L’exercice a été interrompu avant sa fin : les scénarios qui manquent n’ont pas été joués.",
			EN: "The run was interrupted before its end: scenarios that are missing were not played."})
	}
	m.Language = m.majority()
	return m
}

// feature finds or adds the feature of a scenario.
func (m *Model) feature(h history.Header) *Feature {
	for i := range m.Features {
		if m.Features[i].Path == h.Feature {
			return &m.Features[i]
		}
	}
	m.Features = append(m.Features, Feature{Path: h.Feature, Language: language(h.Language), Verdict: analysis.Pass})
	return &m.Features[len(m.Features)-1]
}

func (f *Feature) add(i int, v analysis.Verdict) {
	f.Scenarios = append(f.Scenarios, i)
	f.Verdict = worse(f.Verdict, v)
}

func (c *Counts) add(v analysis.Verdict) {
	c.Total++
	switch v {
	case analysis.Pass:
		c.Pass++
	case analysis.Fail:
		c.Fail++
	default:
		c.Inconclusive++
	}
}

// majority is the language of most features; where both have as many, that of
// the first.
func (m *Model) majority() string {
	french := 0
	for _, f := range m.Features {
		if f.Language == "fr" {
			french++
		}
	}
	switch english := len(m.Features) - french; {
	case french > english, french == english && french > 0 && m.Features[0].Language == "fr":
		return "fr"
	}
	return "en"
}

// worse lets a failure beat what was not conclusive, and that beat a pass. A
// verdict that nobody knows is not conclusive.
func worse(a, b analysis.Verdict) analysis.Verdict {
	if rank(b) > rank(a) {
		return known(b)
	}
	return known(a)
}

func rank(v analysis.Verdict) int {
	switch v {
	case analysis.Pass:
		return 0
	case analysis.Fail:
		return 2
	}
	return 1
}

func known(v analysis.Verdict) analysis.Verdict {
	if v == analysis.Pass || v == analysis.Fail {
		return v
	}
	return analysis.Inconclusive
}

func language(l string) string {
	if l == "fr" {
		return "fr"
	}
	return "en"
}
