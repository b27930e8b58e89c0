package reports

import (
	"bascule/harness/analysis"
)

// decision is a decision gate in words.
type decision struct {
	What, Owner, Deputy, By, Requested, Delay, Deadline string
	Simulated, Missed, Late                             bool
}

// runbook is a procedure that was followed, step by step.
type runbook struct {
	Name, Title, Version, Hash, Time string
	Outcome                          verdict
	Err                              string
	Steps                            []step
}

type step struct {
	N, Title, Owner, At, Planned, Actual string
	Outcome                              verdict
	Err                                  string
}

func (t tongue) decisions(r analysis.Result) []decision {
	var out []decision
	for _, d := range r.Record.Decisions {
		v := decision{What: t.decisionName(d.Decision), Owner: t.text(d.Owner), Deputy: t.text(d.Deputy), By: t.text(d.By),
			Requested: t.instant(d.RequestedAt), Simulated: d.Simulated, Missed: d.Missed, Delay: t.W.NotApply, Deadline: t.W.NotApply}
		if d.Deadline > 0 {
			v.Deadline = t.span(d.Deadline)
		}
		if d.MadeAt > 0 {
			v.Delay = t.span(d.MadeAt - d.RequestedAt)
			v.Late = d.Deadline > 0 && d.MadeAt-d.RequestedAt > d.Deadline
		}
		out = append(out, v)
	}
	return out
}

func (t tongue) decisionName(what string) string {
	switch what {
	case "stop":
		return t.W.DecideStop
	case "failover":
		return t.W.DecideFailover
	case "failback":
		return t.W.DecideFailback
	case "rollback":
		return t.W.DecideRollback
	}
	return what
}

func (t tongue) runbooks(r analysis.Result) []runbook {
	var out []runbook
	for _, b := range r.Record.Runbooks {
		v := runbook{Name: b.Subject, Title: t.text(b.Title), Version: b.Version, Hash: b.SHA256, Outcome: t.outcome(b.Outcome), Err: b.Err}
		if b.To > b.From {
			v.Time = t.span(b.To - b.From)
		}
		for i, s := range b.Steps {
			x := step{N: t.number(i + 1), Title: t.text(s.Title), Owner: t.text(s.Owner), At: t.instant(s.From), Planned: t.W.NotApply,
				Actual: t.W.NotApply, Outcome: t.outcome(s.Outcome), Err: s.Err}
			if x.Title == "" {
				x.Title = s.Subject
			}
			if s.Planned > 0 {
				x.Planned = t.span(s.Planned)
			}
			switch {
			case s.Outcome == "skipped":
				x.At = t.W.NotApply
			case s.To >= s.From && s.Outcome != "":
				x.Actual = t.span(s.To - s.From)
			}
			v.Steps = append(v.Steps, x)
		}
		out = append(out, v)
	}
	return out
}

// outcome is the end of a step or of a runbook. What the history does not tell
// is not a failure.
func (t tongue) outcome(o string) verdict {
	switch o {
	case "done":
		return verdict{"pass", t.W.StepDone}
	case "failed":
		return verdict{"fail", t.W.StepFailed}
	case "skipped":
		return verdict{"skipped", t.W.StepSkipped}
	}
	return verdict{"inconclusive", t.W.StepOpen}
}
