package reports

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// MatrixWriter writes a matrix in one format.
type MatrixWriter struct {
	Name   string // of the file
	Format string // as --format calls it
	Write  func(io.Writer, Matrix) error
}

// MatrixWriters are the formats of a sweep.
func MatrixWriters() []MatrixWriter {
	return []MatrixWriter{
		{"sweep.html", "html", MatrixHTML}, {"sweep.json", "json", MatrixJSON},
		{"junit.xml", "junit", MatrixJUnit}, {"summary.md", "markdown", MatrixMarkdown},
	}
}

// WriteMatrix writes every format into a folder and gives the paths. Each file is
// complete or as it was: somebody may be reading it.
func WriteMatrix(dir string, m Matrix) ([]string, error) {
	var paths []string
	var errs []error
	for _, w := range MatrixWriters() {
		path := filepath.Join(dir, w.Name)
		var b strings.Builder
		err := w.Write(&b, m)
		if err == nil {
			err = os.WriteFile(path+".new", []byte(b.String()), 0o644)
		}
		if err == nil {
			err = os.Rename(path+".new", path)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("report %s: %w", w.Name, err))
			continue
		}
		paths = append(paths, path)
	}
	return paths, errors.Join(errs...)
}

// MatrixJSON writes sweep.json, versioned by its "format". Lists are always
// lists, never null.
func MatrixJSON(w io.Writer, m Matrix) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(listed(reflect.ValueOf(m)).Interface())
}

// MatrixJUnit writes junit.xml: a suite of the feature, a testcase a cell. One
// that was not played is an error: no viewer may show it as green.
func MatrixJUnit(w io.Writer, m Matrix) error {
	t := newTongue(m.Language)
	s := junitSuite{Name: m.Feature, Properties: junitRunProperties(m.Run)}
	var total time.Duration
	for _, c := range m.Cells {
		x := junitCase{Name: t.text(c.Name), Class: className(m.Feature), File: m.Feature, Line: m.Line, Time: seconds(c.Duration),
			Properties: cellMeasures(c), Out: c.Command}
		switch c.Verdict {
		case analysis.Pass:
		case analysis.Fail:
			x.Failure = t.cellTrouble(c)
			s.Failures++
		default:
			x.Error = t.cellTrouble(c)
			s.Errors++
		}
		s.Tests++
		total += c.Duration
		s.Cases = append(s.Cases, x)
	}
	if !m.Run.Started.IsZero() {
		s.Timestamp = m.Run.Started.UTC().Format("2006-01-02T15:04:05")
	}
	s.Time = seconds(total)
	out := junitSuites{Name: "bascule", Time: seconds(total)}
	out.add(s)
	if len(m.Cells) == 0 {
		out.add(junitRun(Model{Run: m.Run, Language: m.Language, Reasons: m.Reasons}))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func cellMeasures(c MatrixCell) []junitProperty {
	ps := []junitProperty{{"cell", c.Key}, {"verdict", string(known(c.Verdict))}}
	if c.Verdict == "" {
		ps[1].Value = "not-played"
		return ps
	}
	switch {
	case !c.Interrupted:
		ps = append(ps, junitProperty{"recovery", "not-interrupted"})
	case !c.Recovered:
		ps = append(ps, junitProperty{"recovery", "not-recovered"})
	default:
		ps = append(ps, junitProperty{"recovery_seconds", seconds(c.Recovery)})
	}
	if c.LossKnown {
		ps = append(ps, junitProperty{"lost", fmt.Sprint(c.Lost)})
	}
	return ps
}

func (t tongue) cellTrouble(c MatrixCell) *junitTrouble {
	if c.Verdict == "" {
		word := t.notPlayed()
		return &junitTrouble{Type: "not-played", Message: word, Text: word + "\n" + c.Command}
	}
	lines := []string{t.verdict(c.Verdict)}
	if len(c.Reasons) > 0 {
		lines = nil
	}
	for _, r := range c.Reasons {
		lines = append(lines, t.text(r))
	}
	return &junitTrouble{Type: string(known(c.Verdict)), Message: lines[0], Text: strings.Join(append(lines, c.Command), "\n")}
}

// MatrixMarkdown writes summary.md, for a job summary: the verdict and the worst
// cell first, then the matrix, then why.
func MatrixMarkdown(w io.Writer, m Matrix) error {
	t := newTongue(m.Language)
	p := t.matrix(m)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s\n\n%s\n\n%s\n\n", mark(m.Verdict), p.Verdict.Word, mdText(m.Name), mdText(p.Coverage))
	for _, r := range p.Reasons {
		fmt.Fprintf(&b, "> %s\n\n", mdText(r))
	}
	if p.Worst != "" {
		fmt.Fprintf(&b, "**%s**\n\n", mdText(p.Worst))
	}
	b.WriteString("| |")
	for _, f := range p.Faults {
		fmt.Fprintf(&b, " %s |", mdText(f))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(p.Faults)) + "\n")
	for _, g := range p.Groups {
		for _, r := range g.Rows {
			fmt.Fprintf(&b, "| %s |", mdText(r.Title))
			for _, c := range r.Cells {
				fmt.Fprintf(&b, " %s |", mdText(strings.TrimSpace(c.Mark+" "+joinParts(c.Verdict.Word, c.Recovery, c.Loss))))
			}
			b.WriteString("\n")
		}
	}
	for _, c := range p.Bad {
		fmt.Fprintf(&b, "\n## %s %s\n\n", c.Mark, mdText(c.Name))
		for _, r := range c.Reasons {
			fmt.Fprintf(&b, "- %s\n", mdText(r))
		}
		fmt.Fprintf(&b, "\n%s\n", mdCode(c.Command))
	}
	if len(p.Left) > 0 {
		fmt.Fprintf(&b, "\n## %s\n\n", p.LeftTitle)
	}
	for _, l := range p.Left {
		fmt.Fprintf(&b, "- %s (%s) — %s\n", mdText(l.Why), l.Count, mdText(l.What))
	}
	if p.Share != "" {
		fmt.Fprintf(&b, "\n%s\n", mdText(p.Share))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// joinParts sets what there is of a few parts beside each other.
func joinParts(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}

// sayCount is a sentence about n things in both languages; French counts 0 as one.
func sayCount(n int, fr1, fr, en1, en string) history.Text {
	if n < 2 {
		fr = fr1
	}
	if n == 1 {
		en = en1
	}
	return history.Text{FR: fmt.Sprintf(fr, n), EN: fmt.Sprintf(en, n)}
}
