package analysis

import (
	"time"

	"bascule/harness/history"
)

// restored judges the return from every fault: at the end of Within, counted
// from the fault (or from the detection, or the decision), the function must be
// back for good. A second interruption that begins within that time counts.
func (j *judge) restored(e history.Expectation, fn int) judged {
	list := j.recoveries[fn]
	if len(list) == 0 {
		return unknown(history.Text{}, say("aucune panne n'a eu lieu : il n'y a pas de rétablissement à mesurer", "no fault took place: there is no recovery to measure"))
	}
	total := judged{verdict: Pass}
	for _, r := range list {
		v := r.restored(e)
		if len(list) > 1 && v.measured != (history.Text{}) {
			v.measured = say("panne « %s » : %s", "fault “%s”: %s", r.title, v.measured)
		}
		total.verdict = worse(total.verdict, v.verdict)
		total.measured = join(total.measured, v.measured)
		total.reason = join(total.reason, v.reason)
	}
	return total
}

func (r recovery) restored(e history.Expectation) judged {
	if !r.Interrupted {
		if !r.seen {
			return unknown(history.Text{}, say("la charge s'est arrêtée trop tôt après la panne « %s »", "the load ended too soon after fault “%s”", r.title))
		}
		return pass(say("aucune interruption", "no interruption"))
	}
	start := r.FaultAt
	switch e.From {
	case "detection":
		start = r.DetectedAt
	case "decision":
		start = r.DecidedAt
	}
	if start == 0 && e.From != "" && e.From != "fault" {
		return unknown(history.Text{}, say("le délai court à partir d'un instant qui n'a pas été constaté (%s)",
			"the clock starts at an instant that was not seen (%s)", clockName(e.From)))
	}
	m := r
	for _, again := range r.later {
		if again.beganAt-start <= e.Within {
			m = again
		}
	}
	want := span(e.Within)
	if !m.Recovered {
		return m.notBack(e, start)
	}
	took := m.FirstAt - start
	measured := interval(took, m.Error)
	switch {
	case took+m.Error <= e.Within:
		return pass(measured)
	case took-m.Error > e.Within:
		return fail(measured, say("rétablie en %s, attendu %s", "restored in %s, expected %s", measured, want))
	}
	return unknown(measured, say("rétablie en %s, attendu %s : l'écart est plus petit que l'erreur de mesure",
		"restored in %s, expected %s: the difference is smaller than the measurement error", measured, want))
}

// notBack judges a function of which no stable return was seen.
func (r recovery) notBack(e history.Expectation, start time.Duration) judged {
	waited := r.lastSeen - start
	if r.candidate > 0 && r.candidate-start <= e.Within {
		return unknown(history.Text{}, say("de retour au bout de %s, mais la charge s'est arrêtée avant que ce soit stable",
			"back after %s, but the load ended before that was stable", span(r.candidate-start)))
	}
	measured := say("pas de retour stable en %s", "no stable return within %s", span(waited))
	if waited > e.Within {
		return fail(measured, say("pas rétablie, attendu %s", "not restored, expected %s", span(e.Within)))
	}
	return unknown(measured, say("pas rétablie au bout de %s, et la charge s'est arrêtée avant les %s attendues",
		"not restored after %s, and the load ended before the expected %s", span(waited), span(e.Within)))
}

func clockName(from string) history.Text {
	if from == "detection" {
		return say("la détection", "detection")
	}
	return say("la décision", "the decision")
}

// available judges the share of operations that were acknowledged.
func (j *judge) available(e history.Expectation, fn int) judged {
	s, ok := j.phaseStats(e.Phase, j.h.Header.Functions[fn].ID)
	if !ok {
		return j.emptyPhase(e.Phase)
	}
	measured := say("%s (%s opérations acquittées sur %s, %s)", "%s (%s operations acknowledged of %s, %s)",
		percent(s.Availability), count(s.Acked), count(s.Intended), phaseName(e.Phase))
	if s.Availability >= e.Percent {
		return pass(measured)
	}
	return fail(measured, say("disponibilité de %s, attendu au moins %s", "availability of %s, expected at least %s", percent(s.Availability), percent(e.Percent)))
}

func (j *judge) emptyPhase(name string) judged {
	return unknown(history.Text{}, say("aucune opération %s : rien à mesurer", "no operation %s: nothing to measure", phaseName(name)))
}

// quick judges the share of the answers that came in time. Only acknowledged
// operations are answers.
func (j *judge) quick(e history.Expectation, fn int) judged {
	p := j.all
	if e.Phase != "" && e.Phase != phaseAll {
		p = phase{}
		for _, x := range j.phases {
			if x.name == e.Phase {
				p = x
			}
		}
	}
	w := j.watches[fn]
	answers, intime := 0, 0
	for k := w.from(p.from); k < w.len() && (w.intended(k) < p.to || p == j.all); k++ {
		if !w.acked(k) {
			continue
		}
		answers++
		if w.done(k)-w.intended(k) <= e.Within {
			intime++
		}
	}
	if answers == 0 {
		return j.emptyPhase(e.Phase)
	}
	got := share(intime, answers)
	measured := say("%s en moins de %s (%s réponses, %s)", "%s within %s (%s answers, %s)", percent(got), span(e.Within), count(answers), phaseName(e.Phase))
	if got >= e.Percent {
		return pass(measured)
	}
	return fail(measured, say("%s des réponses en moins de %s, attendu au moins %s", "%s of the answers within %s, expected at least %s",
		percent(got), span(e.Within), percent(e.Percent)))
}

// uninterrupted judges the longest interruption after the first fault, or of the
// whole load where there was no fault.
func (j *judge) uninterrupted(e history.Expectation, fn int) judged {
	w := j.watches[fn]
	from := w.intended(0)
	if faults := j.injected(); len(faults) > 0 {
		from = faults[0].injecting
		if w.end() <= from {
			return unknown(history.Text{}, say("la charge s'est arrêtée avant la panne", "the load ended before the fault"))
		}
	}
	var longest time.Duration
	var worst Interruption
	n := 0
	for _, i := range j.functions[fn].Interruptions {
		if i.To <= from {
			continue
		}
		n++
		if d := i.To - i.From; d > longest || n == 1 {
			longest, worst = d, i
		}
	}
	for _, r := range j.recoveries[fn] {
		if n == 0 && !r.seen {
			return unknown(history.Text{}, say("la charge s'est arrêtée trop tôt après la panne « %s »", "the load ended too soon after fault “%s”", r.title))
		}
	}
	if n == 0 {
		return pass(say("aucune interruption", "no interruption"))
	}
	measured := say("%s, la plus longue de %s, %s", "%s, the longest of %s, %s", some(n, "interruption", "interruptions", "interruption", "interruptions"), span(longest), at(worst.From))
	if e.Within > 0 && longest <= e.Within {
		return pass(measured)
	}
	if e.Within == 0 {
		return fail(measured, say("interrompue pendant %s, %s (%s)", "interrupted for %s, %s (%s)", span(longest), at(worst.From), failedCalls(worst.Failed)))
	}
	return fail(measured, say("interrompue pendant %s, attendu au plus %s", "interrupted for %s, expected at most %s", span(longest), span(e.Within)))
}

func failedCalls(n int) history.Text {
	return some(n, "opération en échec", "opérations en échec", "operation failed", "operations failed")
}
