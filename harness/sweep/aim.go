package sweep

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// aimer points faults at what the scenario's own fault is about: its container,
// the links towards it, its name, its site.
type aimer struct {
	stage  *stage.Stage
	own    plan.Fault
	deploy plan.Deploy
	refuse func(plan.FaultKind) history.Text
}

// none is where an aimer has nothing against a fault.
var none history.Text

// aim makes a fault of a spec; why tells why there is none.
func (a aimer) aim(s Spec) (f plan.Fault, why history.Text) {
	if len(s.Params) == 0 && s.Kind == a.own.Kind {
		f = a.own
	} else if f, why = a.at(s); why != none {
		return f, why
	}
	if a.refuse != nil {
		if reason := a.refuse(s.Kind); reason != none {
			return f, history.Text{FR: "impossible sur ce moteur : " + reason.FR, EN: "not possible on this engine: " + reason.EN}
		}
	}
	return f, none
}

// at aims a fault of a kind that may be another than the scenario's own.
func (a aimer) at(s Spec) (plan.Fault, history.Text) {
	f := usual(s.Kind)
	if s.Kind == a.own.Kind {
		f = a.own
	}
	f.For = a.own.For
	for _, p := range s.Params {
		if err := set(&f, p); err != nil {
			return f, say("paramètre refusé : %s", "a parameter is refused: %s", err.Error())
		}
	}
	if s.Kind != a.own.Kind {
		if why := a.target(&f); why != none {
			return f, why
		}
	}
	f.Title = a.title(f, s)
	return f, a.fits(f)
}

// node is the container that the scenario's own fault is about: "paris", "db", 0.
// Of a link it is the provider.
func (a aimer) node() (site, service string, instance int) {
	switch f := a.own; {
	case f.Kind.OnLink():
		site, service, _ = strings.Cut(cmp.Or(f.To, f.From), "/")
		return site, service, 0
	case f.Kind.OnNames():
		site, _, _ = strings.Cut(f.From, "/")
		if st := a.site(site); st != nil && f.Name != "" {
			if _, ok := st.Project.Services[f.Name]; ok {
				return site, f.Name, 0
			}
		}
		return site, "", 0
	default:
		return f.Site, f.Service, f.Instance
	}
}

// target fills in where the fault strikes.
func (a aimer) target(f *plan.Fault) history.Text {
	site, service, instance := a.node()
	noSite := say("la panne du scénario ne désigne aucun site", "the scenario's own fault is about no site")
	noService := say("la panne du scénario ne désigne aucun service", "the scenario's own fault is about no service")
	switch k := f.Kind; {
	case k == plan.AllLost:
	case k == plan.SiteLost || k == plan.SiteIsolated:
		if f.Site = site; site == "" {
			return noSite
		}
	case k.OnLink() && a.own.Kind.OnLink():
		f.From, f.To = a.own.From, a.own.To
	case k.OnLink() && service != "":
		f.To = site + "/" + service
	case k.OnLink():
		return a.between(f, site)
	case service == "":
		return noService
	case k.OnNames():
		f.From = site
		f.Name = cmp.Or(f.Name, service)
	default:
		f.Site, f.Service, f.Instance = site, service, instance
	}
	return none
}

// between aims at the links of a whole site with another of one's own.
func (a aimer) between(f *plan.Fault, site string) history.Text {
	for _, s := range a.stage.Sites {
		if s.ID != site && s.Own() && site != "" {
			f.From, f.To = site, s.ID
			return none
		}
	}
	return say("il n’y a pas de liaison entre deux sites", "there is no link between two sites")
}

// fits tells why a fault would be in vain, or cannot be had, on this stage.
func (a aimer) fits(f plan.Fault) history.Text {
	_, service, _ := a.node()
	store := a.isStore(service)
	switch f.Kind {
	case plan.HTTPError:
		if store {
			return say("« %s » ne parle pas HTTP", "%q does not speak HTTP", service)
		}
	case plan.DBConnections, plan.PasswordRevoked:
		if !store {
			return say("« %s » n’est pas une base que la plateforme déclare", "%q is no store that the stage declares", service)
		}
	case plan.WrongAddress:
		if f.Other == "" {
			return say("il faut dire quelle adresse est donnée à sa place (other=site/service)", "it must be said whose address is given in its place (other=site/service)")
		}
	case plan.CertExpired:
		if !slices.ContainsFunc(a.stage.Certs, func(c stage.Certificate) bool { return c.Service == f.Service && (f.Name == "" || c.ID == f.Name) }) {
			return say("la plateforme ne déclare pas de certificat de « %s »", "the stage declares no certificate of %q", f.Service)
		}
	case plan.SecretMissing:
		if f.Name == "" {
			return say("il faut dire quel secret manque (name=…)", "it must be said which secret is missing (name=…)")
		}
	case plan.Deaf:
		if !slices.Contains(a.stage.Deployment.Services, f.Service) {
			return say("rien n’arrête « %s » dans ce scénario : l’effet ne se verrait pas", "nothing stops %q in this scenario: the effect would not be seen", f.Service)
		}
	case plan.KillOne:
		if a.scale(f) < 2 {
			return say("« %s » n’a qu’une instance", "%q has one instance only", f.Service)
		}
	case plan.DiskFull, plan.DiskSlow, plan.DiskReadOnly:
		if st := a.site(f.Site); st == nil || len(st.Project.Services[f.Service].Volumes) == 0 {
			return say("« %s » n’a pas de volume", "%q has no volume", f.Service)
		}
	}
	return none
}

