package main

import (
	"testing"
	"time"

	"bascule/harness/history"
)

// TestCovered: what overlaps counts once, what lies outside not at all.
func TestCovered(t *testing.T) {
	zero := time.Unix(1_000_000, 0)
	at := func(s int) time.Time { return zero.Add(time.Duration(s) * time.Second) }
	for _, c := range []struct {
		list []stretch
		want time.Duration
	}{
		{nil, 0},
		{[]stretch{{at(2), at(4)}, {at(6), at(7)}}, 3 * time.Second},
		{[]stretch{{at(6), at(7)}, {at(2), at(6)}, {at(3), at(5)}}, 5 * time.Second},
		{[]stretch{{at(-5), at(1)}, {at(9), at(20)}, {at(30), at(40)}}, 2 * time.Second},
	} {
		if got := covered(c.list, at(0), at(10)); got != c.want {
			t.Errorf("%v: %v, want %v", c.list, got, c.want)
		}
	}
}

// TestAtWork: pairs of one subject, and nothing of what never ended.
func TestAtWork(t *testing.T) {
	event := func(s int, k history.Kind, subject string) history.Event {
		return history.Event{At: time.Duration(s) * time.Second, Kind: k, Subject: subject}
	}
	h := &history.History{Header: history.Header{Started: time.Unix(0, 0)}, Events: []history.Event{
		event(1, history.StageRaising, "orders"), event(4, history.StageUp, "orders"),
		event(5, history.LoadStarted, "a"), event(5, history.LoadStarted, "b"), event(9, history.LoadStopped, "b"), event(10, history.LoadStopped, "a"),
		event(11, history.ReadbackStarted, "store db"), event(12, history.StageDropping, "orders"),
	}}
	if got := covered(atWork(h), time.Unix(0, 0), time.Unix(20, 0)); got != 8*time.Second {
		t.Errorf("%v at work, want 8 s", got)
	}
}
