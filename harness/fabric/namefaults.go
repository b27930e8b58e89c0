package fabric

import (
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// nameFaults are the faults of names in force.
type nameFaults struct {
	mu      sync.RWMutex
	inForce []*nameFault // the last injected last
}

// nameFault is one of them.
type nameFault struct {
	Fault
	healed chan struct{} // closed then: who waits for a slow answer gets it
	met    uint64
	bytes  uint64
}

func (n *nameFaults) inject(f Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.inForce = append(n.inForce, &nameFault{Fault: f, healed: make(chan struct{})})
}

func (n *nameFaults) heal(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.inForce = slices.DeleteFunc(n.inForce, func(f *nameFault) bool {
		if f.ID == id {
			close(f.healed)
		}
		return f.ID == id
	})
}

// count tells how many lookups a fault has met.
func (n *nameFaults) count(id string) tally {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, f := range n.inForce {
		if f.ID == id {
			return tally{packets: f.met, bytes: f.bytes}
		}
	}
	return tally{}
}

// strike finds the faults that a lookup meets, and counts it: the last one that
// changes the answer, and every one that delays it. A fault without a name means
// every name that the consumer knows, and, as no server would answer, the
// unknown ones too where it is the resolver that fails or is slow. Reverse
// lookups are never met: no service fails for want of one.
func (n *nameFaults) strike(consumer int, name string, known, reverse bool, size int) (wrong *nameFault, slow []*nameFault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.inForce {
		asks := slices.ContainsFunc(f.Pairs, func(p Pair) bool { return p.From == 0 || p.From == consumer })
		named := f.Name != "" && canonical(f.Name) == name
		any := f.Name == "" && (known || f.Kind == ServFail || f.Kind == SlowNames)
		if !asks || reverse || !named && !any {
			continue
		}
		f.met++
		f.bytes += uint64(size)
		if f.Kind == SlowNames {
			slow = append(slow, f)
		} else {
			wrong = f
		}
	}
	return wrong, slow
}

// spoil changes an answer as a fault wants it.
func (f *nameFault) spoil(m *dns.Msg, consumer int, q dns.Question) {
	m.Answer = nil
	var addrs [][4]byte
	head := dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: answerTTL}
	switch f.Kind {
	case NXDomain:
		m.Rcode = dns.RcodeNameError
		return
	case ServFail:
		m.Rcode, m.Authoritative = dns.RcodeServerFailure, false
		return
	case StaleAnswer:
		addrs, head.Ttl = append(addrs, Nobody.As4()), StaleTTL
	case WrongAddress:
		for _, o := range f.Others {
			addrs = append(addrs, VIP(consumer, o).As4())
		}
	}
	m.Rcode = dns.RcodeSuccess
	if q.Qtype != dns.TypeA && q.Qtype != dns.TypeANY {
		return
	}
	for _, a := range addrs {
		m.Answer = append(m.Answer, &dns.A{Hdr: head, A: a[:]})
	}
}

// await lets the time of slow answers pass. One that is healed ends its wait.
func await(slow []*nameFault) {
	for _, f := range slow {
		t := time.NewTimer(f.Latency)
		select {
		case <-t.C:
		case <-f.healed:
			t.Stop()
		}
	}
}
