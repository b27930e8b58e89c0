package fabric_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

func cut(t *testing.T, s *rig) {
	for _, c := range []struct {
		name string
		to   int
	}{{"mate", paris2}, {"standby", lyon1}} {
		id := s.hold(t, paris1, echoOf(c.name))
		pulses := s.hold(t, paris1, pulsesOf(c.name))
		if r := reached(t)(s.peer(paris1).Pulses(t.Context(), pulses, 0, short)); r.Value == 0 {
			t.Fatalf("%s sends no pulses: %s", c.name, r.Error)
		}
		state := s.inject(t, fabric.Fault{ID: c.name, Kind: fabric.Cut, Pairs: pair(paris1, c.to)})
		// What the provider says by itself, too.
		if r := reached(t)(s.peer(paris1).Pulses(t.Context(), pulses, state.AppliedAt, short)); r.Value > 0 || !r.OK {
			t.Errorf("%s is cut, and %.0f pulses came through (%s)", c.name, r.Value, r.Error)
		}
		s.ping(t, paris1, id, "silent", short)
		s.fails(t, paris1, echoOf(c.name), "silent", short)
		s.fine(t, lyon1, "primary")
		s.heal(t, c.name)
		// Both connections lived through it.
		s.ping(t, paris1, id, "", 4*time.Second)
		if r := reached(t)(s.peer(paris1).Pulses(t.Context(), pulses, time.Now().UnixNano(), 4*time.Second)); r.Value == 0 || !r.OK {
			t.Errorf("%s is healed, and %.0f pulses come through (%s)", c.name, r.Value, r.Error)
		}
		s.fine(t, paris1, c.name)
	}
}

func pulsesOf(name string) string { return net.JoinHostPort(name, strconv.Itoa(lab.PulsePort)) }

func cutOneWay(t *testing.T, s *rig) {
	id := s.hold(t, paris1, echoOf("standby"))
	pulses := s.hold(t, paris1, pulsesOf("standby"))
	state := s.inject(t, fabric.Fault{ID: "one way", Kind: fabric.Cut, Pairs: pair(paris1, lyon1), Direction: fabric.There})
	if r := reached(t)(s.peer(paris1).Pulses(t.Context(), pulses, state.AppliedAt, short)); r.Value == 0 {
		t.Errorf("one way is cut, and the other is silent too (%s)", r.Error)
	}
	s.ping(t, paris1, id, "silent", short)
	s.fails(t, paris1, echoOf("standby"), "silent", short)
	s.fine(t, lyon1, "primary") // a link of its own
	s.heal(t, "one way")
	s.ping(t, paris1, id, "", 4*time.Second)
}

func cutTowardsAMember(t *testing.T, s *rig) {
	door, err := s.Door(t.Context(), s.peer(lyon1))
	if err != nil {
		t.Fatal(err)
	}
	held := []int{s.hold(t, paris1, echoOf("standby")), s.hold(t, paris2, echoOf("standby"))}
	s.inject(t, fabric.Fault{ID: "any", Kind: fabric.Cut, Pairs: pair(0, lyon1)})
	for i, from := range []int{paris1, paris2} {
		s.ping(t, from, held[i], "silent", short)
		s.fails(t, from, echoOf("standby"), "silent", short)
	}
	if _, name, _, err := call(t, door, short); err == nil {
		t.Errorf("the door to the member is open: %s", name)
	}
	s.fine(t, paris1, "mate")
	s.fine(t, lyon2, "primary")
	s.heal(t, "any")
	for i, from := range []int{paris1, paris2} {
		s.ping(t, from, held[i], "", 4*time.Second)
	}
}

