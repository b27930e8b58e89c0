package steps

import (
	"bascule/harness/history"
	"bascule/harness/plan"
)

// finish checks a scenario as a whole, once its steps are in.
func (b *builder) finish() {
	b.step = stepAt{line: b.sc.Line, col: b.file.indent(b.sc.Line)}
	if b.stage == nil {
		if !b.lost {
			b.ready()
		}
		return
	}
	if b.sc.Live == "" && !failed(b.diags) {
		b.liveByDefault()
	}
	if !failed(b.diags) {
		b.sweepable()
	}
	b.expectations()
	b.snapshots()
}

// liveByDefault is the only release there is; else the scenario must tell.
func (b *builder) liveByDefault() {
	if _, said := b.ruled["live"]; said {
		return
	}
	if len(b.stage.Releases) == 1 {
		b.sc.Live = b.stage.Releases[0].Version
		return
	}
	b.errorAt("", "ce scénario ne dit pas quelle version est en production", "this scenario does not say which release is live").Hint =
		b.lang.say("ajoutez « Et que la version \"…\" est en production sur les deux sites »", "add: And release \"…\" is live on both sites")
}

// expectations looks for those that cannot be judged, or that quarrel.
func (b *builder) expectations() {
	var nothingLost *history.Expectation
	tolerated := 0
	for i, e := range b.sc.Expect {
		b.step = stepAt{line: e.Line, col: b.file.indent(e.Line)}
		switch e.Kind {
		case history.ExpectNothingLost:
			nothingLost = &b.sc.Expect[i]
		case history.ExpectLossAtMost:
			if e.Within > 0 {
				tolerated = e.Line
			}
		case history.ExpectRestored:
			if !b.faulted {
				b.errorAt("", "aucune panne dans ce scénario : le temps de reprise n’aurait pas de départ", "no fault in this scenario: the recovery time would have no start")
			} else if e.From == "decision" && !b.decides() {
				b.errorAt("", "aucune décision dans ce scénario : le temps de reprise n’aurait pas de départ", "no decision in this scenario: the recovery time would have no start")
			}
		case history.ExpectNoMissing:
			if !b.leaves() {
				b.warn("", "rien ne coupe le site nominal ni ne déplace le service : ce qui manquerait sans lui ne se verra pas",
					"nothing cuts the primary site off or moves service away from it: what would be missing without it will not show")
			}
		case history.ExpectNoInterrupt:
			if !b.faulted {
				b.warn("", "aucune panne dans ce scénario : rien n’interrompt le service", "no fault in this scenario: nothing interrupts the service")
			}
		}
	}
	if nothingLost == nil {
		return
	}
	b.step = stepAt{line: nothingLost.Line, col: b.file.indent(nothingLost.Line)}
	if tolerated > 0 {
		b.warn("", "« aucune opération acquittée n’est perdue » est plus sévère que la perte tolérée à la ligne %d", "\"no acknowledged operation is lost\" is stricter than the loss tolerated on line %d", tolerated)
		return
	}
	for _, f := range b.sc.Functions {
		if f.RPOSet && f.RPO > 0 {
			b.warn("", "« aucune opération acquittée n’est perdue » est plus sévère que le point de rétablissement de « %s » (%s)",
				"\"no acknowledged operation is lost\" is stricter than the RPO of %q (%s)", f.Name.In(string(b.lang)), b.lang.length(f.RPO))
			return
		}
	}
}

// decides tells whether somebody decides something.
func (b *builder) decides() bool {
	for _, s := range b.sc.Steps {
		switch s.Do {
		case plan.DoStop, plan.DoFailover, plan.DoFailback:
			return true
		}
	}
	return false
}
