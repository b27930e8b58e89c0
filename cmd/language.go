package cmd

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/history"
)

// tongue is the language of a message: "fr", or anything else for English.
type tongue string

// tongueOf is the language of the command's own messages: --lang, or the
// locale. What is about a feature is in the language of the feature.
func tongueOf(c *cobra.Command) tongue {
	if f := c.Flag("lang"); f != nil && f.Value.String() != "" {
		return tongue(f.Value.String())
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := os.Getenv(name); locale != "" {
			if strings.HasPrefix(strings.ToLower(locale), "fr") {
				return "fr"
			}
			return "en"
		}
	}
	return "en"
}

// say formats the sentence of the language. The French one is written with
// ordinary spaces in the source and gets its no-break spaces here.
func (t tongue) say(fr, en string, args ...any) string {
	if t == "fr" {
		return fmt.Sprintf(t.typeset(fr), args...)
	}
	return fmt.Sprintf(en, args...)
}

// typeset gives a French sentence its no-break spaces.
func (t tongue) typeset(s string) string {
	if t != "fr" {
		return s
	}
	const space = "\u00a0"
	return strings.NewReplacer(
		"« ", "«"+space, " »", space+"»", " :", space+":", " ;", space+";", " ?", space+"?", " %%", space+"%%",
	).Replace(s)
}

// quote puts a word in the quotation marks of the language.
func (t tongue) quote(s string) string {
	if t == "fr" {
		return "«\u00a0" + s + "\u00a0»"
	}
	return `"` + s + `"`
}

// duration is "1 min 30 s", "2.9 s" or "400 ms", to the millisecond.
func (t tongue) duration(d time.Duration) string { return history.Length(d).In(string(t)) }

// bound is a length of time that a flag asks for: "1 min 30 s" in French, in
// English as the flag takes it, "1m30s".
func (t tongue) bound(d time.Duration) string {
	if t == "fr" {
		return t.duration(d)
	}
	return d.String()
}

// number is "99,5" in French and "99.5" in English.
func (t tongue) number(f float64) string {
	s := fmt.Sprintf("%g", f)
	if t == "fr" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

// plural picks the form for n: French has one for 0 and 1, English for 1.
func (t tongue) plural(n int, one, many string) string {
	if n == 1 || n == 0 && t == "fr" {
		return one
	}
	return many
}

// some is a number of things, see history.Plural.
func (t tongue) some(n int, fr1, fr, en1, en string) string {
	return history.Plural(n, fr1, fr, en1, en).In(string(t))
}

// wrap breaks text into lines of at most width runes, every line but the first
// beginning with indent. No-break spaces hold.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }) {
		length := len([]rune(word))
		switch {
		case i == 0:
		case column+1+length > width:
			b.WriteString("\n" + indent)
			column = len([]rune(indent))
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}
