package steps

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// Probing says what a probe takes away, and for how long.
type Probing struct {
	Site      string             // id
	Services  []string           // nil: every one of the site
	Links     []string           // "orders -> db", "lyon/db -> paris/db"; nil: every declared one of the site
	For       time.Duration      // each; 0: DefaultProbe
	Wait      time.Duration      // at most, for service to be stable between two; 0: by the functions' targets
	Functions []history.Function // with their targets
	Stability time.Duration      // window of stable service
	Lang      string
	Draw      func(n int) int // one of n instances, from 1
}

// lost is one thing that a probe takes away.
type lost struct {
	fault plan.Fault
	short string // how a list names it
}

// ProbeSteps is a probe as ordinary steps of a plan: a fault that ends by itself,
// then calm, for each thing that is lost. What a probe cannot take away (a
// program that has ended by then) comes back in skipped, with the reason.
//
//	service a -> calm -> one instance of a -> calm -> ... -> link a → b -> calm -> ...
func ProbeSteps(s *stage.Stage, o Probing) (list []plan.Step, skipped []history.Text, err error) {
	t := tongue(o.Lang).known()
	i := slices.IndexFunc(s.Sites, func(x stage.Site) bool { return x.ID == o.Site })
	if i < 0 {
		return nil, nil, fmt.Errorf("%s", t.say("site « %s » inconnu", "unknown site %q", o.Site))
	}
	site := s.Sites[i]
	if !site.Own() {
		return nil, nil, errors.New(t.say("« %s » est un prestataire : seules les liaisons vers lui se sondent", "%q is a third party: only links to it can be probed", site.Title))
	}
	parts, skipped, err := lostServices(site, o, t)
	if err != nil {
		return nil, nil, err
	}
	links, err := lostLinks(s, site, o, t)
	if err != nil {
		return nil, nil, err
	}
	parts = append(parts, links...)
	if len(parts) == 0 {
		return nil, nil, errors.New(t.say("rien à sonder : le site « %s » n’a rien de tel", "nothing to probe: site %q has nothing of the kind", site.Title))
	}
	wait := plan.Duration(o.Wait)
	if wait == 0 {
		wait = calmBound(o.Functions, o.Stability)
	}
	now := plan.Trigger{On: plan.OnNow}
	for k, p := range parts {
		p.fault.For = plan.Duration(o.For)
		if o.For == 0 {
			p.fault.For = plan.Duration(DefaultProbe)
		}
		count := t.say("sondage %d sur %d", "probe %d of %d", k+1, len(parts))
		list = append(list,
			plan.Step{Line: 1, Do: plan.DoFault, When: now, Fault: &p.fault, Text: count + t.say(" : ", ": ") + p.short},
			plan.Step{Line: 1, Do: plan.DoCalm, When: now, Wait: wait, Restart: site.ID, Text: count + t.say(" : retour au calme", ": calm again")})
	}
	list[len(list)-1].Restart = "" // nothing follows
	return list, skipped, nil
}

// lostServices is each service of the site, and one instance of those that have
// several.
func lostServices(site stage.Site, o Probing, t tongue) (out []lost, skipped []history.Text, err error) {
	known := site.Project.ServiceNames()
	slices.Sort(known)
	for _, name := range o.Services {
		if !slices.Contains(known, name) {
			return nil, nil, errors.New(t.say("service « %s » inconnu du site « %s »", "service %q is unknown at site %q", name, site.Title) + "\n    " + KnownHint(string(t), name, known))
		}
	}
	for _, name := range known {
		if o.Services != nil && !slices.Contains(o.Services, name) {
			continue
		}
		if endsByItself(site, name) {
			skipped = append(skipped, both("le service « %s » s’achève de lui-même au démarrage : il n’y a rien à arrêter", "service %q ends by itself at the start: there is nothing to stop", name))
			continue
		}
		n := node{site: site, service: name}
		out = append(out, lost{short: name, fault: plan.Fault{Kind: plan.Crash, Probe: history.LostService, Site: site.ID, Service: name,
			Title: ofNode("arrêt brutal", "crash")(n)}})
		svc := site.Project.Services[name]
		scale := svc.GetScale()
		if scale < 2 {
			continue
		}
		n.instance = o.Draw(scale)
		out = append(out, lost{short: t.say("%s, une instance sur %d", "%s, one instance of %d", name, scale),
			fault: plan.Fault{Kind: plan.KillOne, Probe: history.LostInstance, Site: site.ID, Service: name, Instance: n.instance,
				Title: ofNode("arrêt brutal d’une instance parmi plusieurs", "crash of one instance of several")(n)}})
	}
	return out, skipped, nil
}

