package reports

import (
	"html/template"

	"bascule/harness/analysis"
)

// strip is a scenario's course in one line of the overview: its load, with the
// outages cut out and the faults marked.
func (t tongue) strip(r analysis.Result) template.HTML {
	if len(r.Series) == 0 {
		return ""
	}
	first, last := r.Series[0].At, r.Series[len(r.Series)-1].At+r.BucketWidth
	if last <= first {
		return ""
	}
	const w, h = 168.0, 22.0
	c := &canvas{w: w, h: h}
	a := axis{from: first, to: last, left: 1, right: w - 1}
	c.rect("area acked", a.x(first), 9, a.x(last)-a.x(first), 9, 0)
	for _, f := range r.Functions {
		for _, i := range f.Interruptions {
			x := a.x(i.From)
			c.rect("strip-gap", x, 8, max(a.x(i.To)-x, 2), 11, 0)
			c.rect("bar outage", x, 9, max(a.x(i.To)-x, 2), 9, 0)
		}
	}
	for _, f := range r.Record.Faults {
		if f.InjectedAt > 0 {
			c.path("flag-fault", "M"+px(a.x(f.InjectedAt)-4)+" 0h8l-4 8z")
		}
	}
	return c.svg("strip", t.W.Course)
}
