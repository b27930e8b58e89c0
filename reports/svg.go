package reports

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
)

// canvas builds an SVG. Every text goes through escaping here, so that charts
// are safe to place into the page as they are. Colours are classes of the
// page's style sheet: they follow its light and dark schemes.
type canvas struct {
	b    strings.Builder
	w, h float64
}

// chartWidth is the width of every chart in its own units; the page scales it.
const chartWidth = 1060

func (c *canvas) rect(class string, x, y, w, h, r float64) {
	fmt.Fprintf(&c.b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"`, class, px(x), px(y), px(max(w, 0)), px(h))
	if r > 0 {
		fmt.Fprintf(&c.b, ` rx="%s"`, px(r))
	}
	c.b.WriteString("/>\n")
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&c.b, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`+"\n", class, px(x1), px(y1), px(x2), px(y2))
}

func (c *canvas) path(class, d string) {
	if d != "" {
		fmt.Fprintf(&c.b, `<path class="%s" d="%s"/>`+"\n", class, d)
	}
}

// text writes s with its anchor at x: start, middle or end.
func (c *canvas) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(&c.b, `<text class="%s" x="%s" y="%s"`, class, px(x), px(y))
	if anchor != "start" {
		fmt.Fprintf(&c.b, ` text-anchor="%s"`, anchor)
	}
	fmt.Fprintf(&c.b, `>%s</text>`+"\n", html.EscapeString(s))
}

// group opens a group with a tooltip, closed by end.
func (c *canvas) group(tooltip string) {
	c.b.WriteString("<g>")
	if tooltip != "" {
		fmt.Fprintf(&c.b, "<title>%s</title>", html.EscapeString(tooltip))
	}
}

func (c *canvas) end() { c.b.WriteString("</g>\n") }

// cross is the mark of what a fault hit: readable without colour.
func (c *canvas) cross(x, y, r float64) {
	fmt.Fprintf(&c.b, `<circle class="cross-disc" cx="%s" cy="%s" r="%s"/>`, px(x), px(y), px(r))
	k := r * 0.45
	c.path("cross-x", fmt.Sprintf("M%s %sL%s %sM%s %sL%s %s", px(x-k), px(y-k), px(x+k), px(y+k), px(x-k), px(y+k), px(x+k), px(y-k)))
}

// svg is the finished drawing, named for those who cannot see it.
func (c *canvas) svg(class, name string) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg class="%s" viewBox="0 0 %s %s" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`+"\n%s</svg>",
		class, px(c.w), px(c.h), html.EscapeString(name), c.b.String()))
}

// px writes a coordinate to a tenth, which is finer than anyone sees and keeps
// long runs small.
func px(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// textWidth is an upper estimate for s at the given size, over the usual
// interface fonts; the widest of them sets the measure.
func textWidth(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("iljI.,:;'’|!()[] "+nbsp+narrow, r):
			w += 0.38
		case strings.ContainsRune("ftr-/·", r):
			w += 0.44
		case strings.ContainsRune("mwMW%@—", r):
			w += 0.97
		case r >= 'A' && r <= 'Z' || strings.ContainsRune("ÉÈÀÇÊ«»", r):
			w += 0.72
		case r > 0x2e80: // full-width scripts
			w += 1.05
		default:
			w += 0.63
		}
	}
	return w * size
}

// cutText shortens s to a width, with an ellipsis.
func cutText(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	rs := []rune(s)
	for len(rs) > 0 && textWidth(string(rs)+"…", size) > width {
		rs = rs[:len(rs)-1]
	}
	return strings.TrimRight(string(rs), " "+nbsp) + "…"
}
