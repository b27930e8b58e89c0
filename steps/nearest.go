package steps

import (
	"regexp"
	"strings"
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
			score := float64(distance(asked, s)) / float64(max(len([]rune(asked)), len([]rune(s)), 1))
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
		if d := distance(asked, unaccented(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}
