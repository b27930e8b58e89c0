package steps

import (
	"bascule/harness/history"
	"bascule/harness/plan"
)

// wholeSitePhrases cut sites off, and lose them all.
func wholeSitePhrases() []phrase {
	return []phrase{
		{
			id: "site-isolated", kind: When, do: siteIsolated,
			fr: wording{
				pattern:  `{site:site} est isolé [du reste] [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`{site:site} {border:border} plus rien [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le site de secours est isolé`, `le site nominal est isolé du reste pendant 10 secondes`, `le site de secours ne reçoit plus rien`, `le site "Paris" n'émet plus rien pendant le déploiement`},
				explain:  "Le site vit, et plus rien ne passe sa frontière, clients compris. Dans un seul sens : il n’émet plus rien, ou ne reçoit plus rien.",
			},
			en: wording{
				pattern:  `{site:site} is (isolated|cut off) [from the rest] [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`{site:site} {border:border} nothing [any more] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`the recovery site is isolated`, `the primary site is isolated from the rest for 10 seconds`, `the recovery site receives nothing any more`, `site "Paris" sends nothing any more during the deployment`},
				explain:  "The site lives, and nothing crosses its border, clients included. One way only: it sends nothing, or receives nothing.",
			},
		},
		{
			id: "all-lost", kind: When, do: allLost,
			fr: wording{
				pattern:  `(les deux|tous les) sites sont perdus [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`on perd (les deux|tous les) sites [pendant {for:duration}] [{trigger:trigger}]`, `(les deux|tous les) sites sont perdus[,] puis redémarrés (après|au bout de) {for:duration}`},
				examples: []string{`les deux sites sont perdus`, `on perd les deux sites pendant le déploiement`, `les deux sites sont perdus, puis redémarrés après 10 secondes`},
				explain:  "Tous les sites meurent ensemble. « La panne est réparée » les redémarre, dans l’ordre de leurs dépendances ; « puis redémarrés après 10 secondes » le fait de lui-même.",
			},
			en: wording{
				pattern:  `(both|all) sites are lost [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`we lose (both|all) sites [for {for:duration}] [{trigger:trigger}]`, `(both|all) sites are lost[,] then restarted after {for:duration}`},
				examples: []string{`both sites are lost`, `we lose both sites during the deployment`, `both sites are lost, then restarted after 10 seconds`},
				explain:  "Every site dies at once. \"The fault is repaired\" starts them again, in the order of their dependencies; \"then restarted after 10 seconds\" does so by itself.",
			},
		},
	}
}

const (
	borderFR = `(?:n'émet|ne reçoit)`
	borderEN = `(?:sends|receives)`
)

func siteIsolated(b *builder, v values) {
	if !b.ready() {
		return
	}
	s, ok := b.site(v["site"])
	if !ok {
		return
	}
	f := plan.Fault{Kind: plan.SiteIsolated, Site: s.ID, Title: both("site %s isolé", "site %s isolated", s.Title)}
	switch v["border"] {
	case "n'émet", "sends":
		f.Direction, f.Title = plan.There, both("site %s isolé : il n’émet plus rien", "site %s isolated: it sends nothing", s.Title)
	case "ne reçoit", "receives":
		f.Direction, f.Title = plan.Back, both("site %s isolé : il ne reçoit plus rien", "site %s isolated: it receives nothing", s.Title)
	}
	b.fault(f, v)
}

func allLost(b *builder, v values) {
	if !b.ready() {
		return
	}
	b.fault(plan.Fault{Kind: plan.AllLost, Title: history.Text{FR: "perte de tous les sites", EN: "every site lost"}}, v)
}
