package analysis

import (
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// declaredBy lists where an edge is declared: in a list that names its ends (and
// its port, where the list gives ports), or by a function that both ends serve.
func (b *needs) declaredBy(e *edge) []history.Source {
	out := []history.Source{}
	if e.how == ByAddress {
		return out // what is declared is found by its name
	}
	for _, d := range b.h.Header.Declared {
		if b.fits(d, e) && !slices.Contains(out, d.By) {
			out = append(out, d.By)
		}
	}
	if e.how == ByName && b.oneFunction(e.from, e.to) {
		out = append(out, history.ByFunction)
	}
	return out
}

func (b *needs) fits(d history.Declared, e *edge) bool {
	if !covers(d.From, e.from) {
		return false
	}
	if e.how == ByUnknown {
		return strings.EqualFold(d.To, e.to)
	}
	return covers(d.To, e.to) && (e.port == 0 || len(d.Ports) == 0 || slices.Contains(d.Ports, e.port))
}

// oneFunction tells whether both ends serve one function, on one site or with a
// third party.
func (b *needs) oneFunction(from, to string) bool {
	fromSite, a, _ := strings.Cut(from, "/")
	toSite, c, _ := strings.Cut(to, "/")
	if fromSite != toSite && b.isOwn(fromSite) && b.isOwn(toSite) {
		return false
	}
	return slices.ContainsFunc(b.h.Header.Functions, func(f history.Function) bool {
		return slices.Contains(f.Services, a) && slices.Contains(f.Services, c)
	})
}

func (b *needs) isOwn(site string) bool {
	return slices.ContainsFunc(b.h.Header.Own(), func(s history.Site) bool { return s.ID == site })
}

// otherPort tells that the ends of an edge that nothing declares are declared: so
// it is its port that is not.
func (b *needs) otherPort(e *edge) bool {
	return slices.ContainsFunc(b.h.Header.Declared, func(d history.Declared) bool {
		return covers(d.From, e.from) && covers(d.To, e.to)
	})
}

// unused lists what is declared and was never seen, of consumers that had the
// occasion: their site served under load; of what crosses to another site of
// one's own, it also stood by, which is when replication runs. What was used at
// the start-up counts as used.
func (b *needs) unused() (out []Dependency) {
	if !b.measured {
		return nil
	}
	type ends struct{ from, to string }
	at := map[ends]int{}
	for _, d := range b.h.Header.Declared {
		for _, from := range b.services(d.From) {
			if b.seen(d, from) || !b.hadOccasion(d, from) {
				continue
			}
			key := ends{from, d.To}
			i, twice := at[key]
			if !twice {
				i = len(out)
				at[key] = i
				_, service, _ := strings.Cut(from, "/")
				out = append(out, Dependency{From: from, To: d.To, How: Unseen, Names: []string{}, Phases: []string{}, Declared: []history.Source{},
					Classes: []Class{Unused}, Owner: b.owner(service),
					Text: say("%s est déclaré dépendre de %s et ne s'en est jamais servi sous charge", "%s is declared to depend on %s and never used it under load", from, d.To)})
				if len(d.Ports) == 1 {
					out[i].Port = d.Ports[0]
				}
			}
			if !slices.Contains(out[i].Declared, d.By) {
				out[i].Declared = append(out[i].Declared, d.By)
			}
		}
	}
	return out
}

// services spreads a selector over the services of the stage.
func (b *needs) services(selector string) (out []string) {
	for _, s := range b.h.Header.Services {
		if name := s.Site + "/" + s.Name; covers(selector, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// seen tells whether a declared dependency was taken: canaries of ours do not
// count.
func (b *needs) seen(d history.Declared, from string) bool {
	return slices.ContainsFunc(b.edges, func(e *edge) bool {
		led := e.how == ByName && covers(d.To, e.to) || e.how == ByUnknown && strings.EqualFold(d.To, e.to)
		return e.from == from && led && slices.ContainsFunc(e.touches, func(t touch) bool { return !t.probed })
	})
}

func (b *needs) hadOccasion(d history.Declared, from string) bool {
	site := siteOf(from)
	served := b.stood(site, true)
	if to := siteOf(d.To); strings.Contains(d.To, "/") && to != site && b.isOwn(to) {
		return served && b.stood(site, false)
	}
	return served
}

// stood tells whether a site served, or stood by, for the stability window at
// least while the load was on.
func (b *needs) stood(site string, serving bool) bool {
	begins, _ := b.loadBegins() // without a load no stretch is left
	instants := []time.Duration{max(begins, b.all.from)}
	for _, e := range b.events {
		if (e.Kind == history.EntrySwitched || e.Kind == history.SiteState) && e.At > instants[0] && e.At < b.all.to {
			instants = append(instants, e.At)
		}
	}
	instants = append(instants, b.all.to)
	long := time.Duration(0)
	for i, at := range instants[:len(instants)-1] {
		if (b.servesAt(at) == site) == serving && !b.isGone(site, at) {
			long += instants[i+1] - at
		}
	}
	return long >= stability(b.h.Header)
}

// isGone tells whether a site is lost or fenced at an instant.
func (j *judge) isGone(site string, at time.Duration) bool {
	return slices.ContainsFunc(j.gone(), func(s stretch) bool { return s.site == site && s.from <= at && at < s.to })
}
