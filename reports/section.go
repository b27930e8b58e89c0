package reports

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// section is a scenario in the page, in the language of its feature.
type section struct {
	ID, Lang, Name, File string
	W                    words
	Verdict              verdict
	Subtitle             string
	Reasons              []string
	Functions            []functionView
	Findings             []finding
	Expectations         []expectation
	Charts               []chart
	Recoveries           []recovery
	Topology             template.HTML
	Dependencies         *dependencyView
	Hits                 []hit
	Decisions            []decision
	Runbooks             []runbook
	Ledger, Fates        []tally
	LossKnown, Disagree  bool
	Sources, Examples    string
	LossByPhase          []pair
	Phases               []phaseRow
	Preconditions        []condition
	Source               string
	Environment          []pair
	NotRun, Limits       []string
	Incomplete           bool
	Bearings             *bearings // nil: nothing was probed
	Infrastructure       []infraView
}

type functionView struct {
	Name, Owner, MTPD string
	Facts             []factView
}

type factView struct {
	fact
	Sign *verdict
}

type finding struct{ Class, Word, Text, Owner string }

type expectation struct {
	Verdict                    verdict
	Sentence, Measured, Reason string
	Line                       int
}

type condition struct {
	Verdict            verdict
	Name, Word, Detail string
}

type hit struct{ N, Title, Target, At, Proof, Canary, Until, Err string }

type tally struct {
	Name, Count, Means string
	Bad                bool
}

type phaseRow struct {
	Name, Function, Window, Rate, Intended, Availability, P50, P95, P99, Max string
}

func sectionOf(id string, m Model, r analysis.Result) section {
	t := newTongue(r.Header.Language)
	h := r.Header
	s := section{ID: id, Lang: t.lang, W: t.W, Name: h.Name, File: fmt.Sprintf("%s:%d", h.Feature, h.Line), Verdict: t.sign(r.Verdict),
		Subtitle: t.subtitle(h), Topology: t.topology(r), Source: strings.TrimRight(h.Source, " \n\r\t"),
		Incomplete: !r.Complete, NotRun: h.NotRun, Limits: t.limits(h)}
	for _, reason := range r.Reasons {
		s.Reasons = append(s.Reasons, t.text(reason))
	}
	if len(s.Reasons) == 0 && known(r.Verdict) == analysis.Pass {
		s.Reasons = []string{t.W.PassReason}
	}
	for _, f := range r.Functions {
		s.Functions = append(s.Functions, t.function(r, f))
	}
	for _, f := range r.Findings {
		s.Findings = append(s.Findings, finding{Class: severityClass(f.Severity), Word: t.severity(f.Severity), Text: t.text(f.Text), Owner: t.text(f.Owner)})
	}
	for _, e := range r.Expectations {
		s.Expectations = append(s.Expectations, expectation{Verdict: t.sign(e.Verdict), Sentence: e.Text, Line: e.Line,
			Measured: t.text(e.Measured), Reason: t.text(e.Reason)})
	}
	for _, p := range r.Preconditions {
		c := condition{Verdict: verdict{Class: "pass", Word: t.W.CheckOK}, Name: t.text(p.Name), Detail: t.text(p.Detail)}
		if !p.OK {
			c.Verdict = verdict{Class: "fail", Word: t.W.CheckBad}
		}
		s.Preconditions = append(s.Preconditions, c)
	}
	s.Charts = t.charts(r)
	s.Recoveries = t.recoveries(r)
	s.Bearings = t.bearings(r)
	s.Hits = t.hits(r)
	s.Dependencies = t.dependencies(r)
	s.Decisions = t.decisions(r)
	s.Runbooks = t.runbooks(r)
	s.Infrastructure = t.infrastructure(r)
	t.ledger(&s, r)
	s.Phases = t.phases(r)
	s.Environment = t.environment(m.Run, r)
	return s
}

func severityClass(s string) string {
	if s == "serious" || s == "minor" {
		return s
	}
	return "info"
}

// subtitle tells the stage and what was deployed: "Prise de commandes · 1.4.0 → 1.5.0".
func (t tongue) subtitle(h history.Header) string {
	out := t.text(h.StageName)
	if out == "" {
		out = h.Stage
	}
	switch {
	case h.Live != "" && h.Target != "":
		out += " · " + h.Live + " → " + h.Target
	case h.Live != "":
		out += " · " + h.Live
	}
	return out
}

func (t tongue) function(r analysis.Result, f analysis.Function) functionView {
	v := functionView{Name: t.text(f.Name), Owner: t.text(f.Owner)}
	if v.Name == "" {
		v.Name = f.ID
	}
	if f.MTPD > 0 {
		v.MTPD = t.span(f.MTPD)
	}
	for _, x := range []fact{t.recoveryFact(r, f), t.lossFact(r, f), t.availabilityFact(r, f), t.interruptionFact(f)} {
		fv := factView{fact: x}
		if x.Verdict != "" {
			sign := t.sign(x.Verdict)
			fv.Sign = &sign
		}
		v.Facts = append(v.Facts, fv)
	}
	return v
}

// charts are the whole run and, where the trouble takes a small part of it,
// that part again on an axis of its own.
func (t tongue) charts(r analysis.Result) []chart {
	end := r.Timeline.End
	if end <= 0 {
		end = r.Duration
	}
	if n := len(r.Series); n > 0 {
		end = max(end, r.Series[n-1].At+r.BucketWidth)
	}
	if end <= 0 {
		return nil
	}
	out := []chart{t.chartOf(r, 0, end, t.W.ChartTitle)}
	if from, to, ok := trouble(r); ok {
		pad := max((to-from)*12/100, 200*time.Millisecond)
		from, to = max(from-pad, 0), min(to+pad, end)
		if to-from < end*55/100 {
			out = append(out, t.chartOf(r, from, to, t.W.ChartZoomTitle))
		}
	}
	return out
}

