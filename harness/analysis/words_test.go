package analysis

import (
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

func TestLengthsOfTime(t *testing.T) {
	for _, c := range []struct {
		d      time.Duration
		fr, en string
	}{
		{0, "0 ms", "0 ms"}, {1500 * time.Microsecond, "1,5 ms", "1.5 ms"}, {250 * ms, "250 ms", "250 ms"},
		{999900 * time.Microsecond, "1 s", "1 s"}, {1250 * ms, "1,25 s", "1.25 s"}, {41234 * ms, "41,2 s", "41.2 s"},
		{30 * sec, "30 s", "30 s"}, {59990 * ms, "1 min", "1 min"}, {125 * sec, "2 min 05 s", "2 min 05 s"},
		{15 * time.Minute, "15 min", "15 min"}, {62 * time.Minute, "1 h 02 min", "1 h 02 min"}, {2 * time.Hour, "2 h", "2 h"},
		{-250 * ms, "−250 ms", "-250 ms"}, {-1 << 63, "−2562047 h 47 min", "-2562047 h 47 min"},
	} {
		got := span(c.d)
		if plain(got.FR) != c.fr || plain(got.EN) != c.en {
			t.Errorf("%v: %q and %q, want %q and %q", c.d, got.FR, got.EN, c.fr, c.en)
		}
		if strings.Contains(got.FR+got.EN, " ") {
			t.Errorf("%v: %q can break over two lines", c.d, got.FR)
		}
	}
}

func TestShares(t *testing.T) {
	for p, want := range map[float64]string{99.5: "99,5 %", 100: "100 %", 99.9999: "99,999 %", 0: "0 %", 12.345: "12,35 %"} {
		if got := plain(percent(p).FR); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
	if got := percent(99.5).EN; got != "99.5%" {
		t.Errorf("%q", got)
	}
}

func TestMeasuredWithError(t *testing.T) {
	for _, c := range []struct {
		d, e time.Duration
		want string
	}{
		{41234 * ms, 112 * ms, "41,2 s ± 0,1 s"}, {41234 * ms, 12 * ms, "41,23 s ± 0,01 s"}, {1234 * ms, 4 * ms, "1,234 s ± 0,004 s"},
		{65 * sec, 500 * ms, "1 min 5,0 s ± 0,5 s"},
	} {
		if got := plain(interval(c.d, c.e).FR); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestFrenchTypography(t *testing.T) {
	got := say("l'étape « %s » : %d %% ; fini", "step “%s”: %d%%; done", history.Text{FR: "x : y", EN: "z"}, 5)
	want := history.Text{FR: "l’étape «\u00a0x : y\u00a0»\u00a0: 5\u202f%\u202f; fini", EN: "step “z”: 5%; done"}
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
