package analysis

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// Configuration is what a release requires of a site against what the site has.
// Each requirement is looked for in the last snapshot that can tell.
type Configuration struct {
	Release  string    `json:"release"`
	Site     string    `json:"site"`
	Required int       `json:"required"`
	Met      int       `json:"met"`
	Brought  int       `json:"brought"` // by the release itself, which is not installed there
	Missing  []Lacking `json:"missing"`
	Unread   []Lacking `json:"unread"` // no snapshot can tell
}

// Lacking is a requirement that is not met.
type Lacking struct {
	Service string              `json:"service,omitempty"`
	Kind    history.RequireKind `json:"kind"`
	Name    string              `json:"name"`
	When    string              `json:"when,omitempty"` // of the snapshot that tells
	Text    history.Text        `json:"text"`           // "la variable ORDERS_CHANNEL", "variable ORDERS_CHANNEL"
}

// fate is what a snapshot tells of a requirement.
type fate int

const (
	untold   fate = iota
	met           // it is there
	missing       // it is not
	notYet        // the release brings it, and is not installed here
	elsewise      // the release plays no part here at that instant
)

// configurations holds the releases that play a part against each site.
func (f *facts) configurations() (out []Configuration) {
	snaps, _ := f.snapshots()
	if len(snaps) == 0 {
		return nil
	}
	var releases []string
	for _, q := range f.h.Header.Requires {
		if !slices.Contains(releases, q.Release) {
			releases = append(releases, q.Release)
		}
	}
	for _, r := range releases {
		for _, s := range f.h.Header.Own() {
			c := Configuration{Release: r, Site: s.ID, Missing: []Lacking{}, Unread: []Lacking{}}
			for _, q := range f.h.Header.Requires {
				if q.Release == r {
					f.hold(&c, q, snaps)
				}
			}
			if c.Required > 0 {
				out = append(out, c)
			}
		}
	}
	return out
}

// hold adds the fate of one requirement.
func (f *facts) hold(c *Configuration, q history.Requirement, snaps []snapshot) {
	m := Lacking{Service: q.Service, Kind: q.Kind, Name: q.Name, Text: requirementName(q)}
	which, part, later := untold, true, false // later: the release is installed in a later one
	for _, s := range slices.Backward(snaps) {
		how, text := f.fate(q, s, c.Site)
		if how == notYet && later {
			how = untold // what it brought cannot be told from before it came
		}
		later = later || s.installed(c.Site, q.Release)
		if how == elsewise {
			part = false
			continue
		}
		if how != untold {
			which, m.When = how, s.when
			if text != (history.Text{}) {
				m.Text = text
			}
			break
		}
		part = true
	}
	if which == untold && !part {
		return
	}
	c.Required++
	switch which {
	case met:
		c.Met++
	case notYet:
		c.Brought++
	case missing:
		c.Missing = append(c.Missing, m)
	default:
		c.Unread = append(c.Unread, m)
	}
}

// fate looks for a requirement in a snapshot. The text, if any, says more of what
// is missing.
func (f *facts) fate(q history.Requirement, s snapshot, site string) (fate, history.Text) {
	none := history.Text{}
	if f.superseded(q, s, site) {
		return elsewise, none
	}
	if q.Brought && !s.installed(site, q.Release) {
		return notYet, none
	}
	looks := s.of(site, q.Service)
	if len(looks) == 0 {
		if len(s.of(site, "")) == 0 {
			return untold, none
		}
		return missing, say("le service %s, et avec lui %s", "service %s, and with it %s", q.Service, requirementName(q))
	}
	if q.Brought {
		// In the middle of a replacement the others do not have it yet.
		looks = slices.DeleteFunc(looks, func(l look) bool { return l.release != "" && l.release != q.Release })
		if len(looks) == 0 {
			return notYet, none
		}
	}
	part := requiredPart(q.Kind)
	seen, has := 0, 0
	var text history.Text
	for _, l := range looks {
		if !l.reads(part) {
			continue
		}
		seen++
		ok, why := satisfied(q, l, f.h.Header.Started.Add(s.at))
		if ok {
			has++
		} else if why != none {
			text = why
		}
	}
	switch {
	case q.Service == "" && has > 0, seen > 0 && has == seen:
		return met, none
	case seen == 0, q.Service == "" && seen < len(looks):
		return untold, none
	}
	return missing, text
}

// superseded: what the release that was live at the start requires matters
// nowhere that another one is installed in its place.
func (f *facts) superseded(q history.Requirement, s snapshot, site string) bool {
	h := f.h.Header
	asked := slices.ContainsFunc(h.Expect, func(e history.Expectation) bool { return e.Kind == history.ExpectConfigured && e.Release == q.Release })
	if q.Release == h.Target || asked {
		return false
	}
	return !s.installed(site, q.Release) && slices.ContainsFunc(s.of(site, ""), func(l look) bool { return l.release != "" })
}

func requiredPart(k history.RequireKind) string {
	switch k {
	case history.RequireSecret, history.RequireFile, history.RequireCertificate:
		return partFiles
	case history.RequireSchema, history.RequireColumn:
		return partSchema
	case history.RequireEnv:
		return partEnv
	}
	return partContainer
}

