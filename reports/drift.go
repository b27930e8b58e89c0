package reports

import (
	_ "embed" // the section of the page
	"strings"
	"unicode"
	"unicode/utf8"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

//go:embed drift.html.tmpl
var driftPage string

//go:embed drift.css
var driftStyle string

// driftView is what differs between the sites, and what a release lacks at one
// of them, in words.
type driftView struct {
	Title, Lead    string
	Setting        string // heading of the column of settings
	Comparisons    []ComparisonView
	ConfigTitle    string
	ConfigHead     [4]string
	Configurations []ConfigurationView
}

// ComparisonView is the two sites side by side at one instant.
type ComparisonView struct {
	Instant, Took    string
	Primary, Standby string // as people call the sites
	Summary          string
	Services         []ServiceView
	Unread           string // what could not be read; "" if nothing
	Err              string
}

// ServiceView are the differences of a service, and how many facts are alike.
type ServiceView struct {
	Name, Equal string
	Rows        []DifferenceRow
}

// DifferenceRow is one fact that differs. Its sign is a word as well as a glyph.
type DifferenceRow struct {
	Name, Key        string
	Primary, Standby string
	Sign             verdict
	Declared         bool
	Why              string
}

// ConfigurationView is what a release requires of a site.
type ConfigurationView struct {
	Release, Site, Counts string
	Lacking               []string
	Sign                  verdict
}

// Comparisons puts the sites of a scenario side by side, for people.
func Comparisons(lang string, r analysis.Result) []ComparisonView {
	if r.Drift == nil {
		return nil
	}
	t := newTongue(lang)
	var out []ComparisonView
	for _, c := range r.Drift.Comparisons {
		out = append(out, t.comparison(r, c))
	}
	return out
}

func (t tongue) comparison(r analysis.Result, c analysis.Comparison) ComparisonView {
	v := ComparisonView{Instant: t.driftWord("at-" + c.When), Took: t.span(c.Took), Primary: siteTitle(r, c.Primary), Standby: siteTitle(r, c.Standby), Err: c.Err}
	equal, declared, differ := 0, 0, 0
	for _, s := range c.Services {
		equal, declared, differ = equal+s.Equal, declared+s.Declared, differ+s.Differ
		view := ServiceView{Name: s.Service, Equal: t.driftCount(s.Equal, "alike")}
		for _, d := range c.Differences {
			if d.Service == s.Service {
				view.Rows = append(view.Rows, t.differenceRow(d))
			}
		}
		v.Services = append(v.Services, view)
	}
	v.Summary = strings.Join([]string{t.driftCount(differ, "undeclared"), t.driftCount(declared, "declared-count"), t.driftCount(equal, "alike")}, " · ")
	var unread []string
	for _, u := range c.Unread {
		unread = append(unread, u.Subject+" ("+t.text(u.What)+")")
	}
	if len(unread) > 0 {
		v.Unread = t.driftWord("not-read") + t.W.Colon + strings.Join(unread, ", ")
	}
	return v
}

// differenceRow tells what each side has. Of what may be secret it tells only
// whether it is there.
func (t tongue) differenceRow(d analysis.Difference) DifferenceRow {
	row := DifferenceRow{Name: capital(t.text(d.Name)), Key: d.Key, Primary: d.Primary, Standby: d.Standby, Declared: d.Why != nil,
		Sign: verdict{Class: "fail", Word: t.driftWord("drift")}}
	if d.Why != nil {
		row.Why = t.text(*d.Why)
		row.Sign = verdict{Class: "skipped", Word: t.driftWord("declared")}
	}
	if d.Hidden {
		row.Primary, row.Standby = t.driftWord("one-value"), t.driftWord("another-value")
		if d.Kind == analysis.Mixed {
			row.Primary, row.Standby = t.driftWord("mixed"), t.driftWord("mixed")
		}
	}
	switch d.Kind {
	case analysis.OnlyPrimary:
		row.Standby = t.driftWord("missing")
		if d.Hidden {
			row.Primary = t.driftWord("present")
		}
	case analysis.OnlyStandby:
		row.Primary = t.driftWord("missing")
		if d.Hidden {
			row.Standby = t.driftWord("present")
		}
	}
	return row
}

// drift is the section of the page; nil where nobody looked.
func (t tongue) drift(r analysis.Result) *driftView {
	v := &driftView{Title: t.driftWord("title"), Lead: t.driftWord("lead"), Setting: t.driftWord("setting"), Comparisons: Comparisons(t.lang, r), ConfigTitle: t.driftWord("config-title"),
		ConfigHead: [4]string{t.driftWord("release"), t.driftWord("site"), t.driftWord("met"), t.driftWord("lacking")}}
	for _, c := range r.Configuration {
		v.Configurations = append(v.Configurations, t.configuration(r, c))
	}
	if len(v.Comparisons)+len(v.Configurations) == 0 {
		return nil
	}
	return v
}

func (t tongue) configuration(r analysis.Result, c analysis.Configuration) ConfigurationView {
	v := ConfigurationView{Release: c.Release, Site: siteTitle(r, c.Site), Counts: t.number(c.Met) + " / " + t.number(c.Required-c.Brought), Sign: t.sign(analysis.Pass)}
	v.Sign.Word = t.driftWord("complete")
	if c.Brought > 0 {
		v.Counts += ", " + t.driftCount(c.Brought, "brought")
	}
	for _, m := range c.Unread {
		v.Sign = verdict{Class: string(analysis.Inconclusive), Word: t.driftWord("unread")}
		v.Lacking = append(v.Lacking, t.of(m)+" ("+t.driftWord("unread")+")")
	}
	for _, m := range c.Missing {
		v.Sign = verdict{Class: string(analysis.Fail), Word: t.driftWord("incomplete")}
		v.Lacking = append(v.Lacking, t.of(m))
	}
	return v
}

// of names what is lacking, and whose it is.
func (t tongue) of(m analysis.Lacking) string {
	if m.Service == "" {
		return t.text(m.Text)
	}
	return m.Service + t.W.Colon + t.text(m.Text)
}

// capital makes the first letter a capital.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func siteTitle(r analysis.Result, id string) string {
	for _, s := range r.Header.Sites {
		if s.ID == id && s.Title != "" {
			return s.Title
		}
	}
	return id
}

