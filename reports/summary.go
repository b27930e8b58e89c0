package reports

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"bascule/harness/analysis"
)

// mostNamed is how many dependencies a summary names: the page has them all.
const mostNamed = 10

// summary is what a job summary tells of a scenario beside verdict and findings:
// how each loss of a probe was borne, and the counts of dependencies and of drift
// where they are not plainly good.
func (t tongue) summary(r analysis.Result) string {
	var b bytes.Buffer
	t.bearingSummary(&b, r)
	if d := r.Dependencies; slices.ContainsFunc(d.List, func(d analysis.Dependency) bool { return len(d.Classes) > 0 }) {
		fmt.Fprintf(&b, "**%s**\n\n%s\n\n", t.pick("Dépendances", "Dependencies"), mdText(t.dependencySummary(d)))
		t.dependencyNames(&b, r)
	}
	t.driftSummary(&b, r)
	return b.String()
}

// bearingSummary is the table of a probe, a row a line and function.
func (t tongue) bearingSummary(b *bytes.Buffer, r analysis.Result) {
	if r.Resilience == nil || len(r.Resilience.Lines) == 0 {
		return
	}
	fmt.Fprintf(b, "**%s**\n\n| %s | %s | %s | %s | %s |\n|---|---|---|---|--:|\n", t.W.LossTable, t.W.LostThing, t.pick("Fonction", "Function"),
		t.pick("Effet", "Effect"), t.pick("Retour", "Return"), t.pick("Reprise constatée", "Recovery time"))
	for _, l := range r.Resilience.Lines {
		target := mdText(strings.ReplaceAll(l.Target, "->", "→") + " (" + t.lost(l.Of) + ")")
		for _, f := range r.Functions {
			effect, back, took := t.W.NotMeasured+t.W.Colon+t.W.NoLoad, t.W.NotApply, t.W.NotApply
			if i := slices.IndexFunc(l.Cells, func(c analysis.Bearing) bool { return c.Function == f.ID }); i >= 0 {
				effect, back, took = t.borne(l.Cells[i])
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", target, mdText(t.text(f.Name)), mdText(effect), mdText(back), mdText(took))
		}
	}
	b.WriteString("\n")
}

// borne is the effect of a loss on a function, how it came back, and after how
// long.
func (t tongue) borne(c analysis.Bearing) (effect, back, took string) {
	cell := t.bearing(c)
	effect, back, took = cell.Word, t.W.NotApply, t.W.NotApply
	if cell.Served != "" {
		effect += ", " + cell.Served
	}
	if why := t.text(c.Why); why != "" {
		effect += t.W.Colon + why
	}
	switch c.Return {
	case analysis.ReturnByItself:
		back, took = t.pick("d’elle-même", "by itself"), t.after(c)
	case analysis.ReturnRepaired:
		back, took = t.pick("%s après la remise en service", "%s after the repair", t.span(c.AfterRepair)), t.after(c)
	case analysis.ReturnNot:
		back = t.pick("pas revenue en %s", "not back in %s", t.span(c.Watched))
	case analysis.ReturnUnknown:
		back = t.W.NotMeasured
	}
	return effect, back, took
}

// dependencyNames names what is wrong and no finding tells.
func (t tongue) dependencyNames(b *bytes.Buffer, r analysis.Result) {
	named, more := 0, 0
	for _, d := range r.Dependencies.List {
		if !d.Wrong() || slices.ContainsFunc(r.Findings, func(f analysis.Finding) bool { return f.Text == d.Text }) {
			continue
		}
		if named++; named > mostNamed {
			more++
			continue
		}
		fmt.Fprintf(b, "- %s\n", mdText(d.From+" → "+Provider(d)+t.W.Colon+ClassNames(t.lang, d)))
	}
	if more > 0 {
		fmt.Fprintf(b, "- %s\n", t.count(more, t.pick("autre", "more"), t.pick("autres", "more")))
	}
	if named > 0 {
		b.WriteString("\n")
	}
}

// driftSummary counts what differs between the sites, a line a comparison.
func (t tongue) driftSummary(b *bytes.Buffer, r analysis.Result) {
	var lines []string
	for _, c := range Comparisons(t.lang, r) {
		line := c.Instant + t.W.Colon + c.Summary
		for _, more := range []string{c.Unread, c.Err} {
			if more != "" {
				line += " · " + more
			}
		}
		lines = append(lines, "- "+mdText(line)+"\n")
	}
	if r.Drift == nil || !slices.ContainsFunc(r.Drift.Comparisons, func(c analysis.Comparison) bool { return len(c.Differences)+len(c.Unread) > 0 || c.Err != "" }) {
		return
	}
	fmt.Fprintf(b, "**%s**\n\n%s\n", t.driftWord("title"), strings.Join(lines, ""))
}
