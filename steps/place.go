package steps

import (
	"regexp"
	"strings"

	"bascule/harness/history"
	"bascule/harness/stage"
)

// How people name places: a site, a service, an instance, a link.

const (
	siteFR = `(?:(?:le |du |au )?site (?:nominal|primaire|principal|de secours|secondaire|de relève)(?: "[^"]*")?|(?:le |du |au )?site "[^"]*")`
	siteEN = `(?:(?:the )?(?:primary|recovery|standby|secondary) site(?: "[^"]*")?|(?:the )?site "[^"]*")`

	whereFR = `(?:les deux sites|` + siteFR + `)`
	whereEN = `(?:both sites|` + siteEN + `)`

	nodeFR = `(?:(?:l'|de l'|à l')?instance \d+ (?:du service|de) "[^"]*"|(?:le |du |au )?service "[^"]*"` +
		`|(?:la |de la |à la )?base(?: de données)? (?:primaire|nominale|principale|de secours|secondaire)|"[^"]*")` +
		`(?: (?:du|au|sur le) site (?:"[^"]*"|nominal|primaire|principal|de secours|secondaire))?`
	nodeEN = `(?:(?:the )?instance \d+ of (?:the )?(?:service )?"[^"]*"|(?:the )?service "[^"]*"` +
		`|(?:the )?(?:primary|recovery|standby) database|"[^"]*")` +
		`(?: (?:at|of|on|in) (?:site "[^"]*"|the (?:primary|recovery|standby) site))?`
)

// quoted is a value between quotation marks.
var quoted = regexp.MustCompile(`"([^"]*)"`)

// site finds the site that a text names: by role, by title, or both.
func (b *builder) site(text string) (stage.Site, bool) {
	role := ""
	switch words := unaccented(quoted.ReplaceAllString(text, "")); {
	case strings.Contains(words, "nominal"), strings.Contains(words, "prima"), strings.Contains(words, "principal"):
		role = "primary"
	case strings.Contains(words, "secours"), strings.Contains(words, "second"), strings.Contains(words, "releve"),
		strings.Contains(words, "recovery"), strings.Contains(words, "standby"):
		role = "standby"
	}
	m := quoted.FindStringSubmatch(text)
	if m == nil {
		return b.siteOfRole(role)
	}
	s, ok := b.siteNamed(m[1])
	if ok && role != "" && s.Role != role {
		b.errorAt(m[1], "le site « %s » est le site %s de la plateforme, pas le site %s", "site %q is the %s site of the platform, not the %s one",
			s.Title, b.lang.role(s.Role), b.lang.role(role))
		return s, false
	}
	return s, ok
}

// role is how a role is called.
func (t tongue) role(role string) string {
	switch role {
	case "primary":
		return t.say("nominal", "primary")
	case stage.RoleThirdParty:
		return t.say("d’un prestataire", "third party's")
	case stage.RoleWitness:
		return t.say("témoin", "witness")
	}
	return t.say("de secours", "recovery")
}

func (b *builder) siteOfRole(role string) (stage.Site, bool) {
	for _, s := range b.stage.Sites {
		if s.Role == role {
			return s, true
		}
	}
	b.errorAt("", "la plateforme « %s » n’a pas de site %s", "platform %q has no %s site", b.stage.ID, b.lang.role(role))
	return stage.Site{}, false
}

func (b *builder) siteNamed(name string) (stage.Site, bool) {
	var known []string
	for _, s := range b.stage.Sites {
		if same(name, s.Title, s.ID) {
			return s, true
		}
		known = append(known, s.Title)
	}
	b.unknown(name, known, "site « %s » inconnu de la plateforme « %s »", "site %q is unknown to platform %q", b.stage.ID)
	return stage.Site{}, false
}

// same tells whether a name is one of those, whatever its case and accents.
func same(name string, names ...string) bool {
	for _, n := range names {
		if unaccented(n) == unaccented(name) {
			return true
		}
	}
	return false
}

