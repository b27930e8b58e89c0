package steps

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	gherkin "github.com/cucumber/gherkin/go/v26"
)

// keywords is the Gherkin keywords of one language, ready to recognise lines as
// people type them: any case, accents left out, any space before the colon.
type keywords struct {
	lang  tongue
	steps []string // as Gherkin has them, with the space or apostrophe at their end
	title *regexp.Regexp
	step  *regexp.Regexp
	exact map[string]string // unaccented form -> keyword
	role  map[string]role   // title keyword -> what it opens
	joins map[string]bool   // step keywords that go on from a step before: and, but
}

// role is what a title line opens.
type role int

const (
	roleNone role = iota
	roleFeature
	roleRule
	roleBackground
	roleScenario
	roleOutline
	roleExamples
)

// keywordsOf gives the keywords of "fr" or "en".
func keywordsOf(lang tongue) *keywords {
	if lang == "fr" {
		return frenchKeywords()
	}
	return englishKeywords()
}

var (
	frenchKeywords  = sync.OnceValue(func() *keywords { return newKeywords("fr") })
	englishKeywords = sync.OnceValue(func() *keywords { return newKeywords("en") })
)

func newKeywords(lang tongue) *keywords {
	d := gherkin.DialectsBuiltin().GetDialect(string(lang))
	k := &keywords{lang: lang, exact: map[string]string{}, role: map[string]role{}, joins: map[string]bool{}}
	var titles []string
	for _, group := range []struct {
		role  role
		words []string
	}{
		{roleFeature, d.FeatureKeywords()}, {roleRule, d.RuleKeywords()}, {roleBackground, d.BackgroundKeywords()},
		{roleScenario, d.ScenarioKeywords()}, {roleOutline, d.ScenarioOutlineKeywords()}, {roleExamples, d.ExamplesKeywords()},
	} {
		for _, w := range group.words {
			titles = append(titles, w)
			k.role[w] = group.role
			k.learn(w)
		}
	}
	for _, w := range d.StepKeywords() {
		if w == "* " || slices.Contains(k.steps, w) {
			continue
		}
		k.steps = append(k.steps, w)
		k.learn(w)
	}
	for _, w := range slices.Concat(d.Keywords["and"], d.Keywords["but"]) {
		k.joins[w] = true
	}
	// The longest first: "Et que " before "Et ".
	longest := func(a, b string) int { return len(b) - len(a) }
	slices.SortStableFunc(titles, longest)
	slices.SortStableFunc(k.steps, longest)
	k.title = regexp.MustCompile(`^(` + typedAs(titles) + `)\s*:`)
	k.step = regexp.MustCompile(`^(` + typedAs(k.steps) + `)`)
	return k
}

// learn keeps the accented form: "Étant donné " rather than "Etant donné ".
func (k *keywords) learn(word string) {
	key := keywordKey(word)
	if old, ok := k.exact[key]; !ok || len(word) > len(old) {
		k.exact[key] = word
	}
}

// keywordKey is the form in which keywords are looked up.
func keywordKey(word string) string { return unaccented(word) }

// typedAs is an expression for keywords as people type them.
func typedAs(words []string) string {
	letters := strings.NewReplacer("é", "[ée]", "É", "[éÉeE]", "è", "[èe]", " ", `\s+`)
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = letters.Replace(regexp.QuoteMeta(w))
	}
	return "(?i:" + strings.Join(parts, "|") + ")"
}

// titleLine recognises a title line: the keyword as Gherkin has it, and what
// stands behind the colon.
func (k *keywords) titleLine(line string) (keyword, rest string, ok bool) {
	m := k.title.FindString(line)
	if m == "" {
		return "", "", false
	}
	typed := strings.TrimSpace(strings.TrimSuffix(m, ":"))
	if _, known := k.role[typed]; !known {
		typed = k.exact[keywordKey(typed)]
	}
	return typed, line[len(m):], true
}

// stepLine recognises a step line: the keyword as Gherkin has it, what was
// typed, and the text.
func (k *keywords) stepLine(line string) (keyword, typed, rest string, ok bool) {
	typed = k.step.FindString(line)
	if typed == "" {
		return "", "", "", false
	}
	keyword = strings.Join(strings.Fields(typed), " ")
	if strings.TrimRight(typed, " ") != typed {
		keyword += " "
	}
	if !slices.Contains(k.steps, keyword) {
		keyword = k.exact[keywordKey(typed)]
	}
	return keyword, typed, line[len(typed):], true
}
