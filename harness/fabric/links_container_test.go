package fabric_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

func providersSeeTheConsumer(t *testing.T, s *rig) {
	for _, c := range []struct {
		from     int
		name     string
		provider int
	}{
		{paris1, "mate", paris2},
		{paris2, "mate", paris1},
		{paris1, "standby", lyon1}, // across sites
		{lyon1, "primary", paris1},
		{lyon2, "primary", paris1},
		{paris1, "slow", lyon2}, // through the proxy, and under the same identity
		{paris1, "self", paris1},
	} {
		r := s.dial(t, c.from, echoOf(c.name), 4*time.Second)
		if want := fabric.Identity(c.from).String(); !r.OK || r.Name != s.peer(c.provider).Name || r.Seen != want {
			t.Errorf("%s calls %s: %q answers and sees %q, want %s that sees %s (%s)",
				s.peer(c.from).Name, c.name, r.Name, r.Seen, s.peer(c.provider).Name, want, r.Error)
		}
	}
}

func resolverAnswers(t *testing.T, s *rig) {
	for _, c := range []struct {
		from       int
		name, kind string
		rcode      string
		addrs      []string
	}{
		{paris1, "mate", "A", "NOERROR", []string{"198.18.1.2"}},
		{paris2, "mate", "A", "NOERROR", []string{"198.18.2.1"}},
		{lyon1, "mate", "A", "NOERROR", []string{"198.18.3.4"}},
		{paris1, "MATE", "A", "NOERROR", []string{"198.18.1.2"}},
		{paris1, "both", "A", "NOERROR", []string{"198.18.1.2", "198.18.1.3"}},
		{paris1, "mate", "AAAA", "NOERROR", nil},
		{lyon2, "mate", "A", "NXDOMAIN", nil},    // not for this consumer
		{lyon1, "standby", "A", "NXDOMAIN", nil}, // a flow of the other site
		{paris1, "paris2", "A", "NXDOMAIN", nil}, // a container's name is no name here
		{paris1, "nowhere.example", "A", "NXDOMAIN", nil},
	} {
		// Through the engine's resolver, as services ask, and straight.
		for _, server := range []string{"", net.JoinHostPort(s.peer(c.from).Site.Gateway.String(), "53")} {
			r := reached(t)(s.peer(c.from).Lookup(t.Context(), server, c.name, c.kind))
			if !r.OK || r.Rcode != c.rcode || !slices.Equal(r.Addrs, c.addrs) {
				t.Errorf("%s asks %q for %s %s: %s %v, want %s %v (%s)", s.peer(c.from).Name, server, c.kind, c.name, r.Rcode, r.Addrs, c.rcode, c.addrs, r.Error)
			}
		}
	}
	for _, want := range []fabric.Observation{
		{What: "dns", Consumer: lyon1, Name: "standby", Type: "A", Answer: "NXDOMAIN"},
		{What: "dns", Consumer: paris1, Name: "mate", Type: "AAAA", Answer: "NOERROR"},
	} {
		if n := s.observed(t, want); n < 2 {
			t.Errorf("%+v was noted %d times, want at least 2", want, n)
		}
	}
	before := s.lastSeq(t)
	if more, err := s.Client.Observations(t.Context(), before); err != nil || len(more) > 0 {
		t.Errorf("since the last one: %v, %v", more, err)
	}
	reached(t)(s.peer(paris1).Lookup(t.Context(), "", "mate", "A"))
	if more, err := s.Client.Observations(t.Context(), before); err != nil || len(more) != 1 || more[0].Name != "mate" {
		t.Errorf("after one lookup: %+v, %v", more, err)
	}
}

// observed counts what equals want but for its times.
func (s *rig) observed(t *testing.T, want fabric.Observation) (count int) {
	t.Helper()
	list, err := s.Client.Observations(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.First == 0 || o.Last < o.First || o.Last > time.Now().Add(time.Minute).UnixNano() {
			t.Errorf("times of %+v", o)
		}
		n := o.Count
		o.Seq, o.First, o.Last, o.Count = 0, 0, 0, 0
		if o == want {
			count += n
		}
	}
	return count
}

func (s *rig) lastSeq(t *testing.T) (seq int64) {
	t.Helper()
	list, err := s.Client.Observations(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		seq = max(seq, o.Seq)
	}
	return seq
}

