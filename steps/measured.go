package steps

import (
	"strings"

	"bascule/harness/history"
)

// The part of an exercise over which something is measured, and the instant
// from which recovery counts.
const (
	exerciseFR = `(?:(?:pendant|durant|sur) (?:tout )?l'exercice|avant le déploiement|(?:pendant|durant) le déploiement|(?:pendant|durant) (?:la panne|l'interruption)|en mode dégradé|après (?:la reprise|le rétablissement)|une fois le service rétabli)`
	exerciseEN = `(?:(?:during|over) the (?:whole )?exercise|before the deployment|during the deployment|during the (?:fault|outage|interruption)|in degraded mode|after (?:the )?recovery|once service is restored)`

	clockFR = `(?:après|à compter de) la (?:panne|détection|décision)`
	clockEN = `(?:after|of) (?:the )?(?:fault|detection|decision)`
)

// exercisePhase is the phase of the analysis that words stand for.
func exercisePhase(words string) string {
	w := unaccented(words)
	for _, p := range []struct{ word, phase string }{
		{"exerci", "all"}, {"avant", "before"}, {"before", "before"}, {"deplo", "deploying"}, {"apres", "recovered"}, {"after", "recovered"},
		{"retabli", "recovered"}, {"restored", "recovered"},
	} {
		if strings.Contains(w, p.word) {
			return p.phase
		}
	}
	if w == "" {
		return "all"
	}
	return "failing"
}

// clockStart is the instant of the analysis that words stand for.
func clockStart(words string) string {
	w := unaccented(words)
	switch {
	case strings.Contains(w, "detection"):
		return "detection"
	case strings.Contains(w, "decision"):
		return "decision"
	}
	return "fault"
}

// thenPhrases are what is measured: recovery, loss, availability, latency.
func thenPhrases() []phrase {
	return []phrase{
		{
			id: "restored", kind: Then, do: restored,
			fr: wording{
				pattern: `la fonction {function} est rétablie (en moins de|en|dans les|sous) {within:duration} [{clock:clock}]`,
				also: []string{`toutes les fonctions critiques sont rétablies (en moins de|en|dans les|sous) {within:duration} [{clock:clock}]`,
					`la fonction {function} est rétablie dans son délai de rétablissement [{clock:clock}]`},
				examples: []string{`la fonction "Commandes" est rétablie en moins de 30 secondes`, `la fonction "Commandes" est rétablie en moins de 20 secondes après la décision`,
					`toutes les fonctions critiques sont rétablies en moins de 30 secondes`, `la fonction "Commandes" est rétablie dans son délai de rétablissement`},
				explain: "Le temps de reprise, compté depuis la panne sauf mention contraire.",
			},
			en: wording{
				pattern: `function {function} is restored (within|in less than) {within:duration} [{clock:clock}]`,
				also: []string{`every critical function is restored (within|in less than) {within:duration} [{clock:clock}]`,
					`function {function} is restored within its RTO [{clock:clock}]`},
				examples: []string{`function "Orders" is restored within 30 seconds`, `function "Orders" is restored within 20 seconds of the decision`,
					`every critical function is restored within 30 seconds`, `function "Orders" is restored within its RTO`},
				explain: "The recovery time, counted from the fault unless said otherwise.",
			},
		},
		{
			id: "loss", kind: Then, do: lossAtMost,
			fr: wording{
				pattern:  `la perte de données [(constatée|mesurée)] [de [la fonction] {function}] ne dépasse pas {within:duration}`,
				examples: []string{`la perte de données constatée ne dépasse pas 5 minutes`, `la perte de données constatée de "Commandes" ne dépasse pas 5 minutes`},
				explain:  "De la plus ancienne écriture acquittée et perdue jusqu’à la panne.",
			},
			en: wording{
				pattern:  `[the ][measured ]data loss [of [function] {function}] does not exceed {within:duration}`,
				examples: []string{`measured data loss does not exceed 5 minutes`, `measured data loss of "Orders" does not exceed 5 minutes`},
				explain:  "From the earliest acknowledged write that is lost to the fault.",
			},
		},
		{
			id: "nothing-lost", kind: Then, do: simple(history.ExpectNothingLost),
			fr: wording{
				pattern:  `aucune opération acquittée n'est perdue`,
				examples: []string{`aucune opération acquittée n'est perdue`},
				explain:  "Plus sévère que tout objectif de perte : chaque écriture acquittée se retrouve.",
			},
			en: wording{
				pattern:  `no acknowledged operation is lost`,
				examples: []string{`no acknowledged operation is lost`},
				explain:  "Stricter than any RPO: each acknowledged write is found again.",
			},
		},
		{
			id: "nothing-twice", kind: Then, do: simple(history.ExpectNothingTwice),
			fr: wording{
				pattern:  `aucune opération n'est (passée|appliquée) en double`,
				examples: []string{`aucune opération n'est passée en double`},
				explain:  "Aucune écriture ne figure deux fois.",
			},
			en: wording{
				pattern:  `no operation is applied twice`,
				examples: []string{`no operation is applied twice`},
				explain:  "No write stands twice.",
			},
		},
		{
			id: "availability", kind: Then, do: availability,
			fr: wording{
				pattern:  `la disponibilité [de [la fonction] {function}] reste (d'au moins|supérieure à) {percent:percent} [{phase:exercise}]`,
				examples: []string{`la disponibilité de "Commandes" reste d'au moins 99,5 % pendant l'exercice`, `la disponibilité de "Commandes" reste d'au moins 99 % pendant le déploiement`},
				explain:  "La part des opérations voulues qui sont acquittées : avant le déploiement, pendant le déploiement, en mode dégradé, après la reprise, ou pendant tout l’exercice.",
			},
			en: wording{
				pattern:  `[the ]availability [of [function] {function}] stays (at least|above) {percent:percent} [{phase:exercise}]`,
				examples: []string{`availability of "Orders" stays at least 99.5% during the exercise`, `availability of "Orders" stays at least 99% during the deployment`},
				explain:  "The share of intended operations that are acknowledged: before the deployment, during the deployment, in degraded mode, after recovery, or over the whole exercise.",
			},
		},
		{
			id: "latency", kind: Then, do: latency,
			fr: wording{
				pattern:  `{percent:percent} des réponses [de [la fonction] {function}] arrivent en moins de {within:duration} [{phase:exercise}]`,
				examples: []string{`95 % des réponses arrivent en moins de 800 ms en mode dégradé`, `99 % des réponses de "Commandes" arrivent en moins de 2 s pendant l'exercice`},
				explain:  "Compté depuis l’instant où l’opération devait partir : un service figé ne se cache pas.",
			},
			en: wording{
				pattern:  `{percent:percent} of responses [of [function] {function}] arrive within {within:duration} [{phase:exercise}]`,
				examples: []string{`95% of responses arrive within 800 ms in degraded mode`, `99% of responses of "Orders" arrive within 2 s during the exercise`},
				explain:  "Counted from the instant at which the operation was due: a stalled service cannot hide.",
			},
		},
		{
			id: "no-interruption", kind: Then, do: noInterruption,
			fr: wording{
				pattern:  `la fonction {function} n'est (jamais|pas) interrompue (plus|pendant plus) de {within:duration}`,
				examples: []string{`la fonction "Commandes" n'est jamais interrompue plus de 5 secondes`},
				explain:  "Aucune interruption plus longue que cela après la panne.",
			},
			en: wording{
				pattern:  `function {function} is (never|not) interrupted for (more|longer) than {within:duration}`,
				examples: []string{`function "Orders" is never interrupted for more than 5 seconds`},
				explain:  "No interruption longer than that after the fault.",
			},
		},
	}
}

