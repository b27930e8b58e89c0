package reports

import (
	"html/template"
	"strings"
	"time"

	"bascule/harness/analysis"
)

// Sizes of a chart, in its own units.
const (
	gutter    = 158.0 // names, left of the plot
	rowHeight = 22.0
	barHeight = 16.0
	laneGap   = 9.0
	panelGap  = 42.0
	rightEdge = chartWidth - 14.0
)

// chart is a drawing and the legend of the numbers in it.
type chart struct {
	Title   string
	SVG     template.HTML
	Numbers []numbered
	States  []swatch // what the patterns of the lanes stand for
}

// numbered explains a number that stands in for a label without room.
type numbered struct {
	Lane  string
	Items []numberedItem
}

type numberedItem struct{ N, Label string }

// swatch is an entry of a legend.
type swatch struct{ Class, Name string }

// chartOf draws lanes, throughput and latency over one window of the run.
//
//	      fault |            | restored        marks
//	lane  [====|====]        |                 lanes
//	op/s  ▇▇▇▇▇|▒▒▒▒▒▒▒▒▒▒▒▒▇|▇▇▇▇             throughput, the outage shaded
//	ms    ──────/\           |─────            latency
//	      0 s      30 s      60 s              axis
func (t tongue) chartOf(r analysis.Result, from, to time.Duration, title string) chart {
	a := axis{from: from, to: to, left: gutter, right: rightEdge}
	lanes := &canvas{}
	y, out := 4.0, chart{Title: title}
	top, marks := y, t.marks(r, a)
	y = t.drawMarks(lanes, marks, a, y) + 4
	for _, lane := range r.Timeline.Lanes {
		if len(lane.Spans) == 0 && !isSite(lane) && !isService(lane) {
			continue // nothing was deployed, nobody was asked
		}
		var legend numbered
		y, legend = t.drawLane(lanes, lane, a, y)
		if len(legend.Items) > 0 {
			out.Numbers = append(out.Numbers, legend)
		}
	}
	panels := y
	series := thin(r, a)
	if len(series) > 0 {
		y = t.drawThroughput(lanes, series, a, y+panelGap)
		y = t.drawLatency(lanes, series, a, y+panelGap)
	}
	bottom := y + 4
	c := &canvas{w: chartWidth, h: bottom + 40}
	t.drawGround(c, r, a, top, bottom)
	guides(c, marks, a, 0, panels) // under the lanes, whose labels stay readable
	c.b.WriteString(lanes.b.String())
	guides(c, marks, a, panels, bottom) // over what the panels fill
	out.SVG = c.svg("chart", title)
	out.States = t.states(r)
	return out
}

// guides draws the line of each mark between two heights.
func guides(c *canvas, marks []marked, a axis, from, to float64) {
	for _, m := range marks {
		class, x := "guide-back", a.x(m.span.From)
		if m.span.Kind == "fault-mark" {
			class = "guide-fault"
		}
		c.line(class, x, max(m.y, from), x, to)
	}
}

// drawGround draws what lies behind everything: outages and the time axis.
func (t tongue) drawGround(c *canvas, r analysis.Result, a axis, top, bottom float64) {
	for _, f := range r.Functions {
		for _, i := range f.Interruptions {
			if a.shows(i.From, i.To) {
				c.rect("shade", a.x(i.From), top, max(a.x(i.To)-a.x(i.From), 1.5), bottom-top, 0)
			}
		}
	}
	for _, at := range a.ticks() {
		c.line("grid", a.x(at), top, a.x(at), bottom)
		anchor := "middle"
		if label := t.tick(at); a.x(at)+textWidth(label, 11.5)/2 > chartWidth-2 {
			anchor = "end"
		}
		c.text("tick", anchor, a.x(at), bottom+15, t.tick(at))
	}
	c.line("axis", a.left, bottom, a.right, bottom)
	c.text("tick soft", "end", a.right, bottom+32, t.W.TimeAxis)
}

// marked is a guide line with its label above the lanes.
type marked struct {
	placed
	y float64
}

// marks are the instants that every panel shows: faults, and the returns of
// the service.
func (t tongue) marks(r analysis.Result, a axis) []marked {
	var spans []analysis.Span
	seen := map[time.Duration]bool{}
	add := func(at time.Duration, kind string) {
		if at > 0 && !seen[at] && a.shows(at, at) {
			seen[at] = true
			spans = append(spans, analysis.Span{From: at, To: at, Kind: kind})
		}
	}
	for _, f := range r.Record.Faults {
		add(f.InjectedAt, "fault-mark")
	}
	for _, f := range r.Functions {
		for _, rec := range f.Recoveries {
			add(rec.FaultAt, "fault-mark")
			if rec.Interrupted && rec.Recovered {
				add(rec.FirstAt, "back-mark")
			}
		}
	}
	name := func(s analysis.Span) string {
		if s.Kind == "fault-mark" {
			return t.W.FaultMark + nbsp + t.instant(s.From)
		}
		return t.W.RestoredMark + nbsp + t.instant(s.From)
	}
	all, _, ok := tryPlace(spans, a, name, 4)
	if !ok {
		all, _, _ = tryPlace(spans, a, func(analysis.Span) string { return "" }, 1)
	}
	var out []marked
	for _, p := range all {
		out = append(out, marked{placed: p})
	}
	return out
}

func (t tongue) drawMarks(c *canvas, marks []marked, a axis, y float64) float64 {
	rows := 0
	for i := range marks {
		m := &marks[i]
		m.y = y + float64(m.row)*16 + 2
		x := a.x(m.span.From)
		class := "mark-back"
		if m.span.Kind == "fault-mark" {
			class = "mark-fault"
			c.path("flag-fault", "M"+px(x-5)+" "+px(m.y)+"h10l-5 9z")
		} else {
			c.path("flag-back", "M"+px(x-5)+" "+px(m.y+9)+"h10l-5 -9z")
		}
		if m.label != "" {
			c.text(class, m.anchor, m.at, m.y+9.5, m.label)
		}
		rows = max(rows, m.row+1)
	}
	return y + float64(rows)*16
}

// states lists the patterns that the site lanes use, for the legend.
func (t tongue) states(r analysis.Result) []swatch {
	names := []swatch{{"active", t.W.LegendActive}, {"standby", t.W.LegendStandby}, {"lost", t.W.LegendLost}, {"fenced", t.W.LegendFenced},
		{"writable", t.W.LegendWritable}, {"outage", t.W.LegendOutage}, {"fault", t.W.LegendFault}, {"biting", t.W.LegendBiting}, {"failed", t.W.LegendFailed}}
	used := map[string]bool{}
	for _, l := range r.Timeline.Lanes {
		for _, s := range l.Spans {
			used[kindClass(s.Kind)] = true
			used["failed"] = used["failed"] || s.Bad && !isSite(l) && !isService(l)
		}
	}
	var out []swatch
	for _, n := range names {
		if used[n.Class] {
			out = append(out, n)
		}
	}
	return out
}

// kindClass is the style of a span; a kind that nobody knows is drawn plainly.
func kindClass(kind string) string {
	switch kind {
	case "phase", "fault", "biting", "decision", "step", "runbook", "active", "standby", "lost", "fenced", "outage", "writable",
		"detected", "skipped":
		return kind
	}
	return "plain"
}

func isSite(l analysis.Lane) bool    { return strings.HasPrefix(l.ID, "site:") }
func isService(l analysis.Lane) bool { return strings.HasPrefix(l.ID, "service:") }
