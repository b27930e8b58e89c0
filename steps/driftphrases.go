package steps

import (
	"slices"
	"strings"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// When the sites are compared, as an expectation says it.
const (
	instantFR = `(?:au repos|à l'instant de la bascule|au moment de la bascule)`
	instantEN = `(?:at rest|at the (?:instant|moment) of failover)`
)

// comparedAt is the snapshot that words stand for; "" for every one.
func comparedAt(words string) string {
	switch w := unaccented(words); {
	case strings.Contains(w, "repos"), strings.Contains(w, "rest"):
		return history.AtRest
	case strings.Contains(w, "bascule"), strings.Contains(w, "failover"):
		return history.AtFailover
	}
	return ""
}

// driftPhrases are about what differs between the sites, and what one of them
// lacks.
func driftPhrases() []phrase {
	return []phrase{
		{
			id: "compare", kind: When, do: compare,
			fr: wording{
				pattern:  `on compare (les deux|les) sites [{trigger:trigger}]`,
				examples: []string{`on compare les deux sites`, `on compare les deux sites avant le remplacement des instances`},
				explain:  "Chaque conteneur des deux sites est regardé, sans rien y changer : version, réglages, fichiers, schéma de la base.",
			},
			en: wording{
				pattern:  `we compare (the two|both|the) sites [{trigger:trigger}]`,
				examples: []string{`we compare the two sites`, `we compare the two sites before instance replacement`},
				explain:  "Each container of both sites is looked at, and nothing is changed: release, settings, files, the database's schema.",
			},
		},
		{
			id: "no-drift", kind: Then, do: noDrift,
			fr: wording{
				pattern:  `aucun écart de configuration n'est relevé entre les deux sites [{when:instant}]`,
				examples: []string{`aucun écart de configuration n'est relevé entre les deux sites`, `aucun écart de configuration n'est relevé entre les deux sites au repos`},
				explain:  "Les deux sites sont comparés au repos et à l’instant de la bascule ; seuls sont admis les écarts que stage.yaml déclare, avec leur raison.",
			},
			en: wording{
				pattern:  `no configuration drift is found between the [two] sites [{when:instant}]`,
				examples: []string{`no configuration drift is found between the sites`, `no configuration drift is found between the sites at rest`},
				explain:  "The sites are compared at rest and at the instant of failover; only the differences that stage.yaml declares, each with its reason, may be.",
			},
		},
		{
			id: "configured", kind: Then, do: configured,
			fr: wording{
				pattern:  `la configuration de la version {release} est complète [sur {where:where}]`,
				examples: []string{`la configuration de la version "1.5.0" est complète sur le site de secours`, `la configuration de la version "1.5.0" est complète sur les deux sites`},
				explain:  "Tout ce que la version exige (« requires » dans son manifeste : variables, secrets, fichiers, ports, volumes, certificats, schéma) est là.",
			},
			en: wording{
				pattern:  `[the ]configuration of release {release} is complete [(on|at) {where:where}]`,
				examples: []string{`the configuration of release "1.5.0" is complete on the recovery site`, `the configuration of release "1.5.0" is complete on both sites`},
				explain:  "All that the release needs (\"requires\" in its manifest: variables, secrets, files, ports, volumes, certificates, schema) is there.",
			},
		},
	}
}

func compare(b *builder, v values) {
	if !b.ready() || !b.comparable() {
		return
	}
	if t, ok := b.trigger(v["trigger"], plan.DoCompare); ok {
		b.add(plan.Step{Do: plan.DoCompare, When: t})
	}
}

// comparable: a site alone has nothing to differ from.
func (b *builder) comparable() bool {
	if len(b.stage.Own()) > 1 {
		return true
	}
	b.errorAt("", "la plateforme « %s » n’a qu’un site : rien à comparer", "platform %q has one site only: nothing to compare", b.stage.ID)
	return false
}

func noDrift(b *builder, v values) {
	if !b.ready() || !b.comparable() {
		return
	}
	when := comparedAt(v["when"])
	if when == history.AtFailover && !b.moved {
		b.errorAt(v["when"], "ce scénario ne bascule pas", "this scenario does not fail over")
		return
	}
	b.expect(history.Expectation{Kind: history.ExpectNoDrift, Phase: when})
}

func configured(b *builder, v values) {
	if !b.ready() {
		return
	}
	r, ok := b.release(v["release"])
	if !ok {
		return
	}
	if len(r.Requires) == 0 {
		b.errorAt(r.Version, "la version « %s » n’exige rien : son manifeste n’a pas de « requires »", "release %q requires nothing: its manifest has no \"requires\"", r.Version).Hint =
			b.lang.say("dites dans %s ce qu’elle attend de chaque site", "say in %s what it needs of each site", r.File)
		return
	}
	sites := b.stage.Own()
	if where := v["where"]; where != "" && where != "les deux sites" && where != "both sites" {
		s, ok := b.site(where)
		if !ok {
			return
		}
		sites = []stage.Site{s}
	}
	// One sentence, an expectation a site: each is judged on its own.
	for _, s := range sites {
		b.expect(history.Expectation{Kind: history.ExpectConfigured, Release: r.Version, Site: s.ID})
	}
}

// snapshots decides when the sites are looked at: where nothing asks for it,
// never, so that a scenario is not slowed down for what nobody reads.
func (b *builder) snapshots() {
	asked := slices.ContainsFunc(b.sc.Steps, func(s plan.Step) bool { return s.Do == plan.DoCompare }) ||
		slices.ContainsFunc(b.sc.Expect, func(e history.Expectation) bool {
			return e.Kind == history.ExpectNoDrift || e.Kind == history.ExpectConfigured
		})
	if !asked {
		return
	}
	b.sc.Snapshots = []string{history.AtRest}
	switch {
	case b.moved:
		b.sc.Snapshots = append(b.sc.Snapshots, history.AtFailover)
	case b.deploy != nil:
		b.sc.Snapshots = append(b.sc.Snapshots, history.AtEnd)
	}
}