// driftWord is a word of this section.
func (t tongue) driftWord(id string) string { return t.text(driftWords()[id]) }

// driftCount is a number of things, whose singular goes by the name of one of them.
func (t tongue) driftCount(n int, id string) string {
	return t.count(n, t.driftWord("one-"+id), t.driftWord(id))
}

func driftWords() map[string]history.Text {
	return map[string]history.Text{
		"title":              {FR: "Écarts entre les sites", EN: "Drift between the sites"},
		"lead":               {FR: "Seuls les réglages qui diffèrent sont montrés. D’une valeur qui peut être secrète, seule la présence est dite.", EN: "Only settings that differ are shown. Of a value that may be secret, only its presence is told."},
		"setting":            {FR: "Réglage", EN: "Setting"},
		"at-rest":            {FR: "Au repos", EN: "At rest"},
		"at-failover":        {FR: "À l’instant de la bascule", EN: "At the instant of failover"},
		"at-step":            {FR: "À la demande du scénario", EN: "As the scenario asked"},
		"at-end":             {FR: "À la fin de l’exercice", EN: "At the end of the exercise"},
		"one-alike":          {FR: "identique", EN: "alike"},
		"alike":              {FR: "identiques", EN: "alike"},
		"one-undeclared":     {FR: "non déclaré", EN: "undeclared"},
		"undeclared":         {FR: "non déclarés", EN: "undeclared"},
		"one-declared-count": {FR: "déclaré", EN: "declared"},
		"declared-count":     {FR: "déclarés", EN: "declared"},
		"drift":              {FR: "écart", EN: "drift"},
		"declared":           {FR: "déclaré", EN: "declared"},
		"missing":            {FR: "manque", EN: "missing"},
		"present":            {FR: "présent, non montré", EN: "present, not shown"},
		"one-value":          {FR: "une valeur, non montrée", EN: "a value, not shown"},
		"another-value":      {FR: "une autre valeur, non montrée", EN: "another value, not shown"},
		"mixed":              {FR: "diffère d’une instance à l’autre", EN: "differs between instances"},
		"not-read":           {FR: "N’a pas pu être lu", EN: "Could not be read"},
		"unread":             {FR: "non lu", EN: "not read"},
		"config-title":       {FR: "Configuration exigée par la version", EN: "Configuration that the release requires"},
		"release":            {FR: "Version", EN: "Release"},
		"site":               {FR: "Site", EN: "Site"},
		"met":                {FR: "Exigences remplies", EN: "Requirements met"},
		"lacking":            {FR: "Ce qui manque", EN: "What is lacking"},
		"one-brought":        {FR: "apportée par la version", EN: "brought by the release"},
		"brought":            {FR: "apportées par la version", EN: "brought by the release"},
		"complete":           {FR: "complète", EN: "complete"},
		"incomplete":         {FR: "incomplète", EN: "incomplete"},
	}
}
