package fabric

import (
	"fmt"
	"net"
	"testing"

	"github.com/miekg/dns"
)

// A service that logs who connects looks up addresses; it must find a name, or
// the name would count as missing.
func TestAddressesOfTheStageHaveNames(t *testing.T) {
	r := newResolver(twoSites(), func(Observation) {})
	for address, want := range map[string]string{
		"10.160.0.11":    "db-1.paris.",    // the member's own
		"198.19.0.3":     "orders-1.lyon.", // as providers see it
		"198.18.1.4":     "db-1.lyon.",     // a link's provider
		"198.19.0.255":   "outside.",
		"192.0.2.7":      "", // none of ours
		"198.19.0.77":    "",
		"10.160.0.11.12": "",
	} {
		name, err := dns.ReverseAddr(address)
		if err != nil {
			name = "12.11.0.160.10.in-addr.arpa."
		}
		m, _ := r.answer(1, new(dns.Msg).SetQuestion(name, dns.TypePTR))
		got := ""
		if len(m.Answer) == 1 {
			got = m.Answer[0].(*dns.PTR).Ptr
		}
		if got != want || (want == "") != (m.Rcode == dns.RcodeNameError) {
			t.Errorf("%s: %q, %s; want %q", address, got, dns.RcodeToString[m.Rcode], want)
		}
	}
}

// full is a topology of as many members as the addresses of links allow.
func full() Topology {
	t := Topology{Run: "r", Stage: "full", Sites: []Site{
		{ID: "paris", Subnet: "10.160.0.0/24", Fabric: "10.160.0.2", Gateway: "10.160.0.1"},
		{ID: "lyon", Subnet: "10.160.1.0/24", Fabric: "10.160.1.2", Gateway: "10.160.1.1"},
	}}
	for i := 1; i < Outside; i++ {
		site, third := "paris", 0
		if i%2 == 0 {
			site, third = "lyon", 1
		}
		t.Members = append(t.Members, Member{Index: i, Site: site, Service: "s", Instance: i, IP: fmt.Sprintf("10.160.%d.%d", third, 3+i/2)})
	}
	return t
}

// By UDP an answer of many providers does not fit: the flag makes the consumer
// ask by TCP, where it gets them all.
func TestALongAnswerIsCutShortByUDPOnly(t *testing.T) {
	top := full()
	var all []int
	for _, m := range top.Members {
		all = append(all, m.Index)
	}
	top.Names = []Name{{Name: "everyone", Consumers: []int{1}, Providers: all}}
	r := newResolver(top, func(Observation) {})
	ip := net.ParseIP(top.Members[0].IP)
	for _, c := range []struct {
		from  net.Addr
		edns  uint16
		whole bool
	}{
		{&net.UDPAddr{IP: ip, Port: 1}, 0, false},
		{&net.UDPAddr{IP: ip, Port: 1}, 1232, false},
		{&net.TCPAddr{IP: ip, Port: 1}, 0, true},
	} {
		t.Run(fmt.Sprint(c.from.Network(), c.edns), func(t *testing.T) {
			q := new(dns.Msg).SetQuestion("everyone.", dns.TypeA)
			size := dns.MinMsgSize
			if c.edns > 0 {
				q.SetEdns0(c.edns, false)
				size = int(c.edns)
			}
			w := &asker{from: c.from}
			r.ServeDNS(w, q)
			if whole := len(w.got.Answer) == len(all); whole != c.whole || w.got.Truncated == c.whole {
				t.Errorf("%d of %d answers, truncated %v", len(w.got.Answer), len(all), w.got.Truncated)
			}
			if !c.whole && (w.got.Len() > size || len(w.got.Answer) == 0) {
				t.Errorf("%d bytes with %d answers, at most %d were asked for", w.got.Len(), len(w.got.Answer), size)
			}
		})
	}
}