// node is a container, or every instance of a service at a site.
type node struct {
	site     stage.Site
	service  string
	instance int // 0: every one
	store    bool
}

// path is "site/service", the form that links have in a plan.
func (n node) path() string { return n.site.ID + "/" + n.service }

var (
	nodeSite     = regexp.MustCompile(` (?:du|au|sur le|at|of|on|in) ((?:the )?(?:(?:primary|recovery|standby) site|site .*))$`)
	nodeInstance = regexp.MustCompile(`instance (\d+)`)
	nodeDatabase = regexp.MustCompile(`(?:^| )base(?: |$)| database`)
)

// node finds the container that a text names.
func (b *builder) node(text string) (node, bool) {
	var n node
	ok := true
	rest := text
	if m := nodeSite.FindStringSubmatchIndex(text); m != nil {
		n.site, ok = b.site(text[m[2]:m[3]])
		rest = text[:m[0]]
	} else {
		role := "primary"
		if w := unaccented(quoted.ReplaceAllString(rest, "")); strings.Contains(w, "secours") || strings.Contains(w, "secondaire") ||
			strings.Contains(w, "recovery") || strings.Contains(w, "standby") {
			role = "standby"
		}
		n.site, ok = b.siteOfRole(role)
	}
	if !ok {
		return n, false
	}
	if nodeDatabase.MatchString(quoted.ReplaceAllString(rest, "")) {
		if len(b.stage.Stores) == 0 {
			b.errorAt(rest, "la plateforme « %s » ne déclare aucune base", "platform %q declares no store", b.stage.ID)
			return n, false
		}
		n.service, n.store = b.stage.Stores[0].Service, true
		return n, true
	}
	m := quoted.FindStringSubmatch(rest)
	if m == nil {
		b.errorAt(rest, "on ne sait pas quel service est « %s »", "which service is %q?", rest)
		return n, false
	}
	if n.service, ok = b.service(m[1], n.site); !ok {
		return n, false
	}
	if k := nodeInstance.FindStringSubmatch(rest); k != nil {
		n.instance, ok = b.instance(k[1], n)
	}
	return n, ok
}

// service checks that a site has a service.
func (b *builder) service(name string, at stage.Site) (string, bool) {
	known := at.Project.ServiceNames()
	for _, s := range known {
		if same(name, s) {
			return s, true
		}
	}
	b.unknown(name, known, "service « %s » inconnu du site « %s »", "service %q is unknown at site %q", at.Title)
	return "", false
}

// instance checks that a service has that many instances.
func (b *builder) instance(number string, n node) (int, bool) {
	k, scale := atoi(number), b.scale(n.site, n.service)
	if k < 1 || k > scale {
		b.errorAt(number, "le service « %s » a %s sur le site « %s » : pas d’instance %s", "service %q has %s at site %q: no instance %s",
			n.service, b.instances(scale), n.site.Title, number)
		return 0, false
	}
	return k, true
}

// instances is a number of them in words.
func (b *builder) instances(n int) string {
	return b.lang.some(n, "%d instance", "%d instances", "%d instance", "%d instances")
}

func (b *builder) scale(at stage.Site, service string) int {
	s := at.Project.Services[service]
	return s.GetScale()
}

// title is how a report names a node, in both languages.
func (n node) title() history.Text {
	switch {
	case n.store:
		return history.Text{FR: "la base de " + n.site.Title, EN: "the database in " + n.site.Title}
	case n.instance > 0:
		return both("l’instance %d du service « %s » de %s", "instance %d of service %q in %s", n.instance, n.service, n.site.Title)
	}
	return both("le service « %s » de %s", "service %q in %s", n.service, n.site.Title)
}

// both is a sentence in both languages.
func both(fr, en string, args ...any) history.Text {
	return history.Text{FR: tongue("fr").say(fr, en, args...), EN: tongue("en").say(fr, en, args...)}
}
