package reports

import (
	"regexp"
	"strings"
)

// The spaces that a line may not be broken at. French sets the wide one before
// a colon and inside guillemets, the narrow one before other tall punctuation
// and between thousands.
const (
	nbsp   = "\u00a0"
	narrow = "\u202f"
)

var (
	unit       = regexp.MustCompile(`(\d) (µs|ms|s|min|h|op/s|ops/s|kB/s|ko/s)(\b|$|[\s.,;:)])`)
	apostrophe = regexp.MustCompile(`(\pL)'`)
	frenchly   = strings.NewReplacer(" %", narrow+"%", " :", nbsp+":", " ;", narrow+";", " !", narrow+"!", " ?", narrow+"?",
		"« ", "«"+nbsp, " »", nbsp+"»")
)

// typeset gives a sentence of ours the spaces of its language. Sentences that
// people wrote in their scenarios are shown as written instead.
func typeset(lang, s string) string {
	s = strings.ReplaceAll(s, "± ", "±"+nbsp)
	s = unit.ReplaceAllString(s, "$1"+nbsp+"$2$3")
	if lang == "fr" {
		s = apostrophe.ReplaceAllString(s, "$1’")
		s = frenchly.Replace(s)
	}
	return s
}
