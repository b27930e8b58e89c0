package reports

import (
	"testing"
	"time"

	"bascule/harness/analysis"
)

func TestCanaryTrafficInWords(t *testing.T) {
	what := text("HTTP de paris/front/1 à paris/web/1", "HTTP from paris/front/1 to paris/web/1")
	fenced := text("HTTP ; le site est mis à l'écart", "HTTP; the site is fenced")
	c := &analysis.Canary{
		Before: &analysis.CanaryStretch{What: what, Sent: 12, OK: 12, Median: 2 * time.Millisecond},
		During: &analysis.CanaryStretch{What: what, Sent: 1430, Err: "timeout"},
		After:  &analysis.CanaryStretch{What: fenced, Sent: 8, OK: 6, Median: 3 * time.Millisecond, Err: "odd"},
	}
	for lang, want := range map[string]string{
		"fr": "Trafic canari\u00a0: avant 12 sur 12 (2\u00a0ms), pendant 0 sur 1\u202f430 (sans réponse), après 6 sur 8 (3\u00a0ms\u202f; odd) (HTTP de paris/front/1 à paris/web/1 → HTTP\u202f; le site est mis à l’écart)",
		"en": "Canary traffic: before 12 of 12 (2\u00a0ms), during 0 of 1,430 (no answer), after 6 of 8 (3\u00a0ms; odd) (HTTP from paris/front/1 to paris/web/1 → HTTP; the site is fenced)",
	} {
		if got := newTongue(lang).canary(c); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", lang, got, want)
		}
	}
	none := &analysis.Canary{Before: &analysis.CanaryStretch{What: text("aucun trafic canari : pas de port", "no canary traffic: no port")}}
	if got := newTongue("en").canary(none); got != "no canary traffic: no port" {
		t.Errorf("it is not told why there was none: %q", got)
	}
	if got := newTongue("en").canary(nil); got != "" {
		t.Errorf("a fault of old records has a canary: %q", got)
	}
}
