package analysis

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
)

// Drift is what differs between the sites.
type Drift struct {
	Comparisons []Comparison        `json:"comparisons"` // in the order of their instants
	Unused      []history.Exception `json:"unused"`      // declared, and seen at no instant
}

// Comparison is the primary site beside a standby, at one instant.
type Comparison struct {
	At          time.Duration `json:"at_ns"`
	When        string        `json:"when"` // rest | failover | step | end
	Took        time.Duration `json:"took_ns"`
	Primary     string        `json:"primary"` // site, by its role at the start
	Standby     string        `json:"standby"`
	Services    []Compared    `json:"services"`
	Differences []Difference  `json:"differences"` // declared ones among them
	Unread      []Unread      `json:"unread"`
	Err         string        `json:"err,omitempty"` // why it is not whole
}

// Compared counts the facts of a service.
type Compared struct {
	Service  string `json:"service"`
	Equal    int    `json:"equal"`
	Declared int    `json:"declared"`
	Differ   int    `json:"differ"` // and nothing says why

	unread []string // parts that could not be read on both sites
}

// Difference is one fact of a service that is not the same on both sites.
type Difference struct {
	Service string         `json:"service"`
	Key     string         `json:"key"`
	Name    history.Text   `json:"name"` // the key in words
	Kind    DifferenceKind `json:"kind"`
	Primary string         `json:"primary,omitempty"` // value; none where it is absent or Hidden
	Standby string         `json:"standby,omitempty"`
	Hidden  bool           `json:"hidden,omitempty"` // values that are told to nobody
	Why     *history.Text  `json:"why,omitempty"`    // it must be, as stage.yaml declares
}

// DifferenceKind is how the sites differ.
type DifferenceKind string

// The kinds of difference.
const (
	OnlyPrimary DifferenceKind = "primary-only" // missing at the standby
	OnlyStandby DifferenceKind = "standby-only" // missing at the primary
	Differs     DifferenceKind = "differs"
	Mixed       DifferenceKind = "instances" // alike on both sites, and not alike among the instances of one
)

// Unread is what could not be compared.
type Unread struct {
	Subject string       `json:"subject"` // "paris/db/1"
	What    history.Text `json:"what"`
	part    string
}

// drift compares the sites at each instant; nil where nobody looked.
func (f *facts) drift() *Drift {
	snaps, images := f.snapshots()
	if len(snaps) == 0 {
		return nil
	}
	d := &Drift{Comparisons: []Comparison{}, Unused: []history.Exception{}}
	var primary string
	for _, s := range f.h.Header.Own() {
		if s.Role == "primary" {
			primary = s.ID
		}
	}
	for _, s := range snaps {
		for _, site := range f.h.Header.Own() {
			if site.ID != primary {
				d.Comparisons = append(d.Comparisons, f.compare(s, images, primary, site.ID))
			}
		}
	}
	for _, e := range f.h.Header.Differences {
		if d.couldOccur(e) && !d.occurs(e) {
			d.Unused = append(d.Unused, e)
		}
	}
	return d
}

// compare puts two sites side by side.
func (f *facts) compare(s snapshot, images map[string]map[string]string, primary, standby string) Comparison {
	c := Comparison{At: s.at, When: s.when, Took: s.took, Primary: primary, Standby: standby, Services: []Compared{}, Differences: []Difference{}, Unread: []Unread{}, Err: s.err}
	if !s.whole && c.Err == "" {
		c.Err = "the record breaks off"
	}
	services := map[string]bool{}
	for _, l := range s.looks {
		if l.site == primary || l.site == standby {
			services[l.service] = true
		}
	}
	for _, service := range slices.Sorted(maps.Keys(services)) {
		x := pair{service: service, primary: s.of(primary, service), standby: s.of(standby, service), images: images, declared: f.h.Header.Differences}
		x.compare(&c)
	}
	c.count()
	return c
}

// count sums the differences up by service.
func (c *Comparison) count() {
	for i := range c.Services {
		n := &c.Services[i]
		for _, d := range c.Differences {
			switch {
			case d.Service != n.Service:
			case d.Why != nil:
				n.Declared++
			default:
				n.Differ++
			}
		}
	}
}

// pair is a service on two sites.
type pair struct {
	service          string
	primary, standby []look
	images           map[string]map[string]string
	declared         []history.Exception
}

// compare adds what differs of the service.
func (p pair) compare(c *Comparison) {
	n := Compared{Service: p.service}
	if len(p.primary) == 0 || len(p.standby) == 0 {
		d := Difference{Service: p.service, Key: "service.present", Kind: OnlyPrimary, Primary: count(len(p.primary)).EN}
		if len(p.primary) == 0 {
			d.Kind, d.Primary, d.Standby = OnlyStandby, "", count(len(p.standby)).EN
		}
		c.Services, c.Differences = append(c.Services, n), append(c.Differences, p.explain([]Difference{d})...)
		return
	}
	readable := map[string]bool{}
	for _, part := range parts() {
		ok := [2]bool{}
		for i, side := range [][]look{p.primary, p.standby} {
			for _, l := range side {
				if l.reads(part) {
					ok[i] = true
				} else if part == partContainer || !l.absent {
					c.Unread = append(c.Unread, Unread{Subject: l.subject, What: unreadName(l, part), part: part})
				}
			}
		}
		readable[part] = ok[0] && ok[1]
		if !readable[part] {
			n.unread = append(n.unread, part)
		}
	}
	var found []Difference
	if a, b := len(p.primary), len(p.standby); a != b {
		found = append(found, Difference{Service: p.service, Key: "service.instances", Kind: Differs, Primary: strconv.Itoa(a), Standby: strconv.Itoa(b)})
	}
	for _, key := range p.keys() {
		if !readable[partOf(key)] {
			continue
		}
		a, b := valuesOf(p.primary, key), valuesOf(p.standby, key)
		if d, differ := difference(a, b); differ {
			d.Service, d.Key = p.service, key
			found = append(found, d)
		} else {
			n.Equal++
		}
	}
	c.Services = append(c.Services, n)
	c.Differences = append(c.Differences, apart(p.explain(found))...)
}

