package steps

import (
	"regexp"
	"strings"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// How people name links: by their two ends, by the service that they lead to, by
// the third party, or the one between the sites.

const (
	providerFR = `(?:le |du |au )?prestataire "[^"]*"`
	providerEN = `(?:the )?(?:provider|third party) "[^"]*"`

	endFR = `(?:` + nodeFR + `|` + providerFR + `)`
	endEN = `(?:` + nodeEN + `|` + providerEN + `)`

	linkFR = `(?:la liaison (?:inter-?sites?|entre les (?:deux )?sites|(?:avec|vers) la base(?: de données)? (?:primaire|nominale|principale)` +
		`|(?:avec|vers) ` + providerFR + `|entre ` + endFR + ` et ` + endFR + `|(?:de )?` + endFR + ` vers ` + endFR + `)` +
		`|(?:toutes )?les liaisons vers ` + endFR + `|toutes les liaisons (?:de )?` + nodeFR + `)`
	linkEN = `(?:the (?:inter-?site link|link between the (?:two )?sites|(?:primary )?database link|link to the primary database` +
		`|link to ` + providerEN + `|link (?:between|from) ` + endEN + ` (?:and|to) ` + endEN + `)` +
		`|(?:every link|all links) (?:to ` + endEN + `|of ` + nodeEN + `))`

	wayFR = `(?:dans un(?: seul)? sens|(?:de |depuis )?(?:` + siteFR + `|"[^"]*") vers (?:` + siteFR + `|"[^"]*"))`
	wayEN = `(?:one way(?: only)?|in one direction(?: only)?|from (?:` + siteEN + `|"[^"]*") to (?:` + siteEN + `|"[^"]*"))`
)

// link is a consumer and a provider as a plan names them.
type link struct {
	from, to string
	title    history.Text // a feminine noun in the singular, in French
	sites    bool         // between the two sites
}

var (
	linkEndsFR = regexp.MustCompile(`^la liaison (?:entre |de )?(` + endFR + `) (?:et|vers) (` + endFR + `)$`)
	linkEndsEN = regexp.MustCompile(`^the link (?:between|from) (` + endEN + `) (?:and|to) (` + endEN + `)$`)
	linksToFR  = regexp.MustCompile(`^(?:toutes )?les liaisons vers (` + endFR + `)$`)
	linksToEN  = regexp.MustCompile(`^(?:every link|all links) to (` + endEN + `)$`)
	linksOfFR  = regexp.MustCompile(`^toutes les liaisons (?:de )?(` + nodeFR + `)$`)
	linksOfEN  = regexp.MustCompile(`^(?:every link|all links) of (` + nodeEN + `)$`)
	toProvider = regexp.MustCompile(`^(?:la liaison (?:avec|vers)|the link to) ((?:` + providerFR + `|` + providerEN + `))$`)
)

// link finds the link that a text names.
func (b *builder) link(text string) (link, bool) {
	if m := firstOf(text, linkEndsFR, linkEndsEN); m != nil {
		from, ok1 := b.end(m[1])
		to, ok2 := b.end(m[2])
		if ok1 && ok2 && from.path == to.path {
			b.errorAt(m[2], "une liaison a deux bouts différents", "a link has two different ends").Hint =
				b.lang.say("pour toutes celles d’un service : « toutes les liaisons du service \"orders\" »", "for all those of a service: all links of service \"orders\"")
			return link{}, false
		}
		return link{from: from.path, to: to.path, title: both("la liaison %s → %s", "the link %s → %s", from.short, to.short)}, ok1 && ok2
	}
	if m := firstOf(text, linksOfFR, linksOfEN); m != nil {
		of, ok := b.end(m[1])
		return link{from: of.path, to: of.path, title: text2("chaque liaison pour ", "each link of ", of.title)}, ok
	}
	if m := firstOf(text, linksToFR, linksToEN, toProvider); m != nil {
		to, ok := b.end(m[1])
		return link{to: to.path, title: text2("la liaison vers ", "the link to ", to.title)}, ok
	}
	primary, ok := b.siteOfRole("primary")
	if !ok {
		return link{}, false
	}
	if strings.Contains(text, "base") { // la base, the database
		if len(b.stage.Stores) == 0 {
			b.errorAt(text, "la plateforme « %s » ne déclare aucune base", "platform %q declares no store", b.stage.ID)
			return link{}, false
		}
		return link{from: primary.ID, to: primary.ID + "/" + b.stage.Stores[0].Service, title: both("la liaison vers la base de %s", "the link to the database in %s", primary.Title)}, true
	}
	standby, ok := b.siteOfRole("standby")
	return link{from: primary.ID, to: standby.ID, title: both("la liaison intersite %s – %s", "the inter-site link %s – %s", primary.Title, standby.Title), sites: true}, ok
}

// text2 puts words before a title, in both languages.
func text2(fr, en string, t history.Text) history.Text {
	return history.Text{FR: tongue("fr").say(fr, "") + t.FR, EN: tongue("en").say("", en) + t.EN}
}

// end is one end of a link.
type end struct {
	path  string // "site/service", or "site" for a third party with several
	short string
	title history.Text
}

// end finds a service, or a third party, that a text names: links are those of
// every instance.
func (b *builder) end(text string) (end, bool) {
	if m := firstOf(text, namedProvider); m != nil {
		return b.provider(m[1])
	}
	n, ok := b.node(text)
	if ok && n.instance > 0 {
		b.errorAt(text, "une liaison est celle de toutes les instances d’un service", "a link is that of every instance of a service").Hint =
			b.lang.say("dites « le service \"%s\" »", "say: service \"%s\"", n.service)
		return end{}, false
	}
	return end{path: n.path(), short: n.service, title: n.title()}, ok
}

var namedProvider = regexp.MustCompile(`^(?:le |du |au |the )?(?:prestataire|provider|third party) "([^"]*)"$`)

// provider finds a third party by its title, its site's or a service's there.
func (b *builder) provider(name string) (end, bool) {
	var known []string
	for _, s := range b.stage.Sites {
		if s.Role != stage.RoleThirdParty {
			continue
		}
		title := history.Same(s.Title)
		if s.ThirdParty != nil && s.ThirdParty.Title != (history.Text{}) {
			title = s.ThirdParty.Title
		}
		known = append(known, title.In(string(b.lang)))
		full := history.Text{FR: both("le prestataire « %s »", "", title.FR).FR, EN: both("", "third party %q", title.EN).EN}
		services := s.Project.ServiceNames()
		for _, svc := range services {
			if same(name, svc) {
				return end{path: s.ID + "/" + svc, short: svc, title: full}, true
			}
		}
		if !same(name, title.FR, title.EN, s.Title, s.ID) {
			continue
		}
		path := s.ID
		if len(services) == 1 {
			path += "/" + services[0]
		}
		return end{path: path, short: title.In(string(b.lang)), title: full}, true
	}
	b.unknown(name, known, "prestataire « %s » inconnu de la plateforme « %s »", "third party %q is unknown to platform %q", b.stage.ID)
	return end{}, false
}

// way reads the direction that a fault of a link has, and gives it to the fault.
func (b *builder) way(text string, l *link, f *plan.Fault) bool {
	if text == "" {
		return true
	}
	f.Direction = plan.There
	names := waySites.FindStringSubmatch(text)
	if names == nil {
		return true
	}
	if !l.sites {
		b.errorAt(text, "« %s » ne se dit que de la liaison intersite", "%q is only said of the inter-site link", text).Hint =
			b.lang.say("un seul sens d’une autre liaison : « la liaison de \"orders\" vers \"db\" ne laisse plus passer les réponses »",
				"one way of another link: the link from \"orders\" to \"db\" lets no answers through")
		return false
	}
	from, ok1 := b.site(names[1])
	to, ok2 := b.site(names[2])
	if !ok1 || !ok2 {
		return false
	}
	if from.ID == to.ID || !from.Own() || !to.Own() {
		b.errorAt(text, "la liaison intersite va d’un site à l’autre", "the inter-site link leads from one site to the other")
		return false
	}
	l.from, l.to = from.ID, to.ID
	l.title = both("la liaison intersite %s → %s", "the inter-site link %s → %s", from.Title, to.Title)
	return true
}

var waySites = regexp.MustCompile(`^(?:de |depuis |from )?(.*) (?:vers|to) (.*)$`)
