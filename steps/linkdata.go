package steps

import (
	"time"

	"bascule/harness/plan"
)

// linkDataPhrases let a link pass data badly: in pieces, not to the end.
func linkDataPhrases() []phrase {
	return []phrase{
		{
			id: "slicer", kind: When, do: slicer,
			fr: wording{
				pattern:  `{link:link} (livre|livrent) les données par morceaux de {slice:bytesize}[,] toutes les {apart:duration} [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison entre "orders" et "db" livre les données par morceaux de 64 octets, toutes les 20 ms`},
				explain:  "Les données arrivent par petits morceaux espacés.",
			},
			en: wording{
				pattern:  `{link:link} (delivers|deliver) data in slices of {slice:bytesize}[,] every {apart:duration} [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the link between "orders" and "db" delivers data in slices of 64 bytes, every 20 ms`},
				explain:  "Data arrive in small slices, apart.",
			},
		},
		{
			id: "slow-close", kind: When, do: slowClose,
			fr: wording{
				pattern:  `{link:link} (met|mettent) {latency:duration} à fermer (ses|leurs|les) connexions [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison entre "orders" et "db" met 5 secondes à fermer ses connexions`},
				explain:  "Les connexions finissent plus tard qu’elles ne devraient.",
			},
			en: wording{
				pattern:  `{link:link} (takes|take) {latency:duration} to close (its|their|the) connections [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the link between "orders" and "db" takes 5 seconds to close its connections`},
				explain:  "Connections end later than they should.",
			},
		},
		{
			id: "limit-data", kind: When, do: limitData,
			fr: wording{
				pattern:  `{link:link} (interrompt|interrompent) chaque connexion après {slice:bytesize} [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison entre "orders" et "stock" interrompt chaque connexion après 2 ko`},
				explain:  "Chaque connexion est rompue quand elle a rendu autant de données.",
			},
			en: wording{
				pattern:  `{link:link} (ends|end) each connection after {slice:bytesize} [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the link between "orders" and "stock" ends each connection after 2 kB`},
				explain:  "Each connection is broken off when it has brought that much data back.",
			},
		},
	}
}

func slicer(b *builder, v values) {
	if !b.ready() {
		return
	}
	size, ok1 := b.byteSize(v["slice"])
	apart, ok2 := b.positive(v["apart"])
	if ok1 && ok2 {
		b.onLink(plan.Fault{Kind: plan.Slicer, Bytes: size, Latency: plan.Duration(apart)}, v, "aux données morcelées", "with sliced data")
	}
}

func slowClose(b *builder, v values) {
	if !b.ready() {
		return
	}
	if d, ok := b.atLeast(v["latency"], time.Millisecond); ok {
		b.onLink(plan.Fault{Kind: plan.SlowClose, Latency: plan.Duration(d)}, v, "lente à fermer", "slow to close")
	}
}

func limitData(b *builder, v values) {
	if !b.ready() {
		return
	}
	if size, ok := b.byteSize(v["slice"]); ok {
		b.onLink(plan.Fault{Kind: plan.LimitData, Bytes: size}, v, "aux connexions interrompues", "breaking connections off")
	}
}
