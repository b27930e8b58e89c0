package containers

import (
	"net/netip"
	"testing"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/hand"
)

// addressed is the stage of two with addresses: Paris 10.1.0.0/24, Lyon 10.2.0.0/24.
func addressed() *Target {
	t := stageOfTwo()
	for i, s := range t.sites {
		s.net = engine.Network{Subnet: netip.MustParsePrefix([]string{"10.1.0.0/24", "10.2.0.0/24"}[i])}
	}
	for i, ip := range []string{"10.1.0.3", "10.1.0.4", "10.2.0.3", "10.2.0.4"} {
		t.members[i].ip = netip.MustParseAddr(ip)
	}
	return t
}

func TestAnAddressIsSomebodys(t *testing.T) {
	target := addressed()
	for dst, want := range map[string][2]string{
		"10.2.0.4": {"lyon/db/1", ""}, "10.2.0.77": {"", "lyon"}, "203.0.113.9": {"", ""}, "(others)": {"", ""},
	} {
		e := target.observed(fabric.Observation{What: "flow", Consumer: 1, Dst: dst, Port: 443, Proto: "tcp", Count: 2}, nil)
		if e.Subject != "paris/orders/1" || e.Attrs["to"] != want[0] || e.Attrs["to_site"] != want[1] || e.Attrs["count"] != "2" {
			t.Errorf("%s: %+v, want %v", dst, e, want)
		}
	}
	if e := target.observed(fabric.Observation{What: "dns", Consumer: 99, Name: "db"}, nil); e.Subject != "unknown" {
		t.Errorf("a consumer that nobody is: %+v", e)
	}
}

func TestUseOfALinkIsToldWhenItChanges(t *testing.T) {
	target := addressed()
	use := fabric.LinkUse{From: 1, To: 2, Proto: "tcp", Port: 5432, Connections: 3, Answered: 2, Refused: 1}
	if got := target.changed([]fabric.LinkUse{use}); len(got) != 1 {
		t.Fatalf("the first use: %+v", got)
	}
	if got := target.changed([]fabric.LinkUse{use}); len(got) != 0 {
		t.Errorf("told again although nothing changed: %+v", got)
	}
	use.Lost = 4
	got := target.changed([]fabric.LinkUse{use, {From: 1, To: 2, Proto: "udp", Port: 5432, Connections: 1}})
	if len(got) != 2 {
		t.Fatalf("a cut and another protocol: %+v", got)
	}
	e, ok := target.used(got[0], nil)
	if !ok || e.Subject != "paris/orders/1" || e.Attrs["to"] != "paris/db/1" || e.Attrs["connections"] != "3" || e.Attrs["lost"] != "4" || e.Attrs["probed"] != "" {
		t.Errorf("%v %+v", ok, e)
	}
	if _, ok := target.used(fabric.LinkUse{From: fabric.Outside, To: 2}, nil); ok {
		t.Error("clients are nobody's dependency")
	}
}

func TestCanariesAreMarked(t *testing.T) {
	target := addressed()
	from := target.members[0]
	target.flocks = map[string]*flock{"f1": {probes: []probe{
		{from: from, Probe: hand.Probe{Kind: hand.HTTP, Target: fabric.VIP(1, 2).String() + ":5432"}},
		{from: from, Probe: hand.Probe{Kind: hand.Lookup, Target: "db"}},
	}}}
	asked := target.questions()
	for port, want := range map[int]string{5432: "true", 5433: ""} {
		if e, _ := target.used(fabric.LinkUse{From: 1, To: 2, Proto: "tcp", Port: port}, asked); e.Attrs["probed"] != want {
			t.Errorf("port %d: %+v", port, e)
		}
	}
	for name, want := range map[string]string{"db": "true", "stock": ""} {
		if e := target.observed(fabric.Observation{What: "dns", Consumer: 1, Name: name}, asked); e.Attrs["probed"] != want {
			t.Errorf("name %s: %+v", name, e)
		}
	}
	if e, _ := target.used(fabric.LinkUse{From: 3, To: 2, Proto: "tcp", Port: 5432}, asked); e.Attrs["probed"] != "" {
		t.Errorf("somebody else's way: %+v", e)
	}
}

func TestAJobSpeaksAsItsService(t *testing.T) {
	target := addressed()
	job := target.members[0]
	job.Service = jobService
	if got := job.speaker(); got != "paris/(job)/1" {
		t.Errorf("before any job: %s", got)
	}
	job.speakAs("orders")
	if got := job.speaker(); got != "paris/orders/(job)" {
		t.Errorf("%s", got)
	}
}