// trouble is the window from the first fault to the last return, or to the end
// of the last runbook.
func trouble(r analysis.Result) (from, to time.Duration, ok bool) {
	from = -1
	for _, f := range r.Functions {
		for _, rec := range f.Recoveries {
			if from < 0 || rec.FaultAt < from {
				from = rec.FaultAt
			}
			to = max(to, rec.StableAt, rec.FirstAt, rec.FaultAt)
		}
		for _, i := range f.Interruptions {
			to = max(to, i.To)
		}
	}
	for _, b := range r.Record.Runbooks {
		to = max(to, b.To)
	}
	return from, to, from >= 0 && to > from
}

func (t tongue) hits(r analysis.Result) []hit {
	var out []hit
	for i, f := range r.Record.Faults {
		h := hit{N: fmt.Sprint(i + 1), Title: t.text(f.Title), Target: f.Target, Proof: t.text(f.Proof), Canary: t.canary(f.Canary), Err: f.Err}
		if h.Title == "" {
			h.Title = f.Fault
		}
		if f.Params != "" {
			h.Target += " (" + f.Params + ")"
		}
		if f.InjectedAt > 0 {
			h.At = t.instant(f.InjectedAt)
		}
		if f.RecoveredAt > 0 {
			h.Until = t.instant(f.RecoveredAt)
		}
		out = append(out, h)
	}
	return out
}

func (t tongue) ledger(s *section, r analysis.Result) {
	l, w := r.Ledger, t.W
	s.Ledger = []tally{{w.Acked, t.number(l.Acked), w.AckedMeans, false}, {w.Rejected, t.number(l.Rejected), w.RejectedMeans, false},
		{w.UnknownOps, t.number(l.Unknown), w.UnknownMeans, false}, {w.Intended, t.number(l.Intended),
			t.count(l.Writes, strings.ToLower(w.OneWrite), strings.ToLower(w.Writes)) + ", " + t.count(l.Reads, strings.ToLower(w.OneRead), strings.ToLower(w.Reads)), false}}
	s.LossKnown, s.Disagree = l.Loss.Known, l.Loss.Disagree
	if !l.Loss.Known {
		return
	}
	x := l.Loss
	s.Fates = []tally{{w.Lost, t.number(x.Lost), w.LostMeans, x.Lost > 0}, {w.Duplicated, t.number(x.Duplicated), w.DuplicatedMeans, x.Duplicated > 0},
		{w.Resurrected, t.number(x.Resurrected), w.ResurrectedMeans, x.Resurrected > 0},
		{w.UnknownPresent, t.number(x.UnknownIn), w.UnknownPresentMeans, false}, {w.UnknownAbsent, t.number(x.UnknownOut), w.UnknownAbsentMeans, false}}
	s.Sources = strings.Join(x.Sources, ", ")
	var ids []string
	for _, id := range x.Examples {
		ids = append(ids, fmt.Sprintf("%s-%d", r.Header.Prefix, id))
	}
	s.Examples = strings.Join(ids, ", ")
	for _, p := range []string{"before", "deploying", "failing", "recovered"} {
		if n := x.ByPhase[p]; n > 0 {
			s.LossByPhase = append(s.LossByPhase, pair{Name: t.phase(p), Value: t.number(n)})
		}
	}
}

func (t tongue) phases(r analysis.Result) []phaseRow {
	names := map[string]string{}
	for _, f := range r.Functions {
		names[f.ID] = t.text(f.Name)
	}
	summed := slices.ContainsFunc(r.Phases, func(p analysis.PhaseStats) bool { return p.Function == "" })
	var out []phaseRow
	for _, p := range r.Phases {
		if p.Function != "" && summed && len(r.Functions) < 2 {
			continue // the same figures as those of all functions
		}
		row := phaseRow{Name: t.phase(p.Phase), Function: names[p.Function], Window: t.instant(p.From) + " – " + t.instant(p.To),
			Intended: t.number(p.Intended), Availability: t.percent(p.Availability), Rate: t.decimal(p.Rate, 1, true) + nbsp + t.W.PerSecond,
			P50: t.W.NotApply, P95: t.W.NotApply, P99: t.W.NotApply, Max: t.W.NotApply}
		if p.Acked > 0 {
			row.P50, row.P95, row.P99, row.Max = t.span(p.P50), t.span(p.P95), t.span(p.P99), t.span(p.Max)
		}
		out = append(out, row)
	}
	return out
}

func (t tongue) environment(run Run, r analysis.Result) []pair {
	h := r.Header
	all := []pair{{t.W.ScenarioID, h.Scenario, true}, {t.W.StageWord, h.Stage, true}, {t.W.LiveRelease, h.Live, true}, {t.W.TargetRelease, h.Target, true},
		{t.W.Started, t.date(h.Started), false}, {t.W.Lasted, t.span(r.Duration), false}, {t.W.Seed, fmt.Sprint(h.Seed), true},
		{t.W.Stability, t.span(h.Stability), false}, {t.W.IDPrefix, h.Prefix, true}, {t.W.FileHash, h.SHA256, true},
		{t.W.Engine, run.Engine, false}, {t.W.Version, run.Version, false}, {t.W.Reproduce, run.Command, true}}
	var out []pair
	for _, p := range all {
		if p.Value != "" {
			out = append(out, p)
		}
	}
	return out
}
