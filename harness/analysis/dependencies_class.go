package analysis

import (
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// classify says what is wrong with an edge.
//
//	name that nobody resolves   missing where service was to go on; else unresolved
//	address                     undeclared; hidden where it is another site's; missing likewise
//	link to the site that left  missing and hidden, once the consumer's site serves in its place
//	any other link              missing where it was tried and never answered, undeclared where no map has it
func (b *needs) classify(e *edge, d *Dependency) {
	add := func(c Class) {
		if !d.Is(c) {
			d.Classes = append(d.Classes, c)
		}
	}
	declared := len(d.Declared) > 0
	switch e.how {
	case ByUnknown:
		switch {
		case declared:
			add(Outside)
		case b.without(e):
			add(Missing)
		default:
			add(Unresolved)
		}
	case ByAddress:
		add(Undeclared)
		if to := siteOf(e.leads); to != "" && to != siteOf(e.from) && b.isOwn(to) {
			add(Hidden)
		}
		if b.without(e) {
			add(Missing)
		}
	default:
		b.classifyLink(e, add)
		if !declared && b.h.Header.Declared != nil && !b.led(e) && d.Tried > 0 {
			add(Undeclared)
		}
	}
}

func (b *needs) classifyLink(e *edge, add func(Class)) {
	from, to := siteOf(e.from), siteOf(e.to)
	back, failed, answered, explained := 0, 0, 0, 0
	var moved bool
	for _, t := range e.touches {
		w, ok := b.during(from, t.at)
		if !ok || t.probed || b.isGone(from, t.at) {
			continue
		}
		if w.Site == to {
			if w.tookOver(from, t.at) {
				back++
				moved = w.How == "moved"
				answered += t.answered
			}
			continue
		}
		answered += t.answered
		if t.tried == 0 {
			continue
		}
		if b.explains(e, t.at) {
			explained++
		} else if e.proto != "udp" || t.lost > 0 || t.refused > 0 {
			failed++
		}
	}
	switch {
	case back > 0 && moved && b.bothWays(e):
		// The other site lives, and keeps a copy of this one now.
	case back >= again || back > 0 && answered > 0:
		add(Hidden)
		if answered == 0 {
			add(Missing)
		}
	case to != from && b.isOwn(to):
	case answered == 0 && failed > 0:
		add(Missing)
	case answered == 0 && explained > 0:
		add(Explained)
	}
}

// again is how often something must be seen to go on: what was begun before
// clients were sent elsewhere may be seen once more.
const again = 2

// without tells whether a name or an address was asked for, in vain, where the
// other site was cut off or left.
func (b *needs) without(e *edge) bool {
	return b.inWindow(e, func(CutOff) bool { return true })
}

// goesOn tells whether the site that took over asked for something, beyond the
// site whose place it takes.
func (b *needs) goesOn(e *edge) bool {
	to := siteOf(e.to)
	if e.how == ByAddress {
		to = siteOf(e.leads)
	}
	return b.inWindow(e, func(w CutOff) bool { return w.Took == siteOf(e.from) && w.Site != to })
}

// inWindow tells whether something was asked for, by traffic of the stage's own,
// while another site was cut off or left as is wants it.
func (b *needs) inWindow(e *edge, is func(CutOff) bool) bool {
	from := siteOf(e.from)
	return b.isOwn(from) && slices.ContainsFunc(e.touches, func(t touch) bool {
		w, ok := b.during(from, t.at)
		return ok && !t.probed && !b.isGone(from, t.at) && is(w)
	})
}

// bothWays tells a pair that is declared in both directions, as replicas are.
func (b *needs) bothWays(e *edge) bool {
	has := func(from, to string) bool {
		return slices.ContainsFunc(b.h.Header.Declared, func(d history.Declared) bool {
			return d.By == history.ByFlow && covers(d.From, from) && covers(d.To, to)
		})
	}
	return has(e.from, e.to) && has(e.to, e.from)
}

// explains tells whether a fault in force made a link fail: of the provider, or
// of the link itself. What follows a repair is given as long as people are.
func (b *needs) explains(e *edge, at time.Duration) bool {
	return slices.ContainsFunc(b.injected(), func(x fault) bool {
		return at >= x.injecting && at <= b.until(x.undoneAt, x.undone)+2*watched && hits(x.target, e.from, e.to)
	})
}

// hits tells whether a fault's target, as the history names it, is a provider or
// a link to it.
func hits(target, from, to string) bool {
	matches := func(selector, service string) bool {
		selector = strings.TrimSpace(selector)
		if parts := strings.Split(selector, "/"); len(parts) > 2 {
			selector = parts[0] + "/" + parts[1]
		}
		return selector == "*" || selector != "" && covers(selector, service)
	}
	if a, c, link := strings.Cut(target, " -> "); link {
		return matches(a, from) && matches(c, to) || a == c && (matches(a, from) || matches(a, to))
	}
	return matches(target, to)
}

// led tells that a fault of names had the consumer led astray each time that the
// link was taken.
func (b *needs) led(e *edge) bool {
	for _, t := range e.touches {
		astray := slices.ContainsFunc(b.injected(), func(x fault) bool {
			return x.kind == "dns-wrong" && t.at >= x.injecting && t.at <= b.until(x.undoneAt, x.undone)+staleFor && (x.target == "*" || covers(x.target, e.from))
		})
		if !astray && !t.probed {
			return false
		}
	}
	return len(e.touches) > 0
}

// staleFor is how long a consumer may keep a wrong answer after the repair.
const staleFor = 30 * time.Second