func cutOffASite(t *testing.T, s *rig) {
	door, err := s.Door(t.Context(), s.peer(lyon1))
	if err != nil {
		t.Fatal(err)
	}
	entry, err := s.Entry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Client.SetEntry(t.Context(), "lyon"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Client.SetEntry(t.Context(), "paris"); err != nil {
			t.Error(err)
		}
	}()
	client, _, _, err := call(t, entry, 4*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	out, slow, in := s.hold(t, paris1, echoOf("standby")), s.hold(t, paris1, echoOf("slow")), s.hold(t, lyon2, echoOf("primary"))
	s.inject(t, fabric.Fault{ID: "site", Kind: fabric.Cut, Site: "lyon"})
	s.ping(t, paris1, out, "silent", short)
	s.ping(t, paris1, slow, "silent", short)
	s.fails(t, paris2, echoOf("standby"), "silent", short)
	s.fine(t, paris1, "mate")
	if _, err := client.Write([]byte("hello?\n")); err != nil {
		t.Error(err)
	}
	var silent net.Error
	if err := read(client, short); !errors.As(err, &silent) || !silent.Timeout() {
		t.Errorf("a client of the site that is cut off meets %v, want silence", err)
	}
	for what, addr := range map[string]string{"door": door, "entry": entry} {
		if _, name, _, err := call(t, addr, short); err == nil {
			t.Errorf("the %s leads into the site: %s", what, name)
		}
	}
	s.heal(t, "site")
	s.ping(t, paris1, out, "", 4*time.Second)
	s.ping(t, paris1, slow, "", 4*time.Second)
	s.ping(t, lyon2, in, "", 4*time.Second)
	if err := read(client, 4*time.Second); err != nil {
		t.Errorf("the client's connection did not live through it: %v", err)
	}
}

// atOnce is far below the first retry of a SYN, 1 s.
const atOnce = 600 * time.Millisecond

func refuse(t *testing.T, s *rig) {
	for _, c := range []struct {
		name string
		to   int
	}{{"mate", paris2}, {"standby", lyon1}} {
		id := s.hold(t, paris1, echoOf(c.name))
		s.inject(t, fabric.Fault{ID: c.name, Kind: fabric.Refuse, Pairs: pair(paris1, c.to)})
		s.fails(t, paris1, echoOf(c.name), "refused", atOnce)
		s.ping(t, paris1, id, "reset", atOnce)
		if r := reached(t)(s.peer(paris1).Dial(t.Context(), "udp4", echoOf(c.name), atOnce)); r.Fault != "refused" {
			t.Errorf("UDP to %s: %q, want a refusal (port unreachable)", c.name, r.Fault)
		}
		s.fine(t, lyon1, "primary")
		if state := s.heal(t, c.name); state.Packets < 3 {
			t.Errorf("the refusal met %d packets, want at least 3", state.Packets)
		}
		s.fine(t, paris1, c.name)
	}
	door, err := s.Door(t.Context(), s.peer(lyon1))
	if err != nil {
		t.Fatal(err)
	}
	s.inject(t, fabric.Fault{ID: "door", Kind: fabric.Refuse, Pairs: pair(fabric.Outside, lyon1)})
	began := time.Now()
	if _, name, _, err := call(t, door, 3*time.Second); err == nil || time.Since(began) > atOnce {
		t.Errorf("from outside: %q answers, %v after %s, want a refusal at once", name, err, time.Since(began))
	}
}

// A crashed process on a living host answers with a reset. The engine's
// container vanishes with its address, so the fabric answers in its place.
func refuseForTheDead(t *testing.T, s *rig) {
	id := s.hold(t, paris1, echoOf("standby"))
	s.inject(t, fabric.Fault{ID: "crash", Kind: fabric.Refuse, Pairs: pair(0, lyon1)})
	s.kill(t, lyon1)
	for range 2 {
		s.fails(t, paris1, echoOf("standby"), "refused", atOnce)
	}
	r := reached(t)(s.peer(paris1).Ping(t.Context(), id, atOnce))
	if r.Fault != "reset" && r.Fault != "ended" {
		t.Errorf("an established connection meets %q after %s, want its end", r.Fault, r.Took)
	}
	s.heal(t, "crash")
	s.restart(t, lyon1)
	s.fine(t, paris1, "standby")
}

func (s *rig) kill(t *testing.T, member int) {
	t.Helper()
	if err := s.KillPeer(t.Context(), s.peer(member)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Starting one that runs is no error: the next part finds all alive.
		s.healAll(t)
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.StartPeer(ctx, s.peer(member)); err != nil {
			t.Error(err)
		}
	})
}

func (s *rig) restart(t *testing.T, member int) {
	t.Helper()
	if err := s.StartPeer(t.Context(), s.peer(member)); err != nil {
		t.Fatal(err)
	}
}

func hostLost(t *testing.T, s *rig) {
	s.kill(t, lyon1)
	r := s.fails(t, paris1, echoOf("standby"), "silent unreachable", 5*time.Second)
	if r.Took < short {
		t.Errorf("a lost host answers after %s: %s", r.Took, r.Error)
	}
	s.restart(t, lyon1)
	s.fine(t, paris1, "standby")
	s.fine(t, lyon1, "primary") // under its old address and identity
}

func counters(t *testing.T, s *rig) {
	s.inject(t, fabric.Fault{ID: "idle", Kind: fabric.Cut, Pairs: pair(paris2, paris1)})
	s.fine(t, paris1, "mate") // the other direction is another link
	s.fine(t, paris2, "standby")
	if state := s.state(t, "idle"); state.Packets != 0 {
		t.Errorf("nobody used the link, and the cut met %d packets", state.Packets)
	}
	s.fails(t, paris2, echoOf("mate"), "silent", short)
	one := s.state(t, "idle")
	if one.Packets == 0 || one.Bytes < 40*one.Packets {
		t.Errorf("a connection met the cut, and it counts %d packets of %d bytes", one.Packets, one.Bytes)
	}
	s.fails(t, paris2, echoOf("mate"), "silent", short)
	healed := s.heal(t, "idle")
	if healed.Packets <= one.Packets {
		t.Errorf("%d packets after the second connection, %d after the first", healed.Packets, one.Packets)
	}
	s.fine(t, paris2, "mate")
	if state := s.state(t, "idle"); state.Packets != healed.Packets || state.HealedAt != healed.HealedAt {
		t.Errorf("a healed fault still changes: %+v, then %+v", healed, state)
	}
}

