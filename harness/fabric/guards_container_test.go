package fabric_test

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

// A consumer that is frozen takes no data, and Toxiproxy waits for it to: the
// fault must be healed all the same, in time, and the link work again.
func frozenConsumer(t *testing.T, s *rig) {
	s.inject(t, fabric.Fault{ID: "slow while frozen", Kind: fabric.Latency, Pairs: pair(paris1, lyon2), Latency: 20 * time.Millisecond})
	consumer := s.peer(paris1)
	ctx := t.Context()
	streamed := make(chan struct{})
	go func() {
		defer close(streamed)
		// What becomes of it does not matter: it keeps the link full.
		_, _ = consumer.Stream(ctx, net.JoinHostPort("slow", strconv.Itoa(lab.StreamPort)), 2*time.Second)
	}()
	for range 100 { // until data flows
		if s.state(t, "slow while frozen").Packets > 20 {
			break
		}
		wait(t, 20*time.Millisecond)
	}
	if err := s.FreezePeer(ctx, consumer); err != nil {
		t.Fatal(err)
	}
	thaw := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.ThawPeer(ctx, consumer); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { <-streamed })
	wait(t, time.Second) // the buffers on the way fill up
	began := time.Now()
	state, err := s.Client.Heal(ctx, "slow while frozen")
	took := time.Since(began)
	thaw()
	if err != nil || state.HealedAt == 0 || took > 6*time.Second {
		t.Fatalf("healed %v after %s: %v", state.HealedAt != 0, took, err)
	}
	if trip := s.roundTrip(t, "slow", 10); trip > 10*time.Millisecond {
		t.Errorf("healed, a new connection has a round trip of %s", trip)
	}
}

// wait lets time pass on the machine that is tested, within a test's life.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// A service must not find the agent, whose API has no lock: it could heal the
// faults that it is tested with. That it tried is seen.
func agentOutOfReach(t *testing.T, s *rig) {
	gateway := s.peer(paris1).Site.Gateway.String()
	for _, port := range []int{fabric.APIPort, fabric.ToxiproxyPort} {
		s.fails(t, paris1, net.JoinHostPort(gateway, strconv.Itoa(port)), "silent", short)
		if n := s.observed(t, fabric.Observation{What: "flow", Consumer: paris1, Dst: gateway, Port: port, Proto: "tcp"}); n == 0 {
			t.Errorf("nobody saw it try port %d", port)
		}
	}
	if r := reached(t)(s.peer(paris1).Lookup(t.Context(), net.JoinHostPort(gateway, "53"), "mate", "A")); r.Rcode != "NOERROR" {
		t.Errorf("the resolver is out of reach too: %+v", r)
	}
}

func linksAreCounted(t *testing.T, s *rig) {
	uses := func(from, to int) uint64 {
		t.Helper()
		links, err := s.Client.Links(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			if l.From == from && l.To == to {
				return l.Connections
			}
		}
		return 0
	}
	for _, link := range []struct {
		from int
		name string
		to   int
	}{{lyon1, "primary", paris1}, {paris1, "slow", lyon2}} { // by the kernel, and by a proxy
		before := uses(link.from, link.to)
		id := s.hold(t, link.from, echoOf(link.name))
		for range 3 {
			s.ping(t, link.from, id, "", 2*time.Second)
		}
		s.fine(t, link.from, link.name)
		if now := uses(link.from, link.to); now != before+2 {
			t.Errorf("two connections to %s, %d before and %d after", link.name, before, now)
		}
	}
	if n := uses(lyon2, paris2); n != 0 {
		t.Errorf("a link that nobody used was used %d times", n)
	}
}
