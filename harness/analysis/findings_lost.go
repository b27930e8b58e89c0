package analysis

import (
	"maps"
	"slices"
	"time"

	"bascule/harness/history"
)

// lostAt is what was lost of the writes that clients sent to one site.
type lostAt struct {
	n           int
	first, last time.Duration // of their acknowledgements
}

// add counts one more.
func (l lostAt) add(done time.Duration) lostAt {
	if l.n == 0 || done < l.first {
		l.first = done
	}
	l.last = max(l.last, done)
	l.n++
	return l
}

// lossFindings tells on which occasion acknowledged writes were lost: with the
// site that had taken them, with a service that came back without them, or on
// the way back to a site that had been away. Where it cannot be told from when
// and where they were acknowledged, nothing is said. How much a loss matters is
// told elsewhere: these are minor.
func (j *judge) lossFindings() (out []Finding) {
	serves := j.activeSite()
	for _, f := range j.functions {
		for _, site := range slices.Sorted(maps.Keys(f.Loss.bySite)) {
			l := f.Loss.bySite[site]
			if serves == "" || site == "" {
				continue
			}
			if t, code := j.lossOccasion(f, site, serves, l); code != "" {
				out = append(out, Finding{Severity: minor, Code: code, Text: t, Subject: site, Owner: f.Owner})
			}
		}
	}
	return out
}

func (j *judge) lossOccasion(f Function, site, serves string, l lostAt) (t history.Text, code string) {
	switched, away := j.switchesSince(l.first)
	switch {
	case site != serves && j.servedBefore(serves, l.first):
		return say("Fonction « %s » : il manque à %s, où les clients sont revenus %s, %s par %s : la bascule retour ne rapporte pas tout",
			"Function “%s”: %s, where clients were sent back %s, lacks %s by %s: the failback does not bring everything along",
			f.Name, j.siteTitle(serves), at(switched), ackedWrites(l.n), j.siteTitle(site)), "lost-in-failback"
	case site != serves:
		before, known := j.faultAfter(l.first)
		if !known {
			return t, ""
		}
		return say("Fonction « %s » : il manque à %s, qui a pris la suite, %s par %s, la plus ancienne %s avant la panne : une écriture que %s acquitte n'est pas toujours déjà recopiée sur l'autre site",
			"Function “%s”: %s, which took over, lacks %s by %s, the earliest %s before the fault: what %s acknowledges is not always on the other side yet",
			f.Name, j.siteTitle(serves), ackedWrites(l.n), j.siteTitle(site), span(before), j.siteTitle(site)), "lost-in-failover"
	case !away:
		before, known := j.faultAfter(l.first)
		if !known {
			return t, ""
		}
		return say("Fonction « %s » : il manque à %s, après la panne, %s avant elle, la plus ancienne %s plus tôt : %s acquitte des écritures qu'il n'a pas encore conservées",
			"Function “%s”: %s lacks, after the fault, %s before it, the earliest %s earlier: %s acknowledges without keeping",
			f.Name, j.siteTitle(site), ackedWrites(l.n), span(before), j.siteTitle(site)), "lost-in-restart"
	}
	return t, ""
}

func ackedWrites(n int) history.Text {
	return some(n, "écriture acquittée", "écritures acquittées", "write acknowledged", "writes acknowledged")
}

// switchesSince gives the last instant at which clients were sent elsewhere
// since an instant, if they were.
func (f *facts) switchesSince(since time.Duration) (last time.Duration, any bool) {
	for _, e := range f.of(history.EntrySwitched) {
		if e.At > since && e.Attrs["from"] != "" {
			last, any = e.At, true
		}
	}
	return last, any
}

// servedBefore tells whether clients had been sent to a site before an instant,
// and were not any more.
func (j *judge) servedBefore(site string, at time.Duration) bool {
	if j.servesAt(at) == site {
		return false
	}
	return slices.ContainsFunc(j.of(history.EntrySwitched), func(e history.Event) bool { return e.At < at && e.Attrs["from"] == site }) || j.servesAt(0) == site
}

// faultAfter is how long after an instant the next fault struck, if one did.
func (f *facts) faultAfter(at time.Duration) (time.Duration, bool) {
	for _, x := range f.injected() {
		if x.injected >= at {
			return x.injected - at, true
		}
	}
	return 0, false
}