// endsByItself tells a one-off program, which others wait for to be completed.
func endsByItself(site stage.Site, name string) bool {
	for _, svc := range site.Project.Services {
		if d, ok := svc.DependsOn[name]; ok && d.Condition == types.ServiceConditionCompletedSuccessfully {
			return true
		}
	}
	return false
}

// lostLinks is each declared link that begins or ends at the site: of its
// services, and of the flow matrix.
func lostLinks(s *stage.Stage, site stage.Site, o Probing, t tongue) ([]lost, error) {
	declared := declaredLinks(s, site)
	names := make([]string, len(declared))
	for i, l := range declared {
		names[i] = l.from + " -> " + l.to
	}
	if o.Links == nil {
		var out []lost
		for _, l := range declared {
			out = append(out, lostLink(site, l))
		}
		return out, nil
	}
	var out []lost
	for _, asked := range o.Links {
		from, to, ok := strings.Cut(strings.ReplaceAll(asked, "→", "->"), "->")
		l := link{from: pathAt(site, from), to: pathAt(site, to)}
		if !ok || !hasMember(s, l.from) || !hasMember(s, l.to) {
			return nil, errors.New(t.say("liaison « %s » : écrire « consommateur -> fournisseur », deux services de la plateforme", "link %q: write \"consumer -> provider\", two services of the stage", asked) +
				"\n    " + KnownHint(string(t), asked, names))
		}
		out = append(out, lostLink(site, l))
	}
	return out, nil
}

// declaredLinks is the consumer -> provider pairs that Compose and the flow
// matrix declare, each once, in a stable order.
func declaredLinks(s *stage.Stage, site stage.Site) []link {
	var out []link
	add := func(from, to string) {
		if !slices.ContainsFunc(out, func(l link) bool { return l.from == from && l.to == to }) {
			out = append(out, link{from: from, to: to})
		}
	}
	names := site.Project.ServiceNames()
	slices.Sort(names)
	for _, name := range names {
		svc := site.Project.Services[name]
		deps := svc.GetDependencies()
		slices.Sort(deps)
		for _, dep := range deps {
			if !endsByItself(site, name) && !endsByItself(site, dep) {
				add(site.ID+"/"+name, site.ID+"/"+dep)
			}
		}
	}
	for _, f := range s.Flows {
		if strings.HasPrefix(f.From, site.ID+"/") || strings.HasPrefix(f.To, site.ID+"/") {
			add(f.From, f.To)
		}
	}
	return out
}

func lostLink(site stage.Site, l link) lost {
	from, to := shortPath(site, l.from), shortPath(site, l.to)
	return lost{short: from + " → " + to, fault: plan.Fault{Kind: plan.Cut, Probe: history.LostLink, From: l.from, To: l.to,
		Title: both("la liaison %s → %s coupée", "the link %s → %s cut", from, to)}}
}

// pathAt is "site/service" of a name that may leave the site out.
func pathAt(site stage.Site, name string) string {
	name = strings.TrimSpace(name)
	if strings.Contains(name, "/") {
		return name
	}
	return site.ID + "/" + name
}

// shortPath leaves the site out where it is the one that is probed.
func shortPath(site stage.Site, path string) string { return strings.TrimPrefix(path, site.ID+"/") }

func hasMember(s *stage.Stage, path string) bool {
	id, service, _ := strings.Cut(path, "/")
	return slices.ContainsFunc(s.Sites, func(x stage.Site) bool {
		return x.ID == id && slices.Contains(x.Project.ServiceNames(), service)
	})
}
