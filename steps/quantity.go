package steps

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Quantities as people write them, in both languages: 99,5 %, 99.5%, 1 000,
// 1,000, 1 h 30, 2 min 30 s, 800 ms, une minute, half an hour.

// Patterns of quantities as they stand in a sentence. They are generous: what
// is no quantity after all (a unit that nobody knows) is told by the parsers.
const (
	numberPattern = `\d+(?: \d{3})*(?:[.,]\d+)*`
	countPattern  = `(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|quinze|vingt|trente|an?|one|two|three|four|five|seven|eight|nine|ten|fifteen|twenty|thirty)`
	unitPattern   = `[\pLµ]+`
	wholePattern  = `(?:une demi-heure|un quart d'heure|une demi-minute|une demi-seconde|half an hour|a quarter of an hour|half a minute|half a second)`

	// As short as the rest of a sentence allows: "for 10 seconds 2 seconds after..."
	// names two.
	durationPattern = `(?:` + wholePattern + `|(?:` + numberPattern + ` ?|` + countPattern + ` )` + unitPattern +
		`(?:(?: et| and|,)? ?` + numberPattern + `(?: ?` + unitPattern + `)?)*?(?: et demie?)?)`
)

var (
	thousands   = regexp.MustCompile(`^\d{1,3}(?: \d{3})+(?:[.,]\d+)?$|^\d+(?:[.,]\d+)?$`)
	commaGroups = regexp.MustCompile(`^\d{1,3}(?:,\d{3})+(?:\.\d+)?$`)
	dotGroups   = regexp.MustCompile(`^[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$`)
)

// parseNumber reads a number. A comma is the decimal sign, except in English
// where groups of three digits follow it; what French readers could take for
// either is refused.
func parseNumber(s string, lang tongue) (float64, error) {
	s = strings.TrimSpace(spaces(s))
	plain := s
	switch {
	case lang != "fr" && commaGroups.MatchString(s):
		plain = strings.ReplaceAll(s, ",", "")
	case lang == "fr" && dotGroups.MatchString(s):
		return 0, fmt.Errorf("%s", lang.say("« %s » se lit de deux façons : écrivez les milliers avec une espace (1 000) et les décimales avec une virgule (1,5)", "", s))
	case thousands.MatchString(s):
		plain = strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), ",", ".")
	default:
		return 0, fmt.Errorf("%s", lang.say("« %s » n’est pas un nombre", "%q is not a number", s))
	}
	v, err := strconv.ParseFloat(plain, 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s", lang.say("« %s » n’est pas un nombre utilisable", "%q is not a usable number", s))
	}
	return v, nil
}

// parsePercent reads "99,5 %" as 99.5; it refuses what is not within 0 and 100.
func parsePercent(s string, lang tongue) (float64, error) {
	v, err := parseNumber(strings.TrimSuffix(strings.TrimSpace(spaces(s)), "%"), lang)
	if err == nil && v > 100 {
		err = fmt.Errorf("%s", lang.say("« %s » : un pourcentage va de 0 à 100", "%q: a percentage goes from 0 to 100", s))
	}
	return v, err
}

// unit is what a word stands for; next is what a bare number behind it counts.
type unit struct {
	size time.Duration
	next time.Duration
}

// unitOf knows the units of both languages.
func unitOf(word string) (unit, bool) {
	switch strings.ToLower(word) {
	case "ms", "milliseconde", "millisecondes", "millisecond", "milliseconds", "msec":
		return unit{time.Millisecond, 0}, true
	case "s", "sec", "secs", "seconde", "secondes", "second", "seconds":
		return unit{time.Second, 0}, true
	case "m", "min", "mn", "mins", "minute", "minutes":
		return unit{time.Minute, time.Second}, true
	case "h", "hr", "hrs", "heure", "heures", "hour", "hours":
		return unit{time.Hour, time.Minute}, true
	case "j", "jour", "jours", "d", "day", "days":
		return unit{24 * time.Hour, time.Hour}, true
	}
	return unit{}, false
}

