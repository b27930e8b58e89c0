package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// play is what was measured once.
type play struct {
	Verdict   analysis.Verdict `json:"verdict"` // of the scenario
	Time      time.Duration    `json:"time_ns"`
	Error     time.Duration    `json:"error_ns"`
	Recovered bool             `json:"recovered"`
	Acked     int              `json:"acked"`
	Lost      int              `json:"lost"`
	Span      time.Duration    `json:"lost_span_ns"`
	Findings  []string         `json:"findings,omitempty"` // codes
	Stayed    bool             `json:"stayed,omitempty"`   // the former primary leads at the end
	Leaders   int              `json:"leaders"`            // how often a site began to take writes; 2: one took over from the other
	Again     bool             `json:"again,omitempty"`    // no sentinel won the first vote
	Wrong     []string         `json:"wrong,omitempty"`    // where it is not as predicted
	Defect    bool             `json:"defect,omitempty"`   // the known defect explains what is wrong
}

// measured tells whether the play says anything.
func (p play) measured() bool { return p.Verdict != analysis.Inconclusive }

// agrees tells whether the play is as predicted, or as a known defect has it.
func (p play) agrees() bool { return p.measured() && (len(p.Wrong) == 0 || p.Defect) }

// judge holds a result against the prediction.
func (t trial) judge(p prediction, r analysis.Result) play {
	out := play{Verdict: r.Verdict}
	for _, f := range r.Findings {
		if !slices.Contains(out.Findings, f.Code) {
			out.Findings = append(out.Findings, f.Code)
		}
	}
	if r.Verdict == analysis.Inconclusive {
		for _, reason := range r.Reasons {
			out.Wrong = append(out.Wrong, plain(reason.EN))
		}
		return out
	}
	if len(r.Functions) != 1 || len(r.Functions[0].Recoveries) == 0 {
		out.Wrong = append(out.Wrong, "no fault of one function was measured")
		return out
	}
	fn := r.Functions[0]
	last := fn.Recoveries[len(fn.Recoveries)-1]
	out.Time, out.Error, out.Recovered = last.Time, last.Error, last.Recovered
	out.Acked, out.Lost, out.Span = fn.Loss.Acked, fn.Loss.Lost, fn.Loss.Span
	out.Stayed, out.Leaders = stayed(r.Header, fn.Loss), leaders(r)
	late := "" // as the known defect has it
	if !p.Unhurt {
		switch {
		case !last.Recovered:
			out.Wrong = append(out.Wrong, "service did not come back")
		case p.Retry > 0 && last.Time+last.Error > p.Most && last.Time-last.Error <= p.Most+p.Retry:
			out.Again = true
		case t.defect != "" && out.Leaders > 2 && last.Time-last.Error > p.Most && last.Time-last.Error <= p.Most+p.Taken:
			late = fmt.Sprintf("back in %s, predicted %s", seconds(last.Time), p.span())
		case last.Time+last.Error < p.Least || last.Time-last.Error > p.Most:
			out.Wrong = append(out.Wrong, fmt.Sprintf("back in %s, predicted %s", seconds(last.Time), p.span()))
		}
	}
	losses := p.lossWrong(fn.Loss)
	if p.Loss == some && p.Retry > 0 && out.Stayed && fn.Loss.Known && fn.Loss.Acked > 0 && fn.Loss.Lost == 0 {
		// The cut was over before the next vote: nobody was promoted, so that
		// nothing was acknowledged in vain.
		out.Again, losses = true, ""
	}
	lossy := losses != "" && fn.Loss.Lost > 0
	out.Defect = t.defect != "" && len(out.Wrong) == 0 && (lossy || losses == "" && late != "")
	for _, what := range []string{late, losses} {
		if what != "" {
			out.Wrong = append(out.Wrong, what)
		}
	}
	for _, e := range r.Expectations {
		// What a known defect loses, the scenario's own sentence says as well.
		if e.Verdict == analysis.Fail && !(out.Defect && (e.Kind == history.ExpectNothingLost || e.Kind == history.ExpectRestored)) {
			out.Wrong = append(out.Wrong, fmt.Sprintf("“%s” failed: %s", e.Kind, plain(e.Reason.EN)))
			out.Defect = false
		}
	}
	return out
}

// stayed tells that the rows were read where the primary was at the start: there
// is the store that takes writes at the end.
func stayed(h history.Header, l analysis.Loss) bool {
	return slices.ContainsFunc(h.Sites, func(s history.Site) bool {
		return s.Role == "primary" && slices.ContainsFunc(l.Sources, func(source string) bool {
			return strings.HasPrefix(source, "store ") && strings.HasSuffix(source, " @ "+s.ID)
		})
	})
}

// leaders counts how often a site's store began to take writes.
func leaders(r analysis.Result) (n int) {
	for _, lane := range r.Timeline.Lanes {
		for _, s := range lane.Spans {
			if s.Kind == "writable" {
				n++
			}
		}
	}
	return n
}

// lossWrong tells how a loss is not as documented; "" where it is.
func (p prediction) lossWrong(l analysis.Loss) string {
	switch {
	case !l.Known || l.Acked == 0:
		return "what was lost is not known"
	case p.Loss == none && l.Lost > 0:
		return fmt.Sprintf("%d of %d acknowledged writes lost (%s), documented: none", l.Lost, l.Acked, seconds(l.Span))
	case p.Loss == some && l.Lost == 0:
		return "nothing lost, where the documentation says that there is a loss"
	case p.Loss != none && l.Span > p.Within:
		return fmt.Sprintf("%s of writes lost, documented: at most %s", seconds(l.Span), seconds(p.Within))
	}
	return ""
}

func (p prediction) span() string {
	if p.Unhurt {
		return "served on"
	}
	return fmt.Sprintf("%.1f to %.1f s", p.Least.Seconds(), p.Most.Seconds())
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// plain replaces the spaces of typography.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s)), " ")
}
