package reports

import (
	"strconv"
	"time"

	"bascule/harness/analysis"
)

// labelSize is the size of labels on spans.
const labelSize = 11.5

// placed is a span with a place for its label where it covers no other.
type placed struct {
	span   analysis.Span
	row    int
	x0, x1 float64
	label  string  // as drawn; empty where only the tooltip and the tables name it
	at     float64 // of the label
	anchor string  // start (right of the span), end (left of it), middle (inside)
}

// minimum width of a span: what took 50 ms of an hour is still seen.
const spanMin = 3.0

// half the width of the diamond that stands for an instant.
const diamond = 6.5

// placeSpans gives the spans of a lane rows and labels such that nothing
// overlaps: names first, in as many rows as there may be (like a Gantt chart);
// where these do not suffice, numbers that a legend explains.
//
//	names:    [prepare] prepare          numbers:  [1]1 [2]2 [ 3 ]
//	                    [migrate ]
func placeSpans(spans []analysis.Span, a axis, name func(analysis.Span) string, rows int) (out []placed, used int, numbered bool) {
	if out, used, ok := tryPlace(spans, a, name, rows); ok {
		return out, used, false
	}
	byNumber := func(s analysis.Span) string {
		for i := range spans {
			if spans[i] == s {
				return strconv.Itoa(i + 1)
			}
		}
		return ""
	}
	if out, used, ok := tryPlace(spans, a, byNumber, rows); ok {
		return out, used, true
	}
	for _, s := range spans { // far too dense to name: the tables do
		if a.shows(s.From, s.To) {
			p := stretch(s, a)
			out = append(out, p)
		}
	}
	return out, 1, false
}

func stretch(s analysis.Span, a axis) placed {
	p := placed{span: s, x0: a.x(s.From), x1: a.x(max(s.From, s.To))}
	if lasted(s) == 0 {
		p.x0, p.x1 = max(p.x0-diamond, a.left), min(p.x0+diamond, a.right)
		return p
	}
	if p.x1-p.x0 < spanMin {
		p.x1 = min(p.x0+spanMin, a.right)
		p.x0 = p.x1 - spanMin
	}
	return p
}

// tryPlace puts each span into the first row whose taken stretches it leaves
// alone, label included.
func tryPlace(spans []analysis.Span, a axis, name func(analysis.Span) string, rows int) (out []placed, used int, ok bool) {
	gap := 5.0
	taken := make([][][2]float64, rows)
	free := func(row int, x0, x1 float64) bool {
		for _, t := range taken[row] {
			if x0 < t[1] && t[0] < x1 {
				return false
			}
		}
		return true
	}
	for _, s := range spans {
		if !a.shows(s.From, s.To) {
			continue
		}
		p := stretch(s, a)
		label := cutText(name(s), labelSize, 330)
		w := textWidth(label, labelSize)
		gap := gap // of this label
		if s.Bad {
			gap += 4 // room for the cross
		}
		found := false
		for row := 0; row < rows && !found; row++ {
			for _, try := range sides(p, label, w, gap) {
				x0, x1 := min(try.x0, labelStart(try, w)), max(try.x1, labelStart(try, w)+w)
				if x0 < a.left-0.5 || x1 > a.right+0.5 || !free(row, x0, x1) {
					continue
				}
				try.row = row
				taken[row] = append(taken[row], [2]float64{x0, x1 + 1})
				out, used, found = append(out, try), max(used, row+1), true
				break
			}
		}
		if !found {
			return nil, 0, false
		}
	}
	return out, max(used, 1), true
}

// sides are the places of a label, the best first.
func sides(p placed, label string, w, gap float64) []placed {
	p.label = label
	inside, right, left := p, p, p
	inside.anchor, inside.at = "middle", (p.x0+p.x1)/2
	right.anchor, right.at = "start", p.x1+gap
	left.anchor, left.at = "end", p.x0-gap
	switch {
	case label == "":
		return []placed{inside}
	case p.x1-p.x0 >= w+2*gap:
		return []placed{inside}
	}
	return []placed{right, left}
}

func labelStart(p placed, w float64) float64 {
	switch p.anchor {
	case "middle":
		return p.at - w/2
	case "end":
		return p.at - w
	}
	return p.at
}

// lasted is the length of a span, zero for a mark.
func lasted(s analysis.Span) time.Duration { return max(s.To-s.From, 0) }
