package steps

import (
	"maps"
	"slices"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// secretPhrases spoil what services prove who they are with.
func secretPhrases() []phrase {
	return []phrase{
		{
			id: "cert-expired", kind: When, do: certificateExpired,
			fr: wording{
				pattern:  `le certificat {certificate} (est périmé|a expiré|expire) [sur {site:site}] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le certificat "vault" est périmé`, `le certificat "vault" est périmé sur le site de secours`},
				explain:  "Le serveur présente un certificat périmé, du même sujet et de la même autorité ; un certificat déclaré dans stage.yaml. Sans autre précision : sur le site nominal.",
			},
			en: wording{
				pattern:  `[the ]certificate {certificate} (has expired|is expired|expires) [(at|on) {site:site}] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`certificate "vault" has expired`, `certificate "vault" has expired at the recovery site`},
				explain:  "The server shows an expired certificate, of the same subject and authority; one that stage.yaml declares. Unless said otherwise: at the primary site.",
			},
		},
		{
			id: "password-revoked", kind: When, do: passwordRevoked,
			fr: wording{
				pattern:  `le mot de passe (de |){node:node} est révoqué [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`le mot de passe de la base est révoqué [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le mot de passe de la base primaire est révoqué`, `le mot de passe de la base est révoqué pendant 10 secondes`},
				explain:  "Le mot de passe dont les services se servent n’est plus valable, et les sessions ouvertes sont closes.",
			},
			en: wording{
				pattern:  `the password of {node:node} is revoked [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`the database password is revoked [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`the password of the primary database is revoked`, `the database password is revoked for 10 seconds`},
				explain:  "The password that services use is no longer valid, and open sessions are ended.",
			},
		},
		{
			id: "secret-missing", kind: When, do: secretMissing,
			fr: wording{
				pattern:  `(le secret|la variable) {secret} (manque|fait défaut) (à |){node:node} [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le secret "api-key" manque au service "stock"`, `la variable "SITE" manque à l'instance 1 du service "orders" pendant 10 secondes`},
				explain:  "Le service redémarre sans le secret, le fichier de configuration ou la variable d’environnement de ce nom.",
			},
			en: wording{
				pattern:  `[the ](secret|variable) {secret} is missing (from|at) {node:node} [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`secret "api-key" is missing from service "stock"`, `variable "SITE" is missing from instance 1 of service "orders" for 10 seconds`},
				explain:  "The service restarts without the secret, config file or environment variable of that name.",
			},
		},
	}
}

func certificateExpired(b *builder, v values) {
	if !b.ready() {
		return
	}
	at, ok := b.siteOrPrimary(v["site"])
	if !ok {
		return
	}
	var known []string
	for _, c := range b.stage.Certs {
		known = append(known, c.ID)
		if !same(v["certificate"], c.ID) {
			continue
		}
		service, ok := b.service(c.Service, at)
		if !ok {
			return
		}
		b.fault(plan.Fault{Kind: plan.CertExpired, Site: at.ID, Service: service, Name: c.ID,
			Title: both("certificat « %s » périmé, sur le site de %s", "certificate %q expired, at the site of %s", c.ID, at.Title)}, v)
		return
	}
	b.unknown(v["certificate"], known, "certificat « %s » inconnu de la plateforme « %s »", "certificate %q is unknown to platform %q", b.stage.ID)
}

// siteOrPrimary is the site that a text names, else the primary one.
func (b *builder) siteOrPrimary(text string) (stage.Site, bool) {
	if text == "" {
		return b.siteOfRole("primary")
	}
	return b.site(text)
}

func passwordRevoked(b *builder, v values) {
	if v["node"] == "" {
		v["node"] = b.lang.say("base primaire", "primary database")
	}
	b.onDatabase(plan.PasswordRevoked, v, "mot de passe révoqué", "password revoked")
}

func secretMissing(b *builder, v values) {
	if !b.ready() {
		return
	}
	n, ok := b.node(v["node"])
	if !ok {
		return
	}
	known := b.secrets(n)
	name := v["secret"]
	if !slices.Contains(known, name) {
		b.unknown(name, known, "le service « %[2]s » n’a ni secret, ni configuration, ni variable « %[1]s »", "service %[2]q has no secret, config or variable %[1]q", n.service)
		return
	}
	b.fault(plan.Fault{Kind: plan.SecretMissing, Site: n.site.ID, Service: n.service, Instance: n.instance, Name: name,
		Title: secretTitle(name, n)}, v)
}

func secretTitle(name string, n node) history.Text {
	t := n.title()
	return history.Text{FR: tongue("fr").say("« %s » absent : %s", "", name, t.FR), EN: tongue("en").say("", "%q missing: %s", name, t.EN)}
}

// secrets are the names of what a service is configured with, from Compose and
// from the releases.
func (b *builder) secrets(n node) []string {
	svc := n.site.Project.Services[n.service]
	known := slices.Collect(maps.Keys(stage.Files(svc)))
	known = slices.AppendSeq(known, maps.Keys(svc.Environment))
	for _, r := range b.stage.Releases {
		known = slices.AppendSeq(known, maps.Keys(r.Environment[n.service]))
	}
	slices.Sort(known)
	return slices.Compact(known)
}
