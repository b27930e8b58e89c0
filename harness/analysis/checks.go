package analysis

import (
	"cmp"
	"strconv"
	"time"

	"bascule/harness/history"
)

// The preconditions of a measurement, in the order in which they are told.
const (
	checkBaseline    = "baseline"
	checkLoad        = "load"
	checkFaults      = "faults"
	checkSteps       = "steps"
	checkLastWrite   = "last-write"
	checkReadback    = "readback"
	checkEngine      = "engine"
	checkInterrupted = "interrupted"
	checkCleanup     = "cleanup"
)

// voids tells the preconditions without which nothing that was measured means
// anything, not even a failure.
func voids(id string) bool {
	switch id {
	case checkBaseline, checkLoad, checkFaults, checkEngine, checkInterrupted:
		return true
	}
	return false
}

const (
	leastHealthy = 0.99 // share of the operations before the exercise that must be acknowledged
	leastSent    = 0.95 // share of the intended operations that must have been sent
	longestLag   = 50 * time.Millisecond
)

func good(id string, name, detail history.Text) Check {
	return Check{ID: id, Name: name, OK: true, Detail: detail}
}

func bad(id string, name, detail history.Text) Check {
	return Check{ID: id, Name: name, Detail: detail}
}

// checks judges whether the measurement can be trusted.
func (j *judge) checks() []Check {
	out := []Check{j.checkBaseline(), j.checkLoad(), j.checkFaults(), j.checkSteps(), j.checkLastWrite()}
	if j.asksForLoss() {
		out = append(out, j.checkReadback())
	}
	return append(out, j.checkEngine(), j.checkInterrupted(), j.checkCleanup())
}

func (j *judge) checkBaseline() Check {
	name := say("Le service était sain avant l'exercice", "The service was healthy before the exercise")
	if failed := j.of(history.BaselineFailed); len(failed) > 0 {
		why := both(failed[0], "why")
		if why == (history.Text{}) {
			why = because(say("l'état stable n'a pas été atteint", "the steady state was not reached"), failed[0].Attrs["err"])
		}
		return bad(checkBaseline, name, why)
	}
	for fn, w := range j.watches {
		if len(j.faults)+len(j.deploys) == 0 {
			break // nothing was done: how the service fares is what is measured
		}
		if ok, n := w.healthyBefore(j.calmUntil()); n > 0 && float64(ok) < leastHealthy*float64(n) {
			return bad(checkBaseline, name, say("fonction « %s » : %s seulement des opérations acquittées avant que rien n'ait été fait",
				"function “%s”: only %s of the operations acknowledged before anything was done", j.h.Header.Functions[fn].Name, percent(share(ok, n))))
		}
	}
	for _, e := range j.of(history.BaselineHealthy) {
		return good(checkBaseline, name, say("état stable constaté %s", "steady state seen %s", at(e.At)))
	}
	return bad(checkBaseline, name, say("aucun contrôle de l'état stable n'a abouti", "no check of the steady state was completed"))
}

// healthyBefore counts the operations that were sent before t, and those of them
// that were acknowledged.
func (w *watch) healthyBefore(t time.Duration) (acked, n int) {
	for k := 0; k < w.len() && w.intended(k) < t; k++ {
		if w.done(k) >= t || w.notSent(k) {
			continue // not over by then, or a fault of the load
		}
		n++
		if w.acked(k) {
			acked++
		}
	}
	return acked, n
}

// notSent tells whether the generator had no room to send the operation.
func (w *watch) notSent(k int) bool { return w.ops.Err(w.i(k)) == "overrun" }

func (j *judge) checkLoad() Check {
	name := say("La charge a tenu son débit", "The load reached its rate")
	var details []history.Text
	for fn, w := range j.watches {
		f := j.h.Header.Functions[fn]
		l := j.loads[f.ID]
		if w.len() == 0 && l == nil && f.Rate == 0 {
			continue
		}
		detail, ok := loadOf(f, l, w)
		if !ok {
			return bad(checkLoad, name, detail)
		}
		details = append(details, detail)
	}
	if len(details) == 0 {
		return Check{ID: checkLoad, Name: name, OK: !j.asksForLoad(), Detail: say("aucune charge n'a été appliquée", "no load was applied")}
	}
	return good(checkLoad, name, join(details...))
}