func sameFaultTwice(t *testing.T, s *rig) {
	f := fabric.Fault{ID: "twice", Kind: fabric.Cut, Pairs: pair(paris1, paris2)}
	first := s.inject(t, f)
	if again := s.inject(t, f); again.AppliedAt != first.AppliedAt {
		t.Errorf("injected again at %d, want the one of %d", again.AppliedAt, first.AppliedAt)
	}
	s.fails(t, paris1, echoOf("mate"), "silent", short)
	one := s.heal(t, "twice")
	s.fine(t, paris1, "mate")
	if two := s.heal(t, "twice"); two.HealedAt != one.HealedAt {
		t.Errorf("healed again at %d, was %d", two.HealedAt, one.HealedAt)
	}
	if _, err := s.Client.Heal(t.Context(), "never seen"); !errors.Is(err, fabric.ErrNoFault) {
		t.Errorf("got %v", err)
	}
}

func overlappingFaults(t *testing.T, s *rig) {
	s.inject(t, fabric.Fault{ID: "all", Kind: fabric.Cut, Pairs: pair(0, paris2)})
	s.inject(t, fabric.Fault{ID: "one", Kind: fabric.Cut, Pairs: pair(paris1, paris2)})
	s.fails(t, paris1, echoOf("mate"), "silent", short)
	s.heal(t, "all")
	s.fails(t, paris1, echoOf("mate"), "silent", short)
	s.heal(t, "one")
	s.fine(t, paris1, "mate")
	s.inject(t, fabric.Fault{ID: "a", Kind: fabric.Cut, Pairs: pair(paris1, paris2)})
	s.inject(t, fabric.Fault{ID: "b", Kind: fabric.Refuse, Pairs: pair(paris1, lyon1)})
	if err := s.Client.HealAll(t.Context()); err != nil {
		t.Error(err)
	}
	s.fine(t, paris1, "mate")
	s.fine(t, paris1, "standby")
}

func expiry(t *testing.T, s *rig) {
	s.inject(t, fabric.Fault{ID: "lease", Kind: fabric.Cut, Pairs: pair(paris1, paris2), ExpiresIn: 700 * time.Millisecond})
	s.fails(t, paris1, echoOf("mate"), "silent", 300*time.Millisecond)
	s.fine(t, paris1, "mate")
	state := s.state(t, "lease")
	if lasted := time.Duration(state.HealedAt - state.AppliedAt); lasted < 600*time.Millisecond || lasted > 3*time.Second {
		t.Errorf("expired after %s, want 700 ms", lasted)
	}
	// The time of a fault that is healed by hand must not end its successor.
	s.inject(t, fabric.Fault{ID: "again", Kind: fabric.Cut, Pairs: pair(paris1, paris2), ExpiresIn: short})
	s.heal(t, "again")
	s.inject(t, fabric.Fault{ID: "again", Kind: fabric.Cut, Pairs: pair(paris1, paris2)})
	s.fails(t, paris1, echoOf("mate"), "silent", 1500*time.Millisecond)
	if state := s.state(t, "again"); state.HealedAt != 0 {
		t.Error("the fault was ended by the time of an earlier one")
	}
}

func wrongFaults(t *testing.T, s *rig) {
	for name, c := range map[string]struct {
		fault fabric.Fault
		want  string
	}{
		"no id":        {fabric.Fault{Kind: fabric.Cut, Pairs: pair(paris1, paris2)}, "id"},
		"unknown kind": {fabric.Fault{ID: "x", Kind: "burn", Pairs: pair(paris1, paris2)}, `"burn"`},
		"no member":    {fabric.Fault{ID: "x", Kind: fabric.Cut, Pairs: pair(paris1, 77)}, "member 77"},
		"not shaped":   {fabric.Fault{ID: "x", Kind: fabric.Latency, Latency: time.Second, Pairs: pair(paris1, paris2)}, "shaped"},
		// The first of its links is shaped: nothing may stay on it.
		"half of it": {fabric.Fault{ID: "x", Kind: fabric.Latency, Latency: time.Second, Pairs: append(pair(paris1, lyon2), pair(paris1, paris2)...)}, "shaped"},
	} {
		if _, err := s.Client.Inject(t.Context(), c.fault); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v does not tell %s", name, err, c.want)
		}
	}
	list, err := s.Client.Faults(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.ID == "x" && f.HealedAt == 0 {
			t.Errorf("a refused fault is in force: %+v", f)
		}
	}
	s.fine(t, paris1, "mate")
	if r := reached(t)(s.peer(paris1).RoundTrips(t.Context(), echoOf("slow"), 5)); !r.OK || r.Value > 500_000 {
		t.Errorf("a refused fault slows a link: %.0f µs (%s)", r.Value, r.Error)
	}
}
