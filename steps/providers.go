package steps

import "bascule/harness/plan"

// providerPhrases break what leads to a third party: its own place is somebody
// else's.
func providerPhrases() []phrase {
	return []phrase{
		{
			id: "cut-provider", kind: When, do: providerSilent,
			fr: wording{
				pattern:  `le prestataire {provider} ne répond plus [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le prestataire "acquéreur CB" ne répond plus`, `le prestataire "acquéreur CB" ne répond plus pendant 10 secondes`},
				explain:  "Le prestataire se tait : ses liaisons sont coupées, personne n’en est averti. Un prestataire est un site de rôle « third-party » de stage.yaml ; on le nomme par son titre ou par son service.",
			},
			en: wording{
				pattern:  `[the ](provider|third party) {provider} (stops responding|no longer responds) [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`provider "card acquirer" stops responding`, `provider "card acquirer" stops responding for 10 seconds`},
				explain:  "The third party goes silent: its links are cut, nobody is told. A third party is a site of role \"third-party\" in stage.yaml; it is named by its title or its service.",
			},
		},
		{
			id: "refuse-provider", kind: When, do: providerRefuses,
			fr: wording{
				pattern:  `le prestataire {provider} refuse les connexions [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le prestataire "acquéreur CB" refuse les connexions`},
				explain:  "Chaque connexion au prestataire est refusée aussitôt.",
			},
			en: wording{
				pattern:  `[the ](provider|third party) {provider} refuses connections [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`provider "card acquirer" refuses connections`},
				explain:  "Each connection to the third party is refused at once.",
			},
		},
		{
			id: "latency-provider", kind: When, do: providerSlow,
			fr: wording{
				pattern:  `le prestataire {provider} devient lent : {latency:duration}[ (±|plus ou moins) {jitter:duration}][,] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le prestataire "acquéreur CB" devient lent : 2 s`, `le prestataire "acquirer" devient lent : 2 s ± 500 ms, pendant 10 secondes`},
				explain:  "Chaque réponse du prestataire prend ce temps de plus, à peu près.",
			},
			en: wording{
				pattern:  `[the ](provider|third party) {provider} (turns|becomes) slow : {latency:duration}[ (±|plus or minus) {jitter:duration}][,] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`provider "card acquirer" turns slow: 2 s`, `provider "acquirer" turns slow: 2 s ± 500 ms, for 10 seconds`},
				explain:  "Each answer of the third party takes that much longer, more or less.",
			},
		},
		{
			id: "http-error-provider", kind: When, do: providerErrors,
			fr: wording{
				pattern:  `le prestataire {provider} répond des erreurs [HTTP] [{status:integer}] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le prestataire "acquéreur CB" répond des erreurs`, `le prestataire "acquéreur CB" répond des erreurs 500`},
				explain:  "Chaque demande HTTP au prestataire reçoit une erreur, 503 sauf mention contraire.",
			},
			en: wording{
				pattern:  `[the ](provider|third party) {provider} answers with [HTTP] errors [{status:integer}] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`provider "card acquirer" answers with errors`, `provider "card acquirer" answers with errors 500`},
				explain:  "Each HTTP request to the third party is answered with an error, 503 unless said otherwise.",
			},
		},
	}
}

// ofProvider adds a fault of every link to a third party.
func (b *builder) ofProvider(f plan.Fault, v values, fr, en string) {
	if !b.ready() {
		return
	}
	if p, ok := b.provider(v["provider"]); ok {
		f.To, f.Title = p.path, titled(fr, en, p.title)
		b.fault(f, v)
	}
}

func providerSilent(b *builder, v values) {
	b.ofProvider(plan.Fault{Kind: plan.Cut}, v, "silence", "silence")
}

func providerRefuses(b *builder, v values) {
	b.ofProvider(plan.Fault{Kind: plan.Refuse}, v, "connexions refusées", "connections refused")
}

func providerSlow(b *builder, v values) {
	if latency, jitter, ok := b.delay(v); ok {
		b.ofProvider(plan.Fault{Kind: plan.Slow, Latency: latency, Jitter: jitter}, v, "réponses lentes", "slow answers")
	}
}

func providerErrors(b *builder, v values) {
	if status, ok := b.status(v["status"]); ok {
		b.ofProvider(plan.Fault{Kind: plan.HTTPError, Status: status}, v, "erreurs HTTP", "HTTP errors")
	}
}
