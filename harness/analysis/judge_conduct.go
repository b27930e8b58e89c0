package analysis

import (
	"cmp"
	"slices"

	"bascule/harness/history"
)

// oneActive judges that no two sites took writes at once.
func (j *judge) oneActive() judged {
	if len(j.split) > 0 {
		return fail(j.splitText(), j.splitText())
	}
	var silent []history.Text
	for _, s := range j.h.Header.Own() {
		if !j.probed[s.ID] {
			silent = append(silent, history.Same(j.siteTitle(s.ID)))
		}
	}
	if len(silent) > 0 {
		return unknown(history.Text{}, say("la sonde n'a pas pu se prononcer sur : %s", "the probe could not tell anything of: %s", list(silent)))
	}
	if len(j.h.Header.Own()) == 0 {
		return unknown(history.Text{}, say("aucun site n'est connu", "no site is known"))
	}
	return pass(say("jamais deux sites en écriture à la fois", "never two sites taking writes at once"))
}

// splitText tells the first overlap and how many there were.
func (j *judge) splitText() history.Text {
	o := j.split[0]
	both := []string{o.a, o.b}
	slices.SortFunc(both, func(a, b string) int { return cmp.Compare(j.siteNumber(a), j.siteNumber(b)) })
	t := say("%s et %s acceptaient tous deux les écritures pendant %s, %s", "%s and %s both took writes for %s, %s",
		j.siteTitle(both[0]), j.siteTitle(both[1]), span(o.to-o.from), at(o.from))
	if n := len(j.split) - 1; n > 0 {
		t = say("%s, puis encore %s", "%s, and again %s", t, times(n))
	}
	return t
}

// stopped judges that the deployment was stopped, by whom, and how soon after
// the first fault (after the deployment's start where there was none).
func (j *judge) stopped(e history.Expectation) judged {
	if len(j.deploys) == 0 {
		return unknown(history.Text{}, say("aucun déploiement n'a commencé", "no deployment began"))
	}
	start, origin := j.deploys[0].start, say("le début du déploiement", "the deployment's start")
	if faults := j.injected(); len(faults) > 0 {
		start, origin = faults[0].injected, say("la panne", "the fault")
	}
	i := slices.IndexFunc(j.decisions, func(d decision) bool { return d.kind == "stop" && d.made })
	if i < 0 {
		if slices.ContainsFunc(j.decisions, func(d decision) bool { return d.kind == "stop" && d.missed }) {
			return fail(say("personne n'a décidé", "nobody decided"), say("personne n'a prononcé l'arrêt avant l'échéance", "nobody ordered the stop before the deadline"))
		}
		return fail(say("aucune décision d'arrêt", "no decision to stop"), say("l'arrêt du déploiement n'a pas été prononcé", "the stop of the deployment was not ordered"))
	}
	d := j.decisions[i]
	took := d.at - start
	measured := say("arrêt prononcé par « %s », %s après %s", "stop ordered by “%s”, %s after %s", d.by, span(took), origin)
	if e.Who != "" && !same(e.Who, d.by.FR) && !same(e.Who, d.by.EN) {
		return fail(measured, say("arrêt prononcé par « %s », attendu de « %s »", "stop ordered by “%s”, expected of “%s”", d.by, e.Who))
	}
	if e.Within > 0 && took > e.Within {
		return fail(measured, say("arrêt prononcé au bout de %s, attendu %s", "stop ordered after %s, expected %s", span(took), span(e.Within)))
	}
	if !slices.ContainsFunc(j.deploys, func(d deployment) bool { return d.outcome == "stopped" }) {
		last := j.deploys[len(j.deploys)-1]
		return fail(measured, because(say("l'arrêt a été prononcé mais le déploiement n'a pas été arrêté (%s)", "the stop was ordered but the deployment was not stopped (%s)", outcomeName(last)), last.err))
	}
	return pass(measured)
}

func outcomeName(d deployment) history.Text {
	switch {
	case !d.ended:
		return say("inachevé", "unfinished")
	case d.outcome == "done":
		return say("mené à son terme", "done")
	case d.outcome == "stopped":
		return say("arrêté", "stopped")
	}
	return say("échoué", "failed")
}

// deployed judges that a deployment reached its end.
func (j *judge) deployed(e history.Expectation) judged {
	release := cmp.Or(e.Release, j.h.Header.Target)
	for _, d := range slices.Backward(j.deploys) {
		if d.release != release {
			continue
		}
		measured := say("déploiement de %s %s", "deployment of %s %s", release, outcomeName(d))
		switch {
		case d.ended && d.outcome == "done":
			return pass(say("déployée %s", "deployed %s", at(d.end)))
		case !d.ended && !j.h.Complete:
			return unknown(measured, say("l'enregistrement s'arrête avant la fin du déploiement", "the record ends before the deployment did"))
		}
		return fail(measured, because(measured, d.err))
	}
	return fail(say("pas de déploiement de %s", "no deployment of %s", release), say("la version %s n'a pas été déployée", "release %s was not deployed", release))
}

// noFailover judges that nobody failed over.
func (j *judge) noFailover() judged {
	for _, r := range j.runbooks {
		if r.purpose == "failover" {
			t := say("la procédure %s a été lancée %s", "runbook %s was started %s", r.id, at(r.start))
			return fail(t, t)
		}
	}
	if !j.h.Complete {
		return unknown(history.Text{}, say("l'enregistrement s'arrête avant la fin de l'exercice", "the record ends before the exercise did"))
	}
	return pass(say("aucune bascule", "no failover"))
}

// liveRelease judges which release is live at the end.
func (j *judge) liveRelease(e history.Expectation) judged {
	var sites []string
	for _, s := range j.h.Header.Own() {
		if e.Site == "" || same(e.Site, s.ID) || same(e.Site, s.Title) {
			sites = append(sites, s.ID)
		}
	}
	if len(sites) == 0 {
		return unknown(history.Text{}, say("le site « %s » n'est pas connu", "site “%s” is not known", e.Site))
	}
	if !j.h.Complete {
		return unknown(history.Text{}, say("l'enregistrement s'arrête avant la fin de l'exercice", "the record ends before the exercise did"))
	}
	total := judged{verdict: Pass}
	for _, s := range sites {
		release, whole := j.live(s)
		name := j.siteTitle(s)
		seen := say("%s : version %s", "%s: release %s", name, release)
		if !whole {
			seen = say("%s : versions mêlées, un déploiement ou un retour arrière n'est pas allé au bout", "%s: releases mixed, a deployment or rollback did not reach its end", name)
		}
		total.measured = join(total.measured, seen)
		if release != e.Release || !whole {
			total.verdict = Fail
			total.reason = join(total.reason, say("%s, attendu %s", "%s, expected %s", seen, e.Release))
		}
	}
	return total
}

// servedBy judges which site serves at the end.
func (j *judge) servedBy(e history.Expectation) judged {
	if !j.h.Complete {
		return unknown(history.Text{}, say("l'enregistrement s'arrête avant la fin de l'exercice", "the record ends before the exercise did"))
	}
	active := j.activeSite()
	if active == "" {
		t := say("aucun site ne sert les clients", "no site serves the clients")
		return fail(t, t)
	}
	measured := say("%s sert les clients", "%s serves the clients", j.siteTitle(active))
	if same(e.Site, active) || same(e.Site, j.siteTitle(active)) {
		return pass(measured)
	}
	return fail(measured, say("%s, attendu %s", "%s, expected %s", measured, j.siteTitle(e.Site)))
}