// loadOf judges the load of one function, by what the generator says of itself
// and by what it recorded: the worse counts.
func loadOf(f history.Function, l *load, w *watch) (history.Text, bool) {
	n := w.len()
	if n == 0 {
		return say("fonction « %s » : aucune opération n'a été envoyée", "function “%s”: no operation was sent", f.Name), false
	}
	intended, sent := n, 0
	lag := newLatencies(judgedDigits)
	for k := range n {
		if !w.notSent(k) {
			sent++
			lag.record(w.sent(k) - w.intended(k))
		}
	}
	late := lag.summary().p99
	rate := f.Rate
	if l != nil {
		if l.counted {
			intended, sent = max(intended, l.intended), min(sent, l.sent)
		}
		late = max(late, l.lagP99)
		rate = cmp.Or(l.rate, rate)
	}
	real := rate
	if d := w.intended(n-1) - w.intended(0); d > 0 {
		real = float64(n-1) / d.Seconds()
	}
	detail := say("fonction « %s » : %s opérations envoyées sur %s prévues, %s par seconde, retard d'envoi de %s au 99ᵉ centile",
		"function “%s”: %s operations sent of %s intended, %s a second, sent %s late at the 99th percentile",
		f.Name, count(sent), count(intended), trim(number(real, 1)), span(late))
	switch {
	case float64(sent) < leastSent*float64(intended):
		return say("%s (il en faut %s)", "%s (%s are needed)", detail, percent(100*leastSent)), false
	case real < leastSent*rate:
		return say("%s (débit voulu : %s)", "%s (wanted rate: %s)", detail, trim(number(rate, 1))), false
	case late >= longestLag:
		return say("%s (limite : %s, sans quoi la charge n'est pas régulière)", "%s (limit: %s, or else the load is not even)", detail, span(longestLag)), false
	}
	return detail, true
}

func (j *judge) checkFaults() Check {
	name := say("Chaque panne a eu son effet", "Each fault took effect")
	bit, probed := 0, 0
	for _, x := range j.faults {
		if x.probe != "" { // what it did not show makes its own line inconclusive
			probed++
			continue
		}
		switch {
		case x.failed != "":
			return bad(checkFaults, name, x.trouble())
		case !x.in:
			return bad(checkFaults, name, say("la panne « %s » n'a pas été mise en place", "fault “%s” was not put in force", x.title))
		case !x.bit:
			return bad(checkFaults, name, say("l'effet de la panne « %s » n'a pas été constaté", "no effect of fault “%s” was seen", x.title))
		}
		bit++
	}
	if n := j.planned("fault") - j.plannedProbes(); bit < n {
		return bad(checkFaults, name, say("%s au plan, %s", "%s in the plan, %s", some(n, "panne", "pannes", "fault", "faults"),
			some(bit, "mise en place", "mises en place", "put in force", "put in force")))
	}
	if probed > 0 {
		return j.probesBit(name, bit)
	}
	if bit == 0 {
		return good(checkFaults, name, say("aucune panne n'était prévue", "no fault was planned"))
	}
	return good(checkFaults, name, say("%s, effet constaté", "%s, effect seen", some(bit, "panne", "pannes", "fault", "faults")))
}

// trouble is what went wrong with a fault, in words where the recorder had some.
func (x fault) trouble() history.Text {
	t := say("panne « %s »", "fault “%s”", x.title)
	if x.nobite {
		t = say("la panne « %s » n'a pas eu d'effet constaté", "fault “%s” did not bite: no effect of it was seen", x.title)
	}
	if x.why != (history.Text{}) {
		return say("%s : %s", "%s: %s", t, x.why)
	}
	return because(t, x.failed)
}

// planned counts the planned steps of a kind.
func (j *judge) planned(do string) (n int) {
	for _, s := range j.h.Header.Steps {
		if s.Do == do {
			n++
		}
	}
	return n
}

func (j *judge) checkSteps() Check {
	name := say("Chaque action prévue a été menée à son terme", "Each planned action came to its end")
	for _, d := range j.deploys {
		if !d.ended {
			return bad(checkSteps, name, say("le déploiement de %s n'est pas terminé", "the deployment of %s did not end", d.release))
		}
	}
	for _, d := range j.rollbacks {
		if !d.ended {
			return bad(checkSteps, name, say("le retour vers %s n'est pas terminé", "the rollback to %s did not end", d.release))
		}
	}
	purposes := map[string]int{}
	for _, r := range j.runbooks {
		purposes[r.purpose]++
		if !r.ended {
			return bad(checkSteps, name, say("la procédure %s n'est pas terminée", "runbook %s did not end", r.id))
		}
	}
	stops := 0
	for _, d := range j.decisions {
		if d.kind == "stop" {
			stops++
		}
	}
	for _, p := range []struct {
		do   string
		done int
		what history.Text
	}{
		{"deploy", len(j.deploys), say("le déploiement", "the deployment")},
		{"stop", stops, say("l'arrêt du déploiement", "the stop of the deployment")},
		{"rollback", len(j.rollbacks), say("le retour arrière", "the rollback")},
		{"failover", purposes["failover"], say("la bascule", "the failover")},
		{"failback", purposes["failback"], say("la bascule retour", "the failback")},
		{"procedure", purposes["procedure"], say("la procédure", "the procedure")},
	} {
		if n := j.planned(p.do); p.done < n {
			return bad(checkSteps, name, say("%s figure %s au plan et a commencé %s",
				"%s is in the plan %s and began %s", p.what, times(n), times(p.done)))
		}
	}
	if t := j.infraUndone(); t != (history.Text{}) {
		return bad(checkSteps, name, t)
	}
	return good(checkSteps, name, say("toutes les actions prévues ont eu lieu", "all planned actions took place"))
}

