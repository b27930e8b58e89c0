package containers

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"bascule/harness/fabric"
	"bascule/harness/hand"
	"bascule/harness/history"
)

// Observe gives what the fabric saw since the last call: lookups of names,
// traffic to addresses that are no link, and links whose use has changed.
func (t *Target) Observe(ctx context.Context) ([]history.Event, error) {
	if t.client == nil {
		return nil, nil
	}
	t.mu.Lock()
	since := t.seen
	t.mu.Unlock()
	obs, err := t.client.Observations(ctx, since)
	if err != nil {
		return nil, err
	}
	links, err := t.client.Links(ctx)
	if err != nil {
		return nil, err
	}
	asked := t.questions()
	var out []history.Event
	for _, o := range obs {
		since = max(since, o.Seq)
		out = append(out, t.observed(o, asked))
	}
	t.mu.Lock()
	t.seen = max(t.seen, since)
	changed := t.changed(links)
	t.mu.Unlock()
	for _, u := range changed {
		if e, ok := t.used(u, asked); ok {
			out = append(out, e)
		}
	}
	return append(out, t.formerUse(links)...), nil
}

// observed is a lookup or an undeclared flow as an event.
func (t *Target) observed(o fabric.Observation, asked []question) history.Event {
	attrs := map[string]string{
		"what": o.What, "name": o.Name, "type": o.Type, "answer": o.Answer, "dst": o.Dst,
		"port": fmt.Sprint(o.Port), "proto": o.Proto, "count": fmt.Sprint(o.Count),
	}
	if o.Forced { // by a fault: nothing is missing
		attrs["forced"] = "true"
	}
	if addr, err := netip.ParseAddr(o.Dst); err == nil {
		t.locate(addr, attrs)
	}
	who := "unknown"
	if m := t.member(o.Consumer); m != nil {
		who = m.speaker()
		if slices.Contains(asked, question{m, hand.Lookup, o.Name}) {
			attrs["probed"] = "true"
		}
	}
	return history.Event{Kind: history.Observed, Subject: who, Attrs: attrs}
}

// locate tells whose address it is: a container's, or within a site at least.
func (t *Target) locate(addr netip.Addr, attrs map[string]string) {
	for _, m := range t.members {
		if m.ip == addr {
			attrs["to"] = m.String()
			return
		}
	}
	for _, s := range t.sites {
		if s.net.Subnet.Contains(addr) {
			attrs["to_site"] = s.ID
		}
	}
}

// changed are the links whose use is not what was told last; t.mu is held.
func (t *Target) changed(links []fabric.LinkUse) []fabric.LinkUse {
	if t.uses == nil {
		t.uses = map[fabric.LinkUse]fabric.LinkUse{}
	}
	var out []fabric.LinkUse
	for _, u := range links {
		key := fabric.LinkUse{From: u.From, To: u.To, Proto: u.Proto, Port: u.Port}
		if t.uses[key] != u {
			t.uses[key] = u
			out = append(out, u)
		}
	}
	return out
}

// used is the use of a link as an event; not ok for one that no member has.
func (t *Target) used(u fabric.LinkUse, asked []question) (history.Event, bool) {
	from, to := t.member(u.From), t.member(u.To)
	if from == nil || to == nil {
		return history.Event{}, false
	}
	attrs := map[string]string{
		"what": "link", "to": to.String(), "port": fmt.Sprint(u.Port), "proto": u.Proto, "connections": fmt.Sprint(u.Connections),
		"answered": fmt.Sprint(u.Answered), "refused": fmt.Sprint(u.Refused), "lost": fmt.Sprint(u.Lost),
	}
	target := net.JoinHostPort(fabric.VIP(u.From, u.To).String(), fmt.Sprint(u.Port))
	if slices.ContainsFunc(asked, func(q question) bool { return q.from == from && q.target == target }) {
		attrs["probed"] = "true"
	}
	return history.Event{Kind: history.Observed, Subject: from.speaker(), Attrs: attrs}, true
}

// question is what a canary asks, and where from.
type question struct {
	from   *member
	kind   hand.ProbeKind
	target string
}

// questions are those of the canaries under way. What is read of them here stays
// as it was set: nobody who waits for answers has to be waited for.
func (t *Target) questions() []question {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []question
	for _, f := range t.flocks {
		for i := range f.probes {
			out = append(out, question{f.probes[i].from, f.probes[i].Kind, f.probes[i].Target})
		}
	}
	return out
}

// speakAs says which service's job has the place of jobs.
func (m *member) speakAs(service string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.job = service
}

// speaker is a member as a consumer: a job speaks as its service.
func (m *member) speaker() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Service == jobService && m.job != "" {
		return fmt.Sprintf("%s/%s/%s", m.Site, m.job, jobService)
	}
	return m.String()
}
