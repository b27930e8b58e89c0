package analysis

import (
	"cmp"
	"slices"
	"time"

	"bascule/harness/history"
)

// cutOffs lists when a site that served was lost, fenced or isolated, and when
// service had been moved away from one that lived.
//
//	serves ----> lost ........................ repaired
//	                  \--> entry switched ----> took over: what it still asks of
//	                                            the other site it will never get
func (j *judge) cutOffs() []CutOff {
	var out []CutOff
	for _, s := range j.outOfReach() {
		// A site that was fenced after it was lost is cut off once.
		if i := slices.IndexFunc(out, func(c CutOff) bool { return c.Site == s.site && c.To >= s.from }); i >= 0 {
			out[i].To, out[i].Open = max(out[i].To, s.to), out[i].Open || s.open
			continue
		}
		if j.servesAt(s.from) == s.site {
			out = append(out, CutOff{Site: s.site, From: s.from, To: s.to, How: s.state, Open: s.open})
		}
	}
	for _, e := range j.of(history.EntrySwitched) {
		from := cmp.Or(e.Attrs["from"], j.servesAt(e.At-1))
		if from == e.Subject || e.Subject == "" {
			continue
		}
		i := slices.IndexFunc(out, func(c CutOff) bool { return c.Site == from && c.From <= e.At && e.At <= c.To })
		if i < 0 {
			out = append(out, CutOff{Site: from, From: e.At, To: j.servesUntil(e), How: "moved"})
			i = len(out) - 1
			out[i].Open = out[i].To == j.end
		}
		if out[i].Took == "" {
			out[i].Took, out[i].At = e.Subject, e.At
		}
	}
	slices.SortStableFunc(out, func(a, b CutOff) int { return cmp.Compare(a.From, b.From) })
	return out
}

// outOfReach is when own sites were out of others' reach, by time.
func (j *judge) outOfReach() []stretch {
	out := j.gone()
	for _, x := range j.injected() {
		if x.kind != "site-isolated" {
			continue
		}
		for _, s := range j.h.Header.Own() {
			if s.ID == x.target || s.Title == x.target {
				out = append(out, stretch{site: s.ID, state: "isolated", from: x.injected, to: j.until(x.undoneAt, x.undone), open: !x.undone})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	return out
}

// servesUntil is when clients were sent elsewhere after a switch.
func (j *judge) servesUntil(switched history.Event) time.Duration {
	for _, e := range j.of(history.EntrySwitched) {
		if e.At > switched.At && e.Subject != switched.Subject {
			return e.At
		}
	}
	return j.end
}

// during finds the cut-off, or move, that the consumer's site had to do without
// the other one in, at the instant of a touch.
func (b *needs) during(site string, at time.Duration) (CutOff, bool) {
	for _, w := range b.windows {
		if w.Site != site && at > w.From+watched && at <= w.To+watched {
			return w, true
		}
	}
	return CutOff{}, false
}

// tookOver tells whether a site serves in another's place, and did so before
// what is told at an instant.
func (w CutOff) tookOver(site string, at time.Duration) bool {
	return w.Took == site && at > w.At+afterSwitch
}

// cutOff tells whether the primary, or whichever site served, was ever out of
// reach: else nothing is known of what its loss would show.
func (d Dependencies) cutOff() bool {
	return slices.ContainsFunc(d.CutOff, func(c CutOff) bool { return c.How != "moved" })
}

// takenOver tells whether another site ever served in the place of one that was
// out of reach.
func (d Dependencies) takenOver() bool {
	return slices.ContainsFunc(d.CutOff, func(c CutOff) bool { return c.How != "moved" && c.Took != "" })
}
