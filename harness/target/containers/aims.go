package containers

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"bascule/harness/fabric"
	"bascule/harness/fault"
	"bascule/harness/hand"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// probesOf chooses who asks whom. A canary asks over links that their consumers
// use, or that they are declared to: it must not look like a dependency that
// nobody has.
func (t *Target) probesOf(ctx context.Context, f plan.Fault, members []fault.Member) ([]probe, error) {
	links, err := t.askable(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Kind.OnNames():
		return t.lookups(ctx, f)
	case f.Kind.OnLink():
		wanted := t.pairs(f.From, f.To)
		return t.overLinks(ctx, links, func(u fabric.LinkUse) bool {
			return slices.ContainsFunc(wanted, func(p fabric.Pair) bool { return p.From == u.From && p.To == u.To })
		}), nil
	case f.Site != "" && f.Service == "" || f.Kind == plan.AllLost:
		return t.intoSite(ctx, links, f.Site)
	}
	return t.toward(ctx, links, members)
}

// askable lists the links that a canary may take: those that were used and
// answered first, then those that were used, then those that are declared.
func (t *Target) askable(ctx context.Context) ([]fabric.LinkUse, error) {
	used, err := t.client.Links(ctx)
	if err != nil {
		return nil, err
	}
	used = slices.DeleteFunc(used, func(u fabric.LinkUse) bool { return u.Proto != "tcp" || u.From == fabric.Outside })
	slices.SortStableFunc(used, func(a, b fabric.LinkUse) int { return int(min(b.Answered, 1)) - int(min(a.Answered, 1)) })
	for _, from := range t.members {
		for _, to := range t.members {
			known := slices.ContainsFunc(used, func(u fabric.LinkUse) bool { return u.From == from.index && u.To == to.index })
			if from == to || known || !t.declared(from, to) {
				continue
			}
			if port := t.portOf(ctx, from, to); port > 0 {
				used = append(used, fabric.LinkUse{From: from.index, To: to.index, Proto: "tcp", Port: port})
			}
		}
	}
	return used, nil
}

// declared tells whether a service depends on another, by Compose within a site
// or by a flow between two.
func (t *Target) declared(from, to *member) bool {
	if from.Service == jobService || to.Service == jobService {
		return false
	}
	if from.site == to.site {
		_, ok := from.compose().DependsOn[to.Service]
		return ok
	}
	return slices.ContainsFunc(t.Stage.Flows, func(f stage.Flow) bool { return covers(f.From, from) && covers(f.To, to) })
}

// covers tells whether "site" or "site/service" takes in a member.
func covers(selector string, m *member) bool {
	site, service, _ := strings.Cut(selector, "/")
	return m.Site == site && (service == "" || m.Service == service)
}

// portOf is a TCP port where a member is reached: of its store, of the entry, of
// a flow, as Compose exposes it or its image does; 0 where none is known.
func (t *Target) portOf(ctx context.Context, from, to *member) int {
	for _, s := range t.Stage.Stores {
		if s.Service == to.Service {
			return s.Port
		}
	}
	if to.Service == t.Stage.Entry.Service {
		return t.Stage.Entry.Port
	}
	for _, f := range t.Stage.Flows {
		if covers(f.From, from) && covers(f.To, to) && len(f.Ports) > 0 {
			return f.Ports[0]
		}
	}
	svc := to.compose()
	for _, e := range svc.Expose {
		if port, err := strconv.Atoi(strings.TrimSuffix(e, "/tcp")); err == nil {
			return port
		}
	}
	for _, p := range svc.Ports {
		if p.Protocol == "" || p.Protocol == "tcp" {
			return int(p.Target)
		}
	}
	image := svc.Image
	if rel, ok := t.release(t.Live(to.Site)); ok {
		image = cmp.Or(rel.Images[to.Service], image)
	}
	start, err := t.Engine.StartupOf(ctx, image)
	if err != nil || len(start.Ports) == 0 {
		return 0 // an image that cannot be asked exposes nothing that is known
	}
	return start.Ports[0]
}

// overLinks asks over links, from where their consumers are.
func (t *Target) overLinks(ctx context.Context, links []fabric.LinkUse, wanted func(fabric.LinkUse) bool) []probe {
	var out []probe
	for _, u := range links {
		if len(out) == mostCanaries || !wanted(u) {
			continue
		}
		from, to := t.member(u.From), t.member(u.To)
		if from == nil || to == nil || from.Service == jobService {
			continue
		}
		pid, err := t.pid(ctx, from)
		if err != nil {
			continue // it does not run: it asks nobody
		}
		out = append(out, probe{from: from, to: to, Probe: hand.Probe{
			Pid: pid, Kind: t.speaks(to, u.Port), Target: net.JoinHostPort(fabric.VIP(u.From, u.To).String(), strconv.Itoa(u.Port))}})
	}
	return out
}

