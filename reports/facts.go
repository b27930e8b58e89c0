package reports

import (
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// fact is a key figure in words: "18,24 s", "± 0,02 s", "objectif 30 s".
type fact struct {
	Name, Value, Error, Goal, Note string
	Verdict                        analysis.Verdict // of the expectation that judges it; empty where none does
}

// worst is the recovery that a manager asks about: one that never came, else
// the longest. Nil where no fault interrupted the function.
func worst(f analysis.Function) *analysis.Recovery {
	var w *analysis.Recovery
	for i := range f.Recoveries {
		r := &f.Recoveries[i]
		switch {
		case !r.Interrupted:
		case w == nil, w.Recovered && (!r.Recovered || r.Time > w.Time):
			w = r
		}
	}
	return w
}

func (t tongue) recoveryFact(r analysis.Result, f analysis.Function) fact {
	out := fact{Name: t.W.RecoveryTime, Verdict: judged(r, f.ID, history.ExpectRestored, history.ExpectNoInterrupt), Note: t.W.FromFault}
	if f.RTO > 0 {
		out.Goal = t.W.Goal + nbsp + t.span(f.RTO)
	} else {
		out.Goal = t.W.NoGoal
	}
	switch w := worst(f); {
	case len(f.Recoveries) == 0:
		out.Value, out.Note = t.W.NotApply, t.W.NoFault
	case w == nil:
		out.Value, out.Note = t.W.NotInterrupted, ""
	case !w.Recovered:
		out.Value = t.W.NotRecovered
	default:
		out.Value, out.Error = t.measured(w.Time, w.Error)
		if len(f.Recoveries) > 1 {
			out.Note = t.W.AcrossFaults
		}
	}
	return out
}

func (t tongue) lossFact(r analysis.Result, f analysis.Function) fact {
	out := fact{Name: t.W.LossFigure, Verdict: judged(r, f.ID, history.ExpectNothingLost, history.ExpectLossAtMost)}
	if f.RPOSet {
		out.Goal = t.W.Tolerated + nbsp + t.span(f.RPO)
	}
	switch {
	case !f.Loss.Known:
		out.Value = t.W.LossUnknown
	case f.Loss.Lost == 0:
		out.Value, out.Note = t.count(0, t.W.OneOp, t.W.ManyOps), t.W.NothingLost
	default:
		out.Value = t.count(f.Loss.Lost, t.W.OneOp, t.W.ManyOps)
		out.Note = t.W.LossSpan + " " + t.span(f.Loss.Span)
	}
	return out
}

func (t tongue) availabilityFact(r analysis.Result, f analysis.Function) fact {
	return fact{Name: t.W.Availability, Value: t.percent(f.Availability), Note: t.W.OverLoad,
		Verdict: judged(r, f.ID, history.ExpectAvailability)}
}

func (t tongue) interruptionFact(f analysis.Function) fact {
	out := fact{Name: t.W.Interruptions, Value: t.W.NoInterruption}
	var longest time.Duration
	failed := 0
	for _, i := range f.Interruptions {
		longest, failed = max(longest, i.To-i.From), failed+i.Failed
	}
	if n := len(f.Interruptions); n > 0 {
		out.Value = t.number(n)
		out.Note = t.count(failed, t.W.OneFailedOp, t.W.ManyFailedOps)
		out.Goal = t.W.Longest + nbsp + t.span(longest)
	}
	return out
}

// judged is the worst verdict among the expectations of these kinds on the
// function, or on every function.
func judged(r analysis.Result, function string, kinds ...history.Expect) analysis.Verdict {
	var v analysis.Verdict
	for _, e := range r.Expectations {
		if e.Function != "" && e.Function != function {
			continue
		}
		for _, k := range kinds {
			switch {
			case e.Kind != k:
			case v == "":
				v = known(e.Verdict)
			default:
				v = worse(v, e.Verdict)
			}
		}
	}
	return v
}

// faultTitle names an injection by its sentence.
func (t tongue) faultTitle(r analysis.Result, subject string) string {
	for _, f := range r.Record.Faults {
		if f.Subject == subject {
			if title := t.text(f.Title); title != "" {
				return title
			}
			return f.Fault + " " + f.Target
		}
	}
	return subject
}
