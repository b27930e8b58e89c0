package steps

import (
	"slices"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// dependencyPhrases are what may be expected of who needs whom.
func dependencyPhrases() []phrase {
	return []phrase{
		{
			id: "no-missing", kind: Then, do: noMissing,
			fr: wording{
				pattern:  `aucune dépendance ne manque [sur {site:site}]`,
				also:     []string{`il ne manque aucune dépendance [sur {site:site}]`},
				examples: []string{`aucune dépendance ne manque sur le site de secours`, `aucune dépendance ne manque`, `il ne manque aucune dépendance sur le site "Lyon"`},
				explain:  "Le site nominal coupé, tout ce que les autres services demandent (noms, adresses, ports) leur est donné, et rien ne se tourne vers le site perdu.",
			},
			en: wording{
				pattern:  `no dependency is missing [(on|at) {site:site}]`,
				also:     []string{`nothing that services depend on is missing [(on|at) {site:site}]`},
				examples: []string{`no dependency is missing on the recovery site`, `no dependency is missing`, `nothing that services depend on is missing on site "Lyon"`},
				explain:  "With the primary site cut off, whatever the other services ask for (names, addresses, ports) is given, and nothing turns to the site that is lost.",
			},
		},
		{
			id: "no-undeclared", kind: Then, do: simple(history.ExpectNoUndeclared),
			fr: wording{
				pattern:  `toutes les dépendances [observées] sont déclarées`,
				also:     []string{`chaque dépendance observée est déclarée`},
				examples: []string{`toutes les dépendances observées sont déclarées`, `chaque dépendance observée est déclarée`},
				explain:  "Tout ce dont un service se sert figure quelque part : depends_on de Compose, matrice des flux, fonctions ou liste des dépendances de stage.yaml.",
			},
			en: wording{
				pattern:  `every dependency [observed] is declared`,
				also:     []string{`all dependencies [observed] are declared`},
				examples: []string{`every dependency observed is declared`, `all dependencies observed are declared`},
				explain:  "Whatever a service uses stands somewhere: depends_on of Compose, the flow matrix, functions or the list of dependencies of stage.yaml.",
			},
		},
	}
}

func noMissing(b *builder, v values) {
	if !b.ready() {
		return
	}
	e := history.Expectation{Kind: history.ExpectNoMissing}
	if v["site"] != "" {
		s, ok := b.site(v["site"])
		if !ok {
			return
		}
		e.Site = s.ID
	}
	b.expect(e)
}

// leaves tells whether anything in the scenario cuts a site off, or moves
// service away from one.
func (b *builder) leaves() bool {
	return slices.ContainsFunc(b.sc.Steps, func(s plan.Step) bool {
		if s.Do == plan.DoFailover || s.Do == plan.DoFailback {
			return true
		}
		return s.Fault != nil && slices.Contains([]plan.FaultKind{plan.SiteLost, plan.SiteIsolated, plan.AllLost}, s.Fault.Kind)
	})
}
