package fabric_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

func sliced(t *testing.T, s *rig) {
	before := s.roundTrip(t, "slow", 10)
	id := s.hold(t, paris1, echoOf("slow"))
	s.inject(t, fabric.Fault{ID: "slices", Kind: fabric.Slicer, Pairs: pair(paris1, lyon2), Bytes: 8, Latency: 10 * time.Millisecond})
	// 64 bytes are 8 slices.
	if grown := s.roundTrip(t, "slow", 5) - before; grown < 65*time.Millisecond || grown > 400*time.Millisecond {
		t.Errorf("the round trip of 64 bytes in slices of 8 grew by %s, want at least 70 ms", grown)
	}
	if r := s.ping(t, paris1, id, "", 2*time.Second); r.Took < 20*time.Millisecond {
		t.Errorf("an established connection still answers after %s", r.Took)
	}
	if met := s.heal(t, "slices"); met.Packets < 8 || met.Bytes < 64 {
		t.Errorf("%d slices of %d bytes are counted", met.Packets, met.Bytes)
	}
	if after := s.roundTrip(t, "slow", 10); after > 20*time.Millisecond {
		t.Errorf("healed, the round trip takes %s", after)
	}
	s.ping(t, paris1, id, "", 2*time.Second)
}

func slowClose(t *testing.T, s *rig) {
	farewell := net.JoinHostPort("slow", strconv.Itoa(lab.FarewellPort))
	end := func() time.Duration {
		t.Helper()
		r := reached(t)(s.peer(paris1).Watch(t.Context(), s.hold(t, paris1, farewell), 4*time.Second))
		if r.Fault != "ended" {
			t.Errorf("the provider closes, and the consumer meets %q (%s)", r.Fault, r.Error)
		}
		return r.Took
	}
	const later = 800 * time.Millisecond
	if took := end(); took > later/2 {
		t.Errorf("before, the end takes %s", took)
	}
	s.inject(t, fabric.Fault{ID: "slow close", Kind: fabric.SlowClose, Pairs: pair(paris1, lyon2), Latency: later})
	if took := end(); took < later-100*time.Millisecond || took > later+time.Second {
		t.Errorf("the end takes %s, want %s", took, later)
	}
	if now := s.state(t, "slow close"); now.Packets == 0 {
		t.Error("nobody counts the ends that come late")
	}
	// Who waits for an end when it is healed gets it then.
	id := s.hold(t, paris1, farewell)
	s.heal(t, "slow close")
	if r := reached(t)(s.peer(paris1).Watch(t.Context(), id, 2*time.Second)); r.Fault != "ended" || r.Took > later/2 {
		t.Errorf("healed, the end that was awaited: %q after %s", r.Fault, r.Took)
	}
	if took := end(); took > later/2 {
		t.Errorf("healed, the end takes %s", took)
	}
}

func limitData(t *testing.T, s *rig) {
	id := s.hold(t, paris1, echoOf("slow"))
	s.ping(t, paris1, id, "", 2*time.Second)
	s.inject(t, fabric.Fault{ID: "limit", Kind: fabric.LimitData, Pairs: pair(paris1, lyon2), Bytes: 60})
	// A ping is 25 bytes: two pass, the third is cut short.
	for range 2 {
		s.ping(t, paris1, id, "", 2*time.Second)
	}
	if r := reached(t)(s.peer(paris1).Ping(t.Context(), id, 2*time.Second)); r.Fault != "ended" && r.Fault != "reset" {
		t.Errorf("beyond the limit: %q (%s), want the connection's end", r.Fault, r.Error)
	}
	fresh := s.hold(t, paris1, echoOf("slow")) // a limit of its own, of which the greeting takes 18
	s.ping(t, paris1, fresh, "", 2*time.Second)
	if met := s.heal(t, "limit"); met.Packets != 1 || met.Bytes < 60 {
		t.Errorf("%d connections are counted that it ended, with %d bytes; want 1", met.Packets, met.Bytes)
	}
	for range 4 {
		s.ping(t, paris1, fresh, "", 2*time.Second)
	}
}

func errorPages(t *testing.T, s *rig) {
	before := s.page(t, "a", "slow")
	if r := s.page(t, "a", "slow"); !r.Kept || r.Status != 200 {
		t.Fatalf("the browser keeps no connection: %+v", r)
	}
	other := s.hold(t, paris1, echoOf("slow"))
	s.inject(t, fabric.Fault{ID: "page", Kind: fabric.HTTPError, Pairs: pair(paris1, lyon2), Status: 503})
	for i, browser := range []string{"a", "a", "b"} {
		r := s.page(t, browser, "slow")
		if r.Status != 503 || !r.Closes || r.Kept != (i == 0) {
			t.Errorf("request %d of browser %s: status %d, kept %v, closes %v; want 503, at once on the connection that it had, and its end", i, browser, r.Status, r.Kept, r.Closes)
		}
	}
	s.ping(t, paris1, other, "", 2*time.Second) // what is not HTTP passes
	s.fine(t, paris1, "slow")
	if r := s.page(t, "a", "standby"); r.Status != 200 {
		t.Errorf("another link answers %d", r.Status)
	}
	if met := s.heal(t, "page"); met.Packets != 3 || met.Bytes < 100 {
		t.Errorf("%d requests are counted, %d bytes; want 3", met.Packets, met.Bytes)
	}
	if r := s.page(t, "a", "slow"); r.Status != 200 || r.Value != before.Value+2 {
		t.Errorf("healed, status %d and request %.0f of the provider; it saw %.0f before and one more: nothing of the others may reach it", r.Status, r.Value, before.Value)
	}
	// In the place of a provider that is gone, too.
	s.inject(t, fabric.Fault{ID: "page", Kind: fabric.HTTPError, Pairs: pair(paris1, lyon2), Status: 429})
	s.kill(t, lyon2)
	if r := reached(t)(s.peer(paris1).Get(t.Context(), "c", pageOf("slow"), 6*time.Second)); r.Status != 429 {
		t.Errorf("for a dead provider: status %d (%s)", r.Status, r.Error)
	}
	s.heal(t, "page")
	s.restart(t, lyon2)
}
