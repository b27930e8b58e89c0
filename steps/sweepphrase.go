package steps

import "bascule/harness/plan"

// sweepPhrases ask for a scenario at every step of its deployment.
func sweepPhrases() []phrase {
	return []phrase{{
		id: "sweep", kind: When, do: sweep,
		fr: wording{
			pattern:  `(quelle|Quelle) que soit l'étape du déploiement où (survient|frappe) la panne`,
			examples: []string{`quelle que soit l'étape du déploiement où survient la panne`},
			explain:  "Le scénario est joué autant de fois que le déploiement a d’étapes : la panne, la seule, et sans moment à elle, survient avant, pendant et après chacune.",
		},
		en: wording{
			pattern:  `(whatever|Whatever) the step of the deployment at which (it|the fault) strikes`,
			examples: []string{`whatever the step of the deployment at which it strikes`},
			explain:  "The scenario is played as many times as the deployment has steps: the fault, the only one, without a moment of its own, strikes before, during and after each.",
		},
	}}
}

func sweep(b *builder, _ values) {
	if b.ready() && b.once("sweep") {
		b.sc.Sweep = true
	}
}

// sweepable checks that a sweep has the one fault that it moves, in the course
// of a deployment.
func (b *builder) sweepable() {
	if !b.sc.Sweep {
		return
	}
	line := b.ruled["sweep"]
	b.step = stepAt{line: line, col: b.file.indent(line)}
	var faults []plan.Step
	deploying, within := false, false
	for _, s := range b.sc.Steps {
		switch s.Do {
		case plan.DoDeploy:
			deploying = true
		case plan.DoFinish, plan.DoStop, plan.DoFailover, plan.DoRollback:
			deploying = false
		case plan.DoFault:
			faults = append(faults, s)
			within = deploying
		}
	}
	switch {
	case len(faults) != 1:
		b.errorAt("", "« quelle que soit l’étape du déploiement » demande une panne et une seule : ce scénario en a %d",
			"\"whatever the step of the deployment\" needs one fault and only one: this scenario has %d", len(faults))
	case faults[0].When.On != plan.OnNow:
		b.step = stepAt{line: faults[0].Line, col: b.file.indent(faults[0].Line)}
		b.errorAt("", "cette panne a déjà son moment : « quelle que soit l’étape du déploiement » (ligne %d) le choisit à sa place",
			"this fault has a moment already: \"whatever the step of the deployment\" (line %d) chooses it", line)
	case !within:
		b.errorAt("", "la panne doit survenir pendant un déploiement : il doit avoir démarré avant elle, et ne pas être fini",
			"the fault must strike during a deployment: it must have started before it, and not have ended").Hint =
			b.lang.say("ajoutez avant la panne « Quand le déploiement de la version \"…\" démarre »", "add before the fault: When deployment of release \"…\" starts")
	}
}
