package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// Severity tells a mistake that forbids the plan from a remark.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Diagnostic is one remark about a feature file, in the author's language.
// Line and Col count from 1, in the file as written; Col counts characters.
type Diagnostic struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Col      int      `json:"col"`
	Severity Severity `json:"severity"`
	Language string   `json:"language"` // fr | en
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"` // what to do about it
}

// String is "file:line:col: message", a warning marked as such, with the hint
// on an indented line of its own where there is one.
func (d Diagnostic) String() string {
	message := d.Message
	if d.Severity == Warning {
		message = tongue(d.Language).say("avertissement : ", "warning: ") + message
	}
	if d.Hint != "" {
		message += "\n    " + strings.ReplaceAll(d.Hint, "\n", "\n    ")
	}
	return fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Col, message)
}

// Failed tells whether one of the diagnostics is an error, so that no plan may
// be used.
func Failed(ds []Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// sorted orders diagnostics by place, keeps the order of the files, and drops
// repetitions: a mistake in a background is found once a scenario.
func sorted(ds []Diagnostic) []Diagnostic {
	order := map[string]int{}
	for _, d := range ds {
		if _, ok := order[d.File]; !ok {
			order[d.File] = len(order)
		}
	}
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	seen := map[Diagnostic]bool{}
	return slices.DeleteFunc(ds, func(d Diagnostic) bool {
		again := seen[d]
		seen[d] = true
		return again
	})
}

// tongue is a language in which a sentence is said: "fr", or anything else for
// English.
type tongue string

// say formats the sentence of the tongue. French is written with ordinary
// spaces in the source and gets its no-break spaces here, before the arguments
// go in: what an author wrote is quoted as it was written. %q in English puts
// quotation marks that do not clash with those of a step.
func (t tongue) say(fr, en string, args ...any) string {
	format := strings.ReplaceAll(en, "%q", "“%s”")
	if t == "fr" {
		format = typography(fr)
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// quote puts a word in the quotation marks of the tongue.
func (t tongue) quote(s string) string {
	if t == "fr" {
		return "«\u00a0" + s + "\u00a0»"
	}
	return "“" + s + "”"
}

// some is a number of things, see history.Plural.
func (t tongue) some(n int, fr1, fr, en1, en string) string {
	return history.Plural(n, fr1, fr, en1, en).In(string(t))
}

// length is a length of time: "1 min 30 s" in French, "1m30s" in English.
func (t tongue) length(d time.Duration) string {
	if t == "fr" {
		return history.Length(d).FR
	}
	return d.String()
}

// list quotes each word and joins them.
func (t tongue) list(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = t.quote(w)
	}
	return strings.Join(quoted, ", ")
}

// typeset is a text as the tongue prints it.
func (t tongue) typeset(s string) string {
	if t == "fr" {
		return typography(s)
	}
	return s
}

// typography puts the no-break spaces of French.
func typography(s string) string {
	const space = "\u00a0"
	return strings.NewReplacer(
		"« ", "«"+space, " »", space+"»", " :", space+":", " ;", space+";", " !", space+"!", " ?", space+"?", " %%", space+"%%",
	).Replace(s)
}
