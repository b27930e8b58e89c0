package steps

import "bascule/harness/plan"

// serviceLinkPhrases break whatever leads to a service.
func serviceLinkPhrases() []phrase {
	return []phrase{
		{
			id: "http-error", kind: When, do: httpError,
			fr: wording{
				pattern: `{node:node} répond des erreurs [HTTP] [{status:integer}] [pendant {for:duration}] [{trigger:trigger}]`,
				also:    []string{`{link:link} (ne rend|ne rendent) plus que des erreurs [HTTP] [{status:integer}] [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le service "stock" répond des erreurs 503`, `le service "stock" répond des erreurs pendant 10 secondes`,
					`la liaison entre "orders" et "stock" ne rend plus que des erreurs 500`},
				explain: "Chaque demande HTTP reçoit une erreur, 503 sauf mention contraire ; le service ne la voit pas.",
			},
			en: wording{
				pattern: `{node:node} answers with [HTTP] errors [{status:integer}] [for {for:duration}] [{trigger:trigger}]`,
				also:    []string{`{link:link} (returns|return) nothing but [HTTP] errors [{status:integer}] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`service "stock" answers with errors 503`, `service "stock" answers with errors for 10 seconds`,
					`the link between "orders" and "stock" returns nothing but errors 500`},
				explain: "Each HTTP request is answered with an error, 503 unless said otherwise; the service does not see it.",
			},
		},
		{
			id: "cut-service", kind: When, do: unreachable,
			fr: wording{
				pattern:  `plus rien n'atteint {node:node} [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`plus personne n'atteint {node:node} [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`plus rien n'atteint le service "stock"`, `plus personne n'atteint la base primaire pendant 5 secondes`},
				explain:  "Le service vit et voit les autres, mais personne ne parvient plus à lui.",
			},
			en: wording{
				pattern:  `nothing reaches {node:node} [any more] [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`nobody (reaches|can reach) {node:node} [any more] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`nothing reaches service "stock" any more`, `nobody reaches the primary database for 5 seconds`},
				explain:  "The service lives and sees the others, and nobody gets through to it.",
			},
		},
	}
}

// defaultStatus is the error of those who name none: the service is unavailable.
const defaultStatus = 503

func (b *builder) status(text string) (int, bool) {
	if text == "" {
		return defaultStatus, true
	}
	n := atoi(text)
	if n < 400 || n > 599 {
		b.errorAt(text, "« %s » n’est pas un code d’erreur HTTP : ils vont de 400 à 599", "%q is no HTTP error: they go from 400 to 599", text)
		return 0, false
	}
	return n, true
}

func httpError(b *builder, v values) {
	if !b.ready() {
		return
	}
	status, ok := b.status(v["status"])
	if !ok {
		return
	}
	f := plan.Fault{Kind: plan.HTTPError, Status: status}
	if v["link"] != "" {
		b.onLink(f, v, "qui ne rend que des erreurs", "returning errors only")
		return
	}
	if to, ok := b.end(v["node"]); ok {
		f.To, f.Title = to.path, titled("erreurs HTTP", "HTTP errors", to.title)
		b.fault(f, v)
	}
}

func unreachable(b *builder, v values) {
	if !b.ready() {
		return
	}
	if to, ok := b.end(v["node"]); ok {
		b.fault(plan.Fault{Kind: plan.Cut, To: to.path, Title: titled("plus rien n’atteint", "nothing reaches", to.title)}, v)
	}
}
