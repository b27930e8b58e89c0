package analysis

import (
	"bascule/harness/history"
)

// verdict sums up, with the reasons why it is not a pass:
//
//	what voids the measurement          -> inconclusive, whatever was measured
//	an expectation or a runbook failed  -> fail
//	anything that could not be judged   -> inconclusive
//	no expectation at all               -> inconclusive: it asserts nothing
//	otherwise                           -> pass
func (j *judge) verdict(checks []Check, expect []Judged) (Verdict, []history.Text) {
	if reasons := voided(checks); len(reasons) > 0 {
		return Inconclusive, reasons
	}
	failures := j.runbookFailures()
	open := []history.Text{}
	for _, e := range expect {
		switch e.Verdict {
		case Fail:
			failures = append(failures, capital(e.Reason))
		case Inconclusive:
			open = append(open, say("« %s » n'a pas pu être jugé : %s", "“%s” could not be judged: %s", e.Text, e.Reason))
		}
	}
	if len(failures) > 0 {
		return Fail, failures // the procedures first: they are causes, what was expected are effects
	}
	for _, c := range checks {
		if !c.OK {
			open = append(open, say("Condition de mesure non remplie, « %s » : %s", "Precondition not met, “%s”: %s", c.Name, c.Detail))
		}
	}
	if len(expect) == 0 {
		open = append(open, say("Le scénario n'affirme rien : aucune phrase n'y dit ce qui doit être constaté", "The scenario asserts nothing: no sentence of it says what must be seen"))
	}
	if len(open) > 0 {
		return Inconclusive, open
	}
	return Pass, []history.Text{}
}

// voided lists the preconditions without which nothing counts. Where the stage
// itself did not stand, or the run was cut short, that explains all the others.
func voided(checks []Check) []history.Text {
	var roots, rest []history.Text
	for _, c := range checks {
		if c.OK || !voids(c.ID) {
			continue
		}
		t := say("Condition de mesure non remplie, « %s » : %s", "Precondition not met, “%s”: %s", c.Name, c.Detail)
		switch c.ID {
		case checkBaseline, checkEngine, checkInterrupted:
			roots = append(roots, t)
		default:
			rest = append(rest, t)
		}
	}
	if len(roots) > 0 {
		return roots
	}
	return rest
}

// runbookFailures tells which procedures failed, at which step, and why.
func (f *facts) runbookFailures() []history.Text {
	out := []history.Text{}
	for _, r := range f.runbooks {
		if !r.ended || r.outcome == "done" {
			continue
		}
		t := say("La procédure %s a échoué", "Runbook %s failed", r.id)
		err, why := r.err, history.Text{}
		for _, s := range r.steps {
			if s.ended && s.outcome == "failed" {
				t = say("La procédure %s a échoué à l'étape « %s »", "Runbook %s failed at step “%s”", r.id, s.title)
				if s.err != "" {
					err = s.err
				}
				why = s.why
				break
			}
		}
		if why != (history.Text{}) {
			t, err = say("%s : %s", "%s: %s", t, why), ""
		}
		out = append(out, because(t, err))
	}
	return out
}

// capital makes the first letter a capital.
func capital(t history.Text) history.Text {
	return history.Text{FR: upper(t.FR), EN: upper(t.EN)}
}

func upper(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
