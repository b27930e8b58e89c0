package main

import (
	"testing"
	"time"
)

// Who knocks knows to a few milliseconds when a service came back.
func TestKnocksTellWhenADoorOpens(t *testing.T) {
	s, err := newOutageServer("127.1.9.1:0", monotonic)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if k := startKnocking(t.Context(), s.address); k != nil {
		t.Error("a door that answers is knocked at: it would tell nothing")
	}
	s.fail(refuse)
	k := startKnocking(t.Context(), s.address)
	if k == nil {
		t.Fatal("a closed door is not knocked at")
	}
	time.Sleep(20 * time.Millisecond)
	before := monotonic()
	if _, err := s.restore(); err != nil {
		t.Fatal(err)
	}
	after := monotonic()
	at, answered := k.end()
	// The server listens again between the two.
	if !answered || at.from > after || at.to < before || at.from >= at.to {
		t.Errorf("opened between %v and %v, knocks say %v, %v", before, after, at, answered)
	}
	if at.to-at.from > 50*time.Millisecond {
		t.Errorf("known to %v only", at.to-at.from)
	}
}

func TestKnocksAtADoorThatStaysClosed(t *testing.T) {
	s, err := newOutageServer("127.1.9.2:0", monotonic)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.fail(refuse)
	k := startKnocking(t.Context(), s.address)
	began := time.Now()
	if at, answered := k.end(); answered || at.from == 0 || time.Since(began) > 10*time.Second {
		t.Errorf("%v, %v after %v", at, answered, time.Since(began))
	}
}

func TestWhatTwoSayOfAnInstant(t *testing.T) {
	for _, c := range []struct {
		a, b, both instants
		ok         bool
	}{
		{instants{10, 30}, instants{5, 12}, instants{10, 12}, true},
		{instants{5, 12}, instants{10, 30}, instants{10, 12}, true},
		{instants{10, 30}, instants{15, 20}, instants{15, 20}, true},
		{instants{10, 20}, instants{20, 30}, instants{20, 20}, true},
		{instants{10, 20}, instants{21, 30}, instants{}, false},
		{instants{21, 30}, instants{10, 20}, instants{}, false},
	} {
		both, err := c.a.within(c.b)
		if (err == nil) != c.ok || c.ok && both != c.both {
			t.Errorf("%v and %v: %v, %v", c.a, c.b, both, err)
		}
	}
}
