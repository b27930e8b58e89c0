package steps

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestDurationsAsWritten(t *testing.T) {
	for _, c := range []struct {
		lang tongue
		text string
		want time.Duration
	}{
		{"fr", "10 minutes", 10 * time.Minute}, {"en", "10 minutes", 10 * time.Minute}, {"fr", "1 h 30", 90 * time.Minute}, {"fr", "1h30", 90 * time.Minute},
		{"fr", "1 h 30 min", 90 * time.Minute}, {"en", "1 h 30", 90 * time.Minute}, {"fr", "800 ms", 800 * time.Millisecond}, {"en", "2 s", 2 * time.Second},
		{"en", "30 seconds", 30 * time.Second}, {"fr", "une minute", time.Minute}, {"fr", "1,5 s", 1500 * time.Millisecond}, {"en", "1.5 s", 1500 * time.Millisecond},
		{"fr", "2 minutes et 30 secondes", 150 * time.Second}, {"en", "2 minutes and 30 seconds", 150 * time.Second}, {"fr", "2 min 30", 150 * time.Second},
		{"en", "half an hour", 30 * time.Minute}, {"fr", "une demi-heure", 30 * time.Minute}, {"fr", "un quart d’heure", 15 * time.Minute},
		{"fr", "une heure et demie", 90 * time.Minute}, {"fr", "deux secondes", 2 * time.Second}, {"en", "a second", time.Second}, {"en", "five minutes", 5 * time.Minute},
		{"fr", "10\u00a0s", 10 * time.Second}, {"fr", "0 s", 0}, {"fr", "1 000 ms", time.Second}, {"en", "1,000 ms", time.Second}, {"fr", "2 jours", 48 * time.Hour},
		{"en", "1m30s", 90 * time.Second}, {"en", "1 day 12 h", 36 * time.Hour},
	} {
		got, err := parseDuration(c.text, c.lang)
		if err != nil || got != c.want {
			t.Errorf("%s %q: %v, %v, want %v", c.lang, c.text, got, err, c.want)
		}
		plain := apostrophes(spaces(c.text))
		if !regexp.MustCompile(`^` + durationPattern + `$`).MatchString(plain) {
			t.Errorf("%q is a duration that no step would take", plain)
		}
	}
}

func TestDurationsThatAreNone(t *testing.T) {
	for _, c := range []struct {
		lang       tongue
		text, want string
	}{
		{"fr", "10", "il manque l’unité"}, {"en", "10", "the unit is missing"}, {"fr", "10 parsecs", "unité inconnue « parsecs »"}, {"en", "ten parsecs", "unknown unit"},
		{"fr", "30 s 2 min", "de la plus grande à la plus petite"}, {"fr", "bientôt", "n’est pas une durée"}, {"en", "", "a duration is missing"},
		{"en", "1000 days", "longer than a year"}, {"fr", "-5 s", "n’est pas une durée"}, {"fr", "1.000 ms", "se lit de deux façons"}, {"fr", "5 s 5", "il manque l’unité"},
		{"en", "99999999999999999999 days", "longer than a year"},
	} {
		_, err := parseDuration(c.text, c.lang)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), nbsp, " "), c.want) {
			t.Errorf("%s %q: %v, want %q", c.lang, c.text, err, c.want)
		}
	}
}

func TestNumbersAndPercentages(t *testing.T) {
	for _, c := range []struct {
		lang tongue
		text string
		want float64
	}{
		{"fr", "99,5 %", 99.5}, {"en", "99.5%", 99.5}, {"fr", "99.5 %", 99.5}, {"fr", "99,5\u202f%", 99.5}, {"fr", "100 %", 100}, {"en", "0%", 0},
	} {
		if got, err := parsePercent(c.text, c.lang); err != nil || got != c.want {
			t.Errorf("%s %q: %v, %v, want %v", c.lang, c.text, got, err, c.want)
		}
	}
	if _, err := parsePercent("101 %", "fr"); err == nil {
		t.Error("101 % is taken")
	}
	for _, c := range []struct {
		lang tongue
		text string
		want float64
	}{{"fr", "5 000", 5000}, {"en", "5,000", 5000}, {"en", "1,000.5", 1000.5}, {"fr", "0,25", 0.25}, {"en", "0,25", 0.25}, {"fr", "1\u202f000", 1000}} {
		if got, err := parseNumber(c.text, c.lang); err != nil || got != c.want {
			t.Errorf("%s %q: %v, %v, want %v", c.lang, c.text, got, err, c.want)
		}
	}
	for _, bad := range []string{"1,2,3", "1 00", "x", ""} {
		if v, err := parseNumber(bad, "fr"); err == nil {
			t.Errorf("%q is read as %v", bad, v)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"1 h 30", "une demi-heure", "2 min et 30 s", "1,5 s", "99999999999999999999 days", "deux  "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []tongue{"fr", "en"} {
			d, err := parseDuration(s, lang)
			if err == nil && (d < 0 || d > longest) {
				t.Errorf("%q: %v", s, d)
			}
		}
	})
}
