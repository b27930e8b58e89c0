package steps

import (
	"slices"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// infraPhrases compare a site with the code that says how it is to be, and mend
// it.
func infraPhrases() []phrase {
	return []phrase{
		{
			id: "infra-check", kind: When, do: infraCheck,
			fr: wording{
				pattern:  `on contrôle l'infrastructure {site:site} [{trigger:trigger}]`,
				examples: []string{`on contrôle l'infrastructure du site de secours`, `on contrôle l'infrastructure du site "Lyon"`},
				explain:  "Le site est comparé à son code (Ansible, Terraform), sans rien y changer : ce qui s’en écarte est nommé. Se redit autant de fois qu’il le faut.",
			},
			en: wording{
				pattern:  `we check the infrastructure of {site:site} [{trigger:trigger}]`,
				examples: []string{`we check the infrastructure of the recovery site`, `we check the infrastructure of site "Lyon"`},
				explain:  "The site is compared with its code (Ansible, Terraform), and nothing is changed: what differs is named. May be said as often as needed.",
			},
		},
		{
			id: "infra-apply", kind: When, do: infraApply,
			fr: wording{
				pattern:  `on applique le playbook {playbook} [{trigger:trigger}]`,
				examples: []string{`on applique le playbook "lyon"`},
				explain:  "Le playbook, nommé comme sous « infrastructure » dans stage.yaml, remet le site en conformité.",
			},
			en: wording{
				pattern:  `we apply playbook {playbook} [{trigger:trigger}]`,
				examples: []string{`we apply playbook "lyon"`},
				explain:  "The playbook, named as under \"infrastructure\" in stage.yaml, brings the site in line again.",
			},
		},
		{
			id: "infra-matches", kind: Then, do: infraMatches,
			fr: wording{
				pattern:  `l'infrastructure {site:site} est conforme à son code`,
				examples: []string{`l'infrastructure du site de secours est conforme à son code`},
				explain:  "Le dernier contrôle du site n’a relevé aucun écart.",
			},
			en: wording{
				pattern:  `the infrastructure of {site:site} matches its code`,
				examples: []string{`the infrastructure of the recovery site matches its code`},
				explain:  "The last check of the site found nothing that differs.",
			},
		},
	}
}

// codeOf lists the infrastructure code of a site; a site without any is a
// mistake.
func (b *builder) codeOf(text string) (site stage.Site, ids []string, ok bool) {
	site, ok = b.site(text)
	if !ok {
		return site, nil, false
	}
	for _, i := range b.stage.Infrastructure {
		if i.Site == site.ID {
			ids = append(ids, i.ID)
		}
	}
	if len(ids) == 0 {
		b.errorAt(text, "la plateforme « %s » ne déclare aucun code d’infrastructure pour le site « %s »", "platform %q declares no infrastructure code for site %q", b.stage.ID, site.Title).Hint =
			b.lang.say("déclarez-le sous « infrastructure » dans stage.yaml", "declare it under \"infrastructure\" in stage.yaml")
	}
	return site, ids, len(ids) > 0
}

func infraCheck(b *builder, v values) {
	if !b.ready() {
		return
	}
	site, ids, ok := b.codeOf(v["site"])
	if !ok {
		return
	}
	if t, ok := b.trigger(v["trigger"], plan.DoInfraCheck); ok {
		b.add(plan.Step{Do: plan.DoInfraCheck, When: t, Infra: &plan.Infra{Site: site.ID, IDs: ids}})
	}
}

func infraApply(b *builder, v values) {
	if !b.ready() {
		return
	}
	var known []string
	for _, i := range b.stage.Infrastructure {
		if i.Ansible != nil {
			known = append(known, i.ID)
		}
	}
	at := slices.IndexFunc(b.stage.Infrastructure, func(i stage.Infrastructure) bool { return same(v["playbook"], i.ID) })
	if at < 0 {
		b.unknown(v["playbook"], known, "playbook « %s » inconnu de la plateforme « %s »", "playbook %q is unknown to platform %q", b.stage.ID)
		return
	}
	i := b.stage.Infrastructure[at]
	if i.Ansible == nil {
		b.errorAt(v["playbook"], "« %s » est une configuration Terraform : elle se contrôle, et ne s’applique pas pendant un exercice",
			"%q is a Terraform configuration: it is checked, and not applied in an exercise", i.ID).Hint = knownHint(b.lang, v["playbook"], known)
		return
	}
	if t, ok := b.trigger(v["trigger"], plan.DoInfraApply); ok {
		b.add(plan.Step{Do: plan.DoInfraApply, When: t, Infra: &plan.Infra{Site: i.Site, IDs: []string{i.ID}}})
	}
}

func infraMatches(b *builder, v values) {
	if !b.ready() {
		return
	}
	site, _, ok := b.codeOf(v["site"])
	if !ok {
		return
	}
	checked := func(s plan.Step) bool { return s.Do == plan.DoInfraCheck && s.Infra.Site == site.ID }
	if !slices.ContainsFunc(b.sc.Steps, checked) {
		b.errorAt("", "aucune étape ne contrôle l’infrastructure du site « %s » avant celle-ci", "no step before this one checks the infrastructure of site %q", site.Title).Hint =
			b.lang.say("ajoutez « Quand on contrôle l'infrastructure du site \"%s\" »", "add: When we check the infrastructure of site \"%s\"", site.Title)
		return
	}
	b.expect(history.Expectation{Kind: history.ExpectInfraMatches, Site: site.ID})
}