// satisfied tells whether a container has what is required.
func satisfied(q history.Requirement, l look, now time.Time) (bool, history.Text) {
	none := history.Text{}
	has := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { _, ok := l.facts[k]; return ok })
	}
	switch q.Kind {
	case history.RequireEnv:
		return has("env." + q.Name), none
	case history.RequireSecret:
		return has("secret."+q.Name, "config."+q.Name), none
	case history.RequireFile:
		for k := range l.facts {
			if k == "file."+q.Name || strings.HasPrefix(k, "file."+strings.TrimSuffix(q.Name, "/")+"/") {
				return true, none
			}
		}
		return false, none
	case history.RequirePort:
		return has("expose."+q.Name+"/tcp", "expose."+q.Name+"/udp", "publish."+q.Name+"/tcp", "publish."+q.Name+"/udp"), none
	case history.RequireVolume:
		for k, v := range l.facts {
			if k == "mount."+q.Name || strings.HasPrefix(k, "mount.") && slices.Contains(strings.Fields(v), q.Name) {
				return true, none
			}
		}
		return false, none
	case history.RequireCertificate:
		return certified(q, l, now)
	case history.RequireSchema:
		have := l.facts["schema.version"]
		if order, ok := olderVersion(cmp.Or(have, "0"), q.Name); ok && order >= 0 || have == q.Name {
			return true, none
		}
		return false, say("le schéma en version %s (il est en version %s)", "schema version %s (it is at version %s)", q.Name, cmp.Or(have, "?"))
	case history.RequireColumn:
		return has("schema.column." + q.Name), none
	}
	return false, none
}

// certified: the certificate is there, and valid for as long as is required.
func certified(q history.Requirement, l look, now time.Time) (bool, history.Text) {
	for _, key := range []string{"cert.file." + q.Name, "cert.config." + q.Name, "cert.secret." + q.Name} {
		until, err := time.Parse(time.RFC3339, l.facts[key])
		if err != nil {
			continue
		}
		day := history.Day(until)
		switch {
		case until.Before(now):
			return false, say("le certificat %s en cours de validité (il est périmé depuis le %s)", "a valid certificate %s (it expired on %s)", q.Name, day)
		case until.Before(now.Add(q.For)):
			return false, say("le certificat %s valable encore %s (il expire le %s)", "certificate %s valid for another %s (it expires on %s)", q.Name, days(q.For), day)
		}
		return true, history.Text{}
	}
	return false, history.Text{}
}

// fulfilled is how many of the requirements a site meets.
func fulfilled(n, of int) history.Text {
	return say("exigences remplies : %[1]s sur %[2]s", "%[1]s of %[3]s met", count(n), count(of), some(of, "", "", "requirement", "requirements"))
}

// requirementName is a requirement in words.
func requirementName(q history.Requirement) history.Text {
	switch q.Kind {
	case history.RequireEnv:
		return say("la variable %s", "variable %s", q.Name)
	case history.RequireSecret:
		return say("le secret %s", "secret %s", q.Name)
	case history.RequireFile:
		return say("le fichier %s", "file %s", q.Name)
	case history.RequirePort:
		return say("le port %s", "port %s", q.Name)
	case history.RequireVolume:
		return say("le volume %s", "volume %s", q.Name)
	case history.RequireCertificate:
		return say("le certificat %s", "certificate %s", q.Name)
	case history.RequireSchema:
		return say("le schéma en version %s", "schema version %s", q.Name)
	case history.RequireColumn:
		return say("la colonne %s", "column %s", q.Name)
	}
	return history.Same(string(q.Kind) + " " + q.Name)
}

// configured judges that a site has all that a release requires.
func (j *judge) configured(e history.Expectation) judged {
	i := slices.IndexFunc(j.configuration, func(c Configuration) bool { return c.Release == e.Release && c.Site == e.Site })
	if i < 0 {
		if !slices.ContainsFunc(j.h.Header.Requires, func(q history.Requirement) bool { return q.Release == e.Release }) {
			return unknown(history.Text{}, say("la version %s n'exige rien : rien n'est à vérifier", "release %s requires nothing: there is nothing to check", e.Release))
		}
		return unknown(history.Text{}, say("la configuration de %s n'a pas été relevée", "no look was taken at %s", j.siteTitle(e.Site)))
	}
	c := j.configuration[i]
	measured := say("%s : %s", "%s: %s", j.siteTitle(c.Site), fulfilled(c.Met, c.Required-c.Brought))
	if c.Brought > 0 {
		measured = say("%s, %s", "%s, %s", measured, some(c.Brought, "autre apportée par la version", "autres apportées par la version", "more brought by the release", "more brought by the release"))
	}
	var texts []history.Text
	for _, m := range c.Missing {
		texts = append(texts, m.Text)
	}
	if len(texts) > 0 {
		return fail(measured, say("il manque à %s : %s", "missing in %s: %s", j.siteTitle(c.Site), list(texts)))
	}
	for _, m := range c.Unread {
		texts = append(texts, m.Text)
	}
	if len(texts) > 0 {
		return unknown(measured, say("n'a pas pu être vérifié à %s : %s", "could not be checked in %s: %s", j.siteTitle(c.Site), list(texts)))
	}
	return pass(measured)
}
