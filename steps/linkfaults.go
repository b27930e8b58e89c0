package steps

import (
	"time"

	"bascule/harness/plan"
)

// linkFaultPhrases let a link live, and ill: late, in pieces, now and then, one
// way only.
func linkFaultPhrases() []phrase {
	return []phrase{
		{
			id: "cut-one-way", kind: When, do: cutOneWay,
			fr: wording{
				pattern: `{link:link} (ne laisse|ne laissent) plus passer {side:side} [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison de "orders" vers "db" ne laisse plus passer les réponses`, `la liaison du service "orders" vers la base primaire ne laisse plus passer les demandes pendant 5 secondes`,
					`les liaisons vers le service "stock" ne laissent plus passer les réponses`},
				explain: "Coupure dans un seul sens. Sans les réponses, le fournisseur entend tout et fait ce qu’on lui demande, mais personne ne le sait.",
			},
			en: wording{
				pattern: `{link:link} (lets|let) no {side:side} through [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the link from "orders" to "db" lets no answers through`, `the link from service "orders" to the primary database lets no requests through for 5 seconds`,
					`all links to service "stock" let no answers through`},
				explain: "Cut one way only. Without answers the provider hears everything and does what it is asked, and nobody knows.",
			},
		},
		{
			id: "flap", kind: When, do: flap,
			fr: wording{
				pattern:  `{link:link} est intermittente[,] [{way:way}] : coupée {down:duration}, rétablie {up:duration}[,] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison intersite est intermittente : coupée 2 secondes, rétablie 3 secondes`, `la liaison entre "orders" et "stock" est intermittente : coupée 500 ms, rétablie 1 s, pendant 10 secondes`},
				explain:  "La liaison est coupée, revient, est coupée de nouveau, sans fin.",
			},
			en: wording{
				pattern:  `{link:link} flaps[,] [{way:way}] : (cut|down) for {down:duration}, (up|whole) for {up:duration}[,] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the inter-site link flaps: down for 2 seconds, up for 3 seconds`, `the link between "orders" and "stock" flaps: down for 500 ms, up for 1 s, for 10 seconds`},
				explain:  "The link is cut, comes back, is cut again, without end.",
			},
		},
		{
			id: "loss", kind: When, do: loss,
			fr: wording{
				pattern:  `{link:link} (perd|perdent) {percent:percent} (de ses|de leurs|des) paquets [{way:way}] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison intersite perd 10 % de ses paquets`, `la liaison intersite perd 2,5 % des paquets de "Paris" vers "Lyon" pendant 30 secondes`},
				explain:  "Des paquets se perdent au hasard.",
			},
			en: wording{
				pattern:  `{link:link} (loses|lose) {percent:percent} of (its|their|the) packets [{way:way}] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the inter-site link loses 10% of its packets`, `the inter-site link loses 2.5% of the packets from "Paris" to "Lyon" for 30 seconds`},
				explain:  "Packets are lost at random.",
			},
		},
		{
			id: "udp-delay", kind: When, do: udpDelay,
			fr: wording{
				pattern:  `{link:link} (retarde|retardent) les datagrammes de {latency:duration}[ (±|plus ou moins) {jitter:duration}] [{way:way}] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la liaison entre "orders" et "stock" retarde les datagrammes de 200 ms`, `la liaison intersite retarde les datagrammes de 200 ms ± 50 ms dans un seul sens`},
				explain:  "Les datagrammes (UDP) arrivent plus tard ; il faut netem dans le noyau de la machine.",
			},
			en: wording{
				pattern:  `{link:link} (delays|delay) datagrams by {latency:duration}[ (±|plus or minus) {jitter:duration}] [{way:way}] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the link between "orders" and "stock" delays datagrams by 200 ms`, `the inter-site link delays datagrams by 200 ms ± 50 ms one way only`},
				explain:  "Datagrams (UDP) arrive later; the machine's kernel must have netem.",
			},
		},
	}
}

