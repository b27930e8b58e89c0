package history

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Plural picks the form for n things. French has the singular for 0 and 1,
// English for 1 alone. Forms that hold the number itself write it as %d:
//
//	Plural(n, "%d conteneur figé", "%d conteneurs figés", "%d container frozen", "%d containers frozen")
func Plural(n int, fr1, fr, en1, en string) Text {
	if n >= -1 && n <= 1 {
		fr = fr1
	}
	if n == 1 {
		en = en1
	}
	number := strconv.Itoa(n)
	return Text{FR: strings.Replace(fr, "%d", number, 1), EN: strings.Replace(en, "%d", number, 1)}
}

// Length is a length of time, whole, as people write it: "2 min 30 s",
// "1,5 s" and "1.5 s", "400 ms", to the millisecond; in French "1 min 03 s", with
// no-break spaces. What is measured, and known less well, is not written so.
func Length(d time.Duration) Text {
	return Text{FR: length(d, "\u00a0", ",", 2), EN: length(d, " ", ".", 1)}
}

// length writes at least so many digits of what follows a larger unit.
func length(d time.Duration, space, point string, digits int) string {
	if d < 0 {
		return "−" + length(-max(d, -math.MaxInt64), space, point, digits)
	}
	ms := d.Round(time.Millisecond).Milliseconds()
	switch {
	case d == 0:
		return "0" + space + "s"
	case ms == 0:
		return d.String()
	case ms < 1000:
		return fmt.Sprintf("%d%sms", ms, space)
	}
	var parts []string
	add := func(number, unit string) {
		whole, _, _ := strings.Cut(number, ".")
		if missing := digits - len(whole); len(parts) > 0 && missing > 0 {
			number = strings.Repeat("0", missing) + number
		}
		parts = append(parts, strings.Replace(number, ".", point, 1)+space+unit)
	}
	if h := ms / 3_600_000; h > 0 {
		add(strconv.FormatInt(h, 10), "h")
	}
	if min := ms / 60_000 % 60; min > 0 {
		add(strconv.FormatInt(min, 10), "min")
	}
	if rest := ms % 60_000; rest > 0 {
		add(strconv.FormatFloat(float64(rest)/1000, 'f', -1, 64), "s")
	}
	return strings.Join(parts, space)
}

// CanaryError is a class of errors that canaries met ("timeout") in words. A class
// that is not known stands as it is.
func CanaryError(class string) Text {
	words := map[string]Text{
		"timeout":     {FR: "sans réponse", EN: "no answer"},
		"refused":     {FR: "refusé", EN: "refused"},
		"reset":       {FR: "connexion rompue", EN: "connection reset"},
		"eof":         {FR: "connexion fermée", EN: "connection closed"},
		"unreachable": {FR: "injoignable", EN: "unreachable"},
		"nxdomain":    {FR: "nom inconnu", EN: "no such name"},
		"servfail":    {FR: "résolution en échec", EN: "lookup failed"},
		"gone":        {FR: "conteneur disparu", EN: "container gone"},
	}
	if w, ok := words[class]; ok {
		return w
	}
	return Same(class)
}

var months = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}

// Day is a day in words, in UTC so that two readers see the same: "1er mars
// 2026" in French, 2026-03-01 in English.
func Day(t time.Time) Text {
	t = t.UTC()
	n := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		n = "1er"
	}
	return Text{FR: n + "\u00a0" + months[t.Month()-1] + " " + strconv.Itoa(t.Year()), EN: t.Format(time.DateOnly)}
}
