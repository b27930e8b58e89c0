package reports

import (
	"fmt"
	"slices"
	"strings"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// bearings is the table of a probe: what was lost by critical function.
type bearings struct {
	Functions []string
	Rows      []bearingRow
}

type bearingRow struct {
	Target, Of, For, Owner string
	Cells                  []bearingCell
}

// bearingCell is how a function bore a loss: a drawing, a word, and what follows.
type bearingCell struct{ Class, Glyph, Word, Return, Served, Why string }

// bearings sets the table; nil where nothing was probed.
func (t tongue) bearings(r analysis.Result) *bearings {
	if r.Resilience == nil {
		return nil
	}
	out := &bearings{}
	for _, f := range r.Functions {
		out.Functions = append(out.Functions, t.text(f.Name))
	}
	for _, l := range r.Resilience.Lines {
		row := bearingRow{Target: strings.ReplaceAll(l.Target, "->", "→"), Of: t.lost(l.Of), For: t.span(l.For), Owner: t.text(l.Owner)}
		for _, f := range r.Functions {
			i := slices.IndexFunc(l.Cells, func(c analysis.Bearing) bool { return c.Function == f.ID })
			if i < 0 {
				row.Cells = append(row.Cells, bearingCell{Class: "skipped", Glyph: "skipped", Word: t.W.NotMeasured, Why: t.W.NoLoad})
				continue
			}
			row.Cells = append(row.Cells, t.bearing(l.Cells[i]))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func (t tongue) lost(of history.Lost) string {
	switch of {
	case history.LostService:
		return t.W.LostService
	case history.LostInstance:
		return t.W.LostInstance
	case history.LostLink:
		return t.W.LostLink
	}
	return string(of)
}

func (t tongue) bearing(c analysis.Bearing) bearingCell {
	out := bearingCell{Class: "skipped", Glyph: "skipped", Word: strings.ToLower(t.W.Inconclusive), Why: t.text(c.Why)}
	switch c.Effect {
	case analysis.Unaffected:
		return bearingCell{Class: "pass", Glyph: "pass", Word: t.W.Unaffected}
	case analysis.Degraded:
		out.Class, out.Glyph, out.Word = "inconclusive", "degraded", t.W.Degraded
	case analysis.Down:
		out.Class, out.Glyph, out.Word = "fail", "fail", t.W.Down
	default:
		return out
	}
	if c.Availability >= 0 {
		out.Served = fmt.Sprintf(t.W.Served, t.percent(c.Availability))
	}
	switch c.Return {
	case analysis.ReturnByItself:
		out.Return = fmt.Sprintf(t.W.BackByItself, t.after(c))
	case analysis.ReturnRepaired:
		out.Return = fmt.Sprintf(t.W.BackRepaired, t.after(c), t.span(c.AfterRepair))
	case analysis.ReturnNot:
		out.Return = fmt.Sprintf(t.W.BackNot, t.span(c.Watched))
	}
	return out
}

// after is the time to the return with its error.
func (t tongue) after(c analysis.Bearing) string {
	value, plusMinus := t.measured(c.Time, c.Error)
	return joinWords(value, plusMinus)
}

// probed tells the fault of a probe from others.
func probed(r analysis.Result, fault string) bool {
	return r.Resilience != nil && slices.ContainsFunc(r.Resilience.Lines, func(l analysis.LossLine) bool { return l.Fault == fault })
}
