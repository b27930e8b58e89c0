package analysis

import (
	"slices"
	"strconv"
	"strings"

	"bascule/harness/history"
)

// maxNetwork is how many findings of dependencies are named one by one.
const maxNetwork = 20

func itoa(n int) string { return strconv.Itoa(n) }

// ends is a dependency as what is to be mended: "lyon/orders -> stock".
func (d Dependency) ends() string {
	to := d.To
	if d.Port > 0 && d.How != Unseen {
		to += ":" + itoa(d.Port)
	}
	return d.From + " -> " + to
}

// code names the finding that a dependency makes, and how much it matters; ""
// where it makes none.
func (d Dependency) code() (code, severity string) {
	switch {
	case d.How == ByVolume:
		return "shared-volume", serious
	case d.How == ByAddress && (d.Is(Missing) || d.Is(Hidden)):
		return "undeclared-flow", serious
	case d.How == ByAddress:
		return "undeclared-flow", minor
	case d.Is(Hidden) && d.Is(Missing):
		return "needs-lost-site", serious
	case d.Is(Hidden):
		return "hidden-cross-site", serious
	case d.Is(Missing):
		return "missing-dependency", serious
	case d.Is(Undeclared):
		return "undeclared-dependency", minor
	case d.Is(Unresolved):
		return "unresolved-name", minor
	case d.Is(Unused):
		return "unused-dependency", info
	}
	return "", ""
}

// Wrong tells whether somebody has something to mend: a dependency that is only
// unused, outside the stage, or explained by a fault is told, and no more.
func (d Dependency) Wrong() bool {
	_, severity := d.code()
	return severity == serious || severity == minor
}

// dependencyFindings tells what is wrong with who needs whom.
func (j *judge) dependencyFindings() (out []Finding) {
	told := 0
	for _, d := range j.needed.List {
		code, severity := d.code()
		if code == "" {
			continue
		}
		if told++; told <= maxNetwork {
			out = append(out, Finding{Severity: severity, Code: code, Text: d.Text, Subject: d.ends(), Owner: d.Owner})
		}
	}
	if told > maxNetwork {
		out = append(out, Finding{Severity: minor, Code: "network", Text: say("… et %s", "… and %s", some(told-maxNetwork,
			"autre constat sur les dépendances", "autres constats sur les dépendances", "more finding on dependencies", "more findings on dependencies"))})
	}
	return out
}

// shared lists the stores that both sites mount.
func (b *needs) shared() (out []Dependency) {
	for _, m := range b.h.Header.Shared {
		if len(m.At) == 0 {
			continue
		}
		// The one that reaches across is the one that stands by.
		from := m.At[max(0, slices.IndexFunc(m.At, func(at string) bool { return b.roleOf(siteOf(at)) == "standby" }))]
		_, service, _ := strings.Cut(from, "/")
		d := Dependency{From: from, To: m.Source, How: ByVolume, Names: []string{}, Phases: []string{}, Declared: []history.Source{history.ByCompose},
			Classes: []Class{Hidden}, Owner: b.owner(service)}
		what := say("le volume externe %s", "external volume %s", m.Source)
		if m.Kind == "bind" {
			what = say("le dossier %s de la machine", "folder %s of the machine", m.Source)
		}
		d.Text = say("%s est monté sur plusieurs sites (%s) : perdu avec l'un, il l'est pour l'autre", "%s is mounted at several sites (%s): what is lost with one is lost to the other", capital(what), strings.Join(m.At, ", "))
		out = append(out, d)
	}
	return out
}

func (j *judge) roleOf(site string) string {
	i := slices.IndexFunc(j.h.Header.Sites, func(s history.Site) bool { return s.ID == site })
	if i < 0 {
		return ""
	}
	return j.h.Header.Sites[i].Role
}
