package analysis

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
)

// needs is the work on dependencies under way.
type needs struct {
	*judge
	windows  []CutOff
	measured bool
	index    map[edgeKey]int
	edges    []*edge // in the order of their first sight
	lookups  []*edge // of names that some container resolved; resolve hands them to the edges that they lead to
}

// edge is one service's way to another: by name and port, by address, or the
// name that leads nowhere.
type edge struct {
	edgeKey
	leads   string // of an address
	names   []string
	types   []string // record types asked for
	touches []touch
	habit   bool
}

type edgeKey struct {
	from, to string
	how      Way
	proto    string
	port     int
}

// touch is what one event tells beyond the ones before it.
type touch struct {
	at                                      time.Duration
	lookups, tried, answered, refused, lost int
	kind                                    string // record type of a lookup
	probed                                  bool   // canaries of ours took the same way
}

// serviceOf is "site/service" of a container.
func serviceOf(container string) string {
	site, service, ok := member(container)
	if !ok {
		return container
	}
	return site + "/" + service
}

// siteOf is the site of "site/service".
func siteOf(service string) string {
	site, _, _ := strings.Cut(service, "/")
	return site
}

// gather sums what the fabric told, container by container, to edges between
// services. Counts in the record grow: what counts is by how much.
func (b *needs) gather() {
	before := map[string]counts{}
	for _, e := range b.of(history.Observed) {
		a := e.Attrs
		from := serviceOf(e.Subject)
		var key edgeKey
		switch {
		case a["forced"] == "true":
			continue // the answer of a fault tells nothing of the stage
		case a["what"] == "link":
			b.measured = true
			key = edgeKey{from: from, to: serviceOf(a["to"]), how: ByName, proto: a["proto"], port: atoi(a["port"])}
		case a["what"] == "flow" && !ofFabric(a["dst"]):
			// Of the fabric's own addresses, a late packet of a connection that a cut
			// or a switch ended: no path that anybody chose.
			key = edgeKey{from: from, to: a["dst"], how: ByAddress, proto: a["proto"], port: atoi(a["port"])}
		case a["what"] == "dns" && a["answer"] == "NOERROR":
			key = edgeKey{from: from, to: a["name"], how: ByName}
		case a["what"] == "dns" && a["answer"] != "":
			key = edgeKey{from: from, to: a["name"], how: ByUnknown, proto: a["answer"]}
		default:
			continue
		}
		id := strings.Join([]string{e.Subject, a["what"], key.to, a["to"], a["name"], a["type"], a["answer"], a["proto"], a["port"]}, "|")
		now := countsOf(a)
		t := now.since(before[id])
		before[id] = now
		if t == (touch{}) || from == key.to {
			continue // nothing new, or instances of one service among themselves
		}
		t.at, t.kind, t.probed = e.At, a["type"], a["probed"] == "true"
		b.edge(key, a).touches = append(b.edge(key, a).touches, t)
	}
}

// edge is that of a key, made where there was none.
func (b *needs) edge(key edgeKey, a map[string]string) *edge {
	i, ok := b.index[key]
	if !ok {
		i = len(b.edges)
		b.index[key] = i
		b.edges = append(b.edges, &edge{edgeKey: key})
	}
	e := b.edges[i]
	if t := a["type"]; t != "" && !slices.Contains(e.types, t) {
		e.types = append(e.types, t)
	}
	if key.how == ByAddress {
		e.leads = a["to_site"]
		if a["to"] != "" {
			e.leads = serviceOf(a["to"])
		}
	}
	return e
}

// counts are the numbers of one line of the record.
type counts struct{ lookups, tried, answered, refused, lost int }

func countsOf(a map[string]string) counts {
	switch a["what"] {
	case "dns":
		return counts{lookups: max(1, atoi(a["count"]))}
	case "flow":
		return counts{tried: max(1, atoi(a["count"]))}
	}
	lost := atoi(a["lost"])
	return counts{tried: atoi(a["connections"]) + lost, answered: atoi(a["answered"]), refused: atoi(a["refused"]), lost: lost}
}

// since is by how much counts grew. One that fell began anew, with another
// fabric.
func (c counts) since(before counts) touch {
	if c.lookups < before.lookups || c.tried < before.tried || c.answered < before.answered {
		before = counts{}
	}
	return touch{lookups: c.lookups - before.lookups, tried: c.tried - before.tried, answered: c.answered - before.answered,
		refused: c.refused - before.refused, lost: c.lost - before.lost}
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// resolve hands lookups that were answered to the edges that the name leads to:
// of a service of the same site, or of a flow. A name that no map knows (the
// record of an older version does not tell flows' names) is dropped with its
// edge.
func (b *needs) resolve() {
	var kept []*edge
	for _, e := range b.edges {
		if e.how == ByName && e.port == 0 && e.proto == "" {
			b.lookups = append(b.lookups, e)
			continue
		}
		kept = append(kept, e)
	}
	b.edges = kept
	for _, l := range b.lookups {
		to := b.provider(l.from, l.to)
		if to == "" || to == l.from {
			continue
		}
		found := false
		for _, e := range b.edges {
			if e.from == l.from && e.to == to && e.how == ByName {
				e.names = append(e.names, l.to)
				if !found { // once a pair: lookups do not tell the port
					e.touches = append(e.touches, asked(l)...)
				}
				found = true
			}
		}
		if !found {
			b.edges = append(b.edges, &edge{edgeKey: edgeKey{from: l.from, to: to, how: ByName}, names: []string{l.to}, types: l.types, touches: asked(l)})
		}
	}
	for _, e := range b.edges {
		slices.SortStableFunc(e.touches, func(x, y touch) int { return int(x.at - y.at) })
	}
}

// asked are the lookups of a name that count: for addresses, where the name was
// asked for by address at all.
func asked(l *edge) []touch {
	if !slices.Contains(l.types, "A") {
		return l.touches
	}
	return slices.DeleteFunc(slices.Clone(l.touches), func(t touch) bool { return t.kind != "A" })
}

// provider is the service that a name leads a consumer to; "" where no map tells.
func (b *needs) provider(from, name string) string {
	site := siteOf(from)
	if slices.ContainsFunc(b.h.Header.Services, func(s history.Service) bool { return s.Site == site && strings.EqualFold(s.Name, name) }) {
		return site + "/" + strings.ToLower(name)
	}
	for _, d := range b.h.Header.Declared {
		if d.By == history.ByFlow && strings.EqualFold(d.Name, name) && covers(d.From, from) {
			return d.To
		}
	}
	return ""
}

// covers tells whether "site" or "site/service" takes in a service.
func covers(selector, service string) bool {
	return selector == service || selector == siteOf(service)
}
