package analysis

import (
	"time"

	"bascule/harness/history"
)

// of is the lines of some kinds.
func (r *Resilience) of(kinds ...history.Lost) (out []LossLine) {
	for _, l := range r.Lines {
		for _, k := range kinds {
			if l.Of == k {
				out = append(out, l)
			}
		}
	}
	return out
}

// cell is how a function bore the loss.
func (l LossLine) cell(function string) (Bearing, bool) {
	for _, c := range l.Cells {
		if c.Function == function {
			return c, true
		}
	}
	return Bearing{}, false
}

// bears judges how a function bore what a probe took away.
func (j *judge) bears(e history.Expectation, fn int) judged {
	if j.resilience == nil {
		return unknown(history.Text{}, say("rien n'a été sondé", "nothing was probed"))
	}
	kinds := []history.Lost{history.LostService, history.LostInstance, history.LostLink}
	switch e.Kind {
	case history.ExpectBearsServices:
		kinds = kinds[:2]
	case history.ExpectBearsLinks:
		kinds = kinds[2:]
	}
	lines := j.resilience.of(kinds...)
	if len(lines) == 0 {
		return unknown(history.Text{}, say("rien de tel n'a été sondé", "nothing of the kind was probed"))
	}
	f := j.h.Header.Functions[fn]
	var cells []Bearing
	total := judged{verdict: Pass}
	for _, l := range lines {
		c, ok := l.cell(f.ID)
		if !ok {
			continue
		}
		cells = append(cells, c)
		v := c.borne(e.Kind, f)
		total.verdict = worse(total.verdict, v.verdict)
		if v.verdict != Pass {
			total.reason = join(total.reason, say("perte de %s, %s", "loss of %s, %s", lossNamed(l), v.reason))
		}
	}
	total.measured = sumUp(cells)
	return total
}

// lossNamed is a loss with who answers for what was lost.
func lossNamed(l LossLine) history.Text {
	target := arrow(l.Target)
	if l.Owner == (history.Text{}) {
		return history.Same(target)
	}
	return say("%s (responsable : %s)", "%s (owner: %s)", target, l.Owner)
}

// borne judges one cell. A function that came back only once the thing was
// repaired was down for no longer than the probe had it; one that did not come
// back bears nothing.
func (b Bearing) borne(kind history.Expect, f history.Function) judged {
	gone := say("toujours pas revenue %s après la panne", "still not back %s after the fault", span(b.Watched))
	switch {
	case b.Effect == EffectUnknown || b.Return == ReturnUnknown:
		return unknown(history.Text{}, b.Why)
	case kind == history.ExpectReturns && b.Return == ReturnNot:
		return fail(history.Text{}, gone)
	case kind == history.ExpectReturns:
		return pass(history.Text{})
	case b.Return == ReturnNot && b.Watched > f.RTO:
		return fail(history.Text{}, gone)
	case b.Return == ReturnNot:
		return unknown(history.Text{}, say("%s, objectif %s : la suite n'a pas été observée", "%s, target %s: what came then was not observed", gone, span(f.RTO)))
	case b.Effect != Down:
		return pass(history.Text{})
	case f.RTO == 0:
		return unknown(history.Text{}, say("à l'arrêt pendant %s, et la fonction n'a pas de délai de rétablissement", "down for %s, and the function has no RTO", interval(b.Time, b.Error)))
	case b.Time-b.Error > f.RTO:
		return fail(history.Text{}, say("à l'arrêt pendant %s, objectif %s", "down for %s, target %s", interval(b.Time, b.Error), span(f.RTO)))
	case b.Time+b.Error > f.RTO:
		return unknown(history.Text{}, say("à l'arrêt pendant %s, objectif %s : l'écart est plus petit que l'erreur de mesure",
			"down for %s, target %s: the difference is smaller than the measurement error", interval(b.Time, b.Error), span(f.RTO)))
	}
	return pass(history.Text{})
}

// sumUp counts the cells of a function by effect.
func sumUp(cells []Bearing) history.Text {
	n := map[Effect]int{}
	var longest time.Duration
	stuck := 0
	for _, c := range cells {
		n[c.Effect]++
		if c.Return == ReturnNot {
			stuck++
		}
		if c.Effect == Down {
			longest = max(longest, c.Time)
		}
	}
	out := some(len(cells), "perte", "pertes", "loss", "losses")
	add := func(n int, fr, en string) {
		if n > 0 {
			out = say("%s, "+fr, "%s, "+en, out, count(n))
		}
	}
	add(n[Unaffected], "%s sans effet", "%s without effect")
	add(n[Degraded], "%s en mode dégradé", "%s degraded")
	add(n[Down], "%s à l'arrêt", "%s down")
	add(stuck, "%s sans retour", "%s without return")
	add(n[EffectUnknown], "%s sans conclusion", "%s inconclusive")
	if longest > 0 {
		out = say("%s (au plus %s)", "%s (%s at most)", out, span(longest))
	}
	return out
}

// plannedProbes counts the parts of probes in the plan.
func (j *judge) plannedProbes() (n int) {
	for _, s := range j.h.Header.Steps {
		if s.Probe != nil {
			n++
		}
	}
	return n
}

// probesBit tells of the faults of a probe: one that took no effect voids its own
// line only.
func (j *judge) probesBit(name history.Text, bit int) Check {
	n, ok := j.plannedProbes(), 0
	for _, x := range j.faults {
		if x.probe != "" && x.in && x.bit {
			ok++
		}
	}
	detail := say("sondage : %s sur %s, effet constaté", "probe: %s of %s, effect seen", count(ok), some(n, "perte", "pertes", "loss", "losses"))
	if bit > 0 {
		detail = join(some(bit, "panne, effet constaté", "pannes, effet constaté", "fault, effect seen", "faults, effect seen"), detail)
	}
	if ok == 0 && n > 0 {
		return bad(checkFaults, name, detail)
	}
	return good(checkFaults, name, detail)
}

// ofProbe tells the faults of a probe from others.
func (j *judge) ofProbe(id string) bool { return j.injectionOf(id).probe != "" }