// explain names differences, and adds why those that are declared must be.
func (p pair) explain(found []Difference) []Difference {
	for i := range found {
		d := &found[i]
		d.Name = keyName(d.Key)
		for _, e := range p.declared {
			if excepts(e, d.Service, d.Key) {
				d.Why = &e.Why
			}
		}
	}
	return found
}

// keys are those of either site, in order. The packages of an image follow from
// it: they are compared where images differ.
func (p pair) keys() []string {
	keys, digests := map[string]bool{}, map[string]bool{}
	for _, l := range slices.Concat(p.primary, p.standby) {
		for k := range l.facts {
			keys[k] = true
		}
		digests[l.facts["image.digest"]] = true
	}
	known := !slices.ContainsFunc(slices.Collect(maps.Keys(digests)), func(d string) bool { _, ok := p.images[d]; return !ok })
	if len(digests) > 1 && known {
		for _, side := range [][]look{p.primary, p.standby} {
			for i, l := range side {
				packages := p.images[l.facts["image.digest"]]
				all := maps.Clone(l.facts) // the snapshot's own are for other sites, too
				maps.Copy(all, packages)
				side[i].facts = all
				for k := range packages {
					keys[k] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// value is a fact of the instances of a site, "" where it is absent.
type value struct{ instance, value string }

func valuesOf(looks []look, key string) (out []value) {
	for _, l := range looks {
		if l.reads(partOf(key)) {
			out = append(out, value{l.instance, l.facts[key]})
		}
	}
	return out
}

// difference compares a fact of two sites by the values that occur: the order of
// the instances means nothing.
func difference(a, b []value) (Difference, bool) {
	distinct := func(list []value) []string {
		var out []string
		for _, v := range list {
			out = append(out, v.value)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	x, y := distinct(a), distinct(b)
	d := Difference{Kind: Differs}
	switch {
	case slices.Equal(x, y) && len(x) == 1:
		return d, false
	case slices.Equal(x, y):
		d.Kind = Mixed
	case len(y) == 1 && y[0] == "":
		d.Kind = OnlyPrimary
	case len(x) == 1 && x[0] == "":
		d.Kind = OnlyStandby
	}
	d.Hidden = slices.ContainsFunc(slices.Concat(x, y), func(v string) bool { return strings.HasPrefix(v, history.Hidden) })
	if !d.Hidden {
		d.Primary, d.Standby = shown(a, x), shown(b, y)
	}
	return d, true
}

// shown is a value, or that of each instance where they differ.
func shown(list []value, distinct []string) string {
	if len(distinct) == 1 {
		return distinct[0]
	}
	var parts []string
	for _, v := range list {
		parts = append(parts, v.instance+": "+cmp.Or(v.value, "—"))
	}
	return strings.Join(parts, "; ")
}

// apart leaves out what only follows from another difference: the digest of
// another image, the columns of a table that is not there. What is declared stays,
// and an image whose name may differ must still be the same image.
func apart(found []Difference) (out []Difference) {
	has := func(key string, kind ...DifferenceKind) bool {
		return slices.ContainsFunc(found, func(d Difference) bool { return d.Key == key && (len(kind) == 0 || slices.Contains(kind, d.Kind)) })
	}
	named := slices.ContainsFunc(found, func(d Difference) bool { return d.Key == "image.ref" && d.Why == nil })
	for _, d := range found {
		if d.Why != nil {
			out = append(out, d)
			continue
		}
		rest, part := strings.CutPrefix(d.Key, "schema.column.")
		if !part {
			rest, part = strings.CutPrefix(d.Key, "schema.index.")
		}
		if column, ok := strings.CutPrefix(d.Key, "schema.default."); ok {
			rest, part = column, true
			if has("schema.column."+column, OnlyPrimary, OnlyStandby) {
				continue
			}
		}
		if i := strings.LastIndex(rest, "."); part && i > 0 && has("schema.table."+rest[:i], OnlyPrimary, OnlyStandby) {
			continue
		}
		if d.Key == "image.digest" && named || strings.HasPrefix(d.Key, "cert.") && has(strings.TrimPrefix(d.Key, "cert."), OnlyPrimary, OnlyStandby) {
			continue
		}
		out = append(out, d)
	}
	return out
}

// open are the differences that nothing declares.
func (c Comparison) open() []Difference {
	return slices.DeleteFunc(slices.Clone(c.Differences), func(d Difference) bool { return d.Why != nil })
}
