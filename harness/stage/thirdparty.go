package stage

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// RoleThirdParty is the role of a place outside both sites: what runs there is
// somebody else's. It never serves as the entry, is lost with no site, and is
// neither active nor on standby.
const RoleThirdParty = "third-party"

// ThirdParty is whom such a place stands for.
type ThirdParty struct {
	Title history.Text // as scenarios and reports call it
	Stub  bool         // a stand-in answers in its place
}

// Own tells a site that serves, or may come to, from a third party's place and
// from a witness.
func (s Site) Own() bool { return s.Role != RoleThirdParty && s.Role != RoleWitness }

// Own is the sites without third parties and witnesses.
func (s *Stage) Own() []Site {
	return slices.DeleteFunc(slices.Clone(s.Sites), func(site Site) bool { return !site.Own() })
}

func (f *stageFile) readThirdParty(dst **ThirdParty) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		p := &ThirdParty{}
		f.fields(n, path,
			need("stub", f.boolean(&p.Stub)),
			may("title", f.text(&p.Title)),
		)
		*dst = p
	}
}

// checkThirdParty: whether a stand-in answers must be said of every third party
// and of nobody else, since reports tell it as a limit of what was proven.
func (f *stageFile) checkThirdParty(s *Site, path string) {
	switch {
	case s.Role == RoleThirdParty && s.ThirdParty == nil && f.seen[join(path, "third_party")] == nil:
		f.problemAt(join(path, "role"), "un prestataire demande la clé « third_party », qui dit si un bouchon le remplace : third_party: {stub: true}",
			"a third party needs key \"third_party\", which says whether a stub stands in for it: third_party: {stub: true}")
	case s.Role != RoleThirdParty && s.Role != "" && s.ThirdParty != nil:
		f.problemAt(join(path, "third_party"), "« third_party » n’a de sens que pour un site de rôle « %s »",
			"\"third_party\" only makes sense for a site of role \"%s\"", RoleThirdParty)
	}
	if s.ThirdParty != nil && s.ThirdParty.Title == (history.Text{}) {
		s.ThirdParty.Title = history.Same(s.Title)
	}
}

// own are the ids of the sites without third parties and witnesses.
func (b *book) own() []string {
	var ids []string
	for _, s := range b.stage.Own() {
		ids = append(ids, s.ID)
	}
	return ids
}

// ours tells whether a service runs on a site of one's own; true while that is
// not known.
func (b *book) ours(service string) bool {
	if service == "" || !b.complete || !slices.Contains(b.all, service) {
		return true
	}
	return slices.ContainsFunc(b.own(), func(site string) bool { return slices.Contains(b.services[site], service) })
}

// checkOurs: nobody deploys to a third party or to a witness, or reads a database
// there.
func (b *book) checkOurs() {
	for _, store := range b.stage.Stores {
		if !b.ours(store.Service) {
			b.foreign("stores."+store.ID+".service", store.Service)
		}
	}
	for i, service := range b.stage.Deployment.Services {
		if !b.ours(service) {
			b.foreign("deployment.services["+strconv.Itoa(i)+"]", service)
		}
	}
}

func (b *book) foreign(path, service string) {
	if b.witnessed(service) {
		b.problemAt(path, "« %s » ne tourne que chez un témoin, qui ne sert personne : rien ne s’y installe et rien ne s’y lit",
			"\"%s\" only runs at a witness, which serves nobody: nothing is deployed or read there", service)
		return
	}
	b.problemAt(path, "« %s » ne tourne que chez un prestataire : rien ne s’y installe et rien ne s’y lit",
		"\"%s\" only runs at a third party: nothing is deployed or read there", service)
}

// checkNoThirdParty: a runbook neither acts at a third party nor moves anything
// there.
func (b *book) checkNoThirdParty(f *runbookFile) {
	at := func(path, site string) {
		if b.isWitness(site) {
			return // it is ours
		}
		if slices.Contains(b.sites, site) && !slices.Contains(b.own(), site) {
			f.problemAt(path, "« %s » est un prestataire : une procédure n’agit pas chez lui", "\"%s\" is a third party: a runbook does not act there", site)
		}
	}
	b.checkNotToWitness(f, "from", f.runbook.From)
	b.checkNotToWitness(f, "to", f.runbook.To)
	at("from", f.runbook.From)
	at("to", f.runbook.To)
	for i, s := range f.runbook.Steps {
		at(stepPath(i, "site"), s.Site)
	}
}

// boolean reads true or false.
func (d *doc) boolean(dst *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.seen[path] = n
		v := resolve(n)
		if v.Kind != yaml.ScalarNode || v.Tag != "!!bool" {
			d.wrong(v, path, "true ou false", "true or false")
			return
		}
		*dst = strings.EqualFold(v.Value, "true")
	}
}
