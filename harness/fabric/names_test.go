package fabric

import (
	"net"
	"slices"
	"testing"

	"github.com/miekg/dns"
)

// ask gives a resolver's answer and what it noted of the lookup.
func ask(t *testing.T, consumer int, name string, kind uint16) (rcode string, addrs []string, noted Observation) {
	t.Helper()
	var notes []Observation
	r := newResolver(twoSites(), func(o Observation) { notes = append(notes, o) })
	m, _ := r.answer(consumer, new(dns.Msg).SetQuestion(name, kind))
	for _, rr := range m.Answer {
		a, ok := rr.(*dns.A)
		if !ok {
			t.Fatalf("a record that nobody asked for: %s", rr)
		}
		if a.Hdr.Name != name {
			t.Errorf("the answer is for %q, the question was %q: resolvers drop it", a.Hdr.Name, name)
		}
		if a.Hdr.Ttl > 30 {
			t.Errorf("consumers may keep the answer for %d s", a.Hdr.Ttl)
		}
		addrs = append(addrs, a.A.String())
	}
	if len(notes) != 1 {
		t.Fatalf("noted %d times, want once", len(notes))
	}
	return dns.RcodeToString[m.Rcode], addrs, notes[0]
}

func TestEachConsumerGetsItsOwnAnswer(t *testing.T) {
	for _, c := range []struct {
		consumer int
		name     string
		want     []string
	}{
		{1, "db.", []string{"198.18.1.2"}},
		{2, "db.", []string{"198.18.2.2"}}, // its own name leads back to itself
		{3, "db.", []string{"198.18.3.4"}}, // the same name is another member at another site
		{4, "primary.example.", []string{"198.18.4.2", "198.18.4.1"}},
		{4, "PRIMARY.eXample.", []string{"198.18.4.2", "198.18.4.1"}},
		{4, "primary.example", []string{"198.18.4.2", "198.18.4.1"}}, // without its dot
	} {
		rcode, addrs, noted := ask(t, c.consumer, c.name, dns.TypeA)
		if rcode != "NOERROR" || !slices.Equal(addrs, c.want) {
			t.Errorf("%d asks for %s: %s %v, want %v", c.consumer, c.name, rcode, addrs, c.want)
		}
		if noted.What != "dns" || noted.Consumer != c.consumer || noted.Type != "A" || noted.Answer != "NOERROR" {
			t.Errorf("noted %+v", noted)
		}
	}
	if _, _, noted := ask(t, 4, "PRIMARY.eXample.", dns.TypeA); noted.Name != "primary.example" {
		t.Errorf("noted as %q: spellings of one name must sum up", noted.Name)
	}
}

func TestANameOfAnotherSiteIsUnknownWithoutAFlow(t *testing.T) {
	for _, c := range []struct {
		consumer int
		name     string
	}{
		{1, "primary.example."}, // declared, for another consumer
		{1, "orders."},
		{1, "nowhere."},
		{0, "db."}, // an asker that is no member
		{1, "."},
	} {
		rcode, addrs, noted := ask(t, c.consumer, c.name, dns.TypeA)
		if rcode != "NXDOMAIN" || len(addrs) > 0 {
			t.Errorf("%d asks for %s: %s %v", c.consumer, c.name, rcode, addrs)
		}
		if noted.Answer != "NXDOMAIN" || noted.Consumer != c.consumer {
			t.Errorf("the missing name is noted as %+v", noted)
		}
	}
}

// NXDOMAIN for AAAA would make many resolvers give the name up, though it has
// an IPv4 address.
func TestAKnownNameWithoutIPv6IsNoError(t *testing.T) {
	for _, kind := range []uint16{dns.TypeAAAA, dns.TypeSRV, dns.TypeMX} {
		rcode, addrs, noted := ask(t, 1, "db.", kind)
		if rcode != "NOERROR" || len(addrs) > 0 || noted.Type != dns.TypeToString[kind] {
			t.Errorf("%s: %s %v, noted %+v", dns.TypeToString[kind], rcode, addrs, noted)
		}
	}
	if rcode, _, _ := ask(t, 1, "nowhere.", dns.TypeAAAA); rcode != "NXDOMAIN" {
		t.Errorf("AAAA of an unknown name: %s", rcode)
	}
}

// asker is a DNS client at an address.
type asker struct {
	dns.ResponseWriter
	from net.Addr
	got  *dns.Msg
}

func (a *asker) RemoteAddr() net.Addr      { return a.from }
func (a *asker) LocalAddr() net.Addr       { return a.from }
func (a *asker) WriteMsg(m *dns.Msg) error { a.got = m; return nil }

func TestTheAskerIsKnownByItsAddress(t *testing.T) {
	r := newResolver(twoSites(), func(Observation) {})
	for ip, want := range map[string]string{"10.160.0.10": "198.18.1.2", "::ffff:10.160.0.10": "198.18.1.2", "10.160.1.10": "198.18.3.4", "10.160.0.99": ""} {
		for _, from := range []net.Addr{&net.UDPAddr{IP: net.ParseIP(ip), Port: 5353}, &net.TCPAddr{IP: net.ParseIP(ip), Port: 5353}} {
			a := &asker{from: from}
			r.ServeDNS(a, new(dns.Msg).SetQuestion("db.", dns.TypeA))
			got := ""
			if len(a.got.Answer) == 1 {
				got = a.got.Answer[0].(*dns.A).A.String()
			}
			if got != want {
				t.Errorf("asked from %s: %q, want %q", from, got, want)
			}
		}
	}
}
