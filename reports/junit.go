package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"bascule/harness/analysis"
)

// JUnit writes junit.xml in the shape that Jenkins and GitLab read: a suite a
// feature, a case a scenario. What was not conclusive is an error, so that no
// viewer shows it as green.
type JUnit struct{}

var _ Writer = JUnit{}

// Name is the file.
func (JUnit) Name() string { return "junit.xml" }

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitCase struct {
	Name       string          `xml:"name,attr"`
	Class      string          `xml:"classname,attr"`
	File       string          `xml:"file,attr"`
	Line       int             `xml:"line,attr,omitempty"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Failure    *junitTrouble   `xml:"failure"`
	Error      *junitTrouble   `xml:"error"`
	Out        string          `xml:"system-out"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitTrouble struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// Write writes the suites. A run without a scenario gets one case in error: an
// empty file would look like a green one.
func (JUnit) Write(w io.Writer, m Model) error {
	out := junitSuites{Name: "bascule"}
	var total time.Duration
	for _, f := range m.Features {
		s, d := junitFeature(m, f)
		out.add(s)
		total += d
	}
	if len(m.Reasons) > 0 {
		out.add(junitRun(m))
	}
	out.Time = seconds(total)
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

func (s *junitSuites) add(suite junitSuite) {
	s.Suites = append(s.Suites, suite)
	s.Tests, s.Failures, s.Errors = s.Tests+suite.Tests, s.Failures+suite.Failures, s.Errors+suite.Errors
}

func junitFeature(m Model, f Feature) (junitSuite, time.Duration) {
	s := junitSuite{Name: f.Path, Properties: junitRunProperties(m.Run)}
	var total time.Duration
	seen := map[string]int{}
	for _, i := range f.Scenarios {
		seen[m.Scenarios[i].Header.Name]++
	}
	for k, i := range f.Scenarios {
		r := m.Scenarios[i]
		c := junitScenario(r)
		if seen[r.Header.Name] > 1 { // rows of an outline: viewers merge cases of one name
			c.Name = fmt.Sprintf("%s (%d)", c.Name, k+1)
		}
		s.Tests++
		if c.Failure != nil {
			s.Failures++
		}
		if c.Error != nil {
			s.Errors++
		}
		if s.Timestamp == "" && !r.Header.Started.IsZero() {
			s.Timestamp = r.Header.Started.UTC().Format("2006-01-02T15:04:05")
		}
		total += r.Duration
		s.Cases = append(s.Cases, c)
	}
	s.Time = seconds(total)
	return s, total
}

// junitRun carries what is wrong with the run as a whole.
func junitRun(m Model) junitSuite {
	t := newTongue(m.Language)
	c := junitCase{Name: t.W.Run + " " + m.Run.ID, Class: "bascule", File: ".", Time: seconds(0)}
	var lines []string
	for _, r := range m.Reasons {
		lines = append(lines, t.text(r))
	}
	c.Error = &junitTrouble{Type: "inconclusive", Message: lines[0], Text: strings.Join(lines, "\n")}
	return junitSuite{Name: "bascule", Tests: 1, Errors: 1, Time: seconds(0), Properties: junitRunProperties(m.Run), Cases: []junitCase{c}}
}

func junitScenario(r analysis.Result) junitCase {
	t := newTongue(r.Header.Language)
	h := r.Header
	c := junitCase{Name: h.Name, Class: className(h.Feature), File: h.Feature, Line: h.Line, Time: seconds(r.Duration),
		Properties: junitMeasures(r), Out: h.Source}
	if known(r.Verdict) == analysis.Pass {
		return c
	}
	var lines []string
	for _, reason := range r.Reasons {
		lines = append(lines, t.text(reason))
	}
	if len(lines) == 0 {
		lines = []string{t.verdict(r.Verdict)}
	}
	message := lines[0]
	for _, e := range r.Expectations {
		if e.Verdict == analysis.Pass {
			continue
		}
		line := t.verdict(e.Verdict) + " · " + e.Text
		if m := t.text(e.Measured); m != "" {
			line += " · " + m
		}
		lines = append(lines, line)
	}
	for _, f := range r.Findings {
		lines = append(lines, t.finding(f))
	}
	trouble := &junitTrouble{Type: string(known(r.Verdict)), Message: message, Text: strings.Join(lines, "\n")}
	if r.Verdict == analysis.Fail {
		c.Failure = trouble
	} else {
		c.Error = trouble
	}
	return c
}

// junitMeasures gives figures to viewers that plot properties. Seconds, with a
// point, whatever the language.
func junitMeasures(r analysis.Result) []junitProperty {
	ps := []junitProperty{{"scenario", r.Header.Scenario}, {"verdict", string(known(r.Verdict))}, {"seed", strconv.FormatInt(r.Header.Seed, 10)}}
	for _, f := range r.Functions {
		for _, rec := range f.Recoveries {
			name := f.ID + "." + rec.Fault
			switch {
			case !rec.Interrupted:
				ps = append(ps, junitProperty{"recovery." + name, "not-interrupted"})
			case !rec.Recovered:
				ps = append(ps, junitProperty{"recovery." + name, "not-recovered"})
			default:
				ps = append(ps, junitProperty{"recovery_seconds." + name, seconds(rec.Time)},
					junitProperty{"recovery_error_seconds." + name, seconds(rec.Error)})
			}
		}
		if f.Loss.Known {
			ps = append(ps, junitProperty{"lost." + f.ID, strconv.Itoa(f.Loss.Lost)},
				junitProperty{"duplicated." + f.ID, strconv.Itoa(f.Loss.Duplicated)},
				junitProperty{"loss_seconds." + f.ID, seconds(f.Loss.Span)})
		}
		if f.Availability >= 0 {
			ps = append(ps, junitProperty{"availability_percent." + f.ID, strconv.FormatFloat(f.Availability, 'f', 3, 64)})
		}
	}
	ps = append(ps, junitBearings(r)...)
	t := newTongue(r.Header.Language)
	for _, f := range r.Findings {
		ps = append(ps, junitProperty{"finding." + f.Code, t.finding(f)})
	}
	return ps
}

// junitBearings tells how each function bore each loss of a probe, by what was
// lost: "effect=down return=after-repair seconds=5.400 error_seconds=0.020".
func junitBearings(r analysis.Result) (ps []junitProperty) {
	if r.Resilience == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, l := range r.Resilience.Lines {
		for _, c := range l.Cells {
			name := "probe." + c.Function + "." + l.Target
			if seen[name] { // a second probe of the same thing
				name += "." + l.Fault
			}
			seen[name] = true
			value := "effect=" + string(c.Effect) + " return=" + string(c.Return)
			switch c.Return {
			case analysis.ReturnByItself, analysis.ReturnRepaired:
				value += " seconds=" + seconds(c.Time) + " error_seconds=" + seconds(c.Error)
				if c.Return == analysis.ReturnRepaired {
					value += " after_repair_seconds=" + seconds(c.AfterRepair)
				}
			case analysis.ReturnNot:
				value += " watched_seconds=" + seconds(c.Watched)
			}
			ps = append(ps, junitProperty{name, value})
		}
	}
	return ps
}

func junitRunProperties(r Run) []junitProperty {
	return []junitProperty{{"run", r.ID}, {"version", r.Version}, {"seed", strconv.FormatInt(r.Seed, 10)},
		{"command", r.Command}, {"engine", r.Engine}}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// className lets viewers group by folder and file: they split at points.
func className(feature string) string {
	s := strings.TrimSuffix(feature, ".feature")
	s = strings.Trim(strings.ReplaceAll(s, "\\", "/"), "/.")
	if s == "" {
		return "bascule"
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, ".", "-"), "/", ".")
}
