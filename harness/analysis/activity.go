package analysis

import (
	"cmp"
	"slices"
	"time"

	"bascule/harness/history"
)

// stretch is a length of time in which a site was in one state.
type stretch struct {
	site     string
	state    string
	from, to time.Duration
	open     bool
}

// probeDelay is how old the probe's answer may be when it is recorded. One that
// says yes right after a site was fenced was asked before.
const probeDelay = time.Second

// writable lists when each site took writes, by the activity probe. The probe
// speaks on change and every few seconds; a site that is lost or fenced takes
// no writes from that instant on, unless the probe says so again.
func (f *facts) writable() (yes []stretch, probed map[string]bool) {
	probed = map[string]bool{}
	open := map[string]int{}
	gone := map[string]time.Duration{}
	for _, s := range f.h.Header.Sites {
		gone[s.ID] = -probeDelay
	}
	end := func(site string, at time.Duration) {
		if i, ok := open[site]; ok {
			yes[i].to, yes[i].open = max(at, yes[i].from), false
			delete(open, site)
		}
	}
	for _, e := range f.events {
		switch e.Kind {
		case history.SiteWritable:
			w := e.Attrs["writable"]
			if w == "yes" || w == "no" {
				probed[e.Subject] = true
			}
			if w != "yes" {
				// What was between two looks nobody knows: two sites are only
				// said to take writes at once where both were seen to.
				at := e.At
				if until := nanoseconds(e, "until_ns"); until > 0 {
					at = min(at, until)
				}
				end(e.Subject, at)
			} else if _, ok := open[e.Subject]; !ok && e.At-gone[e.Subject] >= probeDelay {
				open[e.Subject] = len(yes)
				yes = append(yes, stretch{site: e.Subject, state: "writable", from: e.At, to: f.end, open: true})
			}
		case history.SiteState:
			if s := e.Attrs["state"]; s == "lost" || s == "fenced" {
				end(e.Subject, e.At)
				gone[e.Subject] = e.At
			}
		case history.StageDropping, history.StageDown, history.RunFinished:
			for _, s := range f.h.Header.Sites {
				end(s.ID, e.At)
			}
		}
	}
	return yes, probed
}

// overlap is a length of time in which two sites took writes.
type overlap struct {
	a, b     string
	from, to time.Duration
}

func overlaps(yes []stretch) (out []overlap) {
	for i, a := range yes {
		for _, b := range yes[i+1:] {
			from, to := max(a.from, b.from), min(a.to, b.to)
			if a.site != b.site && from < to {
				out = append(out, overlap{a.site, b.site, from, to})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y overlap) int { return cmp.Compare(x.from, y.from) })
	return out
}

// states lists the states of the sites over time.
func (f *facts) states() (out []stretch) {
	open := map[string]int{}
	for _, e := range f.events {
		if site := f.lostSite(e.Subject); e.Kind == history.FaultRecovered && site != "" {
			if i, ok := open[site]; ok && out[i].state == "lost" {
				out[i].to, out[i].open = e.At, false
				delete(open, site)
			}
		}
		if e.Kind != history.SiteState {
			continue
		}
		state := e.Attrs["state"]
		if i, ok := open[e.Subject]; ok {
			if out[i].state == state {
				continue
			}
			out[i].to, out[i].open = e.At, false
		}
		open[e.Subject] = len(out)
		out = append(out, stretch{site: e.Subject, state: state, from: e.At, to: f.end, open: true})
	}
	return out
}

// activeSite is the site that serves at the end: where clients were last sent;
// where nobody switched, the last that became active; else the primary. It is
// none if that site is lost or fenced.
func (f *facts) activeSite() string {
	active, switched := "", false
	for _, s := range f.h.Header.Sites {
		if s.Role == "primary" && active == "" {
			active = s.ID
		}
	}
	gone := map[string]bool{}
	for _, e := range f.events {
		switch e.Kind {
		case history.EntrySwitched:
			active, switched = e.Subject, true
		case history.SiteState:
			state := e.Attrs["state"]
			gone[e.Subject] = state == "lost" || state == "fenced"
			if state == "active" && !switched {
				active = e.Subject
			}
		case history.FaultRecovered:
			if site := f.lostSite(e.Subject); site != "" {
				gone[site] = false
			}
		}
	}
	if gone[active] {
		return ""
	}
	return active
}

// lostSite is the site that a fault took away as a whole, if it did.
func (f *facts) lostSite(id string) string {
	for _, x := range f.faults {
		if x.id != id || x.kind != "site-lost" {
			continue
		}
		for _, s := range f.h.Header.Sites {
			if s.ID == x.target || s.Title == x.target {
				return s.ID
			}
		}
	}
	return ""
}

// live is the release at a site at the end: that of the last deployment or
// rollback there that reached its end. whole is false where one that did not
// had already replaced something.
func (f *facts) live(site string) (release string, whole bool) {
	release, whole = f.h.Header.Live, true
	type step struct {
		deployment
		at time.Duration
	}
	var list []step
	for _, d := range slices.Concat(f.deploys, f.rollbacks) {
		at := d.start
		if d.ended {
			at = d.end
		}
		list = append(list, step{d, at})
	}
	slices.SortStableFunc(list, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	for _, d := range list {
		if len(d.sites) > 0 && !slices.Contains(d.sites, site) {
			continue
		}
		if d.ended && d.outcome == "done" {
			release, whole = d.release, true
			continue
		}
		if slices.ContainsFunc(d.phases, func(p phaseRun) bool {
			return p.phase == "replace" && p.service != "" && (p.site == "" || p.site == site)
		}) {
			whole = false
		}
	}
	return release, whole
}
