package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// tongue writes numbers, durations and fixed words in one language.
type tongue struct {
	lang string
	W    words
}

func newTongue(lang string) tongue {
	if language(lang) == "fr" {
		return tongue{lang: "fr", W: french()}
	}
	return tongue{lang: "en", W: english()}
}

// text picks the sentence in this language, with its typography.
func (t tongue) text(s history.Text) string { return typeset(t.lang, s.In(t.lang)) }

// decimal writes f with at most n decimals, trailing zeros dropped if trim.
func (t tongue) decimal(f float64, n int, trim bool) string {
	s := strconv.FormatFloat(f, 'f', n, 64)
	if trim && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	whole, part, found := strings.Cut(s, ".")
	whole = t.thousands(whole)
	if !found {
		return whole
	}
	if t.lang == "fr" {
		return whole + "," + part
	}
	return whole + "." + part
}

func (t tongue) thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	sep := ","
	if t.lang == "fr" {
		sep = narrow
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return sign + s
}

func (t tongue) number(n int) string { return t.thousands(strconv.Itoa(n)) }

// count writes "1 opération", "3 opérations": one is used for 0 and 1 in
// French, for 1 alone in English.
func (t tongue) count(n int, one, many string) string {
	word := many
	if n == 1 || n == 0 && t.lang == "fr" {
		word = one
	}
	return t.number(n) + nbsp + word
}

// percent of -1 means that there was nothing to measure. It never rounds up
// to a full hundred what was not.
func (t tongue) percent(p float64) string {
	if p < 0 || math.IsNaN(p) {
		return t.W.NotMeasured
	}
	if p < 100 && p > 99.99 {
		p = math.Min(p, 99.999)
		return t.decimal(math.Floor(p*1000)/1000, 3, true) + t.percentSign()
	}
	return t.decimal(p, 2, true) + t.percentSign()
}

func (t tongue) percentSign() string {
	if t.lang == "fr" {
		return narrow + "%"
	}
	return "%"
}

// span writes a duration as people say it: 450 ms, 18,2 s, 1 min 30 s.
func (t tongue) span(d time.Duration) string {
	if d < 0 {
		return "−" + t.span(-d)
	}
	switch {
	case d == 0:
		return "0" + nbsp + "s"
	case d < time.Millisecond:
		return t.decimal(float64(d)/1e6, 2, true) + nbsp + "ms"
	case d < 10*time.Millisecond:
		return t.decimal(float64(d)/1e6, 1, true) + nbsp + "ms"
	case d < 999500*time.Microsecond:
		return t.decimal(float64(d)/1e6, 0, true) + nbsp + "ms"
	case d < 9995*time.Millisecond:
		return t.decimal(d.Seconds(), 2, true) + nbsp + "s"
	case d < 59950*time.Millisecond:
		return t.decimal(d.Seconds(), 1, true) + nbsp + "s"
	}
	d = d.Round(time.Second)
	h, min, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h == 0 && s == 0:
		return strconv.Itoa(min) + nbsp + "min"
	case h == 0:
		return fmt.Sprintf("%d%smin%s%02d%ss", min, nbsp, nbsp, s, nbsp)
	case min == 0 && s == 0:
		return t.number(h) + nbsp + "h"
	case s == 0:
		return fmt.Sprintf("%s%sh%s%02d%smin", t.number(h), nbsp, nbsp, min, nbsp)
	}
	return fmt.Sprintf("%s%sh%s%02d%smin%s%02d%ss", t.number(h), nbsp, nbsp, min, nbsp, nbsp, s, nbsp)
}

// measured writes a value with its error, with no more digits than the error
// leaves meaningful, and as the sentences of the analysis write it.
func (t tongue) measured(d, err time.Duration) (value, plusMinus string) {
	n := 1
	switch {
	case err < 10*time.Millisecond:
		n = 3
	case err < 100*time.Millisecond:
		n = 2
	}
	whole := d.Truncate(time.Minute)
	value = t.decimal((d-whole).Seconds(), n, false) + nbsp + "s"
	if whole > 0 {
		value = t.span(whole) + nbsp + value
	}
	return value, "±" + nbsp + t.decimal(err.Seconds(), n, false) + nbsp + "s"
}

// instant is a moment of the exercise, from its start.
func (t tongue) instant(d time.Duration) string {
	if d < time.Minute {
		return t.decimal(d.Seconds(), 1, false) + nbsp + "s"
	}
	d = d.Round(100 * time.Millisecond)
	s := t.decimal((d % time.Minute).Seconds(), 1, false)
	if d%time.Minute < 10*time.Second {
		s = "0" + s
	}
	if d < time.Hour {
		return strconv.Itoa(int(d.Minutes())) + nbsp + "min" + nbsp + s + nbsp + "s"
	}
	return fmt.Sprintf("%d%sh%s%02d%smin%s%s%ss", int(d.Hours()), nbsp, nbsp, int(d.Minutes())%60, nbsp, nbsp, s, nbsp)
}

// tick is a label of the time axis, as short as it can be.
func (t tongue) tick(d time.Duration) string {
	if d < time.Minute && d%time.Second != 0 {
		return t.decimal(d.Seconds(), 3, true) + nbsp + "s"
	}
	return t.span(d)
}

// date writes a wall clock time, in UTC so that two readers see the same.
func (t tongue) date(at time.Time) string {
	if at.IsZero() {
		return t.W.Unknown
	}
	at = at.UTC()
	if t.lang != "fr" {
		return at.Format("2 January 2006, 15:04:05") + " UTC"
	}
	return history.Day(at).FR + " à " + at.Format("15:04:05") + " UTC"
}

// verdict is the word for a verdict, as a sentence starts.
func (t tongue) verdict(v analysis.Verdict) string {
	switch v {
	case analysis.Pass:
		return t.W.Pass
	case analysis.Fail:
		return t.W.Fail
	}
	return t.W.Inconclusive
}

// phase is the name of a phase of the exercise.
func (t tongue) phase(id string) string {
	switch id {
	case "before":
		return t.W.PhaseBefore
	case "deploying":
		return t.W.PhaseDeploying
	case "failing":
		return t.W.PhaseFailing
	case "recovered":
		return t.W.PhaseRecovered
	case "all":
		return t.W.PhaseAll
	}
	return id
}