// countOf reads a count in letters.
func countOf(word string) (float64, bool) {
	switch strings.ToLower(word) {
	case "un", "une", "a", "an", "one":
		return 1, true
	}
	for n, words := range map[float64][]string{
		2: {"deux", "two"}, 3: {"trois", "three"}, 4: {"quatre", "four"}, 5: {"cinq", "five"}, 6: {"six"},
		7: {"sept", "seven"}, 8: {"huit", "eight"}, 9: {"neuf", "nine"}, 10: {"dix", "ten"}, 15: {"quinze", "fifteen"},
		20: {"vingt", "twenty"}, 30: {"trente", "thirty"},
	} {
		for _, w := range words {
			if strings.EqualFold(w, word) {
				return n, true
			}
		}
	}
	return 0, false
}

// wholeDuration knows the set phrases.
func wholeDuration(s string) (time.Duration, bool) {
	switch s {
	case "une demi-heure", "half an hour":
		return 30 * time.Minute, true
	case "un quart d'heure", "a quarter of an hour":
		return 15 * time.Minute, true
	case "une demi-minute", "half a minute":
		return 30 * time.Second, true
	case "une demi-seconde", "half a second":
		return 500 * time.Millisecond, true
	}
	return 0, false
}

// durationPart is one "number unit" at the start of a duration.
var durationPart = regexp.MustCompile(`^(?:(` + numberPattern + `) ?|(` + countPattern + `) )(` + unitPattern + `)?`)

// bare is a last number without a unit, as in 1 h 30.
var bare = regexp.MustCompile(`^(` + numberPattern + `)$`)

// joint is what may stand between two parts.
var joint = regexp.MustCompile(`^(?: et | and |, | )?`)

// longest is the longest duration that a scenario may name; beyond it somebody
// has mistyped.
const longest = 366 * 24 * time.Hour

// parseDuration reads a duration; its parts go from the largest unit to the
// smallest.
func parseDuration(s string, lang tongue) (time.Duration, error) {
	s = strings.TrimSpace(apostrophes(spaces(s)))
	bad := func(fr, en string, args ...any) (time.Duration, error) {
		return 0, fmt.Errorf("%s", lang.say(fr, en, args...))
	}
	if d, ok := wholeDuration(strings.ToLower(s)); ok {
		return d, nil
	}
	rest, half := strings.CutSuffix(s, " et demie")
	if !half {
		rest, half = strings.CutSuffix(s, " et demi")
	}
	var total float64
	var last unit
	for first := true; rest != ""; first = false {
		if !first {
			rest = rest[len(joint.FindString(rest)):]
		}
		if m := bare.FindStringSubmatch(rest); m != nil && !first && last.next > 0 {
			v, err := parseNumber(m[1], lang)
			if err != nil {
				return 0, err
			}
			total, last, rest = total+v*float64(last.next), unit{size: last.next}, ""
			continue
		}
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return bad("« %s » n’est pas une durée : écrivez par exemple « 30 secondes », « 10 min » ou « 1 h 30 »",
				"%q is not a duration: write \"30 seconds\", \"10 min\" or \"1 h 30\", for example", s)
		}
		if m[3] == "" {
			return bad("« %s » : il manque l’unité (ms, s, min, h)", "%q: the unit is missing (ms, s, min, h)", s)
		}
		u, known := unitOf(m[3])
		if !known {
			return bad("« %s » : unité inconnue « %s » (connues : ms, s, min, h, j)", "%q: unknown unit %q (known: ms, s, min, h, d)", s, m[3])
		}
		if !first && u.size >= last.size {
			return bad("« %s » : les unités vont de la plus grande à la plus petite", "%q: units go from the largest to the smallest", s)
		}
		v, counted := countOf(m[2])
		if !counted {
			var err error
			if v, err = parseNumber(m[1], lang); err != nil {
				return 0, err
			}
		}
		total, last, rest = total+v*float64(u.size), u, rest[len(m[0]):]
	}
	if half {
		total += float64(last.size) / 2
	}
	if last.size == 0 {
		return bad("il manque une durée", "a duration is missing")
	}
	if total > float64(longest) {
		return bad("« %s » est plus long qu’un an", "%q is longer than a year", s)
	}
	return time.Duration(math.Round(total)), nil
}