func linksCarryUDP(t *testing.T, s *rig) {
	for _, name := range []string{"mate", "standby", "slow"} {
		r := reached(t)(s.peer(paris1).Dial(t.Context(), "udp4", echoOf(name), 2*time.Second))
		if !r.OK || r.Seen != "198.19.0.1" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	s.inject(t, fabric.Fault{Kind: fabric.Cut, Pairs: pair(paris1, paris2)})
	if r := reached(t)(s.peer(paris1).Dial(t.Context(), "udp4", echoOf("mate"), short)); r.Fault != "silent" {
		t.Errorf("a cut lets UDP pass: %+v", r)
	}
}

func undeclaredFlows(t *testing.T, s *rig) {
	outer := "203.0.113.9" // an address of documentation: nobody's
	real := s.peer(lyon1).IP.String()
	for _, c := range []struct {
		network, ip string
		port        int
	}{
		{"tcp", real, lab.EchoPort},
		{"udp", real, lab.EchoPort},
		{"tcp", outer, 443},
	} {
		r := reached(t)(s.peer(paris2).Dial(t.Context(), c.network+"4", fmt.Sprintf("%s:%d", c.ip, c.port), short))
		if r.Fault != "silent" {
			t.Errorf("%s to %s: %q, want silence (%s %s)", c.network, c.ip, r.Fault, r.Name, r.Error)
		}
		want := fabric.Observation{What: "flow", Consumer: paris2, Dst: c.ip, Port: c.port, Proto: c.network}
		first := s.observed(t, want)
		if first == 0 {
			t.Errorf("not noted: %+v", want)
		}
		if again := s.observed(t, want); again != first {
			t.Errorf("%+v grows from %d to %d without traffic", want, first, again)
		}
		reached(t)(s.peer(paris2).Dial(t.Context(), c.network+"4", fmt.Sprintf("%s:%d", c.ip, c.port), short))
		if more := s.observed(t, want); more <= first {
			t.Errorf("%+v was tried again and stays at %d", want, first)
		}
	}
	// What was declared is no undeclared flow.
	s.fine(t, paris2, "standby")
	list, err := s.Client.Observations(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.What == "flow" && o.Dst != real && o.Dst != outer {
			t.Errorf("noted, and nobody tried it: %+v", o)
		}
	}
}

func linksBelongToTheirConsumer(t *testing.T, s *rig) {
	s.fine(t, paris1, "mate")
	s.fails(t, paris2, echoOf(fabric.VIP(paris1, lyon1).String()), "silent unreachable refused", short)
	s.fails(t, lyon1, echoOf(fabric.VIP(paris1, lyon1).String()), "silent unreachable refused", short)
}

// call connects from outside, as a client does, and reads the greeting.
func call(t *testing.T, addr string, within time.Duration) (c net.Conn, name, seen string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	c, err = (&net.Dialer{}).DialContext(ctx, "tcp4", addr)
	if err != nil {
		return nil, "", "", err
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fscanf(bufio.NewReaderSize(c, 16), "%s %s\n", &name, &seen)
	return c, name, seen, err
}

func entry(t *testing.T, s *rig) {
	addr, err := s.Entry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Client.SetEntry(context.Background(), "paris"); err != nil {
			t.Error(err)
		}
	})
	old, name, seen, err := call(t, addr, 4*time.Second)
	if err != nil || name != "paris1" || seen != fabric.Identity(fabric.Outside).String() {
		t.Fatalf("at the start: %q sees %q, %v", name, seen, err)
	}
	// Neither the same site again nor the switch itself may hurt who has
	// nothing to do with it.
	bystander := s.hold(t, paris1, echoOf("standby"))
	if err := s.Client.SetEntry(t.Context(), "paris"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(old, "still there?\n"); err != nil {
		t.Error(err)
	}
	if err := read(old, 2*time.Second); err != nil {
		t.Errorf("the entry stays where it is, and its connection does not: %v", err)
	}
	if err := s.Client.SetEntry(t.Context(), "lyon"); err != nil {
		t.Fatal(err)
	}
	if _, name, _, err := call(t, addr, 4*time.Second); err != nil || name != "lyon1" {
		t.Errorf("after the switch %q answers, %v", name, err)
	}
	_, _ = io.WriteString(old, "hello?\n")
	if err := read(old, 2*time.Second); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
		t.Errorf("a connection to the old site meets %v at its next packet, want a reset", err)
	}
	s.ping(t, paris1, bystander, "", 2*time.Second)
	if err := s.Client.SetEntry(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, name, _, err := call(t, addr, 4*time.Second); err == nil || time.Since(began) > 2*time.Second {
		t.Errorf("the entry leads nowhere, and %q answers, or nobody refuses: %v after %s", name, err, time.Since(began))
	}
	if err := s.Client.SetEntry(t.Context(), "nantes"); err == nil {
		t.Error("the entry leads to a site that does not exist")
	}
	if err := s.Client.SetEntry(t.Context(), "paris"); err != nil {
		t.Fatal(err)
	}
	if _, name, _, err := call(t, addr, 4*time.Second); err != nil || name != "paris1" {
		t.Errorf("back again %q answers, %v", name, err)
	}
}

func read(c net.Conn, within time.Duration) error {
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 64))
	return err
}

func doors(t *testing.T, s *rig) {
	for _, member := range []int{paris2, lyon2} {
		addr, err := s.Door(t.Context(), s.peer(member))
		if err != nil {
			t.Fatal(err)
		}
		if _, name, seen, err := call(t, addr, 4*time.Second); err != nil || name != s.peer(member).Name || seen != "198.19.0.255" {
			t.Errorf("door to %s: %q sees %q, %v", s.peer(member).Name, name, seen, err)
		}
		// A door obeys cuts like any traffic from outside.
		s.inject(t, fabric.Fault{ID: "door", Kind: fabric.Cut, Pairs: pair(fabric.Outside, member)})
		if _, name, _, err := call(t, addr, short); err == nil {
			t.Errorf("the door to %s is cut, and %s answers", s.peer(member).Name, name)
		}
		s.heal(t, "door")
		if _, _, _, err := call(t, addr, 4*time.Second); err != nil {
			t.Errorf("door to %s, healed: %v", s.peer(member).Name, err)
		}
	}
}

func topologyStands(t *testing.T, s *rig) {
	if h, err := s.Client.PutTopology(t.Context(), s.Topology); err != nil || !h.Ready {
		t.Errorf("the same topology again: %+v, %v", h, err)
	}
	other := s.Topology
	other.Stage = "another"
	if _, err := s.Client.PutTopology(t.Context(), other); err == nil {
		t.Error("another topology is accepted: connections of the first would be lost")
	}
	s.fine(t, paris1, "mate")
	h, err := s.Client.Health(t.Context())
	if err != nil || !h.Ready || !h.Capabilities["nft"] || time.Since(time.Unix(0, h.Now)).Abs() > time.Minute {
		t.Errorf("health %+v, %v", h, err)
	}
}
