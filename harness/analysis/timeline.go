package analysis

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// timeline draws the run as lanes: what was done, what was broken, who decided,
// what people did, what state each site was in, when each function was down.
func (j *judge) timeline() Timeline {
	lanes := []Lane{
		{ID: "deployment", Name: say("Déploiement", "Deployment"), Spans: j.deploymentSpans()},
		{ID: "faults", Name: say("Pannes", "Faults"), Spans: j.faultSpans()},
		{ID: "decisions", Name: say("Décisions", "Decisions"), Spans: j.decisionSpans()},
		{ID: "runbook", Name: say("Procédure", "Runbook"), Spans: j.runbookSpans()},
	}
	states := j.states()
	for _, s := range j.h.Header.Own() {
		name := history.Same(cmp.Or(s.Title, s.ID))
		lanes = append(lanes, Lane{ID: "site:" + s.ID, Name: name, Spans: j.siteSpans(s.ID, states)})
	}
	for _, f := range j.functions {
		lane := Lane{ID: "service:" + f.ID, Name: f.Name}
		for _, i := range f.Interruptions {
			lane.Spans = append(lane.Spans, Span{
				From: i.From, To: i.To, Kind: "outage", Label: say("interruption", "outage"), Bad: true, Open: i.Open,
				Detail: say("%s, %s", "%s, %s", span(i.To-i.From), failedCalls(i.Failed)),
			})
		}
		lanes = append(lanes, lane)
	}
	for i := range lanes {
		if lanes[i].Spans == nil {
			lanes[i].Spans = []Span{}
		}
		slices.SortStableFunc(lanes[i].Spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	}
	return Timeline{End: j.end, Lanes: lanes}
}

// until is the end of something, or of the history where it did not end.
func (f *facts) until(end time.Duration, ended bool) time.Duration {
	if ended {
		return end
	}
	return f.end
}

func (j *judge) deploymentSpans() (out []Span) {
	for _, d := range j.deploys {
		out = append(out, j.phaseSpans(d, say("déploiement de %s", "deployment of %s", d.release))...)
	}
	for _, d := range j.rollbacks {
		out = append(out, j.phaseSpans(d, say("retour vers %s", "rollback to %s", d.release))...)
	}
	return out
}

// phaseSpans is a span a phase, or one of the whole where no phase was told.
func (j *judge) phaseSpans(d deployment, whole history.Text) (out []Span) {
	for _, p := range d.phases {
		out = append(out, Span{
			From: p.start, To: j.until(p.end, p.ended), Kind: "phase", Label: phaseTitle(p), Open: !p.ended,
			Bad: p.err != "", Detail: because(whole, p.err),
		})
	}
	if len(out) == 0 {
		out = append(out, Span{
			From: d.start, To: j.until(d.end, d.ended), Kind: "phase", Label: whole, Open: !d.ended,
			Bad: d.ended && d.outcome == "failed", Detail: because(outcomeName(d), d.err),
		})
	}
	return out
}

// phaseTitle is a phase of a deployment in words.
func phaseTitle(p phaseRun) history.Text {
	var t history.Text
	switch p.phase {
	case "prepare":
		t = say("préparation", "prepare")
	case "migrate":
		t = say("migration", "migrate")
	case "replace":
		t = say("remplacement", "replace")
	case "verify":
		t = say("vérification", "verify")
	case "switch":
		t = say("aiguillage du trafic", "switch")
	case "finish":
		t = say("clôture", "finish")
	default:
		return history.Same(p.name)
	}
	if k, n, ok := strings.Cut(p.count, "/"); ok && p.service != "" {
		return say("%[1]s de l'instance %[2]s sur %[3]s de « %[4]s »", "%[1]s %[4]s %[5]s", t, k, n, p.service, p.count)
	}
	if p.service != "" {
		return say("%s de « %s »", "%s %s", t, p.service)
	}
	return t
}

func (j *judge) faultSpans() (out []Span) {
	for _, x := range j.faults {
		detail := because(x.proof, "")
		if x.failed != "" {
			detail = because(say("sans effet, ou non levée", "without effect or not undone"), x.failed)
		}
		s := Span{From: x.injecting, Kind: "fault", Label: x.title, Detail: detail, Bad: x.failed != ""}
		s.To, s.Open = j.until(x.undoneAt, x.undone), x.in && !x.undone
		if !x.in {
			s.To = s.From
		}
		out = append(out, s)
		if x.bit {
			out = append(out, Span{From: x.bitAt, To: max(x.bitAt, s.To), Kind: "biting", Label: say("effet constaté", "effect seen"), Detail: x.proof})
		}
	}
	return out
}

func (j *judge) decisionSpans() (out []Span) {
	for _, e := range j.of(history.Detected) {
		out = append(out, Span{From: e.At, To: e.At, Kind: "detected", Label: say("alerte", "alarm"), Detail: history.Text{FR: e.Attrs["why_fr"], EN: e.Attrs["why_en"]}})
	}
	for _, d := range j.decisions {
		s := Span{From: d.asked, To: j.until(d.at, d.made || d.missed), Kind: "decision", Label: decisionName(d.kind), Detail: d.by, Bad: d.missed, Open: !d.made && !d.missed}
		if d.missed {
			s.Detail = say("personne n'a décidé", "nobody decided")
		}
		out = append(out, s)
	}
	return out
}

func (j *judge) runbookSpans() (out []Span) {
	for _, r := range j.runbooks {
		if len(r.steps) == 0 {
			out = append(out, Span{
				From: r.start, To: j.until(r.end, r.ended), Kind: "runbook", Label: say("%s, %s", "%s, %s", r.id, r.title),
				Detail: history.Same(r.err), Bad: r.ended && r.outcome != "done", Open: !r.ended,
			})
		}
		for _, s := range r.steps {
			kind := "step"
			if s.outcome == "skipped" {
				kind = "skipped"
			}
			out = append(out, Span{
				From: s.start, To: j.until(s.end, s.ended), Kind: kind, Label: s.title,
				Detail: because(s.owner, s.err), Bad: s.outcome == "failed", Open: !s.ended,
			})
		}
	}
	return out
}

func (j *judge) siteSpans(site string, states []stretch) (out []Span) {
	for _, s := range states {
		if s.site == site {
			out = append(out, Span{From: s.from, To: s.to, Kind: s.state, Label: stateName(s.state), Bad: s.state == "lost", Open: s.open})
		}
	}
	for _, s := range j.yes {
		if s.site == site {
			out = append(out, Span{From: s.from, To: s.to, Kind: "writable", Label: say("accepte les écritures", "takes writes"), Open: s.open})
		}
	}
	return out
}

func stateName(state string) history.Text {
	switch state {
	case "active":
		return say("actif", "active")
	case "standby":
		return say("en veille", "standby")
	case "lost":
		return say("perdu", "lost")
	case "fenced":
		return say("isolé", "fenced")
	}
	return history.Same(state)
}
