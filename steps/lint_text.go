package steps

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"
)

// reader reads one file and notes what is wrong with its text, before and
// where Gherkin gives up.
type reader struct {
	*source
	diags []*Diagnostic
}

func (r *reader) note(s Severity, line, col int, fr, en string, args ...any) *Diagnostic {
	d := &Diagnostic{File: r.name, Line: line, Col: max(col, 1), Severity: s, Language: string(r.lang), Message: r.lang.say(fr, en, args...)}
	r.diags = append(r.diags, d)
	return d
}

// read parses the file. Without a document there is at least one error.
func (r *reader) read() {
	if !r.encoded() || !r.language() {
		return
	}
	r.descriptions()
	// godog numbers nodes alike: one sequence a file, from the start.
	newID := (&messages.Incrementing{}).NewId
	doc, err := gherkin.ParseGherkinDocumentForLanguage(bytes.NewReader(r.text), string(r.lang), newID)
	if err != nil {
		r.parseErrors(err)
		return
	}
	doc.Uri = r.name
	r.doc = doc
	r.pickles = gherkin.Pickles(*doc, r.name, newID)
	r.places = placesOf(doc)
	r.empty()
}

// encoded refuses what is not UTF-8: accents would be lost.
func (r *reader) encoded() bool {
	if utf8.Valid(r.raw) {
		return true
	}
	for i, line := range r.written {
		if utf8.ValidString(line) {
			continue
		}
		col := 1
		for _, c := range line {
			if c == utf8.RuneError {
				break
			}
			col++
		}
		r.note(Error, i+1, col, "ce fichier n’est pas en UTF-8", "this file is not UTF-8").Hint =
			r.lang.say("enregistrez-le en UTF-8 dans votre éditeur", "save it as UTF-8 in your editor")
		return false
	}
	return false
}

// language checks the header that names the language.
func (r *reader) language() bool {
	if r.header > 0 && r.asked != "fr" && r.asked != "en" {
		r.note(Error, r.header, 1, "", "the language of this file is not known: %q", string(r.asked)).Hint = `write "# language: fr" or "# language: en"`
		return false
	}
	if r.header > 0 {
		if m := header.FindStringSubmatch(strings.TrimSpace(spaces(r.written[r.header-1]))); m != nil && m[1] != string(r.asked) {
			r.note(Warning, r.header, 1, "langue « %s » lue comme « %s »", "language %q is read as %q", m[1], string(r.asked))
		}
		return true
	}
	if r.lang != "fr" {
		return true
	}
	for i, line := range r.lines {
		if header.MatchString(strings.TrimSpace(line)) {
			r.note(Error, i+1, 1, "« # language: fr » doit être la première ligne du fichier", "")
			return true
		}
	}
	r.note(Error, 1, 1, "ce fichier est en français mais ne le dit pas", "").Hint = r.lang.say("ajoutez « # language: fr » en première ligne", "")
	return true
}

// empty refuses a file without scenarios, scenarios without steps, and outlines
// without rows: Gherkin passes over all three without a word.
func (r *reader) empty() {
	if r.doc.Feature == nil {
		r.note(Error, 1, 1, "ce fichier est vide", "this file is empty")
		return
	}
	for i, sc := range r.places.scenarios {
		line, col := int(sc.Location.Line), int(sc.Location.Column)
		if r.takenForExamples(sc) {
			r.lostTable(line, col)
			continue
		}
		if i+1 < len(r.places.scenarios) && r.takenForExamples(r.places.scenarios[i+1]) {
			continue // it lacks its examples, which is what the next one tells
		}
		outline := keywordsOf(r.lang).role[sc.Keyword] == roleOutline || len(sc.Examples) > 0
		rows := 0
		for _, e := range sc.Examples {
			rows += len(e.TableBody)
		}
		switch {
		case len(sc.Steps) == 0:
			r.note(Error, line, col, "le scénario « %s » n’a aucune étape", "scenario %q has no step", sc.Name)
		case outline && len(sc.Examples) == 0:
			r.note(Error, line, col, "le plan de scénario « %s » n’a pas d’exemples", "scenario outline %q has no examples", sc.Name).Hint =
				r.lang.say("ajoutez un tableau « Exemples: »", "add a table: Examples:")
		case outline && rows == 0:
			r.note(Error, int(sc.Examples[0].Location.Line), int(sc.Examples[0].Location.Column),
				"le tableau d’exemples n’a aucune ligne", "the table of examples has no row")
		}
	}
	if len(r.places.scenarios) == 0 {
		r.note(Error, int(r.doc.Feature.Location.Line), int(r.doc.Feature.Location.Column), "aucun scénario dans ce fichier", "there is no scenario in this file").Hint =
			r.lang.say("un scénario commence par « Scénario: »", "a scenario begins with: Scenario:")
	}
}

