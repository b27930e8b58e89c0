package steps

import (
	"fmt"
	"regexp"
	"strings"
)

// A wording is written as a small template:
//
//	la plateforme {stage} [dans sa variante {variant}]
//
//	{name}       a value between quotation marks
//	{name:kind}  a value of another kind: number, duration, percent, site...
//	[...]        may be left out, with the space that stands before it
//	(a|b)        either
//
// From a template come the regular expression that matches steps (for our own
// linter and for godog), and the pattern that people read.

// kindPattern is the expression of a kind of value. Kinds are generous, so that
// a step with a wrong value is told about the value, not called unknown.
func kindPattern(kind string, lang tongue) (string, error) {
	switch kind {
	case "number":
		return numberPattern, nil
	case "integer":
		return `\d+`, nil
	case "duration":
		return durationPattern, nil
	case "percent":
		return numberPattern + ` ?%`, nil
	}
	patterns := languagePatterns(lang)
	if p, ok := patterns[kind]; ok {
		return p, nil
	}
	return "", fmt.Errorf("no kind of value is called %q", kind)
}

// languagePatterns is the expressions that differ by language.
func languagePatterns(lang tongue) map[string]string {
	if lang == "fr" {
		return map[string]string{
			"site": siteFR, "where": whereFR, "node": nodeFR, "link": linkFR, "trigger": triggerFR,
			"exercise": exerciseFR, "clock": clockFR, "byterate": byteRate, "bytesize": byteSize,
			"way": wayFR, "side": sideFR, "asker": askerFR, "drift": driftFR, "border": borderFR,
		}
	}
	return map[string]string{
		"site": siteEN, "where": whereEN, "node": nodeEN, "link": linkEN, "trigger": triggerEN,
		"exercise": exerciseEN, "clock": clockEN, "byterate": byteRate, "bytesize": byteSize,
		"way": wayEN, "side": sideEN, "asker": askerEN, "drift": driftEN, "border": borderEN,
	}
}

// expression turns a template into an anchored regular expression with a named
// group a value. French steps may begin with "que" or "qu'", which Gherkin takes
// as part of the keyword only after some keywords.
func expression(template string, lang tongue) (string, error) {
	t := &templater{rest: template, lang: lang}
	body, err := t.sequence("")
	if err != nil {
		return "", fmt.Errorf("template %q: %w", template, err)
	}
	lead := ""
	if lang == "fr" {
		lead = `(?:que +|qu')?`
	}
	return "^" + lead + body + " *[.]?$", nil
}

type templater struct {
	rest string
	lang tongue
}

// sequence reads up to one of the closing characters, or to the end.
func (t *templater) sequence(closing string) (string, error) {
	var out strings.Builder
	for t.rest != "" {
		c := t.rest[0]
		if strings.IndexByte(closing, c) >= 0 {
			return out.String(), nil
		}
		switch c {
		case '{':
			p, err := t.value()
			if err != nil {
				return "", err
			}
			out.WriteString(p)
		case '[', ' ':
			p, err := t.option()
			if err != nil {
				return "", err
			}
			out.WriteString(p)
		case '(':
			p, err := t.alternatives()
			if err != nil {
				return "", err
			}
			out.WriteString(p)
		case ':':
			t.rest = t.rest[1:]
			out.WriteString(` *:`)
		default:
			n := strings.IndexAny(t.rest[1:], "{[ (:|)]") + 1
			if n == 0 {
				n = len(t.rest)
			}
			out.WriteString(regexp.QuoteMeta(t.rest[:n]))
			t.rest = t.rest[n:]
		}
	}
	if closing != "" {
		return "", fmt.Errorf("%q is missing", closing)
	}
	return out.String(), nil
}

// option reads spaces, and an optional part that they may stand before: a part
// that is left out takes its space along.
func (t *templater) option() (string, error) {
	space := strings.HasPrefix(t.rest, " ")
	t.rest = strings.TrimLeft(t.rest, " ")
	lead := ""
	if space {
		lead = " +"
	}
	if strings.HasPrefix(t.rest, ":") {
		return "", nil // " :" is written by the colon itself
	}
	if !strings.HasPrefix(t.rest, "[") {
		return lead, nil
	}
	t.rest = t.rest[1:]
	inner, err := t.sequence("]")
	if err != nil {
		return "", err
	}
	t.rest = t.rest[1:]
	return "(?:" + lead + inner + ")?", nil
}

