package fabric_test

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

func pageOf(name string) string {
	return "http://" + net.JoinHostPort(name, strconv.Itoa(lab.PagePort)) + "/"
}

// page asks paris1's browser for a page of a provider that answers.
func (s *rig) page(t *testing.T, browser, name string) lab.Report {
	t.Helper()
	r := reached(t)(s.peer(paris1).Get(t.Context(), browser, pageOf(name), 4*time.Second))
	if !r.OK {
		t.Errorf("no page of %s: %s", name, r.Error)
	}
	return r
}

// The way back is cut: the provider hears what it is asked, and does it, and
// its consumer never knows. On a shaped link as on any other.
func cutTheWayBack(t *testing.T, s *rig) {
	for name, to := range map[string]int{"standby": lyon1, "slow": lyon2} {
		before := s.page(t, "back", name).Value
		pulses := s.hold(t, paris1, pulsesOf(name))
		defer s.drop(t, paris1, pulses) // what it hears would meet the faults of later parts
		state := s.inject(t, fabric.Fault{ID: name, Kind: fabric.Cut, Pairs: pair(paris1, to), Direction: fabric.Back})
		if r := reached(t)(s.peer(paris1).Get(t.Context(), "back", pageOf(name), short)); r.Fault != "silent" {
			t.Errorf("%s answers %d (%q), want silence", name, r.Status, r.Fault)
		}
		if r := reached(t)(s.peer(paris1).Pulses(t.Context(), pulses, state.AppliedAt, short)); r.Value > 0 || !r.OK {
			t.Errorf("%s is heard: %.0f pulses (%s)", name, r.Value, r.Error)
		}
		s.fails(t, paris1, echoOf(name), "silent", short)
		s.heal(t, name)
		if after := s.page(t, "again", name).Value; after != before+2 {
			t.Errorf("%s had %.0f requests before, and one more in its ear: %.0f with the next", name, before, after)
		}
	}
}

// Of a site: what it sends is lost, and it still hears; and the reverse.
func cutASiteOneWay(t *testing.T, s *rig) {
	for _, c := range []struct {
		direction     fabric.Direction
		fromLyon, fro bool // pulses that are still heard: Lyon's in Paris, and those of Paris in Lyon
	}{
		{fabric.There, false, true},
		{fabric.Back, true, false},
	} {
		said, heard := s.hold(t, paris1, pulsesOf("standby")), s.hold(t, lyon1, pulsesOf("primary"))
		state := s.inject(t, fabric.Fault{ID: "site " + string(c.direction), Kind: fabric.Cut, Site: "lyon", Toward: "paris", Direction: c.direction})
		for _, end := range []struct {
			who, id int
			want    bool
		}{{paris1, said, c.fromLyon}, {lyon1, heard, c.fro}} {
			r := reached(t)(s.peer(end.who).Pulses(t.Context(), end.id, state.AppliedAt, short))
			if got := r.Value > 0; got != end.want || !r.OK {
				t.Errorf("%s: %s hears %.0f pulses, want any: %v (%s)", state.ID, s.peer(end.who).Name, r.Value, end.want, r.Error)
			}
		}
		// New connections need both ways.
		s.fails(t, paris1, echoOf("standby"), "silent", short)
		s.fails(t, lyon1, echoOf("primary"), "silent", short)
		s.fine(t, paris1, "mate")
		s.fine(t, lyon1, "mate")
		if met := s.heal(t, state.ID); met.Packets == 0 {
			t.Error("nothing met it")
		}
		s.fine(t, paris1, "standby")
		s.fine(t, lyon1, "primary")
	}
}

// What came of connections, by port.
func outcomesAreCounted(t *testing.T, s *rig) {
	use := func(from, to, port int, proto string) (u fabric.LinkUse) {
		t.Helper()
		links, err := s.Client.Links(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			if l.From == from && l.To == to && l.Port == port && l.Proto == proto {
				u = l
			}
		}
		return u
	}
	minus := func(a, b fabric.LinkUse) string {
		return fmt.Sprintf("connections %d answered %d refused %d lost %d", a.Connections-b.Connections, a.Answered-b.Answered, a.Refused-b.Refused, a.Lost-b.Lost)
	}
	for name, to := range map[string]int{"mate": paris2, "slow": lyon2} {
		const nobody = 9999
		before, closed := use(paris1, to, lab.EchoPort, "tcp"), use(paris1, to, nobody, "tcp")
		s.fine(t, paris1, name)
		s.fine(t, paris1, name)
		if got := minus(use(paris1, to, lab.EchoPort, "tcp"), before); got != "connections 2 answered 2 refused 0 lost 0" {
			t.Errorf("two connections to %s: %s", name, got)
		}
		s.fails(t, paris1, net.JoinHostPort(name, strconv.Itoa(nobody)), "refused reset", atOnce)
		if got := minus(use(paris1, to, nobody, "tcp"), closed); got != "connections 1 answered 0 refused 1 lost 0" {
			t.Errorf("a port of %s where nobody listens: %s", name, got)
		}
		before = use(paris1, to, lab.EchoPort, "tcp")
		s.inject(t, fabric.Fault{ID: "refused " + name, Kind: fabric.Refuse, Pairs: pair(paris1, to)})
		s.fails(t, paris1, echoOf(name), "refused", atOnce)
		s.heal(t, "refused "+name)
		if got := minus(use(paris1, to, lab.EchoPort, "tcp"), before); got != "connections 0 answered 0 refused 1 lost 0" {
			t.Errorf("%s, refused by a fault: %s", name, got)
		}
		before = use(paris1, to, lab.EchoPort, "tcp")
		s.inject(t, fabric.Fault{ID: "lost " + name, Kind: fabric.Cut, Pairs: pair(paris1, to)})
		s.fails(t, paris1, echoOf(name), "silent", short)
		s.heal(t, "lost "+name)
		if got := minus(use(paris1, to, lab.EchoPort, "tcp"), before); got != "connections 0 answered 0 refused 0 lost 1" {
			t.Errorf("%s, lost to a cut: %s", name, got)
		}
	}
	before := use(paris1, lyon1, lab.EchoPort, "udp")
	if r := reached(t)(s.peer(paris1).Dial(t.Context(), "udp4", echoOf("standby"), 2*time.Second)); !r.OK {
		t.Error(r.Error)
	}
	if got := minus(use(paris1, lyon1, lab.EchoPort, "udp"), before); got != "connections 1 answered 1 refused 0 lost 0" {
		t.Errorf("a datagram and its answer: %s", got)
	}
}
