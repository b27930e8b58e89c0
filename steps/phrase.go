package steps

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	messages "github.com/cucumber/messages/go/v21"
)

// Kind is the part that a phrase plays in a scenario.
type Kind string

// The kinds of phrase.
const (
	Given Kind = "given"
	When  Kind = "when"
	Then  Kind = "then"
)

// Entry is a phrase of the vocabulary, for people to read.
type Entry struct {
	ID      string `json:"id"` // the same in both languages
	Kind    Kind   `json:"kind"`
	Pattern string `json:"pattern"` // [may be left out], (either|or), "value"
	Example string `json:"example"` // with its keyword; a table on lines of its own
	Explain string `json:"explanation"`
	Others  string `json:"others,omitempty"` // more examples, one a line, other ways to say it among them
}

// Vocabulary is every phrase of a language, "fr" or anything else for English,
// in the order in which a scenario uses them.
func Vocabulary(lang string) []Entry {
	t := tongue(lang).known()
	all := table(t)
	out := make([]Entry, len(all))
	legend := newLegend(t)
	for i, p := range all {
		w := p.in(t)
		example := lead(p.kind, t, w.examples[0])
		if p.table {
			example += "\n" + w.table
		}
		out[i] = Entry{ID: p.id, Kind: p.kind, Pattern: readable(w.pattern, t), Example: example, Explain: legend.after(t.typeset(w.explain), w.pattern)}
		var others []string
		for _, e := range w.examples[1:] {
			others = append(others, lead(p.kind, t, e))
		}
		out[i].Others = strings.Join(others, "\n")
	}
	return out
}

// lead puts a keyword before an example: "Étant donné que", or "Étant donné"
// before a name.
func lead(kind Kind, lang tongue, example string) string {
	switch plain := unaccented(example); { // sentences that go on from the one before
	case kind == When && strings.HasPrefix(plain, "quelle que soit"):
		return "Et " + example
	case kind == When && strings.HasPrefix(plain, "whatever"):
		return "And " + example
	}
	if lang != "fr" {
		return map[Kind]string{Given: "Given ", When: "When ", Then: "Then "}[kind] + example
	}
	vowel := strings.ContainsRune("aeiouyéèêà", []rune(strings.ToLower(example))[0])
	switch {
	case kind == Given && strings.HasPrefix(example, "la plateforme"):
		return "Étant donné " + example
	case kind == Given && vowel:
		return "Étant donné qu'" + example
	case kind == Given:
		return "Étant donné que " + example
	case kind == When && strings.HasPrefix(example, "on "):
		return "Lorsqu'" + example
	case kind == When:
		return "Quand " + example
	}
	return "Alors " + example
}

// phrase is one thing that a scenario can say: a wording a language, and one
// handler for both. Both wordings name the same values.
type phrase struct {
	id    string
	kind  Kind
	fr    wording
	en    wording
	table bool // a table stands below
	do    func(b *builder, v values)
}

// wording is a phrase in one language.
type wording struct {
	pattern  string
	also     []string // other ways to say it
	examples []string // the first one is shown; the nearest one is proposed
	table    string   // of the example
	explain  string
}

// patterns is every way to say it.
func (w wording) patterns() []string { return append([]string{w.pattern}, w.also...) }

func (p phrase) in(lang tongue) wording {
	if lang == "fr" {
		return p.fr
	}
	return p.en
}

// values is what a step's text holds, by name; what was left out is "".
type values map[string]string

// compiled is a phrase ready to match the steps of one language.
type compiled struct {
	phrase
	exprs     []*regexp.Regexp
	forGodog  []*regexp.Regexp // the same, with one group: the whole text
	skeletons []string         // of the examples
}

// table is the phrases of a language, compiled once. A template that does not
// compile is a mistake of ours that no test lets through.
func table(lang tongue) []compiled {
	if lang == "fr" {
		return frenchTable()
	}
	return englishTable()
}

var (
	frenchTable  = sync.OnceValue(func() []compiled { return mustCompile("fr") })
	englishTable = sync.OnceValue(func() []compiled { return mustCompile("en") })
)

func mustCompile(lang tongue) []compiled {
	all := slices.Concat(givenPhrases(), deployPhrases(), faultPhrases(), processPhrases(), linkPhrases(), linkFaultPhrases(), linkDataPhrases(),
		serviceLinkPhrases(), namePhrases(), resourcePhrases(), diskPhrases(), secretPhrases(), wholeSitePhrases(), partitionPhrases(), providerPhrases(), sweepPhrases(), probePhrases(), operatePhrases(), thenPhrases(), stateThenPhrases(), bearPhrases(), infraPhrases())
	out := make([]compiled, len(all))
	for i, p := range all {
		out[i] = compiled{phrase: p}
		for _, pattern := range p.in(lang).patterns() {
			expr, err := expression(pattern, lang)
			if err != nil {
				panic(fmt.Sprintf("phrase %s in %s: %v", p.id, lang, err))
			}
			out[i].exprs = append(out[i].exprs, regexp.MustCompile(expr))
			out[i].forGodog = append(out[i].forGodog, regexp.MustCompile(whole(expr)))
		}
		for _, e := range p.in(lang).examples {
			out[i].skeletons = append(out[i].skeletons, skeleton(e))
		}
	}
	return out
}

// read gives the values of a text that the phrase matches.
func (c compiled) read(text string) (values, bool) {
	for _, expr := range c.exprs {
		m := expr.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		v := values{}
		for i, name := range expr.SubexpNames() {
			if name != "" && m[i] != "" {
				v[name] = strings.TrimSpace(m[i])
			}
		}
		return v, true
	}
	return nil, false
}

// fits tells whether a step of this type may use the phrase; "*" fits all.
func (p phrase) fits(t messages.PickleStepType) bool {
	switch t {
	case messages.PickleStepType_CONTEXT:
		return p.kind == Given
	case messages.PickleStepType_ACTION:
		return p.kind == When
	case messages.PickleStepType_OUTCOME:
		return p.kind == Then
	}
	return true
}

// match finds the phrases that a step uses, and those that it would use under
// another keyword.
func match(text string, t messages.PickleStepType, lang tongue) (fitting, others []compiled) {
	for _, c := range table(lang) {
		if _, ok := c.read(text); !ok {
			continue
		}
		if c.fits(t) {
			fitting = append(fitting, c)
			continue
		}
		others = append(others, c)
	}
	return fitting, others
}
