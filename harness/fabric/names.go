package fabric

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// AnswerTTL is how long a consumer may keep an answer. Short, as a DNS-based
// failover has it.
const AnswerTTL = 5 * time.Second

// answerTTL is the same in seconds, as an answer says it.
const answerTTL = uint32(AnswerTTL / time.Second)

// resolver answers each consumer by its own address: the same name leads every
// consumer to a link of its own.
type resolver struct {
	members map[netip.Addr]int
	mu      sync.RWMutex // over names: they can be moved
	names   map[string][]Name
	hosts   map[int]string // what members are called in reverse
	note    func(Observation)
	faults  nameFaults
}

func newResolver(t Topology, note func(Observation)) *resolver {
	r := &resolver{members: map[netip.Addr]int{}, names: map[string][]Name{}, hosts: map[int]string{Outside: "outside."}, note: note}
	for _, m := range t.Members {
		r.members[netip.MustParseAddr(m.IP)] = m.Index
		r.hosts[m.Index] = fmt.Sprintf("%s-%d.%s.", m.Service, m.Instance, m.Site)
	}
	for _, n := range t.Names {
		key := canonical(n.Name)
		r.names[key] = append(r.names[key], n)
	}
	return r
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// ServeDNS answers one query. A slow answer is waited for apart: over TCP the
// next lookup of the same connection would wait for it.
func (r *resolver) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	consumer := 0
	if host, _, err := net.SplitHostPort(w.RemoteAddr().String()); err == nil {
		if a, err := netip.ParseAddr(host); err == nil {
			consumer = r.members[a.Unmap()]
		}
	}
	m, slow := r.answer(consumer, q)
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		// A name with many providers: the consumer asks again by TCP.
		size := dns.MinMsgSize
		if opt := q.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
		m.Truncate(size)
	}
	// The asker may be gone: nothing to do about it.
	if len(slow) == 0 {
		_ = w.WriteMsg(m)
		return
	}
	go func() {
		await(slow)
		_ = w.WriteMsg(m)
	}()
}

// answer makes the reply, notes the lookup, and tells what delays it.
func (r *resolver) answer(consumer int, q *dns.Msg) (m *dns.Msg, slow []*nameFault) {
	m = new(dns.Msg).SetReply(q)
	m.Authoritative, m.RecursionAvailable = true, true
	for _, question := range q.Question {
		head := dns.RR_Header{Name: question.Name, Rrtype: question.Qtype, Class: dns.ClassINET, Ttl: answerTTL}
		providers, known := r.lookup(consumer, question.Name)
		host, reverse := r.behind(canonical(question.Name))
		if !known && !reverse {
			m.Rcode = dns.RcodeNameError
		}
		if question.Qtype == dns.TypeA || question.Qtype == dns.TypeANY {
			head.Rrtype = dns.TypeA
			for _, p := range providers {
				m.Answer = append(m.Answer, &dns.A{Hdr: head, A: VIP(consumer, p).AsSlice()})
			}
		}
		if reverse && question.Qtype == dns.TypePTR {
			m.Answer = append(m.Answer, &dns.PTR{Hdr: head, Ptr: host})
		}
		wrong, late := r.faults.strike(consumer, canonical(question.Name), known, reverse, q.Len())
		if wrong != nil {
			wrong.spoil(m, consumer, question)
		}
		slow = append(slow, late...)
		r.note(Observation{What: "dns", Consumer: consumer, Name: canonical(question.Name),
			Type: dns.Type(question.Qtype).String(), Answer: dns.RcodeToString[m.Rcode], Forced: wrong != nil})
	}
	return m, slow
}

// lookup gives the providers of a name for a consumer.
func (r *resolver) lookup(consumer int, name string) (providers []int, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, n := range r.names[canonical(name)] {
		for _, c := range n.Consumers {
			if c == consumer {
				return n.Providers, true
			}
		}
	}
	return nil, false
}

// behind answers a reverse lookup: the member that stands behind an address, its
// own or one of the fabric's. Services that log who connects ask for it, and
// would seem to miss a name.
func (r *resolver) behind(name string) (host string, known bool) {
	reversed, ok := strings.CutSuffix(name, ".in-addr.arpa")
	if !ok {
		return "", false
	}
	parts := strings.Split(reversed, ".")
	slices.Reverse(parts)
	addr, err := netip.ParseAddr(strings.Join(parts, "."))
	if err != nil || !addr.Is4() {
		return "", false
	}
	member := r.members[addr]
	if vips.Contains(addr) || identities.Contains(addr) {
		member = int(addr.As4()[3]) // of a link, its provider; of an identity, whose it is
	}
	host, known = r.hosts[member]
	return host, known
}