func (a aimer) site(id string) *stage.Site {
	i := slices.IndexFunc(a.stage.Sites, func(s stage.Site) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &a.stage.Sites[i]
}

func (a aimer) scale(f plan.Fault) int {
	st := a.site(f.Site)
	if st == nil {
		return 0
	}
	svc := st.Project.Services[f.Service]
	return svc.GetScale()
}

// title names a fault with what it is aimed at and what was said of it.
func (a aimer) title(f plan.Fault, s Spec) history.Text {
	entry, _ := entryOf(f.Kind)
	where := a.where(f)
	t := history.Text{FR: entry.Title.FR + " : " + where.FR, EN: entry.Title.EN + ": " + where.EN}
	var fr, en []string
	for _, p := range s.Params {
		en = append(en, p.Value)
		if d, err := time.ParseDuration(p.Value); err == nil {
			p.Value = history.Length(d).FR
		}
		fr = append(fr, p.Value)
	}
	if len(en) > 0 {
		t.FR, t.EN = t.FR+" ("+strings.Join(fr, ", ")+")", t.EN+" ("+strings.Join(en, ", ")+")"
	}
	return t
}

func (a aimer) where(f plan.Fault) history.Text {
	site, _, _ := a.node()
	node := a.nodeTitle()
	switch {
	case f.Kind == plan.AllLost:
		return say("tous les sites", "every site")
	case f.Kind.OnLink() && f.From != "" && f.To != "":
		return say("de %s à %s", "from %s to %s", f.From, f.To)
	case f.Kind.OnLink():
		return history.Text{FR: "liaisons vers " + node.FR, EN: "links to " + node.EN}
	case f.Kind.OnNames():
		return say("« %s » à %s", "%q in %s", f.Name, a.siteTitle(site))
	case f.Service == "":
		return history.Same(a.siteTitle(f.Site))
	}
	return node
}

// nodeTitle is the container in words, as the steps of scenarios call it.
func (a aimer) nodeTitle() history.Text {
	site, service, instance := a.node()
	title := a.siteTitle(site)
	switch {
	case a.isStore(service):
		return say("la base de %s", "the database in %s", title)
	case instance > 0:
		return say("l’instance %d du service « %s » de %s", "instance %d of service %q in %s", instance, service, title)
	}
	return say("le service « %s » de %s", "service %q in %s", service, title)
}

func (a aimer) siteTitle(id string) string {
	if st := a.site(id); st != nil {
		return cmp.Or(st.Title, id)
	}
	return id
}

func (a aimer) isStore(service string) bool {
	return slices.ContainsFunc(a.stage.Stores, func(s stage.Store) bool { return s.Service == service })
}

// chooseFaults aims those that are asked for. A fault that cannot be had is left
// out with its reason; that none is left is a mistake.
func (s *Sweep) chooseFaults(a aimer, c Choice, points int) error {
	asked := c.Faults
	catalogue := fault.Catalogue()
	if c.All {
		for _, e := range catalogue {
			if !slices.ContainsFunc(asked, func(o Spec) bool { return o.Kind == e.Kind }) {
				asked = append(asked, Spec{Kind: e.Kind})
			}
		}
	}
	if (len(asked) == 0 || c.Own) && !slices.ContainsFunc(asked, func(o Spec) bool { return o.Kind == a.own.Kind }) {
		asked = append([]Spec{{Kind: a.own.Kind}}, asked...)
	}
	var left []LeftOut
	leave := func(why history.Text, kind string) {
		i := slices.IndexFunc(left, func(l LeftOut) bool { return l.Why == why })
		if i < 0 {
			left, i = append(left, LeftOut{Why: why}), len(left)
		}
		left[i].Faults = append(left[i].Faults, kind)
		left[i].Cells += points
	}
	for _, spec := range asked {
		f, why := a.aim(spec)
		if why != none {
			leave(why, spec.String())
			continue
		}
		s.Faults = append(s.Faults, Fault{Slug: spec.slug(), Spec: spec.String(), Fault: f})
	}
	s.Possible = len(asked) * points
	for _, e := range catalogue {
		if !slices.ContainsFunc(asked, func(o Spec) bool { return o.Kind == e.Kind }) {
			leave(say("pannes non demandées (--faults)", "faults that were not asked for (--faults)"), string(e.Kind))
			s.Possible += points
		}
	}
	s.LeftOut = append(s.LeftOut, left...)
	if len(s.Faults) == 0 {
		return &Mistake{Text: history.Text{
			FR: fmt.Sprintf("aucune des pannes demandées ne peut être jouée ici ; %s : %s", left[0].Faults[0], left[0].Why.FR),
			EN: fmt.Sprintf("none of the faults asked for can be played here; %s: %s", left[0].Faults[0], left[0].Why.EN)}}
	}
	return nil
}