const (
	sideFR = `les (?:demandes|requêtes|réponses)`
	sideEN = `(?:requests?|answers?|responses?|replies)`
)

// onWay is onLink for a fault that may have a direction.
func (b *builder) onWay(f plan.Fault, v values, fr, en string) {
	l, ok := b.link(v["link"])
	if !ok || !b.way(v["way"], &l, &f) {
		return
	}
	if f.Direction != plan.BothWays && l.from == l.to {
		b.errorAt(v["way"], "un seul sens ne se dit pas de toutes les liaisons d’un service", "one way only cannot be said of all links of a service").Hint =
			b.lang.say("« plus rien n’atteint le service » est ce qui lui vient", "\"nothing reaches the service\" is what comes to it")
		return
	}
	if f.Direction != plan.BothWays && waySites.FindStringSubmatch(v["way"]) == nil {
		fr, en = fr+" dans un sens", en+" one way"
	}
	b.ofLink(f, l, v, fr, en)
}

func cutOneWay(b *builder, v values) {
	if !b.ready() {
		return
	}
	l, ok := b.link(v["link"])
	if !ok {
		return
	}
	if l.sites || l.from == l.to {
		b.errorAt(v["side"], "« %s » ne se dit que d’une liaison d’un service vers un autre", "%q are only said of a link from one service to another", v["side"]).Hint =
			b.lang.say("entre les sites : « la liaison intersite est coupée de \"Paris\" vers \"Lyon\" »", "between the sites: the inter-site link is cut from \"Paris\" to \"Lyon\"")
		return
	}
	switch v["side"] {
	case "les demandes", "les requêtes", "request", "requests":
		b.ofLink(plan.Fault{Kind: plan.Cut, Direction: plan.There}, l, v, "coupée à l’aller : demandes perdues", "cut one way: requests lost")
	default:
		b.ofLink(plan.Fault{Kind: plan.Cut, Direction: plan.Back}, l, v, "coupée au retour : réponses perdues", "cut one way: answers lost")
	}
}

// shortestFlap is the shortest time of a link that flaps, either way.
const shortestFlap = 20 * time.Millisecond

func flap(b *builder, v values) {
	if !b.ready() {
		return
	}
	on, ok1 := b.atLeast(v["down"], shortestFlap)
	off, ok2 := b.atLeast(v["up"], shortestFlap)
	if ok1 && ok2 {
		b.onWay(plan.Fault{Kind: plan.Flap, On: plan.Duration(on), Off: plan.Duration(off)}, v, "intermittente", "flapping")
	}
}

// atLeast is a duration that a fault takes no shorter.
func (b *builder) atLeast(text string, least time.Duration) (time.Duration, bool) {
	d, ok := b.positive(text)
	if ok && d < least {
		b.errorAt(text, "« %s » : au moins %s", "%q: at least %s", text, b.lang.length(least))
		return 0, false
	}
	return d, ok
}

func loss(b *builder, v values) {
	if !b.ready() {
		return
	}
	if p, ok := b.share(v["percent"]); ok {
		b.onWay(plan.Fault{Kind: plan.Loss, Percent: p}, v, "qui perd des paquets", "losing packets")
	}
}

// share is a percentage that is not nothing.
func (b *builder) share(text string) (float64, bool) {
	p, err := parsePercent(text, b.lang)
	switch {
	case err != nil:
		b.errorAt(text, "%s", "%s", err.Error())
	case p < 0.01:
		b.errorAt(text, "un pourcentage d’au moins 0,01 %% est attendu ici", "a percentage of at least 0.01%% is needed here")
	default:
		return p, true
	}
	return 0, false
}

func udpDelay(b *builder, v values) {
	if !b.ready() {
		return
	}
	if latency, jitter, ok := b.delay(v); ok {
		b.onWay(plan.Fault{Kind: plan.UDPDelay, Latency: latency, Jitter: jitter}, v, "aux datagrammes retardés", "with delayed datagrams")
	}
}
