package reports

import (
	"strings"

	"bascule/harness/analysis"
)

// infraView is a check, or an application, of a piece of infrastructure code.
type infraView struct {
	Sign     verdict
	What, At string
	Found    string
	Trouble  string
	Changes  []infraChange
}

type infraChange struct {
	Sign                verdict
	Target, What, Where string
	Names, Why          string
}

// infrastructure tells how far the sites were from their code, check by check.
func (t tongue) infrastructure(r analysis.Result) []infraView {
	var out []infraView
	for _, i := range r.Infrastructure {
		v := infraView{What: t.W.InfraCheck, At: t.instant(i.From), Found: t.text(i.Measured()), Trouble: t.text(i.Trouble()), Sign: verdict{Class: "pass", Word: t.W.InfraMatches}}
		if i.Do == "apply" {
			v.What, v.Sign.Word = t.W.InfraApply, t.W.InfraApplied
		}
		for _, c := range i.Changes {
			sign := t.infraSign(c.Status)
			v.Changes = append(v.Changes, infraChange{Sign: sign, Target: c.Target, What: c.What, Names: c.Names, Where: c.Where, Why: t.text(c.Why)})
			if sign.Class == "fail" {
				v.Sign = verdict{Class: "fail", Word: t.W.InfraDiffers}
			}
		}
		if v.Trouble != "" {
			v.Sign = verdict{Class: "inconclusive", Word: strings.ToLower(t.W.Inconclusive)}
		}
		out = append(out, v)
	}
	return out
}

// infraSign is a status of a change as style and word.
func (t tongue) infraSign(status string) verdict {
	switch status {
	case "drift":
		return verdict{Class: "fail", Word: t.W.InfraDrift}
	case "not-applied":
		return verdict{Class: "fail", Word: t.W.InfraNotApplied}
	case "applied":
		return verdict{Class: "pass", Word: t.W.InfraMended}
	case "failed":
		return verdict{Class: "inconclusive", Word: t.W.StepFailed}
	}
	return verdict{Class: "skipped", Word: t.W.InfraUnverified}
}
