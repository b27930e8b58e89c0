package analysis

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
)

// InfraRecord is one check, or one application, of a piece of infrastructure
// code, as the tool told it.
type InfraRecord struct {
	ID       string        `json:"id"` // in stage.yaml
	Do       string        `json:"do"` // check | apply
	Site     string        `json:"site"`
	Owner    history.Text  `json:"owner,omitzero"` // of the code, where one is named
	Tool     string        `json:"tool"`
	Version  string        `json:"version,omitempty"`
	Recorded string        `json:"recorded,omitempty"` // when the plan that was read was made; empty: the tool ran
	From     time.Duration `json:"from_ns"`
	To       time.Duration `json:"to_ns"` // 0: it did not end
	Matched  int           `json:"matched"`
	Changes  []InfraChange `json:"changes"`
	Err      string        `json:"err,omitempty"`
}

// InfraChange is one thing that is not simply as the code says.
type InfraChange struct {
	Status string       `json:"status"` // drift | not-applied | applied | failed | not-verified
	Target string       `json:"target"`
	What   string       `json:"what,omitempty"`
	Names  string       `json:"names,omitempty"`
	Where  string       `json:"where,omitempty"`
	Why    history.Text `json:"why,omitzero"`
}

// The statuses of a change.
const (
	infraDrift      = "drift"
	infraNotApplied = "not-applied"
	infraApplied    = "applied"
	infraFailed     = "failed"
	infraUnverified = "not-verified"
)

// count is how many changes have one of these statuses.
func (r InfraRecord) count(statuses ...string) (n int) {
	for _, c := range r.Changes {
		if slices.Contains(statuses, c.Status) {
			n++
		}
	}
	return n
}

// Trouble tells why nothing can be concluded from the record; empty where
// something can.
func (r InfraRecord) Trouble() history.Text {
	switch i := slices.IndexFunc(r.Changes, func(c InfraChange) bool { return c.Status == infraFailed }); {
	case r.Err != "":
		return because(say("%s n'a pas abouti", "%s did not succeed", r.tool()), r.Err)
	case r.To == 0:
		return say("%s n'est pas allé à son terme", "%s did not come to its end", r.tool())
	case i >= 0:
		c := r.Changes[i]
		return join2(say("%s, « %s »", "%s, “%s”", c.Target, c.What), c.Why)
	case r.Do == "check" && r.Matched == 0 && r.count(infraDrift, infraNotApplied) == 0:
		return say("%s n'a rien pu vérifier", "%s could verify nothing", r.tool())
	}
	return history.Text{}
}

// join2 puts a cause, in words, behind what it explains.
func join2(t, why history.Text) history.Text {
	if why.EN == "" {
		return t
	}
	return say("%s : %s", "%s: %s", t, why)
}

func (r InfraRecord) tool() string { return strings.TrimSpace(cmp.Or(r.Tool, r.ID) + " " + r.Version) }

// infrastructure reads the checks and applications off the events, in order.
func (f *facts) infrastructure() (out []InfraRecord) {
	for _, e := range f.events {
		last := lastWhere(out, func(r InfraRecord) bool { return r.ID == e.Subject && r.To == 0 })
		switch e.Kind {
		case history.InfraChecking, history.InfraApplying:
			r := InfraRecord{ID: e.Subject, Do: "check", Site: e.Attrs["site"], Owner: both(e, "owner"), Tool: e.Attrs["tool"], From: e.At, Changes: []InfraChange{}}
			if e.Kind == history.InfraApplying {
				r.Do = "apply"
			}
			out = append(out, r)
		case history.InfraChange:
			if a := e.Attrs; last != nil {
				last.Changes = append(last.Changes, InfraChange{Status: a["status"], Target: a["target"], What: a["what"], Names: a["names"], Where: a["where"], Why: both(e, "why")})
			}
		case history.InfraChecked, history.InfraApplied:
			if last == nil {
				continue
			}
			last.To, last.Err, last.Version, last.Recorded = e.At, e.Attrs["err"], e.Attrs["version"], e.Attrs["recorded"]
			last.Tool = cmp.Or(e.Attrs["tool"], last.Tool)
			// A number that cannot be read is none: nothing was verified.
			last.Matched, _ = strconv.Atoi(e.Attrs["matched"])
		}
	}
	return out
}

