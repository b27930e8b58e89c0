package steps

import (
	"bascule/harness/history"
	"bascule/harness/plan"
)

// linkPhrases break what lies between services, and between sites.
func linkPhrases() []phrase {
	return []phrase{
		{
			id: "cut", kind: When, do: cut,
			fr: wording{
				pattern: `{link:link} (est coupée|sont coupées) [{way:way}] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison intersite est coupée`, `la liaison intersite est coupée pendant 10 secondes`, `la liaison intersite est coupée pendant le déploiement`,
					`la liaison entre "orders" et "stock" est coupée`, `la liaison intersite est coupée de "Paris" vers "Lyon"`, `la liaison intersite est coupée du site de secours vers le site nominal pendant 5 s`,
					`toutes les liaisons du service "orders" sont coupées`, `la liaison entre "orders" et "stock" est coupée dans un seul sens`, `la liaison avec le prestataire "acquéreur CB" est coupée`},
				explain: "Plus rien ne passe, dans un sens ni dans l’autre, et personne n’en est averti. Un seul sens : de \"Paris\" vers \"Lyon\" ; entre deux services, dans un seul sens, l’aller (voir aussi « ne laisse plus passer »).",
			},
			en: wording{
				pattern: `{link:link} (is|are) (cut|down) [{way:way}] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the inter-site link is cut`, `the inter-site link is down for 10 seconds`, `the inter-site link is cut during the deployment`,
					`the link between "orders" and "stock" is cut`, `the inter-site link is cut from "Paris" to "Lyon"`, `the inter-site link is cut from the recovery site to the primary site for 5 s`,
					`all links of service "orders" are cut`, `the link between "orders" and "stock" is cut one way only`, `the link to provider "card acquirer" is cut`},
				explain: "Nothing passes, either way, and nobody is told. One way only: from \"Paris\" to \"Lyon\"; between two services, one way only, that of requests (see also: lets no answers through).",
			},
		},
		{
			id: "refuse", kind: When, do: refuse,
			fr: wording{
				pattern:  `{link:link} (refuse|refusent) les connexions [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison entre "orders" et "stock" refuse les connexions`},
				explain:  "Chaque connexion est refusée aussitôt.",
			},
			en: wording{
				pattern:  `{link:link} (refuses|refuse) connections [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the link between "orders" and "stock" refuses connections`},
				explain:  "Each connection is refused at once.",
			},
		},
		{
			id: "slow", kind: When, do: slow,
			fr: wording{
				pattern: `{link:link} (devient lente|deviennent lentes) : {latency:duration}[ (±|plus ou moins) {jitter:duration}][,] [pendant {for:duration}] [{trigger:trigger}]`,
				also:    []string{`{link:link} (ralentit|ralentissent) de {latency:duration}[ (±|plus ou moins) {jitter:duration}] [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`la liaison avec la base primaire devient lente : 400 ms ± 100 ms`, `la liaison entre "orders" et "db" devient lente : 400 ms ± 100 ms pendant la migration du schéma`,
					`la liaison intersite ralentit de 200 ms`},
				explain: "Chaque réponse arrive avec ce retard, à peu près.",
			},
			en: wording{
				pattern: `{link:link} (turns|becomes|turn|become) slow : {latency:duration}[ (±|plus or minus) {jitter:duration}][,] [for {for:duration}] [{trigger:trigger}]`,
				also:    []string{`{link:link} (slows|slow) down by {latency:duration}[ (±|plus or minus) {jitter:duration}] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`the database link turns slow: 400 ms ± 100 ms`, `the link between "orders" and "db" turns slow: 400 ms ± 100 ms during schema migration`,
					`the inter-site link slows down by 200 ms`},
				explain: "Each answer arrives that much later, more or less.",
			},
		},
		{
			id: "bandwidth", kind: When, do: bandwidth,
			fr: wording{
				pattern:  `{link:link} (est limitée|sont limitées) à {limit:byterate} [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison entre "orders" et "db" est limitée à 64 ko/s`},
				explain:  "Le débit est borné : ko/s, Mo/s, kbit/s ou Mbit/s.",
			},
			en: wording{
				pattern:  `{link:link} (is|are) limited to {limit:byterate} [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the link between "orders" and "db" is limited to 64 kB/s`},
				explain:  "The rate is bounded: kB/s, MB/s, kbit/s or Mbit/s.",
			},
		},
		{
			id: "reset", kind: When, do: reset,
			fr: wording{
				pattern:  `{link:link} (perd ses|perdent leurs) connexions [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison entre "orders" et "db" perd ses connexions`},
				explain:  "Les connexions établies sont rompues net, encore et encore.",
			},
			en: wording{
				pattern:  `{link:link} (resets its|loses its|reset their|lose their) connections [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the link between "orders" and "db" resets its connections`},
				explain:  "Established connections are reset, over and over.",
			},
		},
	}
}

// onLink adds a fault of a link.
func (b *builder) onLink(f plan.Fault, v values, fr, en string) {
	if l, ok := b.link(v["link"]); ok {
		b.ofLink(f, l, v, fr, en)
	}
}

func (b *builder) ofLink(f plan.Fault, l link, v values, fr, en string) {
	f.From, f.To = l.from, l.to
	f.Title = history.Text{FR: l.title.FR + " " + tongue("fr").say(fr, ""), EN: l.title.EN + " " + en}
	b.fault(f, v)
}

// titled is a title of something at a place: "erreurs HTTP : le service…".
func titled(fr, en string, at history.Text) history.Text {
	return history.Text{FR: tongue("fr").say("%s : %s", "", fr, at.FR), EN: tongue("en").say("", "%s: %s", en, at.EN)}
}

func cut(b *builder, v values) {
	if b.ready() {
		b.onWay(plan.Fault{Kind: plan.Cut}, v, "coupée", "cut")
	}
}

func refuse(b *builder, v values) {
	if b.ready() {
		b.onLink(plan.Fault{Kind: plan.Refuse}, v, "qui refuse les connexions", "refusing connections")
	}
}

func reset(b *builder, v values) {
	if b.ready() {
		b.onLink(plan.Fault{Kind: plan.Reset}, v, "aux connexions rompues", "with connections reset")
	}
}

func slow(b *builder, v values) {
	if !b.ready() {
		return
	}
	latency, jitter, ok := b.delay(v)
	if !ok {
		return
	}
	more := ""
	if jitter > 0 {
		more = " ± " + v["jitter"]
	}
	b.onLink(plan.Fault{Kind: plan.Slow, Latency: latency, Jitter: jitter}, v,
		"ralentie de "+v["latency"]+more, "slowed by "+v["latency"]+more)
}

// delay reads a delay and how much it varies.
func (b *builder) delay(v values) (latency, jitter plan.Duration, ok bool) {
	l, ok1 := b.positive(v["latency"])
	j, ok2 := b.duration(v["jitter"])
	if !ok1 || !ok2 {
		return 0, 0, false
	}
	if j > l {
		b.errorAt(v["jitter"], "l’écart (%s) ne peut pas dépasser le retard lui-même (%s)", "the jitter (%s) cannot exceed the delay itself (%s)", v["jitter"], v["latency"])
		return 0, 0, false
	}
	return plan.Duration(l), plan.Duration(j), true
}

func bandwidth(b *builder, v values) {
	if !b.ready() {
		return
	}
	if rate, ok := b.byteRate(v["limit"]); ok {
		b.onLink(plan.Fault{Kind: plan.Bandwidth, RateKBps: rate}, v, "limitée à "+v["limit"], "limited to "+v["limit"])
	}
}
