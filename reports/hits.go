package reports

import (
	"strconv"
	"strings"

	"bascule/harness/analysis"
)

// hits answers what the faults of a scenario touched. A fault's number is its
// place in the list of faults, from 1.
type hits []target

// target is what one fault was aimed at: a site, a service, or a link between
// two of these.
type target struct{ from, to string }

// hitsOf reads targets: "paris", "paris/db", "paris/orders/1",
// "paris/orders -> paris/db", "paris -> lyon".
func hitsOf(faults []analysis.FaultRecord) hits {
	var out hits
	for _, f := range faults {
		from, to, _ := strings.Cut(strings.ReplaceAll(f.Target, "→", "->"), "->")
		out = append(out, target{place(from), place(to)})
	}
	return out
}

// place keeps site and service of "site/service/instance".
func place(s string) string {
	parts := strings.Split(strings.TrimSpace(s), "/")
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// at tells whether a whole site ("paris") or a service ("paris/db") was hit.
func (h hits) at(id string) (string, bool) {
	return h.any(func(t target) bool { return t.to == "" && t.from == id })
}

// link tells whether a link was hit, in either direction: a cut of the line
// between two places silences both.
func (h hits) link(from, to string) (string, bool) {
	return h.any(func(t target) bool {
		return t.to != "" && (covers(t.from, from) && covers(t.to, to) || covers(t.from, to) && covers(t.to, from))
	})
}

func (h hits) any(is func(target) bool) (string, bool) {
	var ns []string
	for i, t := range h {
		if is(t) {
			ns = append(ns, strconv.Itoa(i+1))
		}
	}
	return strings.Join(ns, " "), len(ns) > 0
}

// covers tells whether a place, a site or a service, takes in a service.
func covers(place, id string) bool {
	return place == id || place != "" && !strings.Contains(place, "/") && strings.HasPrefix(id, place+"/")
}
