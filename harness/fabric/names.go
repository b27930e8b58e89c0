package fabric

import (
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// answerTTL is how long a consumer may keep an answer, in seconds. Short, as a
// DNS-based failover has it.
const answerTTL = 5

// resolver answers each consumer by its own address: the same name leads every
// consumer to a link of its own.
type resolver struct {
	members map[netip.Addr]int
	names   map[string][]Name
	note    func(Observation)
}

func newResolver(t Topology, note func(Observation)) *resolver {
	r := &resolver{members: map[netip.Addr]int{}, names: map[string][]Name{}, note: note}
	for _, m := range t.Members {
		r.members[netip.MustParseAddr(m.IP)] = m.Index
	}
	for _, n := range t.Names {
		key := canonical(n.Name)
		r.names[key] = append(r.names[key], n)
	}
	return r
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// ServeDNS answers one query.
func (r *resolver) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	consumer := 0
	if host, _, err := net.SplitHostPort(w.RemoteAddr().String()); err == nil {
		if a, err := netip.ParseAddr(host); err == nil {
			consumer = r.members[a.Unmap()]
		}
	}
	// The asker may be gone: nothing to do about it.
	_ = w.WriteMsg(r.answer(consumer, q))
}

// answer makes the reply and notes the lookup.
func (r *resolver) answer(consumer int, q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	m.Authoritative, m.RecursionAvailable = true, true
	for _, question := range q.Question {
		providers, known := r.lookup(consumer, question.Name)
		if !known {
			m.Rcode = dns.RcodeNameError
		}
		if question.Qtype == dns.TypeA || question.Qtype == dns.TypeANY {
			for _, p := range providers {
				m.Answer = append(m.Answer, &dns.A{
					Hdr: dns.RR_Header{Name: question.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: answerTTL},
					A:   VIP(consumer, p).AsSlice(),
				})
			}
		}
		r.note(Observation{What: "dns", Consumer: consumer, Name: canonical(question.Name),
			Type: dns.TypeToString[question.Qtype], Answer: dns.RcodeToString[m.Rcode]})
	}
	return m
}

// lookup gives the providers of a name for a consumer.
func (r *resolver) lookup(consumer int, name string) (providers []int, known bool) {
	for _, n := range r.names[canonical(name)] {
		for _, c := range n.Consumers {
			if c == consumer {
				return n.Providers, true
			}
		}
	}
	return nil, false
}
