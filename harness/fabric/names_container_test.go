package fabric_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

// lookup asks as a consumer, through the engine's resolver and straight.
func (s *rig) lookup(t *testing.T, from int, name string, each func(how string, r lab.Report)) {
	t.Helper()
	for how, server := range map[string]string{"through the engine": "", "straight": net.JoinHostPort(s.peer(from).Site.Gateway.String(), "53")} {
		each(how, reached(t)(s.peer(from).LookupWithin(t.Context(), server, name, "A", 6*time.Second)))
	}
}

func wrongNames(t *testing.T, s *rig) {
	for _, c := range []struct {
		fault fabric.Fault
		rcode string
		addr  string
		ttl   uint32
		dial  string // what a new connection by that name meets
	}{
		{fabric.Fault{Kind: fabric.NXDomain}, "NXDOMAIN", "", 0, "name"},
		{fabric.Fault{Kind: fabric.ServFail}, "SERVFAIL", "", 0, "name"},
		{fabric.Fault{Kind: fabric.StaleAnswer}, "NOERROR", fabric.Nobody.String(), fabric.StaleTTL, "silent"},
		{fabric.Fault{Kind: fabric.WrongAddress, Others: []int{lyon1}}, "NOERROR", fabric.VIP(paris1, lyon1).String(), 5, ""},
	} {
		t.Run(string(c.fault.Kind), func(t *testing.T) {
			id := s.hold(t, paris1, echoOf("mate"))
			c.fault.ID, c.fault.Pairs, c.fault.Name = string(c.fault.Kind), pair(paris1, 0), "Mate."
			s.inject(t, c.fault)
			s.lookup(t, paris1, "mate", func(how string, r lab.Report) {
				addr := ""
				if len(r.Addrs) > 0 {
					addr = r.Addrs[0]
				}
				if !r.OK || r.Rcode != c.rcode || addr != c.addr || r.TTL != c.ttl || len(r.Addrs) > 1 {
					t.Errorf("%s: %s %v for %d s (%s), want %s %s for %d s", how, r.Rcode, r.Addrs, r.TTL, r.Error, c.rcode, c.addr, c.ttl)
				}
			})
			// As a service asks: by its runtime's own resolver.
			r := s.dial(t, paris1, echoOf("mate"), 1500*time.Millisecond)
			if r.Fault != c.dial || c.dial == "" && r.Name != "lyon1" {
				t.Errorf("a new connection reaches %q or meets %q (%s), want %q", r.Name, r.Fault, r.Error, c.dial)
			}
			s.ping(t, paris1, id, "", 2*time.Second) // who is connected stays so
			s.fine(t, paris1, "standby")             // another name
			s.fine(t, paris2, "mate")                // another consumer
			if state := s.state(t, c.fault.ID); state.Packets < 3 {
				t.Errorf("%d lookups are counted, want at least 3", state.Packets)
			}
			if n := s.observed(t, fabric.Observation{What: "dns", Consumer: paris1, Name: "mate", Type: "A", Answer: c.rcode, Forced: true}); n < 3 {
				t.Errorf("%d lookups are noted as forced, want at least 3", n)
			}
			s.heal(t, c.fault.ID)
			if r := s.dial(t, paris1, echoOf("mate"), 4*time.Second); r.Name != "paris2" {
				t.Errorf("healed, %q answers (%s)", r.Name, r.Error)
			}
		})
	}
	list, err := s.Client.Observations(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.What == "flow" && o.Dst == fabric.Nobody.String() {
			t.Errorf("where a stale answer leads is noted as a flow that nobody declared: %+v", o)
		}
	}
}

// movedNames: a name that leads elsewhere from now on, for whoever may ask for
// it. Who is connected stays so; whoever asks again gets there.
func movedNames(t *testing.T, s *rig) {
	id := s.hold(t, paris1, echoOf("standby"))
	to := func(provider int) {
		t.Helper()
		if err := s.Client.MoveName(t.Context(), fabric.NameMove{Name: "Standby.", Providers: []int{provider}}); err != nil {
			t.Fatal(err)
		}
	}
	to(lyon2)
	s.lookup(t, paris1, "standby", func(how string, r lab.Report) {
		if r.Rcode != "NOERROR" || len(r.Addrs) != 1 || r.Addrs[0] != fabric.VIP(paris1, lyon2).String() || time.Duration(r.TTL)*time.Second != fabric.AnswerTTL {
			t.Errorf("%s: %s %v for %d s, want the link to lyon2 for %s", how, r.Rcode, r.Addrs, r.TTL, fabric.AnswerTTL)
		}
	})
	if r := s.dial(t, paris1, echoOf("standby"), 4*time.Second); r.Name != "lyon2" {
		t.Errorf("moved, %q answers (%s)", r.Name, r.Error)
	}
	s.ping(t, paris1, id, "", 2*time.Second)
	s.fine(t, paris1, "mate") // another name
	for wrong, m := range map[string]fabric.NameMove{"unknown name": {Name: "nobody", Providers: []int{lyon1}}, "unknown member": {Name: "standby", Providers: []int{99}}} {
		if err := s.Client.MoveName(t.Context(), m); err == nil {
			t.Errorf("%s: moved all the same", wrong)
		}
	}
	to(lyon1)
	if r := s.dial(t, paris1, echoOf("standby"), 4*time.Second); r.Name != "lyon1" {
		t.Errorf("moved back, %q answers (%s)", r.Name, r.Error)
	}
}

func slowNames(t *testing.T, s *rig) {
	const later = 1200 * time.Millisecond
	s.inject(t, fabric.Fault{ID: "slow names", Kind: fabric.SlowNames, Pairs: pair(paris1, 0), Name: "mate", Latency: later})
	var wg sync.WaitGroup
	for range 20 { // they wait side by side
		wg.Go(func() {
			r, err := s.peer(paris1).LookupWithin(t.Context(), "", "mate", "A", 4*time.Second)
			if err != nil || r.Rcode != "NOERROR" || len(r.Addrs) != 1 || r.Took < later-100*time.Millisecond || r.Took > later+time.Second {
				t.Errorf("%s %v after %s (%s, %v), want the right answer after %s", r.Rcode, r.Addrs, r.Took, r.Error, err, later)
			}
		})
	}
	s.lookup(t, paris1, "standby", func(how string, r lab.Report) {
		if r.Rcode != "NOERROR" || r.Took > later/2 {
			t.Errorf("%s: another name takes %s (%s)", how, r.Took, r.Error)
		}
	})
	wg.Wait()
	if state := s.state(t, "slow names"); state.Packets < 20 {
		t.Errorf("%d lookups are counted, want at least 20", state.Packets)
	}
	s.heal(t, "slow names")
	s.lookup(t, paris1, "mate", func(how string, r lab.Report) {
		if r.Rcode != "NOERROR" || r.Took > later/2 {
			t.Errorf("healed, %s: %s after %s", how, r.Rcode, r.Took)
		}
	})
}
