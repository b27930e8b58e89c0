package analysis

import (
	"testing"
	"time"

	"bascule/harness/history"
)

func TestTimesOfACell(t *testing.T) {
	at := func(s int, k history.Kind) history.Event {
		return history.Event{At: time.Duration(s) * time.Second, Kind: k}
	}
	h := &history.History{Events: []history.Event{at(0, history.StageRaising), at(7, history.StageUp), at(8, history.LoadStarted), at(10, history.DeployStarted),
		at(12, history.FaultInjected), at(25, history.LoadStopped), at(26, history.StageDropping), at(28, history.StageDown)}}
	if got, want := TimesOf(h), (Times{7 * time.Second, 3 * time.Second, 15 * time.Second, time.Second, 2 * time.Second}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// A stage that never stood: all the time went into raising and removing it.
	h.Events = []history.Event{at(0, history.StageRaising), at(90, history.BaselineFailed), at(91, history.StageDropping), at(93, history.StageDown)}
	if got := TimesOf(h); got.Total() != 93*time.Second || got.Down != 2*time.Second || got.Exercise != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestTimesAddUp(t *testing.T) {
	a, b := Times{1, 2, 3, 4, 5}, Times{10, 20, 30, 40, 50}
	if got := a.Add(b); got != (Times{11, 22, 33, 44, 55}) || got.Total() != 165 {
		t.Errorf("%+v", got)
	}
}
