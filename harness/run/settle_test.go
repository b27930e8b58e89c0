package run

import (
	"testing"
	"time"

	"bascule/harness/history"
)

// TestSettlingIsAsLongAsTheVerdictNeeds: never shorter than what a sentence
// allows, so that "not restored" can be told, and never without a bound.
func TestSettlingIsAsLongAsTheVerdictNeeds(t *testing.T) {
	restored := func(d time.Duration) history.Expectation {
		return history.Expectation{Kind: history.ExpectRestored, Within: d}
	}
	for _, c := range []struct {
		expect []history.Expectation
		want   time.Duration
	}{
		{nil, settleBound},
		{[]history.Expectation{{Kind: history.ExpectNothingLost}}, settleBound},
		{[]history.Expectation{restored(10 * time.Second), restored(30 * time.Second)}, 37 * time.Second},
		{[]history.Expectation{restored(time.Hour)}, settleBound},
	} {
		if got := settleFor(c.expect, 2*time.Second); got != c.want {
			t.Errorf("%v: %v, want %v", c.expect, got, c.want)
		}
	}
}

// TestADeadServiceIsNotWaitedFor: but a working one has all the time it needs.
func TestADeadServiceIsNotWaitedFor(t *testing.T) {
	end := 40 * time.Second
	for good, want := range map[time.Duration]time.Duration{0: readDownBound, 30 * time.Second: readDownBound, end - time.Second: readBound, end: readBound} {
		if got := readBoundOf(end, good); got != want {
			t.Errorf("last answer at %v of %v: %v to read, want %v", good, end, got, want)
		}
	}
}
