package reports

import (
	"strconv"

	"bascule/harness/analysis"
)

// drawLane draws one lane at y and returns where the next may start, with the
// legend of numbers, if there had to be any.
func (t tongue) drawLane(c *canvas, l analysis.Lane, a axis, y float64) (float64, numbered) {
	name := t.text(l.Name)
	spans, overlays := layers(l)
	rows := 5
	switch {
	case l.ID == "runbook":
		rows = 7
	case isSite(l):
		rows = 1
	}
	var all []placed
	used, byNumber := 1, false
	if isSite(l) {
		all = t.placeStates(spans, a)
	} else {
		all, used, byNumber = placeSpans(spans, a, t.spanName(l), rows)
	}
	height := float64(used) * rowHeight
	c.group(name)
	c.text("lane", "end", gutter-12, y+rowHeight/2+4, cutText(name, 12, gutter-18))
	c.end()
	if isService(l) {
		c.rect("rail", a.left, y+rowHeight/2-1.5, a.right-a.left, 3, 1.5)
	}
	for _, p := range all {
		t.drawSpan(c, p, y)
	}
	for _, s := range overlays {
		t.drawOverlay(c, s, all, a, y)
	}
	c.line("lane-line", 8, y+height+laneGap/2-1, a.right, y+height+laneGap/2-1)
	return y + height + laneGap, t.numbersOf(l, spans, a, name, byNumber)
}

// numbersOf explains the numbers of a lane; nothing where names had room.
func (t tongue) numbersOf(l analysis.Lane, spans []analysis.Span, a axis, name string, byNumber bool) numbered {
	legend := numbered{Lane: name}
	if !byNumber {
		return legend
	}
	for i, s := range spans {
		if !a.shows(s.From, s.To) {
			continue
		}
		label := t.spanName(l)(s)
		if d := lasted(s); d > 0 && !isService(l) {
			label += " (" + t.span(d) + ")"
		}
		legend.Items = append(legend.Items, numberedItem{N: strconv.Itoa(i + 1), Label: label})
	}
	return legend
}

// layers parts what stands on its own from what is drawn upon another span:
// the bite of a fault, the writability of a site.
func layers(l analysis.Lane) (spans, overlays []analysis.Span) {
	for _, s := range l.Spans {
		if s.Kind == "biting" || s.Kind == "writable" && isSite(l) {
			overlays = append(overlays, s)
		} else {
			spans = append(spans, s)
		}
	}
	return spans, overlays
}

// spanName is what a span is called in its lane.
func (t tongue) spanName(l analysis.Lane) func(analysis.Span) string {
	return func(s analysis.Span) string {
		if isService(l) && s.Kind == "outage" {
			return t.span(lasted(s))
		}
		return t.text(s.Label)
	}
}

// placeStates labels the states of a site where they have room; they follow
// each other without a gap, and the pattern tells the rest.
func (t tongue) placeStates(spans []analysis.Span, a axis) []placed {
	var out []placed
	for _, s := range spans {
		if !a.shows(s.From, s.To) {
			continue
		}
		p := stretch(s, a)
		label := t.text(s.Label)
		if textWidth(label, labelSize)+10 <= p.x1-p.x0 {
			p.label, p.anchor, p.at = label, "middle", (p.x0+p.x1)/2
		}
		out = append(out, p)
	}
	return out
}

func (t tongue) drawSpan(c *canvas, p placed, y float64) {
	top := y + float64(p.row)*rowHeight + (rowHeight-barHeight)/2
	class := kindClass(p.span.Kind)
	state := class == "active" || class == "standby" || class == "lost" || class == "fenced"
	c.group(t.tooltip(p.span))
	switch {
	case lasted(p.span) == 0: // an instant: a diamond, drawn within the label's own margin
		x, m := (p.x0+p.x1)/2, top+barHeight/2
		c.path("bar "+class, "M"+px(x)+" "+px(m-6.5)+"l6.5 6.5l-6.5 6.5l-6.5 -6.5z")
	case state:
		c.rect("bar "+class, p.x0, top, p.x1-p.x0, barHeight, 0)
	default:
		if p.span.Bad {
			class += " bad"
		}
		c.rect("bar "+class, p.x0, top, p.x1-p.x0, barHeight, 2.5)
	}
	if p.span.Bad && p.span.Kind != "outage" && !state {
		c.cross(p.x1, top+1, 5.5)
	}
	if p.label != "" {
		style := "on-ground"
		if p.anchor == "middle" {
			style = "on-bar on-" + kindClass(p.span.Kind)
		}
		c.text("label "+style, p.anchor, p.at, top+barHeight/2+4, p.label)
	}
	c.end()
}

// drawOverlay draws a bite upon its fault, or the writable stretch of a site
// under its state.
func (t tongue) drawOverlay(c *canvas, s analysis.Span, all []placed, a axis, y float64) {
	if !a.shows(s.From, s.To) {
		return
	}
	p := stretch(s, a)
	row := 0
	for _, under := range all {
		if under.span.From <= s.From && s.From <= max(under.span.To, under.span.From) {
			row = under.row
		}
	}
	bottom := y + float64(row)*rowHeight + (rowHeight+barHeight)/2
	c.group(t.tooltip(s))
	c.rect("bar "+kindClass(s.Kind), p.x0, bottom-1, p.x1-p.x0, 4, 0)
	c.end()
}

// tooltip tells all that is known of a span; the tables tell it too, so that
// nothing hangs on a pointer.
func (t tongue) tooltip(s analysis.Span) string {
	out := t.text(s.Label)
	if d := t.text(s.Detail); d != "" {
		out += " · " + d
	}
	out += " · " + t.instant(s.From)
	if lasted(s) > 0 {
		out += " → " + t.instant(s.To) + " (" + t.span(lasted(s)) + ")"
	}
	return out
}
