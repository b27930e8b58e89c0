package steps

import (
	"regexp"
	"strings"

	"bascule/harness/spelling"
)

// literal is a value in a step: a quoted word or a number.
var literal = regexp.MustCompile(`"[^"]*"|\d+(?:[.,: ]\d+)*`)

// skeleton is a step without its values, for comparing.
func skeleton(text string) string {
	return unaccented(literal.ReplaceAllString(quotes(apostrophes(spaces(text))), "#"))
}

// proposal is the example of the phrase that a step is nearest to, with the
// keyword of its kind; "" when it is near to none.
func proposal(text string, lang tongue) string {
	asked := strings.TrimPrefix(strings.TrimPrefix(skeleton(text), "que "), "qu'")
	best, bestScore := "", 0.62
	for _, c := range table(lang) {
		for i, s := range c.skeletons {
			score := float64(spelling.Distance(asked, s)) / float64(max(len([]rune(asked)), len([]rune(s)), 1))
			if score < bestScore {
				best, bestScore = lead(c.kind, lang, c.in(lang).examples[i]), score
			}
		}
	}
	return best
}

// nearest is the known word that a mistyped one most likely stands for, "" if
// none is near.
func nearest(word string, known []string) string {
	asked := unaccented(word)
	best, bestDistance := "", max(1, len([]rune(asked))/3)+1
	for _, k := range known {
		if len(asked) > 1 && strings.HasPrefix(unaccented(k), asked) {
			return k
		}
		if d := spelling.Distance(asked, unaccented(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}
