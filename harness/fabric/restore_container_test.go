package fabric_test

import (
	"testing"
	"time"

	"bascule/harness/fabric"
)

// Somebody kills the fabric's container and starts it again: that is noticed,
// and the same links, the same faults and the same entry are there afterwards.
func restored(t *testing.T, s *rig) {
	ctx := t.Context()
	s.inject(t, fabric.Fault{ID: "healed before", Kind: fabric.Cut, Pairs: pair(paris1, lyon1)})
	s.heal(t, "healed before")
	faults := []fabric.Fault{
		{ID: "cut", Kind: fabric.Cut, Pairs: pair(paris1, paris2)},
		{ID: "late", Kind: fabric.Latency, Pairs: pair(paris1, lyon2), Latency: 50 * time.Millisecond},
		{ID: "no name", Kind: fabric.NXDomain, Pairs: pair(lyon1, 0), Name: "primary"},
	}
	for _, f := range faults {
		s.inject(t, f)
	}
	before, err := s.Client.Health(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.KillAgent(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := s.Client.Health(ctx)
	if err != nil || after.Ready || after.Started <= before.Started || before.Started == 0 {
		t.Fatalf("an agent of %d, then one of %d that is ready: %v (%v)", before.Started, after.Started, after.Ready, err)
	}
	// What cannot be put in force leaves all of it silent, not half of it whole.
	wrong := append(faults[:len(faults):len(faults)], fabric.Fault{ID: "wrong", Kind: fabric.Cut, Pairs: pair(paris1, 99)})
	if _, err := s.Client.Restore(ctx, s.Topology, wrong, "lyon"); err == nil {
		t.Error("a fault on a member that does not exist was restored")
	}
	door, err := s.Door(ctx, s.peer(lyon1))
	if err != nil {
		t.Fatal(err)
	}
	if _, name, _, err := call(t, door, short); err == nil {
		t.Errorf("%s answers through a fabric that is half restored", name)
	}
	var applied int64
	for range 2 {
		h, err := s.Client.Restore(ctx, s.Topology, faults, "lyon")
		if err != nil || !h.Ready || h.Started != after.Started {
			t.Fatalf("restored: %+v, %v", h, err)
		}
		state := s.state(t, "cut")
		if applied != 0 && state.AppliedAt != applied {
			t.Error("restored twice, the fault began twice")
		}
		applied = state.AppliedAt
	}
	if err := s.MeetPeers(ctx); err != nil {
		t.Fatal(err)
	}
	s.fails(t, paris1, echoOf("mate"), "silent", short)
	s.fails(t, lyon1, echoOf("primary"), "name", short)
	s.fine(t, paris1, "standby")
	if trip := s.roundTrip(t, "slow", 5); trip < 45*time.Millisecond {
		t.Errorf("the slow link has a round trip of %s", trip)
	}
	addr, err := s.Entry(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, name, _, err := call(t, addr, 4*time.Second); err != nil || name != "lyon1" {
		t.Errorf("the entry leads to %q (%v), want lyon1", name, err)
	}
	for _, f := range faults {
		s.heal(t, f.ID)
	}
	s.fine(t, paris1, "mate")
	s.fine(t, lyon1, "primary")
}
