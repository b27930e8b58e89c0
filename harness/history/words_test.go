package history

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestLength(t *testing.T) {
	for d, want := range map[time.Duration]Text{
		0:                             {FR: "0 s", EN: "0 s"},
		400 * time.Millisecond:        {FR: "400 ms", EN: "400 ms"},
		1500 * time.Millisecond:       {FR: "1,5 s", EN: "1.5 s"},
		10 * time.Minute:              {FR: "10 min", EN: "10 min"},
		-10 * time.Minute:             {FR: "−10 min", EN: "−10 min"},
		90*time.Minute + 250000000:    {FR: "1 h 30 min 00,25 s", EN: "1 h 30 min 0.25 s"},
		63 * time.Second:              {FR: "1 min 03 s", EN: "1 min 3 s"},
		65 * time.Minute:              {FR: "1 h 05 min", EN: "1 h 5 min"},
		time.Minute + 999*time.Second: {FR: "17 min 39 s", EN: "17 min 39 s"},
	} {
		got := Length(d)
		got.FR = strings.ReplaceAll(got.FR, "\u00a0", " ")
		if got != want {
			t.Errorf("%s: %+v, want %+v", d, got, want)
		}
	}
	if got := Length(math.MinInt64); !strings.HasPrefix(got.FR, "−") {
		t.Errorf("the least duration: %+v", got)
	}
	if got := Length(10 * time.Minute).FR; got != "10\u00a0min" {
		t.Errorf("ordinary space in %q", got)
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]Text{
		0: {FR: "0 paquet touché", EN: "0 packets met it"},
		1: {FR: "1 paquet touché", EN: "1 packet met it"},
		2: {FR: "2 paquets touchés", EN: "2 packets met it"},
	} {
		if got := Plural(n, "%d paquet touché", "%d paquets touchés", "%d packet met it", "%d packets met it"); got != want {
			t.Errorf("%d: %+v, want %+v", n, got, want)
		}
	}
	if got := Plural(2, "ce site", "ces sites", "this site", "these sites"); got != (Text{FR: "ces sites", EN: "these sites"}) {
		t.Errorf("without the number: %+v", got)
	}
}

func TestDay(t *testing.T) {
	want := Text{FR: "1er\u00a0mars 2026", EN: "2026-03-01"}
	if got := Day(time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := Day(time.Date(2026, 8, 14, 1, 0, 0, 0, time.FixedZone("", 2*3600))); got.FR != "13\u00a0août 2026" {
		t.Errorf("not in UTC: %+v", got)
	}
}
