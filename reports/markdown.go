package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"bascule/harness/analysis"
)

// Markdown writes summary.md, for a job summary: verdict first, one row a
// scenario, then why.
type Markdown struct{}

var _ Writer = Markdown{}

// Name is the file.
func (Markdown) Name() string { return "summary.md" }

// Write writes the summary.
func (Markdown) Write(w io.Writer, m Model) error {
	t := newTongue(m.Language)
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s %s\n\n", mark(m.Verdict), t.verdict(m.Verdict))
	fmt.Fprintf(&b, "%s\n\n", mdText(t.tally(m.Counts)))
	for _, r := range m.Reasons {
		fmt.Fprintf(&b, "> %s\n\n", mdText(t.text(r)))
	}
	if len(m.Scenarios) > 0 {
		markdownTable(&b, t, m)
	}
	for _, r := range m.Scenarios {
		markdownScenario(&b, r)
	}
	fmt.Fprintf(&b, "---\n\n%s %s · %s · %s %s · %s %d · %s %s · %s\n", t.W.Run, mdCode(m.Run.ID), t.date(m.Run.Started),
		t.W.Lasted, t.span(m.Run.Duration), t.W.Seed, m.Run.Seed, t.W.Version, mdText(m.Run.Version), mdText(m.Run.Engine))
	if m.Run.Command != "" {
		fmt.Fprintf(&b, "\n%s\n", mdCode(m.Run.Command))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func markdownTable(b *bytes.Buffer, t tongue, m Model) {
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n|---|---|--:|--:|--:|--:|\n", t.W.Verdict, t.W.Scenario, t.W.RecoveryTime, t.capital(t.W.Goal), t.W.LossFigure, t.W.Availability)
	for _, r := range m.Scenarios {
		verdict := mark(r.Verdict) + " " + t.verdict(r.Verdict)
		name := mdText(r.Header.Name)
		if len(r.Functions) == 0 {
			fmt.Fprintf(b, "| %s | %s | — | — | — | — |\n", verdict, name)
		}
		for i, f := range r.Functions {
			if i > 0 {
				verdict, name = "", ""
			}
			if len(r.Functions) > 1 {
				name = strings.TrimPrefix(name+" · "+mdText(t.text(f.Name)), " · ")
			}
			rec, loss := t.recoveryFact(r, f), t.lossFact(r, f)
			lost := loss.Value
			if f.Loss.Lost > 0 {
				lost += ", " + loss.Note
			}
			goal := t.W.NotApply
			if f.RTO > 0 {
				goal = t.span(f.RTO)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", verdict, name, strings.TrimSpace(rec.Value+" "+rec.Error),
				goal, lost, t.availabilityFact(r, f).Value)
		}
	}
	b.WriteString("\n")
}

// markdownScenario explains what is not plainly good, and what a probe showed; a
// pass without either says all in its row.
func markdownScenario(b *bytes.Buffer, r analysis.Result) {
	t := newTongue(r.Header.Language)
	summary := t.summary(r)
	if known(r.Verdict) == analysis.Pass && len(r.Findings) == 0 && summary == "" {
		return
	}
	fmt.Fprintf(b, "## %s %s\n\n", mark(r.Verdict), mdText(r.Header.Name))
	fmt.Fprintf(b, "%s\n\n", mdCode(fmt.Sprintf("%s:%d", r.Header.Feature, r.Header.Line)))
	for _, reason := range r.Reasons {
		fmt.Fprintf(b, "- %s\n", mdText(t.text(reason)))
	}
	if len(r.Reasons) > 0 {
		b.WriteString("\n")
	}
	if bad := notMet(r.Expectations); len(bad) > 0 {
		fmt.Fprintf(b, "| %s | %s | %s |\n|---|---|---|\n", t.W.Verdict, t.W.Sentence, t.W.Measured)
		for _, e := range bad {
			fmt.Fprintf(b, "| %s %s | %s | %s |\n", mark(e.Verdict), t.verdict(e.Verdict), mdText(e.Text), mdText(t.text(e.Measured)))
		}
		b.WriteString("\n")
	}
	b.WriteString(summary)
	for _, l := range t.limits(r.Header) {
		fmt.Fprintf(b, "- %s\n\n", mdText(l))
	}
	if len(r.Findings) > 0 {
		fmt.Fprintf(b, "**%s**\n\n", t.W.Findings)
		for _, f := range r.Findings {
			fmt.Fprintf(b, "- %s\n", mdText(t.finding(f)))
		}
		b.WriteString("\n")
	}
}

func notMet(all []analysis.Judged) []analysis.Judged {
	var out []analysis.Judged
	for _, e := range all {
		if e.Verdict != analysis.Pass {
			out = append(out, e)
		}
	}
	return out
}

// tally says how many scenarios ended how: "3 scénarios : 1 conforme, ...".
func (t tongue) tally(c Counts) string {
	if c.Total == 0 {
		return t.W.NoneYet
	}
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{{c.Pass, t.W.OnePass, t.W.ManyPass}, {c.Fail, t.W.OneFail, t.W.ManyFail}, {c.Inconclusive, t.W.OneInc, t.W.ManyInc}} {
		if p.n > 0 {
			parts = append(parts, t.count(p.n, p.one, p.many))
		}
	}
	return typeset(t.lang, t.count(c.Total, t.W.OneScenario, t.W.ManyScenarios)+t.W.Colon+strings.Join(parts, ", ")+".")
}

// capital lets a word start a line.
func (t tongue) capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// finding is a finding on one line, with who answers for it.
func (t tongue) finding(f analysis.Finding) string {
	line := t.severity(f.Severity) + " — " + t.text(f.Text)
	if owner := t.text(f.Owner); owner != "" {
		line += " (" + t.W.OwnedBy + t.W.Colon + owner + ")"
	}
	return line
}

func (t tongue) severity(s string) string {
	switch s {
	case "serious":
		return t.W.Serious
	case "minor":
		return t.W.Minor
	}
	return t.W.Info
}

// mark is a sign for a verdict that plain text can hold.
func mark(v analysis.Verdict) string {
	switch v {
	case analysis.Pass:
		return "✅"
	case analysis.Fail:
		return "❌"
	}
	return "⚠️"
}

var mdEscaper = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;",
	"|", `\|`, "~", `\~`, "&", "&amp;", "\r", "", "\n", " ")

// mdText makes s plain text on one line, inside a table too.
func mdText(s string) string { return mdEscaper.Replace(s) }

// mdCode sets s as code, on one line, whatever backquotes it holds.
func mdCode(s string) string {
	s = strings.NewReplacer("\n", " ", "\r", "").Replace(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}
