package steps

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// namePhrases are what services are told when they ask for a name.
func namePhrases() []phrase {
	return []phrase{
		{
			id: "dns-nxdomain", kind: When, do: nameFault(plan.NXDomain, "nom inconnu", "unknown name"),
			fr: wording{
				pattern:  `le nom {name} ne se résout plus [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`plus aucun nom ne se résout [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le nom "db" ne se résout plus`, `le nom "db" ne se résout plus pour le service "orders" pendant 10 secondes`, `plus aucun nom ne se résout sur le site nominal`},
				explain:  "Le résolveur répond que le nom n’existe pas. Ce qui est déjà connecté le reste.",
			},
			en: wording{
				pattern:  `[the ]name {name} no longer resolves [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`no name resolves any more [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`name "db" no longer resolves`, `name "db" no longer resolves for service "orders" for 10 seconds`, `no name resolves any more at the primary site`},
				explain:  "The resolver answers that there is no such name. What is connected stays so.",
			},
		},
		{
			id: "dns-servfail", kind: When, do: nameFault(plan.ServFail, "échec du résolveur", "failing resolver"),
			fr: wording{
				pattern:  `la résolution (de|des) noms échoue [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`la résolution du nom {name} échoue [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`la résolution de noms échoue sur le site nominal`, `la résolution du nom "db" échoue pendant 10 secondes`, `la résolution des noms échoue pour le service "orders" du site "Lyon"`},
				explain:  "Le résolveur répond qu’il a échoué.",
			},
			en: wording{
				pattern:  `name resolution fails [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`[the ]resolution of [the] name {name} fails [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`name resolution fails at the primary site`, `resolution of name "db" fails for 10 seconds`, `name resolution fails for service "orders" at site "Lyon"`},
				explain:  "The resolver answers that it failed.",
			},
		},
		{
			id: "dns-slow", kind: When, do: nameFault(plan.SlowNames, "résolution lente", "slow resolution"),
			fr: wording{
				pattern:  `la résolution (de|des) noms (répond en|prend) {latency:duration} [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`la résolution du nom {name} (répond en|prend) {latency:duration} [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`la résolution de noms répond en 3 secondes sur le site nominal`, `la résolution du nom "db" prend 3 secondes pendant 10 secondes`},
				explain:  "La réponse vient, mais tard.",
			},
			en: wording{
				pattern:  `name resolution takes {latency:duration} [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`[the ]resolution of [the] name {name} takes {latency:duration} [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`name resolution takes 3 seconds at the primary site`, `resolution of name "db" takes 3 seconds for 10 seconds`},
				explain:  "The answer comes, but late.",
			},
		},
		{
			id: "dns-stale", kind: When, do: nameFault(plan.StaleAnswer, "ancienne adresse", "old address"),
			fr: wording{
				pattern:  `le nom {name} donne une ancienne adresse [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`la résolution (de|des) noms donne d'anciennes adresses [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le nom "db" donne une ancienne adresse`, `la résolution de noms donne d'anciennes adresses pour le service "orders"`},
				explain:  "Le nom mène là où plus personne ne répond, et la réponse reste valable une heure.",
			},
			en: wording{
				pattern:  `[the ]name {name} gives an old address [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`name resolution gives old addresses [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`name "db" gives an old address`, `name resolution gives old addresses for service "orders"`},
				explain:  "The name leads where nobody answers any more, and the answer says to keep it for an hour.",
			},
		},
		{
			id: "dns-wrong", kind: When, do: wrongAddress,
			fr: wording{
				pattern:  `le nom {name} donne l'adresse (de |){other:node} [{asker:asker}] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le nom "db" donne l'adresse de "stock"`, `le nom "db" donne l'adresse du service "stock" pour le service "orders" pendant 10 secondes`},
				explain:  "Le nom mène à un autre service. Sans autre précision : pour tous ceux du site de ce service.",
			},
			en: wording{
				pattern:  `[the ]name {name} gives the address of {other:node} [{asker:asker}] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`name "db" gives the address of "stock"`, `name "db" gives the address of service "stock" for service "orders" for 10 seconds`},
				explain:  "The name leads to another service. Unless said otherwise: for all those at the site of that service.",
			},
		},
	}
}

const (
	askerFR = `(?:pour ` + nodeFR + `|(?:sur|pour) ` + siteFR + `)`
	askerEN = `(?:for ` + nodeEN + `|(?:at|on|for) ` + siteEN + `)`
)

var askedBySite = regexp.MustCompile(`^(?:sur|pour|at|on|for) ((?:le |the )?(?:(?:primary|recovery|standby|secondary) )?site(?: .*)?)$`)

// asker finds who asks for names: a site, a service, or anybody.
func (b *builder) asker(text string) (path string, title history.Text, ok bool) {
	if text == "" {
		return "", both("partout", "everywhere"), true
	}
	if m := askedBySite.FindStringSubmatch(text); m != nil {
		s, ok := b.site(m[1])
		return s.ID, both("le site de %s", "the site of %s", s.Title), ok
	}
	_, node, _ := strings.Cut(text, " ")
	n, ok := b.end(node)
	return n.path, n.title, ok
}

// name checks that somebody among those who ask is told this name: a service of
// a site, or one that a flow gives. It gives the name as the stage spells it.
func (b *builder) name(name, asker string) (string, bool) {
	if name == "" {
		return "", true
	}
	site, _, _ := strings.Cut(asker, "/")
	var known []string
	for _, s := range b.stage.Sites {
		if s.Own() && (site == "" || s.ID == site) {
			known = append(known, s.Project.ServiceNames()...)
		}
	}
	for _, f := range b.stage.Flows {
		if from, _, _ := strings.Cut(f.From, "/"); asker == "" || asker == from || asker == f.From {
			known = append(known, f.Name)
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, k := range known {
		if same(name, k) {
			return k, true
		}
	}
	b.unknown(name, known, "le nom « %s » n’est connu de personne sur la plateforme « %s »", "name %q is known to nobody on platform %q", b.stage.ID)
	return "", false
}

// nameFault is a fault of names that needs no other service.
func nameFault(kind plan.FaultKind, fr, en string) func(*builder, values) {
	return func(b *builder, v values) {
		if !b.ready() {
			return
		}
		from, who, ok := b.asker(v["asker"])
		if !ok {
			return
		}
		name, ok := b.name(v["name"], from)
		if !ok {
			return
		}
		f := plan.Fault{Kind: kind, From: from, Name: name, Title: nameTitle(fr, en, name, who)}
		if v["latency"] != "" {
			d, ok := b.atLeast(v["latency"], time.Millisecond)
			if !ok {
				return
			}
			f.Latency = plan.Duration(d)
		}
		b.fault(f, v)
	}
}

// nameTitle is "nom inconnu : « db », le site de Paris".
func nameTitle(fr, en, name string, who history.Text) history.Text {
	what := both("tous les noms", "every name")
	if name != "" {
		what = both("« %s »", "%q", name)
	}
	return titled(fr, en, history.Text{FR: what.FR + ", " + who.FR, EN: what.EN + ", " + who.EN})
}

func wrongAddress(b *builder, v values) {
	if !b.ready() {
		return
	}
	other, ok := b.node(v["other"])
	if !ok {
		return
	}
	if other.instance > 0 {
		b.errorAt(v["other"], "un nom mène à un service, pas à une instance", "a name leads to a service, not to an instance")
		return
	}
	from, who, ok := b.asker(v["asker"])
	if !ok {
		return
	}
	if from == "" {
		from, who = other.site.ID, both("le site de %s", "the site of %s", other.site.Title)
	}
	name, ok := b.name(v["name"], from)
	if !ok {
		return
	}
	if site, _, _ := strings.Cut(from, "/"); name == other.service && site == other.site.ID {
		b.errorAt(v["other"], "« %s » est déjà l’adresse que donne ce nom", "that name gives the address of %q already", name)
		return
	}
	b.fault(plan.Fault{Kind: plan.WrongAddress, From: from, Name: name, Other: other.path(),
		Title: nameTitle("mauvaise adresse", "wrong address", name, who)}, v)
}
