package stage

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Dependency is one that no Compose file, flow or function tells: of a service
// on another of its site, or on a name outside the stage.
type Dependency struct {
	From  string // service, at each site that has it, or "site/service"
	To    string // the same, or a name outside the stage ("smtp.example.com")
	Ports []int  // none: any
	Why   string
}

// Ends is a dependency at one place.
type Ends struct{ From, To string } // "site/service"; To may be a name outside the stage

// Ends spreads a dependency over the sites that it holds for.
func (s *Stage) Ends(d Dependency) (out []Ends) {
	has := func(site, service string) bool {
		return slices.ContainsFunc(s.Sites, func(x Site) bool {
			return x.ID == site && x.Project != nil && slices.Contains(x.Project.ServiceNames(), service)
		})
	}
	fromSite, from, pinned := strings.Cut(d.From, "/")
	if !pinned {
		fromSite, from = "", d.From
	}
	for _, site := range s.Sites {
		if pinned && site.ID != fromSite || !has(site.ID, from) {
			continue
		}
		toSite, to, there := strings.Cut(d.To, "/")
		switch {
		case there && has(toSite, to):
			out = append(out, Ends{site.ID + "/" + from, d.To})
		case !there && has(site.ID, d.To):
			out = append(out, Ends{site.ID + "/" + from, site.ID + "/" + d.To})
		case !there && outside(d.To) && !s.serviceAnywhere(d.To):
			out = append(out, Ends{site.ID + "/" + from, d.To})
		}
	}
	return out
}

// outside tells the shape of a name that the stage does not have: as names of
// the world do, it has a dot.
func outside(name string) bool { return strings.Contains(name, ".") }

func (s *Stage) serviceAnywhere(name string) bool {
	return slices.ContainsFunc(s.Sites, func(x Site) bool { return x.Project != nil && slices.Contains(x.Project.ServiceNames(), name) })
}

func (f *stageFile) readDependencies(n *yaml.Node, path string) {
	f.list(n, path, func(item *yaml.Node, path string) {
		var d Dependency
		f.fields(item, path,
			need("from", f.word(&d.From)),
			need("to", f.word(&d.To)),
			may("ports", f.ports(&d.Ports)),
			may("why", f.word(&d.Why)),
		)
		f.stage.Dependencies = append(f.stage.Dependencies, d)
	})
}

// ports reads a list of at least one port.
func (f *stageFile) ports(dst *[]int) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		f.list(n, path, func(item *yaml.Node, path string) {
			var port int
			f.port(&port)(item, path)
			*dst = append(*dst, port)
		})
		if v := resolve(n); v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
			f.problem(n, "« %s » est vide", "\"%s\" is empty", path)
		}
	}
}

// checkDependencies: each end exists, and what crosses from one site of one's
// own to another is a matter of flows.
func (b *book) checkDependencies() {
	seen := map[string]bool{}
	for i, d := range b.stage.Dependencies {
		path := "dependencies[" + strconv.Itoa(i) + "]"
		fromSite, okFrom := b.checkConsumer(path+".from", d.From)
		toSite, okTo := b.checkProvider(path+".to", d, fromSite)
		if !okFrom || !okTo {
			continue
		}
		key := d.From + " " + d.To
		switch {
		case d.From == d.To:
			b.problemAt(path+".to", "« %s » ne dépend pas de lui-même", "\"%s\" does not depend on itself", d.To)
		case seen[key]:
			b.problemAt(path, "la dépendance de « %s » envers « %s » figure déjà", "the dependency of \"%s\" on \"%s\" is listed already", d.From, d.To)
		case toSite != "" && toSite != fromSite && slices.Contains(b.own(), toSite):
			b.problemAt(path+".to", "« %s » est sur un autre site : ce qui va d’un site à l’autre se déclare dans « flows »",
				"\"%s\" is on another site: what crosses between sites is declared in \"flows\"", d.To)
		case b.complete && len(b.stage.Ends(d)) == 0:
			b.problemAt(path+".to", "aucun site n’a à la fois « %s » et « %s »", "no site has both \"%s\" and \"%s\"", d.From, d.To)
		}
		seen[key] = true
	}
}

// checkConsumer checks "service" or "site/service" and gives the site, if any.
func (b *book) checkConsumer(path, end string) (site string, ok bool) {
	if strings.Contains(end, "/") {
		return b.checkEnd(path, end)
	}
	if end != "" && !b.known(end) {
		b.unknown(path, noun("service"), end, b.all)
		return "", false
	}
	return "", end != ""
}

// checkProvider is checkConsumer for the other end, which may also be a name
// outside the stage, though none that a flow gives already.
func (b *book) checkProvider(path string, d Dependency, fromSite string) (site string, ok bool) {
	if strings.Contains(d.To, "/") || !outside(d.To) || b.stage.serviceAnywhere(d.To) {
		return b.checkConsumer(path, d.To)
	}
	if slices.ContainsFunc(b.stage.Flows, func(f Flow) bool { return strings.EqualFold(f.Name, d.To) }) {
		b.problemAt(path, "« %s » est le nom d’un flux, qui suffit", "\"%s\" is the name of a flow, which is enough", d.To)
		return "", false
	}
	return "", true
}