// toward asks the members that a fault hits: through the door of a store, which
// stays when consumers are replaced; through the entry; else as a consumer that
// the fault does not hit.
func (t *Target) toward(ctx context.Context, links []fabric.LinkUse, members []fault.Member) ([]probe, error) {
	doors, err := t.doors()
	if err != nil {
		return nil, err
	}
	var out []probe
	for _, hit := range members {
		ms, err := t.find(hit.Site, hit.Service, hit.Instance)
		if err != nil {
			return nil, err
		}
		m := ms[0]
		i := slices.IndexFunc(doors, func(d door) bool { return d.to == m && d.store != "" })
		switch {
		case len(out) == mostCanaries:
		case i >= 0:
			p, err := t.fromOutside(ctx, m, doors[i].port, doors[i].at)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		case m.Service == t.Stage.Entry.Service && m.Site == t.EntrySite() && m.Instance == 1:
			p, err := t.throughEntry(ctx, m)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		default:
			found := t.overLinks(ctx, links, func(u fabric.LinkUse) bool {
				from := t.member(u.From)
				return u.To == m.index && from != nil && !slices.Contains(members, from.Member)
			})
			out = append(out, found[:min(len(found), 1)]...)
		}
	}
	return out, nil
}

// intoSite asks a site from outside it: its stores, its entry where it is the one
// that serves, else what others use of it. Every site of our own for "".
func (t *Target) intoSite(ctx context.Context, links []fabric.LinkUse, site string) ([]probe, error) {
	doors, err := t.doors()
	if err != nil {
		return nil, err
	}
	var out []probe
	for _, d := range doors {
		if (site == "" || d.site == site) && d.store != "" && len(out) < mostCanaries {
			p, err := t.fromOutside(ctx, d.to, d.port, d.at)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	if entry := t.EntrySite(); site == "" || site == entry {
		m, err := t.one(entry, t.Stage.Entry.Service)
		if err != nil {
			return nil, err
		}
		p, err := t.throughEntry(ctx, m)
		return []probe{p}, err
	}
	return t.overLinks(ctx, links, func(u fabric.LinkUse) bool {
		from, to := t.member(u.From), t.member(u.To)
		return from != nil && to != nil && from.Site != site && to.Site == site
	}), nil
}

func (t *Target) throughEntry(ctx context.Context, to *member) (probe, error) {
	p, err := t.fromOutside(ctx, to, entryPort, t.Stage.Entry.Port)
	p.entry = true
	return p, err
}

// fromOutside asks through a port of the fabric on the control network, as the
// hand reaches it.
func (t *Target) fromOutside(ctx context.Context, to *member, at, port int) (probe, error) {
	s, err := t.Engine.Inspect(ctx, t.fabricID)
	if err != nil {
		return probe{}, fmt.Errorf("the fabric: %w", err)
	}
	addr := net.JoinHostPort(s.IPs[t.control.Name].String(), strconv.Itoa(at))
	return probe{to: to, Probe: hand.Probe{Kind: t.speaks(to, port), Target: addr}}, nil
}

// lookups asks for names from where the consumers of the fault are: for the name
// of the fault, or one that the consumer has asked for itself. Who has asked for
// it comes first. Nobody is told an address of its own in the place of another.
func (t *Target) lookups(ctx context.Context, f plan.Fault) ([]probe, error) {
	seen, err := t.client.Observations(ctx, 0)
	if err != nil {
		return nil, err
	}
	asked := func(i int, name string) int {
		return slices.IndexFunc(seen, func(o fabric.Observation) bool {
			return o.What == "dns" && o.Consumer == i && o.Type == "A" && o.Answer == "NOERROR" && !o.Forced &&
				(name == "" || strings.EqualFold(strings.TrimSuffix(o.Name, "."), name))
		})
	}
	consumers := slices.DeleteFunc(t.selectMembers(f.From), func(i int) bool {
		m := t.member(i)
		return m.Service == jobService || f.Other != "" && covers(f.Other, m) || f.Name == "" && asked(i, "") < 0
	})
	slices.SortStableFunc(consumers, func(a, b int) int { return min(asked(b, f.Name), 0) - min(asked(a, f.Name), 0) })
	var out []probe
	for _, i := range consumers {
		if len(out) == mostCanaries {
			break
		}
		m, name := t.member(i), f.Name
		if k := asked(i, f.Name); k >= 0 {
			name = strings.TrimSuffix(seen[k].Name, ".")
		}
		pid, err := t.pid(ctx, m)
		if err != nil {
			continue // it does not run
		}
		out = append(out, probe{from: m, Probe: hand.Probe{Pid: pid, Kind: hand.Lookup, Target: name}})
	}
	return out, nil
}

// speaks tells how a member is asked at a port: a store as its driver does, what
// serves a certificate by its bare connection, all else by HTTP.
func (t *Target) speaks(m *member, port int) hand.ProbeKind {
	for _, st := range t.Stage.Stores {
		if st.Service == m.Service && st.Port == port && st.Driver == "postgres" {
			return hand.Postgres
		}
	}
	for _, c := range t.Stage.Certs {
		if c.Service == m.Service && c.Port == port {
			return hand.TCP
		}
	}
	return hand.HTTP
}

func (t *Target) member(index int) *member {
	for _, m := range t.members {
		if m.index == index {
			return m
		}
	}
	return nil
}
