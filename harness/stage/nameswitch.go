package stage

import (
	"slices"
	"strings"

	"bascule/harness/history"
)

// checkNameSwitch: a name that is moved must be one that somebody can ask for,
// it must lead to a service, and the path there must be declared as any other
// that crosses between sites.
func (b *book) checkNameSwitch(f *runbookFile, i int, s RunbookStep) {
	if s.Action != "switch_name" || s.Name == "" || s.To == "" {
		return // what is missing is told already
	}
	known := slices.Clone(b.all)
	for _, flow := range b.stage.Flows {
		known = append(known, flow.Name)
	}
	slices.Sort(known)
	if same := func(n string) bool { return strings.EqualFold(n, s.Name) }; b.complete && !slices.ContainsFunc(known, same) {
		f.unknownIn(i, "name", history.Text{FR: "nom inconnu", EN: "unknown name"}, s.Name, slices.Compact(known))
		return
	}
	site, service, cut := strings.Cut(s.To, "/")
	services, read := b.services[site]
	switch {
	case !cut:
		f.problemAt(stepPath(i, "to"), "« %s » : un nom mène à site/service", "\"%s\": a name leads to site/service", s.To)
		return
	case !slices.Contains(b.sites, site):
		f.unknownIn(i, "to", noun("site"), site, b.sites)
		return
	case read && !slices.Contains(services, service):
		f.unknownIn(i, "to", on(noun("service"), site), service, services)
		return
	}
	for _, from := range b.askers(s.Name) {
		if !b.mayReach(from, s.To) {
			f.problemAt(stepPath(i, "to"), "aucun flux déclaré ne mène de « %[1]s » à « %[2]s », où conduirait le nom « %[3]s » : déclarez-le dans stage.yaml, sous « flows »",
				"no declared flow leads from \"%[1]s\" to \"%[2]s\", where the name \"%[3]s\" would lead: declare it in stage.yaml, under \"flows\"", from, s.To, s.Name)
		}
	}
}

// askers are who may ask for a name: sites, whose every service may ask for a
// service of its own site, and ends of flows.
func (b *book) askers(name string) (out []string) {
	for _, site := range b.sites {
		if slices.ContainsFunc(b.services[site], func(s string) bool { return strings.EqualFold(s, name) }) {
			out = append(out, site)
		}
	}
	for _, flow := range b.stage.Flows {
		if strings.EqualFold(flow.Name, name) {
			out = append(out, flow.From)
		}
	}
	return out
}

// mayReach tells whether a path is declared from an asker to a service, or
// needs none.
func (b *book) mayReach(from, to string) bool {
	site, service, _ := strings.Cut(from, "/")
	if strings.HasPrefix(to, site+"/") {
		return true
	}
	return slices.ContainsFunc(b.stage.Flows, func(f Flow) bool {
		return f.To == to && (f.From == from || service == "" && strings.HasPrefix(f.From, site+"/"))
	})
}
