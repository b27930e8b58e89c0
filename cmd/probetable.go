package cmd

import (
	"fmt"
	"io"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// printBearings writes the table of a probe: what was lost, then how each
// critical function fared.
func printBearings(w io.Writer, t tongue, r analysis.Result, report string) error {
	var b strings.Builder
	if r.Resilience != nil {
		rows := [][]string{{t.say("Perdu", "Lost")}}
		for _, f := range r.Functions {
			rows[0] = append(rows[0], f.Name.In(string(t)))
		}
		for _, l := range r.Resilience.Lines {
			row := []string{lostName(t, l)}
			for _, f := range r.Functions {
				row = append(row, bearingOf(t, l, f.ID))
			}
			rows = append(rows, row)
		}
		writeTable(&b, rows)
	}
	for _, f := range r.Findings {
		if f.Severity == "info" {
			continue
		}
		text := f.Text.In(string(t))
		if owner := f.Owner.In(string(t)); owner != "" {
			text += t.say(" (responsable : %s)", " (owner: %s)", owner)
		}
		fmt.Fprintf(&b, "! %s\n", wrap(text, columns-2, "  "))
	}
	for _, reason := range r.Reasons {
		fmt.Fprintf(&b, "- %s\n", wrap(reason.In(string(t)), columns-2, "  "))
	}
	fmt.Fprintf(&b, "%s %s\n", mark(r.Verdict), verdictWord(r.Verdict, string(t)))
	if report != "" {
		fmt.Fprintf(&b, "%s%s\n", t.say("compte rendu : ", "report: "), report)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeTable sets cells in columns.
func writeTable(b *strings.Builder, rows [][]string) {
	var width []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	for k, row := range rows {
		line := ""
		for i, c := range row {
			line += c + strings.Repeat(" ", width[i]-len([]rune(c))+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		if k == 0 {
			total := 0
			for _, n := range width {
				total += n + 2
			}
			b.WriteString(strings.Repeat("-", total-2) + "\n")
		}
	}
	b.WriteByte('\n')
}

// lostName is what was lost, and how much of it.
func lostName(t tongue, l analysis.LossLine) string {
	if l.Of == history.LostInstance {
		return l.Target + t.say(" (une instance)", " (one instance)")
	}
	return strings.ReplaceAll(l.Target, "->", "→")
}

// bearingOf is a cell: a sign, the effect, the return.
func bearingOf(t tongue, l analysis.LossLine, function string) string {
	for _, c := range l.Cells {
		if c.Function == function {
			return describeBearing(t, c)
		}
	}
	return t.say("— sans charge", "— no load")
}

func describeBearing(t tongue, c analysis.Bearing) string {
	var out string
	switch c.Effect {
	case analysis.Unaffected:
		return t.say("✓ sans effet", "✓ unaffected")
	case analysis.Degraded:
		out = t.say("~ en mode dégradé", "~ degraded")
	case analysis.Down:
		out = t.say("✗ à l’arrêt", "✗ down")
	default:
		return t.say("? non concluant : ", "? inconclusive: ") + c.Why.In(string(t))
	}
	switch c.Return {
	case analysis.ReturnByItself:
		return out + t.say(", revenue d’elle-même en %s", ", back by itself in %s", t.seconds(c.Time))
	case analysis.ReturnRepaired:
		return out + t.say(", revenue en %s, %s après la remise en service", ", back in %s, %s after the repair", t.seconds(c.Time), t.seconds(c.AfterRepair))
	case analysis.ReturnNot:
		return out + t.say(", PAS REVENUE en %s", ", NOT BACK in %s", t.seconds(c.Watched))
	}
	return out + " ? " + c.Why.In(string(t))
}

// seconds is a measured time, to a tenth.
func (t tongue) seconds(d time.Duration) string {
	s := fmt.Sprintf("%.1f\u00a0s", d.Seconds())
	if t == "fr" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}
