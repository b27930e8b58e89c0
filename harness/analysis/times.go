package analysis

import (
	"time"

	"bascule/harness/history"
)

// Times is where the wall time of an exercise went.
type Times struct {
	Raise    time.Duration `json:"raise_ns"`    // from nothing to a healthy stage
	Baseline time.Duration `json:"baseline_ns"` // load on a system that is well, to know what healthy is
	Exercise time.Duration `json:"exercise_ns"` // from the start of the deployment to the end of the load: the outage itself, and what it takes to call the service stable
	ReadBack time.Duration `json:"read_back_ns"`
	Down     time.Duration `json:"down_ns"`
}

// Total is the wall time.
func (t Times) Total() time.Duration {
	return t.Raise + t.Baseline + t.Exercise + t.ReadBack + t.Down
}

// Add sums up.
func (t Times) Add(o Times) Times {
	return Times{Raise: t.Raise + o.Raise, Baseline: t.Baseline + o.Baseline, Exercise: t.Exercise + o.Exercise, ReadBack: t.ReadBack + o.ReadBack, Down: t.Down + o.Down}
}

// TimesOf reads them off a history. A part that did not come to
// its end lasts to the end of the history.
func TimesOf(h *history.History) Times {
	marks := []history.Kind{history.StageUp, history.DeployStarted, history.LoadStopped, history.StageDropping, history.StageDown}
	var t Times
	parts := []*time.Duration{&t.Raise, &t.Baseline, &t.Exercise, &t.ReadBack, &t.Down}
	part := 0
	var from, last time.Duration
	for _, e := range h.Events {
		last = max(last, e.At)
		for k := part; k < len(marks); k++ {
			if e.Kind == marks[k] {
				*parts[part] += e.At - from
				from, part = e.At, k+1
				break
			}
		}
	}
	if part < len(parts) {
		*parts[part] += last - from
	}
	return t
}
