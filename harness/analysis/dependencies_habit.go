package analysis

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"bascule/harness/history"
)

// Habit is what runtimes ask for whatever the application is: named once, with
// a count, so that it does not drown what matters, and is not hidden either.
type Habit struct {
	Kind     string       `json:"kind"`
	Text     history.Text `json:"text"`
	Names    []string     `json:"names"` // at most habitNames
	More     int          `json:"more"`  // names beyond
	Count    int          `json:"count"` // lookups, or packets
	Services []string     `json:"services"`
}

// habitNames is how many names of a habit are told.
const habitNames = 5

// The kinds of habit, in the order in which they are told.
const (
	habitTypes     = "record-types"
	habitReverse   = "reverse"
	habitLocal     = "local"
	habitSearch    = "search-domain"
	habitProxy     = "proxy"
	habitTelemetry = "telemetry"
	habitLinkLocal = "link-local"
)

func habitText(kind string) history.Text {
	switch kind {
	case habitTypes:
		return say("autres types d'enregistrement (AAAA, SRV, TXT…) d'un nom qui a une adresse : tout environnement les demande",
			"other record types (AAAA, SRV, TXT…) of a name that has an address: every runtime asks for them")
	case habitReverse:
		return say("résolutions inverses : qui journalise ses clients demande leur nom", "reverse lookups: whoever logs its clients asks for their names")
	case habitLocal:
		return say("noms de la machine elle-même ou du réseau local", "names of the machine itself or of the local network")
	case habitSearch:
		return say("suffixes de recherche ajoutés à un nom demandé par ailleurs", "search suffixes put behind a name that is asked for anyway")
	case habitProxy:
		return say("recherche automatique d'un mandataire", "automatic search for a proxy")
	case habitTelemetry:
		return say("télémétrie et mises à jour d'éditeurs : l'application s'en passe", "vendors' telemetry and updates: the application does without")
	}
	return say("adresses de multidiffusion ou locales au lien", "multicast and link-local addresses")
}

// telemetry are hosts that libraries and tools report to by themselves.
var telemetry = []string{
	"telemetry", "metrics-api", "sentry.io", "datadoghq.com", "newrelic.com", "nr-data.net", "segment.io", "segment.com", "bugsnag.com",
	"checkpoint-api.hashicorp.com", "applicationinsights.azure.com", "dc.services.visualstudio.com", "mobile.events.data.microsoft.com",
	"connectivity-check.ubuntu.com", "detectportal.firefox.com", "google-analytics.com", "stats.grafana.org", "metadata.google.internal",
}

// containerID is the shape of a container's own host name.
var containerID = regexp.MustCompile(`^[0-9a-f]{12}$`)

// habits takes what is asked for by habit out of the edges, and sums it.
func (b *needs) habits() []Habit {
	type entry struct {
		names, services []string
		count           int
	}
	found := map[string]*entry{}
	note := func(kind, name, service string, n int) {
		x := found[kind]
		if x == nil {
			x = &entry{}
			found[kind] = x
		}
		if !slices.Contains(x.names, name) {
			x.names = append(x.names, name)
		}
		if !slices.Contains(x.services, service) {
			x.services = append(x.services, service)
		}
		x.count += n
	}
	for _, e := range b.edges {
		kind := ""
		switch e.how {
		case ByUnknown:
			kind = b.habitOf(e)
		case ByAddress:
			kind = habitOfAddress(e.to)
		}
		if kind == "" {
			continue
		}
		e.habit = true
		for _, t := range e.touches {
			note(kind, e.to, e.from, t.lookups+t.tried)
		}
	}
	for _, l := range b.lookups { // answered ones: what is no lookup of an address
		kind := ""
		if strings.HasSuffix(l.to, ".arpa") {
			kind = habitReverse
		} else if slices.Contains(l.types, "A") {
			kind = habitTypes
		}
		for _, t := range l.touches {
			if kind != "" && t.kind != "A" {
				note(kind, l.to, l.from, t.lookups)
			}
		}
	}
	out := []Habit{}
	for _, kind := range []string{habitTypes, habitReverse, habitLocal, habitSearch, habitProxy, habitTelemetry, habitLinkLocal} {
		if x := found[kind]; x != nil {
			slices.Sort(x.names)
			slices.Sort(x.services)
			out = append(out, Habit{Kind: kind, Text: habitText(kind), Names: x.names[:min(len(x.names), habitNames)],
				More: max(0, len(x.names)-habitNames), Count: x.count, Services: x.services})
		}
	}
	return out
}

// habitOf tells by which habit a name that nobody resolves is asked for; "" by
// none.
func (b *needs) habitOf(e *edge) string {
	name := e.to
	last := name[strings.LastIndexByte(name, '.')+1:]
	first, rest, _ := strings.Cut(name, ".")
	switch {
	case strings.HasSuffix(name, ".arpa"):
		return habitReverse
	case last == "localhost", rest != "" && slices.Contains([]string{"local", "localdomain", "lan"}, last), containerID.MatchString(name):
		return habitLocal
	case first == "wpad" || first == "isatap":
		return habitProxy
	case slices.ContainsFunc(telemetry, func(t string) bool {
		return name == t || strings.HasSuffix(name, "."+t) || !strings.Contains(t, ".") && first == t && rest != ""
	}):
		return habitTelemetry
	}
	base := name
	for strings.HasPrefix(base, "_") { // _postgresql._tcp.db
		_, base, _ = strings.Cut(base, ".")
	}
	if base != name && b.asks(e.from, base) {
		return habitTypes
	}
	if b.searched(e) {
		return habitSearch
	}
	return ""
}

// searched tells a name that is another one with a search domain behind it: a
// suffix that the service puts behind several names. One that the stage itself
// uses, such as a site's, is none: "db.paris" is somebody's name for a database.
func (b *needs) searched(e *edge) bool {
	labels := strings.Split(e.to, ".")
	for i := 1; i < len(labels); i++ {
		suffix := "." + strings.Join(labels[i:], ".")
		if slices.ContainsFunc(labels[i:], b.stageWord) {
			continue
		}
		bases := map[string]bool{}
		for _, o := range b.edges {
			if base, ok := strings.CutSuffix(o.to, suffix); ok && o.from == e.from && o.how == ByUnknown && b.asks(e.from, base) {
				bases[base] = true
			}
		}
		if bases[strings.Join(labels[:i], ".")] && len(bases) > 1 {
			return true
		}
	}
	return false
}

// stageWord tells a label that names something of the stage.
func (b *needs) stageWord(label string) bool {
	for _, s := range b.h.Header.Sites {
		if strings.EqualFold(s.ID, label) || strings.EqualFold(s.Title, label) {
			return true
		}
	}
	for _, d := range b.h.Header.Declared {
		if slices.Contains(strings.Split(strings.ToLower(d.Name), "."), strings.ToLower(label)) {
			return true
		}
	}
	return b.serviceName(label)
}

// asks tells whether a service asks for a name by itself, in vain or not.
func (b *needs) asks(from, name string) bool {
	is := func(e *edge) bool { return e.from == from && e.to == name && e.how != ByAddress }
	return slices.ContainsFunc(b.edges, is) || slices.ContainsFunc(b.lookups, is)
}

func habitOfAddress(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err == nil && (a.IsMulticast() || a.IsLinkLocalUnicast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255})) {
		return habitLinkLocal
	}
	return ""
}