func (t *templater) alternatives() (string, error) {
	t.rest = t.rest[1:]
	var parts []string
	for {
		part, err := t.sequence("|)")
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
		end := t.rest[0] == ')'
		t.rest = t.rest[1:]
		if end {
			return "(?:" + strings.Join(parts, "|") + ")", nil
		}
	}
}

func (t *templater) value() (string, error) {
	end := strings.IndexByte(t.rest, '}')
	if end < 0 {
		return "", fmt.Errorf("a { is not closed")
	}
	name, kind, other := strings.Cut(t.rest[1:end], ":")
	t.rest = t.rest[end+1:]
	if !other {
		return `"(?P<` + name + `>[^"]*)"`, nil
	}
	p, err := kindPattern(kind, t.lang)
	if err != nil {
		return "", err
	}
	return "(?P<" + name + ">" + p + ")", nil
}

// capturing is a named group's opening.
var capturing = regexp.MustCompile(`\(\?P<\w+>`)

// whole is the same anchored expression with a single group, for godog: its
// handler gets the text as a whole, and the values are read by name.
func whole(expr string) string {
	bare := capturing.ReplaceAllString(strings.TrimSuffix(strings.TrimPrefix(expr, "^"), "$"), "(?:")
	return "^(" + bare + ")$"
}

// placeholder is a value of a template.
var placeholder = regexp.MustCompile(`\{(\w+)(?::(\w+))?\}`)

// articles of a name, of which people need only one.
var nameArticles = strings.NewReplacer("(de |)", "de ", "(à |)", "à ", "(quelle|Quelle)", "quelle", "(whatever|Whatever)", "whatever", "(au |à la |à l'|à )", "au ", "(le |la |l'|)", "", "[le ][la ][l']", "le ")

// readable is the template as people read it: values named in their language.
func readable(template string, lang tongue) string {
	template = nameArticles.Replace(template)
	return placeholder.ReplaceAllStringFunc(template, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		if m[2] == "" {
			return `"` + valueName(m[1], lang) + `"`
		}
		return "<" + valueName(m[1], lang) + ">"
	})
}

// valueName is how people call a value.
func valueName(name string, lang tongue) string {
	names := map[string][2]string{
		"stage": {"plateforme", "platform"}, "variant": {"variante", "variant"}, "primary": {"site nominal", "primary site"},
		"standby": {"site de secours", "recovery site"}, "release": {"version", "release"}, "rate": {"nombre", "number"},
		"who": {"responsable", "owner"}, "deputy": {"suppléant", "deputy"}, "delay": {"durée", "duration"}, "window": {"durée", "duration"},
		"within": {"durée", "duration"}, "for": {"durée", "duration"}, "site": {"site", "site"}, "node": {"élément", "element"},
		"where": {"site", "site"}, "link": {"liaison", "link"}, "trigger": {"moment", "moment"}, "latency": {"durée", "duration"},
		"jitter": {"durée", "duration"}, "limit": {"débit", "rate"}, "runbook": {"procédure", "runbook"}, "function": {"fonction", "function"},
		"volume": {"volume", "volume"}, "secret": {"secret", "secret"}, "certificate": {"certificat", "certificate"}, "provider": {"prestataire", "third party"},
		"name": {"nom", "name"}, "playbook": {"playbook", "playbook"}, "asker": {"pour qui", "for whom"}, "other": {"service", "service"}, "way": {"sens", "direction"}, "side": {"sens", "direction"},
		"slice": {"taille", "size"}, "apart": {"durée", "duration"}, "down": {"durée", "duration"}, "up": {"durée", "duration"}, "every": {"durée", "duration"},
		"offset": {"durée", "duration"}, "drift": {"avance|retarde", "ahead|behind"}, "border": {"n'émet|ne reçoit", "sends|receives"}, "status": {"code", "status"},
		"n": {"nombre", "number"}, "percent": {"pourcentage", "percentage"}, "phase": {"période", "period"}, "clock": {"départ du chronomètre", "start of the clock"},
	}
	n, ok := names[name]
	switch {
	case !ok:
		return name
	case lang == "fr":
		return n[0]
	}
	return n[1]
}
