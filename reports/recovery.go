package reports

import (
	"fmt"
	"html/template"
	"time"

	"bascule/harness/analysis"
)

// recovery is a recovery time as a bar with its parts.
type recovery struct {
	Function, Fault string
	Value, Error    string
	Goal            string
	GoalStyle       template.CSS // where the target stands on the bar; empty when it lies beyond it
	ErrorStyle      template.CSS // the interval that holds the true value
	Parts           []part
	Notes           []string
	Recovered       bool
}

// part is a stretch of the recovery, from the end of the one before.
type part struct {
	N, Name, Means, At, Time, Share string
	Class                           string
	Style                           template.CSS
	Narrow                          bool // no room for its number
	Counted                         bool // stability is shown but not part of the recovery time
}

// recoveries are the bars of a scenario: one for each fault that interrupted a
// function.
func (t tongue) recoveries(r analysis.Result) []recovery {
	var out []recovery
	for _, f := range r.Functions {
		for _, rec := range f.Recoveries {
			if rec.Interrupted && !probed(r, rec.Fault) { // a probe has a table of its own
				out = append(out, t.recovery(r, f, rec))
			}
		}
	}
	return out
}

func (t tongue) recovery(r analysis.Result, f analysis.Function, rec analysis.Recovery) recovery {
	out := recovery{Function: t.text(f.Name), Fault: t.faultTitle(r, rec.Fault), Recovered: rec.Recovered, Value: t.W.NotRecovered}
	end := max(rec.StableAt, rec.FirstAt)
	if rec.Recovered {
		out.Value, out.Error = t.measured(rec.Time, rec.Error)
	} else {
		end = max(r.Timeline.End, rec.FaultAt+time.Millisecond)
	}
	width := end - rec.FaultAt
	if f.RTO > 0 {
		out.Goal = t.W.GoalMark + nbsp + t.span(f.RTO)
		if f.RTO <= 4*width {
			width = max(width, f.RTO*104/100)
			out.GoalStyle = bar(0, f.RTO, width)
		}
	}
	if rec.Recovered && rec.Error > 0 {
		out.ErrorStyle = bar(max(rec.Time-rec.Error, 0), min(rec.Time+rec.Error, width), width)
	}
	out.Parts = t.parts(rec, end, width)
	if rec.DetectedAt == 0 || rec.Recovered && rec.DetectedAt > rec.FirstAt {
		out.Notes = append(out.Notes, t.W.NotDetected)
	}
	if rec.DecidedAt == 0 {
		out.Notes = append(out.Notes, t.W.NotDecided)
	}
	return out
}

// parts cuts the recovery at the instants that are known. One that came after
// the service was back had no share in it.
func (t tongue) parts(rec analysis.Recovery, end, width time.Duration) []part {
	back := rec.FirstAt
	if !rec.Recovered {
		back = end
	}
	type cut struct {
		name, means, class string
		at                 time.Duration
	}
	cuts := []cut{{t.W.Detect, t.W.DetectMeans, "detect", rec.DetectedAt}, {t.W.Decide, t.W.DecideMeans, "decide", rec.DecidedAt},
		{t.W.Act, t.W.ActMeans, "act", rec.ActedAt}}
	if rec.Recovered {
		cuts = append(cuts, cut{t.W.FirstSuccess, t.W.FirstMeans, "first", rec.FirstAt}, cut{t.W.Stable, t.W.StableMeans, "stable", rec.StableAt})
	} else {
		cuts = append(cuts, cut{t.capital(t.W.NotRecovered), t.W.NeverMeans, "never", back})
	}
	var out []part
	from := rec.FaultAt
	for _, c := range cuts {
		if c.at <= from || c.at > back && c.class != "stable" {
			continue
		}
		p := part{N: fmt.Sprint(len(out) + 1), Narrow: c.at-from < width*25/1000, Name: c.name, Means: c.means, Class: c.class, At: t.instant(c.at), Time: t.span(c.at - from),
			Style: bar(from-rec.FaultAt, c.at-rec.FaultAt, width), Counted: c.class != "stable"}
		if total := back - rec.FaultAt; p.Counted && total > 0 {
			p.Share = t.share(float64(c.at-from) / float64(total))
		}
		out = append(out, p)
		from = c.at
	}
	return out
}

// share is a part of a whole; a small one is not nothing.
func (t tongue) share(f float64) string {
	if f > 0 && f < 0.01 {
		return "<" + nbsp + "1" + t.percentSign()
	}
	return t.decimal(100*f, 0, true) + t.percentSign()
}

// bar places a stretch on a bar of the given width.
func bar(from, to, width time.Duration) template.CSS {
	if width <= 0 {
		width = 1
	}
	return template.CSS(fmt.Sprintf("left:%.3f%%;width:%.3f%%", 100*float64(from)/float64(width), 100*float64(to-from)/float64(width)))
}