// lastChecks are the last check of each piece of a site's code ("" for every
// site), with whether it was applied since.
func lastChecks(all []InfraRecord, site string) (checks []InfraRecord, applied map[string]bool) {
	applied = map[string]bool{}
	for _, r := range all {
		switch {
		case site != "" && r.Site != site:
		case r.Do == "apply":
			applied[r.ID] = true
		default:
			applied[r.ID] = false
			if i := slices.IndexFunc(checks, func(c InfraRecord) bool { return c.ID == r.ID }); i >= 0 {
				checks[i] = r
				continue
			}
			checks = append(checks, r)
		}
	}
	return checks, applied
}

// infraMatches judges that a site is as its code says: by the last check of each
// piece of it.
func (j *judge) infraMatches(e history.Expectation) judged {
	checks, applied := lastChecks(j.infra, e.Site)
	if len(checks) == 0 {
		return unknown(history.Text{}, say("l'infrastructure de %s n'a pas été contrôlée", "the infrastructure of %s was not checked", j.siteTitle(e.Site)))
	}
	total := judged{verdict: Pass}
	for _, c := range checks {
		v := c.matches()
		if applied[c.ID] && v.verdict != Pass {
			v = unknown(v.measured, say("« %s » a été appliqué depuis, et n'a pas été contrôlé de nouveau", "“%s” was applied since, and was not checked again", c.ID))
		}
		total.verdict = worse(total.verdict, v.verdict)
		total.measured = join(total.measured, v.measured)
		total.reason = join(total.reason, v.reason)
	}
	return total
}

// matches judges one check.
func (r InfraRecord) matches() judged {
	if t := r.Trouble(); t != (history.Text{}) {
		return unknown(r.Measured(), say("« %s » : %s", "“%s”: %s", r.ID, t))
	}
	if n := r.count(infraDrift, infraNotApplied); n > 0 {
		first := r.Changes[slices.IndexFunc(r.Changes, func(c InfraChange) bool { return c.Status == infraDrift || c.Status == infraNotApplied })]
		t := say("« %s » : %s ; le premier : %s", "“%s”: %s, first %s", r.ID, some(n, "écart", "écarts", "difference", "differences"), first.words())
		return fail(r.Measured(), t)
	}
	return pass(r.Measured())
}

// Measured is a check in figures: "« lyon » (Ansible 2.14.18) : 3 points
// conformes, 1 écart, 2 non vérifiés".
func (r InfraRecord) Measured() history.Text {
	who := r.tool()
	t := say("« %s » (%s) : %s", "“%s” (%s): %s", r.ID, who, some(r.Matched, "point conforme", "points conformes", "point as its code says", "points as their code says"))
	if r.Recorded != "" {
		t = say("« %s » (%s, plan enregistré le %s) : %s", "“%s” (%s, plan recorded on %s): %s", r.ID, who, dayOf(r.Recorded),
			some(r.Matched, "point conforme", "points conformes", "point as its code says", "points as their code says"))
	}
	add := func(statuses []string, fr1, fr, en1, en string) {
		if n := r.count(statuses...); n > 0 {
			t = say("%s, %s", "%s, %s", t, some(n, fr1, fr, en1, en))
		}
	}
	add([]string{infraDrift}, "écart", "écarts", "difference", "differences")
	add([]string{infraNotApplied}, "point non appliqué", "points non appliqués", "point not applied", "points not applied")
	add([]string{infraApplied}, "point corrigé", "points corrigés", "point mended", "points mended")
	add([]string{infraFailed}, "échec", "échecs", "failure", "failures")
	add([]string{infraUnverified}, "non vérifié", "non vérifiés", "not verified", "not verified")
	return t
}

// dayOf is a recorded day in words, as it stands where it is none.
func dayOf(s string) history.Text {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return history.Day(t)
	}
	return history.Same(s)
}

// words is a change in words: "lyon/db, « Réglages de la base » (/etc/site.conf)".
func (c InfraChange) words() history.Text {
	t := history.Same(c.Target)
	if c.What != "" {
		t = say("%s, « %s »", "%s, “%s”", c.Target, c.What)
	}
	if c.Names != "" {
		t = say("%s (%s)", "%s (%s)", t, c.Names)
	}
	return t
}