// simple is an expectation without values.
func simple(kind history.Expect) func(*builder, values) {
	return func(b *builder, _ values) {
		if b.ready() {
			b.expect(history.Expectation{Kind: kind})
		}
	}
}

func restored(b *builder, v values) {
	if !b.ready() {
		return
	}
	function, ok := b.function(v["function"])
	if !ok {
		return
	}
	within, ok := b.duration(v["within"])
	if ok && v["within"] == "" {
		f := b.sc.Functions[b.functionIndex(function)]
		if within = f.RTO; within == 0 {
			b.errorAt(v["function"], "la fonction « %s » n’a pas de délai de rétablissement", "function %q has no RTO", f.Name.In(string(b.lang)))
			return
		}
	}
	if ok {
		b.expect(history.Expectation{Kind: history.ExpectRestored, Function: function, Within: within, From: clockStart(v["clock"])})
	}
}

func lossAtMost(b *builder, v values) {
	if !b.ready() {
		return
	}
	function, ok := b.function(v["function"])
	within, ok2 := b.duration(v["within"])
	if ok && ok2 {
		b.expect(history.Expectation{Kind: history.ExpectLossAtMost, Function: function, Within: within})
	}
}

func availability(b *builder, v values) {
	if !b.ready() {
		return
	}
	function, ok := b.function(v["function"])
	if percent, sound := b.percent(v["percent"]); ok && sound {
		b.expect(history.Expectation{Kind: history.ExpectAvailability, Function: function, Percent: percent, Phase: exercisePhase(v["phase"])})
	}
}

func latency(b *builder, v values) {
	if !b.ready() {
		return
	}
	function, ok := b.function(v["function"])
	within, ok2 := b.positive(v["within"])
	if percent, sound := b.percent(v["percent"]); ok && ok2 && sound {
		b.expect(history.Expectation{Kind: history.ExpectLatency, Function: function, Percent: percent, Within: within, Phase: exercisePhase(v["phase"])})
	}
}

func noInterruption(b *builder, v values) {
	if !b.ready() {
		return
	}
	function, ok := b.function(v["function"])
	if within, sound := b.duration(v["within"]); ok && sound {
		b.expect(history.Expectation{Kind: history.ExpectNoInterrupt, Function: function, Within: within})
	}
}

// percent reads a share.
func (b *builder) percent(text string) (float64, bool) {
	v, err := parsePercent(text, b.lang)
	if err != nil {
		b.errorAt(text, "%s", "%s", err.Error())
	}
	return v, err == nil
}
