package steps

import (
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// probePhrases take one thing after another away from a site, under load: which
// services, and which links, the critical functions can do without.
func probePhrases() []phrase {
	return []phrase{
		{
			id: "probe", kind: When, do: probe(true, true),
			fr: wording{
				pattern:  `on arrête tour à tour chaque service, puis chaque liaison, {site:site} [pendant {for:duration} (chacun|chacune)]`,
				examples: []string{`on arrête tour à tour chaque service, puis chaque liaison, du site nominal`, `on arrête tour à tour chaque service, puis chaque liaison, du site "Lyon" pendant 3 secondes chacun`},
				explain:  "Sondage : chaque service du site est arrêté brutalement puis relancé, chaque liaison coupée puis rétablie, l’un après l’autre, une fois le service redevenu stable. Sans autre précision : 5 secondes chacun.",
			},
			en: wording{
				pattern:  `each service, then each link, of {site:site} is stopped in turn [for {for:duration} each]`,
				examples: []string{`each service, then each link, of the primary site is stopped in turn`, `each service, then each link, of site "Lyon" is stopped in turn for 3 seconds each`},
				explain:  "A probe: each service of the site crashes and is started again, each link is cut and healed, one after another, once service is stable again. Unless said otherwise: 5 seconds each.",
			},
		},
		{
			id: "probe-services", kind: When, do: probe(true, false),
			fr: wording{
				pattern:  `on arrête tour à tour chaque service {site:site} [pendant {for:duration} chacun]`,
				examples: []string{`on arrête tour à tour chaque service du site nominal`, `on arrête tour à tour chaque service du site de secours pendant 10 secondes chacun`},
				explain:  "Sondage des seuls services.",
			},
			en: wording{
				pattern:  `each service of {site:site} is stopped in turn [for {for:duration} each]`,
				examples: []string{`each service of the primary site is stopped in turn`, `each service of the recovery site is stopped in turn for 10 seconds each`},
				explain:  "A probe of services alone.",
			},
		},
		{
			id: "probe-links", kind: When, do: probe(false, true),
			fr: wording{
				pattern:  `on coupe tour à tour chaque liaison {site:site} [pendant {for:duration} chacune]`,
				examples: []string{`on coupe tour à tour chaque liaison du site nominal`, `on coupe tour à tour chaque liaison du site nominal pendant 10 secondes chacune`},
				explain:  "Sondage des seules liaisons : celles que déclarent Compose et la matrice des flux.",
			},
			en: wording{
				pattern:  `each link of {site:site} is cut in turn [for {for:duration} each]`,
				examples: []string{`each link of the primary site is cut in turn`, `each link of the primary site is cut in turn for 10 seconds each`},
				explain:  "A probe of links alone: those that Compose and the flow matrix declare.",
			},
		},
	}
}

// bearPhrases are what a probe is judged by.
func bearPhrases() []phrase {
	return []phrase{
		{
			id: "bears-services", kind: Then, do: bears(history.ExpectBearsServices),
			fr: wording{
				pattern:  `chaque fonction critique supporte la perte de chaque service`,
				also:     []string{`la fonction {function} supporte la perte de chaque service`},
				examples: []string{`chaque fonction critique supporte la perte de chaque service`, `la fonction "Commandes" supporte la perte de chaque service`},
				explain:  "Quel que soit le service arrêté par le sondage, la fonction n’est pas à l’arrêt plus longtemps que son délai de rétablissement, et elle revient.",
			},
			en: wording{
				pattern:  `every critical function bears the loss of each service`,
				also:     []string{`function {function} bears the loss of each service`},
				examples: []string{`every critical function bears the loss of each service`, `function "Orders" bears the loss of each service`},
				explain:  "Whatever service the probe stops, the function is not down for longer than its RTO, and it comes back.",
			},
		},
		{
			id: "bears-links", kind: Then, do: bears(history.ExpectBearsLinks),
			fr: wording{
				pattern:  `chaque fonction critique supporte la perte de chaque liaison`,
				also:     []string{`la fonction {function} supporte la perte de chaque liaison`},
				examples: []string{`chaque fonction critique supporte la perte de chaque liaison`, `la fonction "Commandes" supporte la perte de chaque liaison`},
				explain:  "La même chose pour les liaisons que le sondage coupe.",
			},
			en: wording{
				pattern:  `every critical function bears the loss of each link`,
				also:     []string{`function {function} bears the loss of each link`},
				examples: []string{`every critical function bears the loss of each link`, `function "Orders" bears the loss of each link`},
				explain:  "The same of the links that the probe cuts.",
			},
		},
		{
			id: "returns-by-itself", kind: Then, do: bears(history.ExpectReturns),
			fr: wording{
				pattern:  `chaque fonction critique revient d'elle-même après chaque panne`,
				also:     []string{`la fonction {function} revient d'elle-même après chaque panne`},
				examples: []string{`chaque fonction critique revient d'elle-même après chaque panne`, `la fonction "Commandes" revient d'elle-même après chaque panne`},
				explain:  "Une fois rétabli ce que le sondage avait arrêté, la fonction revient sans que personne n’intervienne.",
			},
			en: wording{
				pattern:  `every critical function comes back by itself after each fault`,
				also:     []string{`function {function} comes back by itself after each fault`},
				examples: []string{`every critical function comes back by itself after each fault`, `function "Orders" comes back by itself after each fault`},
				explain:  "Once what the probe had stopped is there again, the function comes back without anybody's help.",
			},
		},
	}
}

// probe adds the parts of a probe of a site.
func probe(services, links bool) func(*builder, values) {
	return func(b *builder, v values) {
		if !b.ready() || !b.once("probe") {
			return
		}
		site, ok := b.site(v["site"])
		if !ok || !b.undisturbed() {
			return
		}
		lasts := DefaultProbe
		if v["for"] != "" {
			if lasts, ok = b.atLeast(v["for"], ShortestProbe); !ok {
				return
			}
		}
		o := Probing{Site: site.ID, For: lasts, Lang: string(b.lang), Functions: b.sc.Functions, Stability: b.sc.Stability.D(), Draw: b.draw}
		if !services {
			o.Services = []string{}
		}
		if !links {
			o.Links = []string{}
		}
		list, skipped, err := ProbeSteps(b.stage, o)
		if err != nil {
			b.errorAt(v["site"], "%s", "%s", err.Error())
			return
		}
		for _, t := range skipped {
			b.warn("", "%s", "%s", t.In(string(b.lang)))
		}
		for _, s := range list {
			text := s.Text
			b.add(s)
			b.sc.Steps[len(b.sc.Steps)-1].Text = text
		}
		b.faulted = true
	}
}

// undisturbed tells whether nothing else is under way: a probe asks what each
// loss does alone.
func (b *builder) undisturbed() bool {
	switch {
	case b.underWay:
		b.errorAt("", "un déploiement est encore en cours : le sondage mesurerait l’un et l’autre ensemble", "a deployment is still under way: the probe would measure both together").Hint =
			b.lang.say("ajoutez avant « Et que le déploiement se termine »", "add before it: And the deployment ends")
	case b.faults > 0:
		b.errorAt("", "une panne est encore en cours : le sondage mesurerait l’une et l’autre ensemble", "a fault is still in force: the probe would measure both together").Hint =
			b.lang.say("ajoutez avant « Et que la panne est réparée »", "add before it: And the fault is repaired")
	default:
		return true
	}
	return false
}

// bears is an expectation about a probe.
func bears(kind history.Expect) func(*builder, values) {
	return func(b *builder, v values) {
		if !b.ready() {
			return
		}
		function, ok := b.function(v["function"])
		if !ok {
			return
		}
		if !b.probes(kind) {
			d := b.errorAt("", "ce scénario ne sonde rien de tel avant cette étape", "this scenario probes nothing of the kind before this step")
			d.Hint = b.lang.say("ajoutez « Quand on arrête tour à tour chaque service, puis chaque liaison, du site nominal »",
				"add: When each service, then each link, of the primary site is stopped in turn")
			return
		}
		b.expect(history.Expectation{Kind: kind, Function: function})
	}
}

// probes tells whether a probe takes away what an expectation is about.
func (b *builder) probes(kind history.Expect) bool {
	for _, s := range b.sc.Steps {
		if s.Fault == nil || s.Fault.Probe == "" {
			continue
		}
		link := s.Fault.Probe == history.LostLink
		if kind == history.ExpectReturns || link == (kind == history.ExpectBearsLinks) {
			return true
		}
	}
	return false
}

// How long a part of a probe lasts.
const (
	DefaultProbe  = 5 * time.Second
	ShortestProbe = time.Second // in less, nothing can be told of how a function fares
)

// calmBound is how long service has to be stable again after a part of a probe:
// as long as any function may be down, within reason.
func calmBound(functions []history.Function, stability time.Duration) plan.Duration {
	longest := shortestCalm
	for _, f := range functions {
		longest = max(longest, f.RTO)
	}
	return plan.Duration(min(longest, longestCalm) + stability + time.Second)
}

const (
	shortestCalm = 10 * time.Second
	longestCalm  = time.Minute
)