// infraFindings tells what differs from the code, what was never applied, and
// what nobody can vouch for: by the last check of each piece. What an earlier one
// found counts where the last could not be concluded, and is told as mended where
// it was not found again.
func (j *judge) infraFindings() (out []Finding) {
	checks, _ := lastChecks(j.infra, "")
	for n, r := range j.infra {
		trouble := r.Trouble()
		if r.Do != "check" {
			if trouble != (history.Text{}) {
				out = append(out, Finding{Severity: serious, Code: "infra-apply-failed", Subject: r.Site, Owner: r.Owner,
					Text: say("« %s » n'a pas pu être appliqué : %s", "“%s” could not be applied: %s", r.ID, trouble)})
			}
			continue
		}
		if trouble != (history.Text{}) {
			out = append(out, Finding{Severity: minor, Code: "infra-not-checked", Subject: r.Site, Owner: r.Owner,
				Text: say("Infrastructure de %s, contrôle %s : %s", "Infrastructure of %s, check %s: %s", j.siteTitle(r.Site), at(r.From), trouble)})
		}
		last := checks[slices.IndexFunc(checks, func(c InfraRecord) bool { return c.ID == r.ID })]
		for _, c := range r.Changes {
			again := slices.ContainsFunc(last.Changes, func(l InfraChange) bool { return l.Status == c.Status && l.Target == c.Target && l.What == c.What })
			switch {
			case last.From == r.From:
				out = append(out, j.infraFinding(r, c)...)
			case again || c.Status != infraDrift && c.Status != infraNotApplied:
			case last.Trouble() == (history.Text{}):
				out = append(out, Finding{Severity: info, Code: "infra-mended", Subject: c.Target, Owner: j.infraOwner(r, c),
					Text: say("Écart constaté %s et corrigé pendant l'exercice : %s", "Difference found %s and mended in the exercise: %s", at(r.From), c.words())})
			case !concludedAfter(j.infra[n+1:], r.ID):
				out = append(out, j.infraFinding(r, c)...) // not known to be mended
			}
		}
	}
	return out
}

// concludedAfter tells whether a piece was checked again, to an end.
func concludedAfter(later []InfraRecord, id string) bool {
	return slices.ContainsFunc(later, func(r InfraRecord) bool {
		return r.ID == id && r.Do == "check" && r.Trouble() == (history.Text{})
	})
}

// infraFinding is a change of the last check as a finding.
func (j *judge) infraFinding(r InfraRecord, c InfraChange) []Finding {
	f := Finding{Subject: c.Target, Owner: j.infraOwner(r, c)}
	switch c.Status {
	case infraDrift:
		f.Severity, f.Code = serious, "infra-drift"
		f.Text = say("%s n'est plus conforme au code « %s » : %s", "%s no longer matches code “%s”: %s", c.Target, r.ID, c.words())
	case infraNotApplied:
		f.Severity, f.Code = serious, "infra-not-applied"
		f.Text = say("Le code « %s » demande ce qui n'a jamais été appliqué : %s", "Code “%s” asks for what was never applied: %s", r.ID, c.words())
	case infraUnverified:
		f.Severity, f.Code = info, "infra-not-verified"
		f.Text = join2(say("Non vérifié par « %s », %s", "Not verified by “%s”, %s", r.ID, c.words()), c.Why)
	default:
		return nil
	}
	return []Finding{f}
}

// infraOwner is who answers: who keeps the code, else the owners of the service.
func (j *judge) infraOwner(r InfraRecord, c InfraChange) history.Text {
	if r.Owner != (history.Text{}) {
		return r.Owner
	}
	_, service, _ := strings.Cut(c.Target, "/")
	return j.owner(service)
}

// infraUndone is the first planned check or application that was not done; empty
// where all were.
func (j *judge) infraUndone() history.Text {
	for _, r := range j.infra {
		if t := r.Trouble(); t != (history.Text{}) {
			return say("infrastructure « %s » : %s", "infrastructure “%s”: %s", r.ID, t)
		}
	}
	for do, planned := range map[string]int{"check": j.planned("infra-check"), "apply": j.planned("infra-apply")} {
		if n := len(slices.DeleteFunc(slices.Clone(j.infra), func(r InfraRecord) bool { return r.Do != do })); n < planned {
			return say("le contrôle ou l'application de l'infrastructure n'a pas commencé", "the check or the application of the infrastructure did not begin")
		}
	}
	return history.Text{}
}
