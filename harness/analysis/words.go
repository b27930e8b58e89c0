package analysis

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
)

// Spaces of French typography: before a colon, inside quotation marks and
// before a unit a no-break space; before other high punctuation and the percent
// sign a narrow one.
const (
	nbsp  = "\u00a0"
	nnbsp = "\u202f"
)

// say is a sentence in both languages. Arguments that are texts appear in the
// language of their sentence. The French format is written with plain spaces.
func say(fr, en string, args ...any) history.Text {
	return history.Text{FR: fmt.Sprintf(french.Replace(fr), inLanguage("fr", args)...), EN: fmt.Sprintf(en, inLanguage("en", args)...)}
}

var french = strings.NewReplacer(" :", nbsp+":", " ;", nnbsp+";", " !", nnbsp+"!", " ?", nnbsp+"?",
	" %%", nnbsp+"%%", "« ", "«"+nbsp, " »", nbsp+"»", "'", "’")

func inLanguage(lang string, args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		if t, ok := a.(history.Text); ok {
			a = t.In(lang)
		}
		out[i] = a
	}
	return out
}

// join puts sentences in a row, leaving out empty ones.
func join(list ...history.Text) history.Text {
	var fr, en []string
	for _, t := range list {
		if t.FR != "" || t.EN != "" {
			fr, en = append(fr, t.In("fr")), append(en, t.In("en"))
		}
	}
	return history.Text{FR: strings.Join(fr, nnbsp+"; "), EN: strings.Join(en, "; ")}
}

// list is words in a row, separated by commas.
func list(words []history.Text) history.Text {
	var fr, en []string
	for _, t := range words {
		fr, en = append(fr, t.In("fr")), append(en, t.In("en"))
	}
	return history.Text{FR: strings.Join(fr, ", "), EN: strings.Join(en, ", ")}
}

// longestCause is how much of an error a sentence takes, in characters. The
// whole of it stands in the history.
const longestCause = 400

// because appends the cause of something, where one is known, on one line.
func because(t history.Text, cause string) history.Text {
	cause = strings.Join(strings.Fields(cause), " ")
	if cause == "" {
		return t
	}
	if r := []rune(cause); len(r) > longestCause {
		cause = string(r[:longestCause]) + "…"
	}
	return say("%s : %s", "%s: %s", t, cause)
}

// number is v with the given decimals, in both ways of writing.
func number(v float64, decimals int) history.Text {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	return history.Text{FR: strings.Replace(s, ".", ",", 1), EN: s}
}

// count is a whole number with its thousands apart.
func count(n int) history.Text {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var groups []string
	for len(s) > 3 {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	groups = append([]string{s}, groups...)
	return history.Text{FR: sign + strings.Join(groups, nnbsp), EN: sign + strings.Join(groups, ",")}
}

// some is a number of things, each language with its own rule: French takes the
// singular up to and for one, English for one only.
func some(n int, fr1, fr, en1, en string) history.Text {
	if n <= 1 && n >= -1 {
		fr = fr1
	}
	if n == 1 {
		en = en1
	}
	return say("%s "+fr, "%s "+en, count(n))
}

// times is how often something happened.
func times(n int) history.Text { return some(n, "fois", "fois", "time", "times") }

// percent is a share: "99,5 %", "99.5%". A share just below 100 is never
// rounded up to it.
func percent(p float64) history.Text {
	decimals := 2
	if p < 100 && p > 99.99 {
		decimals, p = 3, min(p, 99.999)
	}
	t := trim(number(p, decimals))
	return history.Text{FR: t.FR + nnbsp + "%", EN: t.EN + "%"}
}

// trim removes decimals that say nothing.
func trim(t history.Text) history.Text {
	if !strings.Contains(t.EN, ".") {
		return t
	}
	n := len(t.EN) - len(strings.TrimRight(strings.TrimRight(t.EN, "0"), "."))
	return history.Text{FR: t.FR[:len(t.FR)-n], EN: t.EN[:len(t.EN)-n]}
}

// span is a length of time as people write it: "250 ms", "41,2 s", "2 min 05 s".
func span(d time.Duration) history.Text {
	if d < 0 {
		if d == math.MinInt64 {
			d++
		}
		t := span(-d)
		return history.Text{FR: "−" + t.FR, EN: "-" + t.EN}
	}
	switch {
	case d < 10*time.Millisecond:
		return unit(trim(number(float64(d)/1e6, 1)), "ms")
	case d < 999500*time.Microsecond:
		return unit(number(math.Round(float64(d)/1e6), 0), "ms")
	case d < 9995*time.Millisecond:
		return unit(trim(number(d.Seconds(), 2)), "s")
	case d < 59950*time.Millisecond:
		return unit(trim(number(d.Seconds(), 1)), "s")
	}
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 3600 && s%60 == 0:
		return history.Same(fmt.Sprintf("%d%smin", s/60, nbsp))
	case s < 3600:
		return history.Same(fmt.Sprintf("%d%smin%s%02d%ss", s/60, nbsp, nbsp, s%60, nbsp))
	case s%3600 < 60:
		return history.Same(fmt.Sprintf("%d%sh", s/3600, nbsp))
	}
	return history.Same(fmt.Sprintf("%d%sh%s%02d%smin", s/3600, nbsp, nbsp, s%3600/60, nbsp))
}

// days is a length of whole days as people count them: "30 jours" in French.
// Shorter and uneven ones are a span.
func days(d time.Duration) history.Text {
	t := span(d)
	if n := d / day; n >= 2 && d%day == 0 {
		t.FR = some(int(n), "jour", "jours", "", "").FR
	}
	return t
}

const day = 24 * time.Hour

// whole leaves out what is less than a day of a length of several.
func whole(d time.Duration) time.Duration {
	if d >= 2*day {
		return d.Truncate(day)
	}
	return d
}

func unit(t history.Text, u string) history.Text {
	return history.Text{FR: t.FR + nbsp + u, EN: t.EN + nbsp + u}
}

// interval is a measured length with its error, both as exact as the error
// makes sense: "41,2 s ± 0,1 s".
func interval(d, e time.Duration) history.Text {
	decimals := 1
	switch {
	case e < 10*time.Millisecond:
		decimals = 3
	case e < 100*time.Millisecond:
		decimals = 2
	}
	if d >= time.Minute {
		whole := d.Truncate(time.Minute)
		return history.Text{
			FR: span(whole).FR + nbsp + unit(number((d-whole).Seconds(), decimals), "s").FR + nbsp + "±" + nbsp + unit(number(e.Seconds(), decimals), "s").FR,
			EN: span(whole).EN + nbsp + unit(number((d-whole).Seconds(), decimals), "s").EN + nbsp + "±" + nbsp + unit(number(e.Seconds(), decimals), "s").EN,
		}
	}
	a, b := unit(number(d.Seconds(), decimals), "s"), unit(number(e.Seconds(), decimals), "s")
	return history.Text{FR: a.FR + nbsp + "±" + nbsp + b.FR, EN: a.EN + nbsp + "±" + nbsp + b.EN}
}

// at is an instant of the scenario: "à 12,4 s".
func at(d time.Duration) history.Text { return say("à %s", "at %s", span(d)) }
