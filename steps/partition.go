package steps

import "bascule/harness/plan"

// partitionPhrases cut a site off from the others and leave it its clients: the
// split in which both halves think that the other one died.
func partitionPhrases() []phrase {
	return []phrase{
		{
			id: "site-partitioned", kind: When, do: sitePartitioned,
			fr: wording{
				pattern:  `{site:site} est coupé des autres sites [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`{site:site} ne voit plus les autres sites [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le site nominal est coupé des autres sites`, `le site "Paris" est coupé des autres sites pendant 20 secondes`, `le site de secours ne voit plus les autres sites pendant le déploiement`},
				explain:  "Le site vit et ses clients l’atteignent, mais il ne voit plus aucun autre site, ni témoin, ni prestataire.",
			},
			en: wording{
				pattern:  `{site:site} is cut off from the other sites [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`{site:site} no longer sees the other sites [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`the primary site is cut off from the other sites`, `site "Paris" is cut off from the other sites for 20 seconds`, `the recovery site no longer sees the other sites during the deployment`},
				explain:  "The site lives and its clients reach it, but it no longer sees any other site, witness or third party.",
			},
		},
	}
}

// sitePartitioned: in a plan, the links of a site to itself are those that cross
// its border.
func sitePartitioned(b *builder, v values) {
	if !b.ready() {
		return
	}
	if s, ok := b.site(v["site"]); ok {
		b.fault(plan.Fault{Kind: plan.Cut, From: s.ID, To: s.ID, Title: both("site %s coupé des autres sites", "site %s cut off from the other sites", s.Title)}, v)
	}
}
