package reports

import (
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"io"

	"bascule/harness/analysis"
)

//go:embed report.html.tmpl
var pageSource string

//go:embed report.css
var pageStyle string

// HTML writes report.html: one file that needs nothing else, for a continuity
// manager to read, print and keep.
type HTML struct{}

var _ Writer = HTML{}

// Name is the file.
func (HTML) Name() string { return "report.html" }

// Write writes the page.
func (HTML) Write(w io.Writer, m Model) error {
	page, err := template.New("report").Parse(pageSource + driftPage)
	if err != nil {
		return fmt.Errorf("html: the page's template: %w", err)
	}
	return page.Execute(w, pageOf(m))
}

// page is the model in words, ready to be set: the template decides nothing
// but the order.
type page struct {
	Lang     string
	W        words
	Style    template.CSS
	Verdict  verdict
	Line     string // what the verdict means
	Tally    string
	Reasons  []string
	Facts    []pair
	Rows     []row
	Sections []section
	Title    string
}

// verdict is a verdict as style and word.
type verdict struct{ Class, Word string }

// pair is a name with its value, set as code where it is not prose.
type pair struct {
	Name, Value string
	Code        bool
}

// Wide tells that the value needs two columns.
func (p pair) Wide() bool { return len(p.Value) > 36 }

// row is a scenario in the overview.
type row struct {
	ID, Name, File, Lang string
	Verdict              verdict
	Recovery, Goal       string
	Loss, Availability   string
	Strip                template.HTML
	RecoveryBad, LossBad bool
	AvailabilityBad      bool
}

func pageOf(m Model) page {
	t := newTongue(m.Language)
	p := page{Lang: t.lang, W: t.W, Style: template.CSS(pageStyle + driftStyle), Verdict: t.sign(m.Verdict), Tally: t.tally(m.Counts),
		Facts: t.runFacts(m.Run), Title: t.verdict(m.Verdict) + " · " + t.W.Title + " · " + m.Run.ID}
	switch known(m.Verdict) {
	case analysis.Pass:
		p.Line = t.W.PassLine
	case analysis.Fail:
		p.Line = t.W.FailLine
	default:
		p.Line = t.W.InconclusiveLine
	}
	for _, r := range m.Reasons {
		p.Reasons = append(p.Reasons, t.text(r))
	}
	for i, r := range m.Scenarios {
		p.Rows = append(p.Rows, t.row(sectionID(i), r))
		p.Sections = append(p.Sections, sectionOf(sectionID(i), m, r))
	}
	return p
}

func sectionID(i int) string { return fmt.Sprintf("s%d", i+1) }

func (t tongue) sign(v analysis.Verdict) verdict {
	return verdict{Class: string(known(v)), Word: t.verdict(v)}
}

func (t tongue) runFacts(r Run) []pair {
	facts := []pair{{t.W.Run, r.ID, true}, {t.W.Started, t.date(r.Started), false}, {t.W.Lasted, t.span(r.Duration), false},
		{t.W.Seed, fmt.Sprint(r.Seed), true}, {t.W.Version, r.Version, false}, {t.W.Engine, r.Engine, false}, {t.W.Command, r.Command, true}}
	var out []pair
	for _, f := range facts {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// row sums a scenario up by its worst function.
func (t tongue) row(id string, r analysis.Result) row {
	out := row{ID: id, Name: r.Header.Name, File: fmt.Sprintf("%s:%d", r.Header.Feature, r.Header.Line), Lang: language(r.Header.Language), Verdict: t.sign(r.Verdict),
		Recovery: t.W.NotApply, Loss: t.W.NotApply, Availability: t.W.NotApply, Strip: t.strip(r)}
	for i, f := range r.Functions {
		rec, loss, av := t.recoveryFact(r, f), t.lossFact(r, f), t.availabilityFact(r, f)
		if i > 0 && !worseFunction(f, r.Functions[0]) {
			continue
		}
		out.Recovery, out.RecoveryBad = joinWords(rec.Value, rec.Error), rec.Verdict == analysis.Fail
		out.Goal = ""
		if f.RTO > 0 && len(f.Recoveries) > 0 {
			out.Goal = rec.Goal
		}
		out.Loss, out.LossBad = loss.Value, loss.Verdict == analysis.Fail
		out.Availability, out.AvailabilityBad = av.Value, av.Verdict == analysis.Fail
	}
	return out
}

// worseFunction tells whether a came back later than b, or never.
func worseFunction(a, b analysis.Function) bool {
	wa, wb := worst(a), worst(b)
	switch {
	case wa == nil:
		return false
	case wb == nil:
		return true
	case wa.Recovered != wb.Recovered:
		return !wa.Recovered
	}
	return wa.Time > wb.Time
}

func joinWords(a, b string) string {
	if b == "" {
		return a
	}
	return a + " " + b
}
