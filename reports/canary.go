package reports

import (
	"fmt"
	"strings"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// canary tells what the harness's own traffic met before, during and after a
// fault: "Canary traffic: before 12 of 12 (2 ms), during 0 of 9 (no answer)…".
func (t tongue) canary(c *analysis.Canary) string {
	if c == nil {
		return ""
	}
	var parts []string
	for _, s := range []struct {
		when string
		seen *analysis.CanaryStretch
	}{{t.W.CanaryBefore, c.Before}, {t.W.CanaryDuring, c.During}, {t.W.CanaryAfter, c.After}} {
		if s.seen != nil && s.seen.Sent > 0 {
			parts = append(parts, s.when+" "+t.answers(*s.seen))
		}
	}
	var what []string
	for _, s := range []*analysis.CanaryStretch{c.Before, c.After} {
		if s != nil && t.text(s.What) != "" && (len(what) == 0 || what[0] != t.text(s.What)) {
			what = append(what, t.text(s.What))
		}
	}
	if len(parts) == 0 {
		return strings.Join(what, t.semicolon()+" ")
	}
	out := t.W.Canary + t.W.Colon + strings.Join(parts, ", ")
	if len(what) > 0 {
		out += " (" + strings.Join(what, " → ") + ")"
	}
	return out
}

// answers is "12 of 12 (2 ms)" or "0 of 9 (no answer)".
func (t tongue) answers(s analysis.CanaryStretch) string {
	out := t.number(s.OK) + t.text(history.Text{FR: " sur ", EN: " of "}) + t.number(s.Sent)
	switch {
	case s.OK == s.Sent:
		return fmt.Sprintf("%s (%s)", out, t.span(s.Median))
	case s.OK > 0:
		return fmt.Sprintf("%s (%s%s %s)", out, t.span(s.Median), t.semicolon(), t.class(s.Err))
	}
	return fmt.Sprintf("%s (%s)", out, t.class(s.Err))
}

func (t tongue) semicolon() string {
	if t.lang == "fr" {
		return narrow + ";"
	}
	return ";"
}

// class is an error of a canary in words.
func (t tongue) class(err string) string { return t.text(history.CanaryError(err)) }