// parseError is one of Gherkin's messages.
var parseError = regexp.MustCompile(`(?m)^\s*\((\d+):(\d+)\): (.*)$`)

// parseErrors says Gherkin's errors in the author's words. What follows the
// first one of a kind is mostly its echo, so at most five are told.
func (r *reader) parseErrors(err error) {
	found := parseError.FindAllStringSubmatch(err.Error(), -1)
	if len(found) == 0 {
		r.note(Error, 1, 1, "ce fichier ne peut pas être lu : %v", "this file cannot be read: %v", err)
		return
	}
	for i, m := range found {
		if i == 5 {
			return
		}
		r.parseError(atoi(m[1]), atoi(m[2]), m[3])
	}
}

func (r *reader) parseError(line, col int, message string) {
	col = max(col, 1)
	text := ""
	if line >= 1 && line <= len(r.lines) {
		text = strings.TrimSpace(r.lines[line-1])
		col = len(r.lines[line-1]) - len(strings.TrimLeft(r.lines[line-1], " ")) + 1
	}
	switch {
	case strings.Contains(message, "inconsistent cell count"):
		r.note(Error, line, col, "cette ligne du tableau n’a pas le même nombre de cases que les autres", "this row of the table has not as many cells as the others")
	case strings.Contains(message, "whitespace"):
		r.note(Error, line, col, "une étiquette ne contient pas d’espace : « %s »", "a tag holds no space: %q", text)
	case strings.Contains(message, "unexpected end of file"):
		r.note(Error, min(line, len(r.lines)), 1, "le fichier s’arrête trop tôt", "the file ends too early").Hint = r.expected(message)
	default:
		if _, ok := r.mistaken(line, col, text, true); ok {
			return
		}
		r.note(Error, line, col, "ligne incomprise : « %s »", "this line is not understood: %q", text).Hint = r.expected(message)
	}
}

// takenForExamples recognises a scenario that was meant to be a table of
// examples: Gherkin takes the table for its description.
func (r *reader) takenForExamples(sc *messages.Scenario) bool {
	return len(sc.Steps) == 0 && len(sc.Examples) == 0 && strings.HasPrefix(strings.TrimSpace(sc.Description), "|")
}

func (r *reader) lostTable(line, col int) {
	r.note(Error, line, col, "« Exemple: » ouvre un nouveau scénario : son tableau serait perdu", "\"Example:\" opens a new scenario: its table would be lost").Hint =
		r.lang.say("pour un tableau d’exemples, écrivez « Exemples: »", "for a table of examples, write: Examples:")
}

// expected says what Gherkin wanted in the place.
func (r *reader) expected(message string) string {
	var want []string
	for _, e := range []struct{ token, fr, en string }{
		{"#FeatureLine", "« Fonctionnalité: »", "Feature:"}, {"#StepLine", "une étape (Étant donné, Quand, Alors, Et)", "a step (Given, When, Then, And)"},
		{"#ScenarioLine", "« Scénario: »", "Scenario:"}, {"#ExamplesLine", "« Exemples: »", "Examples:"}, {"#TableRow", "une ligne de tableau", "a row of a table"},
		{"#DocStringSeparator", "la fin du texte entre guillemets triples", "the end of the doc string"},
	} {
		if strings.Contains(message, e.token) {
			want = append(want, r.lang.say(e.fr, e.en))
		}
	}
	if len(want) == 0 {
		return ""
	}
	return r.lang.say("attendu ici : ", "expected here: ") + strings.Join(want, ", ")
}
