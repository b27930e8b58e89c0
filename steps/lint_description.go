package steps

import (
	"slices"
	"strings"

	"bascule/harness/spelling"
)

// Gherkin takes every line that it does not know, behind a title, for a
// description. A step or a scenario with a mistake in its keyword then vanishes
// without a word: so a description may not look like one.

// descriptions goes through the descriptions of the file.
func (r *reader) descriptions() {
	words := keywordsOf(r.lang)
	inDescription, inScenario, doc := false, false, ""
	for i, line := range r.lines {
		text := strings.TrimSpace(line)
		if doc != "" {
			if strings.HasPrefix(text, doc) {
				doc = ""
			}
			continue
		}
		if text == "" || strings.HasPrefix(text, "#") || strings.HasPrefix(text, "@") {
			continue
		}
		if keyword, _, ok := words.titleLine(text); ok {
			kind := words.role[keyword]
			inDescription, inScenario = true, kind == roleScenario || kind == roleOutline || kind == roleBackground
			continue
		}
		switch {
		case !inDescription && (strings.HasPrefix(text, `"""`) || strings.HasPrefix(text, "```")):
			doc = text[:3]
		case strings.HasPrefix(text, "|"), inScenario && r.isStep(text):
			inDescription = false
		case inDescription:
			r.mistaken(i+1, len(line)-len(strings.TrimLeft(line, " "))+1, text, inScenario)
		}
	}
}

// isStep recognises a step as Gherkin does.
func (r *reader) isStep(text string) bool {
	return strings.HasPrefix(text, "* ") || slices.ContainsFunc(keywordsOf(r.lang).steps, func(k string) bool { return strings.HasPrefix(text, k) })
}

// mistaken tells what a line was meant to be when it looks like a step or a
// title, and whether it does.
func (r *reader) mistaken(line, col int, text string, inScenario bool) (*Diagnostic, bool) {
	if title := r.untitled(text); title != "" {
		d := r.note(Error, line, col, "il manque le deux-points après « %s » : cette ligne serait prise pour une description", "the colon after %q is missing: this line would be taken for a description", title)
		d.Hint = r.lang.say("écrivez « %s: … »", "write: %s: ...", title)
		return d, true
	}
	if r.isStep(text) {
		d := r.note(Error, line, col, "cette ligne commence comme une étape mais n’est dans aucun scénario : elle serait prise pour une description",
			"this line begins like a step but stands in no scenario: it would be taken for a description")
		d.Hint = r.lang.say("ajoutez « Scénario: » au-dessus, ou commencez la description par un autre mot", "add a scenario line above it, or begin the description with another word")
		return d, true
	}
	if d, ok := r.foreign(line, col, text); ok {
		return d, true
	}
	if !inScenario {
		return nil, false
	}
	word, advice := r.noKeyword(text)
	if word == "" {
		return nil, false
	}
	d := r.note(Error, line, col, "« %s » n’ouvre pas une étape : cette ligne serait prise pour une description", "%q does not open a step: this line would be taken for a description", word)
	d.Hint = advice
	return d, true
}

// untitled is the scenario keyword that a line begins with, without its colon.
func (r *reader) untitled(text string) string {
	names := []string{"Scenario Outline", "Scenario Template", "Scenario"}
	if r.lang == "fr" {
		names = []string{"Plan du scénario", "Scénario"}
	}
	plain := unaccented(text)
	for _, n := range names {
		if rest, ok := strings.CutPrefix(plain, unaccented(n)); ok && (rest == "" || rest[0] == ' ') {
			// "Scénario catastrophe : ..." in a description is told too: nobody can
			// tell it from a scenario whose colon came too late.
			return n
		}
	}
	return ""
}

// foreign finds a keyword of the other language.
func (r *reader) foreign(line, col int, text string) (*Diagnostic, bool) {
	other := tongue("en")
	if r.lang != "fr" {
		other = "fr"
	}
	words := keywordsOf(other)
	keyword, _, ok := words.titleLine(text)
	if !ok {
		i := slices.IndexFunc(words.steps, func(k string) bool { return strings.HasPrefix(text, k) })
		if i < 0 {
			return nil, false
		}
		keyword = strings.TrimSpace(words.steps[i])
	}
	d := r.note(Error, line, col, "« %s » est un mot-clé anglais dans un fichier en français", "%q is a French keyword in an English file", keyword)
	d.Hint = r.lang.say("un fichier n’a qu’une langue, celle de sa première ligne (« # language: fr »)", "a file has one language, that of its first line (\"# language: fr\" for French)")
	return d, true
}

// noKeyword recognises words that people take for keywords, and keywords with a
// slip of the pen.
func (r *reader) noKeyword(text string) (word, advice string) {
	first, _, _ := strings.Cut(text, " ")
	first, _, _ = strings.Cut(first, "'")
	plain := unaccented(strings.TrimRight(first, ",:"))
	taken := map[string]string{
		"si": "Quand", "puis": "Et", "ensuite": "Et", "enfin": "Et", "lors": "Lorsque", "apres": "Quand", "donne": "Étant donné", "donnee": "Étant donné",
	}
	if r.lang != "fr" {
		taken = map[string]string{"if": "When", "afterwards": "And", "next": "And", "finally": "And", "once": "When", "after": "When"}
	}
	if k, ok := taken[plain]; ok {
		return first, r.lang.say("écrivez « %s »", "write: %s", k)
	}
	for _, k := range keywordsOf(r.lang).steps {
		known, _, _ := strings.Cut(strings.TrimRight(k, " '"), " ")
		if len([]rune(plain)) >= 4 && len([]rune(known)) >= 4 && spelling.Distance(plain, unaccented(known)) <= 1 {
			return first, r.lang.say("vouliez-vous dire « %s » ?", "did you mean %s?", strings.TrimSpace(k))
		}
	}
	return "", ""
}
