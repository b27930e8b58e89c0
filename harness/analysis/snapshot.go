package analysis

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
)

// look is one container in a snapshot.
type look struct {
	site, service, instance string
	subject                 string
	release                 string // of the container; "" for a service that releases do not touch
	absent                  bool   // there was no container to look at
	unread                  []string
	spoilt                  []string // parts that a fault of ours in force changes
	err                     string   // why something could not be read
	facts                   map[string]string
}

// snapshot is every container of every site at one instant.
type snapshot struct {
	n, when string
	at      time.Duration // of its end
	took    time.Duration
	whole   bool   // it came to its end
	err     string // why it did not find out all
	looks   []look
}

// snapshots are those of the history, in their order, and the packages of the
// images by digest.
func (f *facts) snapshots() (out []snapshot, images map[string]map[string]string) {
	images = map[string]map[string]string{}
	for _, e := range f.events {
		switch e.Kind {
		case history.SnapshotImage:
			images[e.Subject] = e.Attrs
		case history.Snapshot, history.SnapshotTaken:
			i := slices.IndexFunc(out, func(s snapshot) bool { return s.n == e.Attrs["n"] })
			if i < 0 {
				out = append(out, snapshot{n: e.Attrs["n"], when: e.Attrs["when"]})
				i = len(out) - 1
			}
			s := &out[i]
			s.at = e.At
			if e.Kind == history.SnapshotTaken {
				s.whole, s.err, s.took = e.Attrs["err"] == "", e.Attrs["err"], nanoseconds(e, "took_ns")
				continue
			}
			if l, ok := lookOf(e); ok {
				l.spoilt = f.spoilt(l, e.At)
				s.looks = append(s.looks, l)
			}
		}
	}
	return out, images
}

// lookOf reads an event of a container. Facts have a dot in their key.
func lookOf(e history.Event) (look, bool) {
	site, service, ok := member(e.Subject)
	l := look{site: site, service: service, subject: e.Subject, release: e.Attrs["release"], absent: e.Attrs["absent"] == "yes", err: e.Attrs["err"], facts: map[string]string{}}
	if !ok {
		return l, false
	}
	l.instance = e.Subject[strings.LastIndex(e.Subject, "/")+1:]
	if u := e.Attrs["unread"]; u != "" {
		l.unread = strings.Split(u, ",")
	}
	for k, v := range e.Attrs {
		if strings.Contains(k, ".") {
			l.facts[k] = v
		}
	}
	return l, true
}

// spoilt is the parts of a container that faults in force change: what they took
// away tells nothing of the release, nor of the site.
func (f *facts) spoilt(l look, at time.Duration) (out []string) {
	for _, x := range f.injected() {
		if !x.holds(at) || !hits(x.target, "", l.site+"/"+l.service) {
			continue
		}
		switch x.kind {
		case "secret-missing": // a secret, a config or a variable
			out = append(out, partFiles, partEnv)
		case "cert-expired":
			out = append(out, partFiles)
		}
	}
	return out
}

// holds tells whether the fault is in force, as far as is known.
func (x fault) holds(at time.Duration) bool {
	return at >= x.injecting && (!x.undone || at <= x.undoneAt)
}

// The parts of a container that may be out of reach while the rest can be seen.
const (
	partFiles     = "files"
	partSchema    = "schema"
	partEnv       = "environment"
	partContainer = "container"
)

// parts are all of them.
func parts() []string { return []string{partContainer, partEnv, partFiles, partSchema} }

// partOf is what has to be readable for a fact to be known.
func partOf(key string) string {
	switch group, _, _ := strings.Cut(key, "."); group {
	case "schema", "replication":
		return partSchema
	case "config", "secret", "file", "cert":
		return partFiles
	case "env":
		return partEnv
	}
	return partContainer
}

// reads tells whether a part of the container could be read.
func (l look) reads(part string) bool {
	return !l.absent && !slices.Contains(l.unread, part) && !slices.Contains(l.spoilt, part)
}

// of are the looks at a service of a site, in the order of its instances; every
// service for "".
func (s snapshot) of(site, service string) (out []look) {
	for _, l := range s.looks {
		if l.site == site && (l.service == service || service == "") {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b look) int {
		x, _ := strconv.Atoi(a.instance)
		y, _ := strconv.Atoi(b.instance)
		return x - y
	})
	return out
}

// installed tells whether a release is on a site, on one instance at least.
func (s snapshot) installed(site, release string) bool {
	return slices.ContainsFunc(s.of(site, ""), func(l look) bool { return l.release == release })
}

// instantName is when a snapshot was taken, in words.
func instantName(when string) history.Text {
	switch when {
	case history.AtRest:
		return say("au repos", "at rest")
	case history.AtFailover:
		return say("à l'instant de la bascule", "at the instant of failover")
	case history.AtEnd:
		return say("à la fin", "at the end")
	}
	return say("à la demande", "on request")
}