func (j *judge) checkLastWrite() Check {
	name := say("Une dernière écriture a réussi", "A last write succeeded")
	var details []history.Text
	for fn, w := range j.watches {
		k := w.len() - 1
		for k >= 0 && w.ops.Kind(w.i(k)) != history.Write {
			k--
		}
		f := j.h.Header.Functions[fn]
		if k < 0 {
			continue
		}
		if w.acked(k) {
			details = append(details, say("fonction « %s » : acquittée %s", "function “%s”: acknowledged %s", f.Name, at(w.done(k))))
			continue
		}
		if n := len(w.outages); n > 0 && !w.outages[n-1].closed && w.end()-w.outages[n-1].fromAt >= w.stability {
			details = append(details, say("fonction « %s » : non, mais son arrêt est mesuré", "function “%s”: no, but that it is down is measured", f.Name))
			continue
		}
		return bad(checkLastWrite, name, say("la dernière écriture de la fonction « %s » n'a pas été acquittée", "the last write of function “%s” was not acknowledged", f.Name))
	}
	if len(details) == 0 {
		details = append(details, say("aucune écriture", "no write"))
	}
	return good(checkLastWrite, name, join(details...))
}

func (j *judge) checkReadback() Check {
	name := say("Les données ont été relues", "The data were read back")
	for _, e := range j.of(history.ReadbackDone) {
		if err := e.Attrs["err"]; err != "" {
			return bad(checkReadback, name, because(say("relecture de « %s »", "read-back of “%s”", e.Subject), err))
		}
	}
	for fn, w := range j.watches {
		if w.len() > 0 && !j.functions[fn].Loss.Known {
			return bad(checkReadback, name, say("aucune relecture pour la fonction « %s »", "no read-back for function “%s”", j.h.Header.Functions[fn].Name))
		}
	}
	var from []history.Text
	for _, s := range j.ledger.Loss.Sources {
		from = append(from, history.Same(s))
	}
	if len(from) == 0 {
		return bad(checkReadback, name, say("aucune relecture", "no read-back"))
	}
	return good(checkReadback, name, list(from))
}

func (j *judge) checkEngine() Check {
	name := say("Le moteur et le réseau d'essai ont tenu", "The engine and the test network held")
	for _, e := range j.of(history.EngineBroke) {
		return bad(checkEngine, name, because(say("le moteur ou le réseau d'essai n'a plus répondu %s", "the engine or the test network stopped answering %s", at(e.At)), e.Attrs["err"]))
	}
	return good(checkEngine, name, say("aucune défaillance", "no failure"))
}

func (j *judge) checkInterrupted() Check {
	name := say("L'exercice est allé à son terme", "The exercise was not cut short")
	for _, e := range j.of(history.Interrupted) {
		return bad(checkInterrupted, name, because(say("interrompu %s", "interrupted %s", at(e.At)), e.Attrs["signal"]))
	}
	if !j.h.Complete {
		return bad(checkInterrupted, name, say("l'enregistrement s'arrête net %s : le programme a été tué, ou l'exercice dure encore",
			"the record breaks off %s: the program was killed, or the exercise is still going on", at(j.end)))
	}
	return good(checkInterrupted, name, say("enregistrement complet", "complete record"))
}

func (j *judge) checkCleanup() Check {
	name := say("Rien ne reste de la plateforme", "Nothing is left of the stage")
	down := j.of(history.StageDown)
	if len(down) == 0 {
		return bad(checkCleanup, name, say("la plateforme n'a pas été démontée", "the stage was not taken down"))
	}
	e := down[len(down)-1]
	if e.Attrs["kept"] == "true" {
		return good(checkCleanup, name, say("gardée en place à la demande", "kept on request"))
	}
	if n, err := strconv.Atoi(e.Attrs["left"]); err != nil || n != 0 {
		return bad(checkCleanup, name, because(say("objets qui restent dans le moteur : %s", "objects left in the engine: %s", cmp.Or(e.Attrs["left"], "?")), e.Attrs["err"]))
	}
	if err := e.Attrs["err"]; err != "" {
		return bad(checkCleanup, name, because(say("le démontage a échoué", "taking it down failed"), err))
	}
	return good(checkCleanup, name, say("tout a été retiré", "all of it was removed"))
}

// asksForLoss tells whether an expectation is about data.
func (j *judge) asksForLoss() bool {
	for _, e := range j.h.Header.Expect {
		switch e.Kind {
		case history.ExpectLossAtMost, history.ExpectNothingLost, history.ExpectNothingTwice:
			return true
		}
	}
	return false
}

// asksForLoad tells whether an expectation needs operations to judge by.
func (j *judge) asksForLoad() bool {
	for _, e := range j.h.Header.Expect {
		switch e.Kind {
		case history.ExpectRestored, history.ExpectAvailability, history.ExpectLatency, history.ExpectNoInterrupt,
			history.ExpectBearsServices, history.ExpectBearsLinks, history.ExpectReturns:
			return true
		}
	}
	return j.asksForLoss()
}
