package fabric_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

// roundTrip is the median of n on a new connection.
func (s *rig) roundTrip(t *testing.T, name string, n int) time.Duration {
	t.Helper()
	r := reached(t)(s.peer(paris1).RoundTrips(t.Context(), echoOf(name), n))
	if !r.OK {
		t.Fatalf("round trips to %s: %s", name, r.Error)
	}
	return time.Duration(r.Value * float64(time.Microsecond))
}

func latency(t *testing.T, s *rig) {
	const slower = 60 * time.Millisecond
	id := s.hold(t, paris1, echoOf("slow"))
	before := s.roundTrip(t, "slow", 50)
	s.inject(t, fabric.Fault{ID: "latency", Kind: fabric.Latency, Pairs: pair(paris1, lyon2), Latency: slower})
	if grown := s.roundTrip(t, "slow", 10) - before; grown < slower-5*time.Millisecond || grown > slower*2 {
		t.Errorf("the median round trip grew by %s, want %s", grown, slower)
	}
	if r := s.ping(t, paris1, id, "", 2*time.Second); r.Took < slower-5*time.Millisecond {
		t.Errorf("an established connection still answers after %s", r.Took)
	}
	if other := s.roundTrip(t, "standby", 10); other > slower/2 {
		t.Errorf("another link is slow too: %s", other)
	}
	if state := s.state(t, "latency"); state.Packets == 0 {
		t.Error("the latency does not count what it met")
	}
	s.heal(t, "latency")
	if after := s.roundTrip(t, "slow", 50); after > before+slower/4 {
		t.Errorf("healed, the round trip takes %s, %s before", after, before)
	}
	if r := s.ping(t, paris1, id, "", 2*time.Second); r.Took > slower/2 {
		t.Errorf("healed, an established connection answers after %s", r.Took)
	}
}

func bandwidth(t *testing.T, s *rig) {
	stream := func() float64 {
		t.Helper()
		r := reached(t)(s.peer(paris1).Stream(t.Context(), net.JoinHostPort("slow", strconv.Itoa(lab.StreamPort)), 1500*time.Millisecond))
		if !r.OK {
			t.Fatal(r.Error)
		}
		return r.Value
	}
	before := stream()
	s.inject(t, fabric.Fault{ID: "narrow", Kind: fabric.Bandwidth, Pairs: pair(paris1, lyon2), RateKBps: 1000})
	if got := stream(); got < 0.5 || got > 1.7 {
		t.Errorf("%.2f MB/s through a link of 1 MB/s", got)
	}
	s.heal(t, "narrow")
	if after := stream(); after < 10 || after < before/10 {
		t.Errorf("healed, %.0f MB/s, %.0f before", after, before)
	}
}

func resetIdle(t *testing.T, s *rig) {
	bystander := s.hold(t, paris1, echoOf("standby"))
	var held []int
	for range 8 {
		held = append(held, s.hold(t, paris1, echoOf("slow")))
	}
	type end struct {
		r   lab.Report
		err error
	}
	ends := make(chan end, len(held))
	ctx, peer := t.Context(), s.peer(paris1)
	for _, id := range held {
		go func() {
			r, err := peer.Watch(ctx, id, 5*time.Second)
			ends <- end{r, err}
		}()
	}
	// Nothing tells that the watch has begun; early or late, it must end.
	state := s.inject(t, fabric.Fault{ID: "reset", Kind: fabric.Reset, Pairs: pair(paris1, lyon2)})
	for range held {
		e := <-ends
		if e.err != nil {
			t.Fatal(e.err)
		}
		if e.r.Fault != "reset" || e.r.Took > 2*time.Second {
			t.Errorf("an idle connection meets %q after %s, want a reset at once", e.r.Fault, e.r.Took)
		}
	}
	// New connections are reset again and again.
	r := reached(t)(s.peer(paris1).Hold(t.Context(), echoOf("slow")))
	if r.OK {
		if w := reached(t)(s.peer(paris1).Watch(t.Context(), r.ID, 2*time.Second)); w.Fault != "reset" {
			t.Errorf("a new connection meets %q, want a reset", w.Fault)
		}
	}
	s.ping(t, paris1, bystander, "", 2*time.Second)
	if now := s.state(t, state.ID); now.Packets < uint64(len(held)) {
		t.Errorf("the reset counts %d connections, want at least %d", now.Packets, len(held))
	}
	s.heal(t, "reset")
	id := s.hold(t, paris1, echoOf("slow"))
	if w := reached(t)(s.peer(paris1).Watch(t.Context(), id, short)); w.Fault != "silent" {
		t.Errorf("healed, an idle connection meets %q", w.Fault)
	}
	s.ping(t, paris1, id, "", 2*time.Second)
}

func cutShaped(t *testing.T, s *rig) {
	id, pulses := s.hold(t, paris1, echoOf("slow")), s.hold(t, paris1, pulsesOf("slow"))
	state := s.inject(t, fabric.Fault{ID: "cut", Kind: fabric.Cut, Pairs: pair(paris1, lyon2)})
	if r := reached(t)(s.peer(paris1).Pulses(t.Context(), pulses, state.AppliedAt, short)); r.Value > 0 || !r.OK {
		t.Errorf("the link is cut, and %.0f pulses came through (%s)", r.Value, r.Error)
	}
	s.ping(t, paris1, id, "silent", short)
	s.fails(t, paris1, echoOf("slow"), "silent", short)
	s.heal(t, "cut")
	s.ping(t, paris1, id, "", 4*time.Second)
	s.fine(t, paris1, "slow")
}

func refuseShaped(t *testing.T, s *rig) {
	id := s.hold(t, paris1, echoOf("slow"))
	s.inject(t, fabric.Fault{ID: "refuse", Kind: fabric.Refuse, Pairs: pair(paris1, lyon2)})
	s.fails(t, paris1, echoOf("slow"), "refused", atOnce)
	s.ping(t, paris1, id, "reset", atOnce)
	s.heal(t, "refuse")
	s.fine(t, paris1, "slow")
}

// Toxiproxy alone accepts for a dead provider: "connected", and then silence.
func deadBehindShaped(t *testing.T, s *rig) {
	s.fine(t, paris1, "slow")
	s.kill(t, lyon2)
	r := s.fails(t, paris1, echoOf("slow"), "refused reset unreachable ended", 6*time.Second)
	if r.Took > 4*time.Second {
		t.Errorf("told after %s, want 4 s at most", r.Took)
	}
	s.restart(t, lyon2)
	s.fine(t, paris1, "slow")
}
