package run

import (
	"testing"
	"time"

	"bascule/harness/history"
)

func TestAnswersAreLateByWhatIsNormal(t *testing.T) {
	for _, c := range []struct {
		normal, took time.Duration
		outcome      history.Outcome
		late         bool
	}{
		{2 * time.Millisecond, 200 * time.Millisecond, history.Acked, false},
		{2 * time.Millisecond, 300 * time.Millisecond, history.Acked, true},
		{2 * time.Millisecond, 300 * time.Millisecond, history.Rejected, false}, // failed, not late
		{100 * time.Millisecond, 800 * time.Millisecond, history.Acked, false},
		{100 * time.Millisecond, 1100 * time.Millisecond, history.Acked, true},
		{0, 300 * time.Millisecond, history.Acked, true}, // nothing is known of what is normal
	} {
		var p pace
		if c.normal > 0 {
			for i := range 10 {
				at := time.Duration(i) * time.Second
				p.take(history.Operation{Outcome: history.Acked, Intended: at, Done: at + c.normal})
			}
		}
		p.settle()
		if p.late.Load() != 0 {
			t.Errorf("%+v: late before anything began", c)
		}
		p.take(history.Operation{Outcome: c.outcome, Intended: time.Minute, Done: time.Minute + c.took})
		if late := p.late.Load() != 0; late != c.late {
			t.Errorf("%+v: late %v", c, late)
		}
	}
}
