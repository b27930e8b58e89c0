package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// Sizes of the drawing of dependencies, in the chart's units.
const (
	consumerWidth = 210.0
	providerLeft  = 770.0
	labelLeft     = 500.0 // where a line ends and its label begins
	slotHeight    = 21.0
	boxGap        = 12.0
	mostDrawn     = 60 // lines; beyond it only what is wrong is drawn
)

// dependencyGlyph tells classes apart without colour, and without the line.
func dependencyGlyph(c analysis.Class) string {
	return map[analysis.Class]string{
		"": "✓", analysis.Missing: "✕", analysis.Hidden: "⇄", analysis.Undeclared: "!", analysis.Unresolved: "?",
		analysis.Unused: "○", analysis.Outside: "◇", analysis.Explained: "~",
	}[c]
}

// dependencyClass is the class of the style sheet.
func dependencyClass(c analysis.Class) string { return cmp.Or(string(c), "in-order") }

// endBox is a consumer or a provider, with a slot a line.
type endBox struct {
	name  string
	y     float64
	slots int
	used  int
}

func (b *endBox) slot() float64 {
	b.used++
	return b.y + (float64(b.used)-0.5)*slotHeight + 3
}

func (b *endBox) height() float64 { return float64(max(b.slots, 1))*slotHeight + 6 }

// dependencyGraph draws who needs whom, consumers on the left, providers on the
// right, a line a pair and class; it tells how many lines it leaves out.
//
//	[ lyon/orders ]-------- ✓ 8080/tcp            [ lyon/stock     ]
//	               - - - -  ✕ missing             < audit          >
func (t tongue) dependencyGraph(r analysis.Result) (drawing template.HTML, left int) {
	edges := dependencyEdges(t.lang, []analysis.Result{r})
	if len(edges) > mostDrawn {
		all := len(edges)
		edges = slices.DeleteFunc(edges, func(e dependencyEdge) bool { return e.class == "" })
		left = all - len(edges)
	}
	if len(edges) == 0 {
		return "", left
	}
	rank := func(name string) int { return placeRankOf(r.Header, name) }
	slices.SortStableFunc(edges, func(a, b dependencyEdge) int {
		return cmp.Or(cmp.Compare(rank(a.to), rank(b.to)), cmp.Compare(a.to, b.to), cmp.Compare(rank(a.from), rank(b.from)), cmp.Compare(a.from, b.from))
	})
	from, bottom := endBoxes(edges, rank, func(e dependencyEdge) string { return e.from })
	to, other := endBoxes(edges, rank, func(e dependencyEdge) string { return e.to })
	c := &canvas{w: chartWidth, h: max(bottom, other) + 34}
	c.text("dep-head", "start", 0, 16, t.pick("qui a besoin", "who needs"))
	c.text("dep-head", "start", providerLeft, 16, t.pick("de qui", "whom"))
	for _, e := range edges {
		t.drawDependency(c, e, boxOf(from, e.from).slot(), boxOf(to, e.to).slot())
	}
	for _, b := range from {
		t.drawEnd(c, b, 0, consumerWidth)
	}
	for _, b := range to {
		t.drawEnd(c, b, providerLeft, chartWidth-providerLeft)
	}
	return c.svg("dependencies", t.pick("Qui a besoin de qui", "Who needs whom")), left
}

// placeRankOf orders ends by site, as the stage has them; names and addresses
// that are no service come last.
func placeRankOf(h history.Header, name string) int {
	site, _, service := strings.Cut(name, "/")
	i := slices.IndexFunc(h.Sites, func(s history.Site) bool { return s.ID == site })
	if !service || i < 0 {
		return len(h.Sites)
	}
	return i
}

// endBoxes lays boxes out from top to bottom.
func endBoxes(edges []dependencyEdge, rank func(string) int, end func(dependencyEdge) string) ([]*endBox, float64) {
	var out []*endBox
	for _, e := range edges {
		b := boxOf(out, end(e))
		if b == nil {
			b = &endBox{name: end(e)}
			out = append(out, b)
		}
		b.slots++
	}
	slices.SortStableFunc(out, func(a, b *endBox) int {
		return cmp.Or(cmp.Compare(rank(a.name), rank(b.name)), cmp.Compare(a.name, b.name))
	})
	y := 28.0
	for i, b := range out {
		if i > 0 && rank(out[i-1].name) != rank(b.name) {
			y += boxGap
		}
		b.y = y
		y += b.height() + boxGap
	}
	return out, y
}

func boxOf(boxes []*endBox, name string) *endBox {
	for _, b := range boxes {
		if b.name == name {
			return b
		}
	}
	return nil
}

func (t tongue) drawEnd(c *canvas, b *endBox, x, width float64) {
	class := "node"
	if !strings.Contains(b.name, "/") {
		class += " foreign"
	}
	c.rect(class, x+1, b.y, width-2, b.height(), 4)
	c.text("node-name", "start", x+12, b.y+b.height()/2+5, cutText(b.name, 14, width-24))
}

func (t tongue) drawDependency(c *canvas, e dependencyEdge, y1, y2 float64) {
	class := dependencyClass(e.class)
	label := strings.Join(e.labels, "; ")
	c.group(fmt.Sprintf("%s → %s %s", e.from, e.to, label))
	x1, x2, mid := consumerWidth, labelLeft-14, (consumerWidth+labelLeft)/2
	c.path("dep "+class, fmt.Sprintf("M%s %sC%s %s %s %s %s %s", px(x1), px(y1), px(mid), px(y1), px(mid), px(y2), px(x2), px(y2)))
	c.text("dep-glyph "+class, "middle", labelLeft-4, y2+4, dependencyGlyph(e.class))
	room := providerLeft - labelLeft - 34
	c.text("dep-label "+class, "start", labelLeft+8, y2+4, cutText(label, 11.5, room))
	end := labelLeft + 12 + min(textWidth(label, 11.5), room)
	if end < providerLeft-20 {
		c.line("dep "+class, end+4, y2, providerLeft-8, y2)
	}
	c.path("dep head "+class, fmt.Sprintf("M%s %sl-7 -4v8z", px(providerLeft), px(y2)))
	c.end()
}
