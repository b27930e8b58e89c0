package fabric

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestWhichLookupsAFaultOfNamesMeets(t *testing.T) {
	for name, c := range map[string]struct {
		fault Fault
		met   string // of the lookups below, those that meet it
	}{
		"one name of one consumer":    {Fault{Kind: NXDomain, Pairs: []Pair{{From: 1}}, Name: "DB."}, "1:db"},
		"one name of every consumer":  {Fault{Kind: NXDomain, Pairs: []Pair{{}}, Name: "db"}, "1:db 3:db"},
		"every name of a consumer":    {Fault{Kind: NXDomain, Pairs: []Pair{{From: 1}}}, "1:db"},
		"an old name that is unknown": {Fault{Kind: StaleAnswer, Pairs: []Pair{{From: 1}}, Name: "nowhere"}, "1:nowhere"},
		"a resolver that fails":       {Fault{Kind: ServFail, Pairs: []Pair{{From: 1}}}, "1:db 1:nowhere"},
		"a resolver that is slow":     {Fault{Kind: SlowNames, Pairs: []Pair{{From: 1}, {From: 3}}, Latency: time.Second}, "1:db 1:nowhere 3:db"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newResolver(twoSites(), func(Observation) {})
			c.fault.ID = "f"
			r.faults.inject(c.fault)
			got, n := "", uint64(0)
			for _, q := range []struct {
				consumer int
				name     string
				kind     uint16
			}{{1, "db", dns.TypeA}, {1, "nowhere", dns.TypeA}, {3, "db", dns.TypeA}, {1, "11.0.160.10.in-addr.arpa", dns.TypePTR}} {
				r.answer(q.consumer, new(dns.Msg).SetQuestion(q.name+".", q.kind))
				if now := r.faults.count("f"); now.packets > n && now.bytes > 0 {
					n = now.packets
					got += fmt.Sprintf(" %d:%s", q.consumer, q.name)
				}
			}
			if got != " "+c.met {
				t.Errorf("met by%s, want %s", got, c.met)
			}
			r.faults.heal("f")
			if _, slow := r.answer(1, new(dns.Msg).SetQuestion("db.", dns.TypeA)); len(slow) > 0 {
				t.Error("healed, it still delays")
			}
			if m, _ := r.answer(1, new(dns.Msg).SetQuestion("db.", dns.TypeA)); len(m.Answer) != 1 || m.Answer[0].(*dns.A).A.String() != "198.18.1.2" {
				t.Errorf("healed, the answer is %v", m.Answer)
			}
		})
	}
}

// A name that exists has no IPv6 address, whatever A says of it: that must not
// become an error, or an address of four bytes.
func TestAFaultOfNamesAnswersEachTypeOfRecord(t *testing.T) {
	for kind, rcode := range map[FaultKind]int{StaleAnswer: dns.RcodeSuccess, WrongAddress: dns.RcodeSuccess, NXDomain: dns.RcodeNameError, ServFail: dns.RcodeServerFailure} {
		r := newResolver(twoSites(), func(Observation) {})
		r.faults.inject(Fault{ID: "f", Kind: kind, Pairs: []Pair{{From: 1}}, Others: []int{3, 4}})
		m, _ := r.answer(1, new(dns.Msg).SetQuestion("db.", dns.TypeAAAA))
		if m.Rcode != rcode || len(m.Answer) > 0 {
			t.Errorf("%s, AAAA: %s", kind, m)
		}
		if _, err := m.Pack(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestTheLastFaultOfANameIsAnswered(t *testing.T) {
	r := newResolver(twoSites(), func(Observation) {})
	ask := func() int {
		m, _ := r.answer(1, new(dns.Msg).SetQuestion("db.", dns.TypeA))
		return m.Rcode
	}
	r.faults.inject(Fault{ID: "first", Kind: NXDomain, Pairs: []Pair{{}}})
	r.faults.inject(Fault{ID: "last", Kind: ServFail, Pairs: []Pair{{}}})
	if got := ask(); got != dns.RcodeServerFailure {
		t.Errorf("two faults: %s", dns.RcodeToString[got])
	}
	r.faults.heal("last")
	if got := ask(); got != dns.RcodeNameError {
		t.Errorf("the last is healed: %s", dns.RcodeToString[got])
	}
	r.faults.heal("first")
	if got := ask(); got != dns.RcodeSuccess {
		t.Errorf("both are healed: %s", dns.RcodeToString[got])
	}
}

// Over TCP a consumer may ask for several names on one connection: those behind
// a slow one must not wait. And a slow answer that waits comes when it is healed.
func TestASlowAnswerHoldsUpNoOther(t *testing.T) {
	r := newResolver(twoSites(), func(Observation) {})
	r.members[netip.MustParseAddr("127.0.0.1")] = 2
	r.faults.inject(Fault{ID: "slow", Kind: SlowNames, Pairs: []Pair{{From: 2}}, Name: "db", Latency: time.Hour})
	started := make(chan struct{})
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{Listener: ln, Handler: r, NotifyStartedFunc: func() { close(started) }}
	go func() { _ = srv.ActivateAndServe() }()
	<-started
	defer func() { _ = srv.Shutdown() }()
	c, err := dns.DialTimeout("tcp4", ln.Addr().String(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"db.", "orders."} {
		if err := c.WriteMsg(new(dns.Msg).SetQuestion(name, dns.TypeA)); err != nil {
			t.Fatal(err)
		}
	}
	read := func(want string) {
		t.Helper()
		m, err := c.ReadMsg()
		if err != nil {
			t.Fatalf("no answer for %s: %v", want, err)
		}
		if m.Question[0].Name != want || len(m.Answer) != 1 {
			t.Errorf("answered %s, want %s", m, want)
		}
	}
	read("orders.")
	r.faults.heal("slow")
	read("db.")
}
