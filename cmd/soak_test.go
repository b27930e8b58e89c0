package cmd

import (
	"errors"
	"strings"
	"testing"

	"bascule/harness/analysis"
)

func TestSoakNamesWhatDrifts(t *testing.T) {
	sound := func() []round {
		var out []round
		for range 4 {
			out = append(out, round{heap: 20 << 20, goroutines: 12, files: 9, verdicts: map[string]analysis.Verdict{"a": analysis.Pass}})
		}
		return out
	}
	if wrong := drifted(sound()); len(wrong) > 0 {
		t.Errorf("a sound soak: %v", wrong)
	}
	for want, spoil := range map[string]func([]round){
		"goroutines":     func(r []round) { r[3].goroutines = 40 },
		"open files":     func(r []round) { r[3].files = 40 },
		"heap":           func(r []round) { r[3].heap = 64 << 20 },
		"round 2 left 3": func(r []round) { r[1].left = 3 },
		"round 3: a is":  func(r []round) { r[2].verdicts["a"] = analysis.Inconclusive },
	} {
		rounds := sound()
		spoil(rounds)
		if got := errors.Join(drifted(rounds)...); got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("want %q, got %v", want, got)
		}
	}
}
