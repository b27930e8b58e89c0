package reports

import (
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// drifted is a scenario in which the sites were compared.
func drifted(lang string) analysis.Result {
	why := history.Text{FR: "chaque site a son nom", EN: "each site has its name"}
	return analysis.Result{
		Header: history.Header{Scenario: "s", Name: "n", Language: lang, Sites: []history.Site{{ID: "paris", Title: "Paris", Role: "primary"}, {ID: "lyon", Title: "Lyon", Role: "standby"}}},
		Drift: &analysis.Drift{Unused: []history.Exception{}, Comparisons: []analysis.Comparison{{
			At: time.Second, When: history.AtFailover, Primary: "paris", Standby: "lyon",
			Services: []analysis.Compared{{Service: "db", Equal: 30}, {Service: "orders", Equal: 12, Declared: 1, Differ: 3}},
			Differences: []analysis.Difference{
				{Service: "orders", Key: "image.ref", Name: history.Text{FR: "l’image", EN: "the image"}, Kind: analysis.Differs, Primary: "shop/orders:1.5.0", Standby: "shop/orders:1.4.0"},
				{Service: "orders", Key: "env.API_KEY", Name: history.Text{FR: "la variable API_KEY", EN: "variable API_KEY"}, Kind: analysis.OnlyPrimary, Hidden: true},
				{Service: "orders", Key: "secret.tls", Name: history.Text{FR: "le secret tls", EN: "secret tls"}, Kind: analysis.Mixed, Hidden: true},
				{Service: "orders", Key: "env.SITE", Name: history.Text{FR: "la variable SITE", EN: "variable SITE"}, Kind: analysis.Differs, Hidden: true, Why: &why},
			},
			Unread: []analysis.Unread{{Subject: "paris/db/1", What: history.Text{FR: "le schéma de sa base", EN: "its database’s schema"}}},
		}}},
		Configuration: []analysis.Configuration{
			{Release: "1.5.0", Site: "lyon", Required: 4, Met: 2, Brought: 1, Missing: []analysis.Lacking{{Service: "orders", Kind: history.RequireEnv, Name: "API_KEY", Text: history.Text{FR: "la variable API_KEY", EN: "variable API_KEY"}}}, Unread: []analysis.Lacking{}},
			{Release: "1.5.0", Site: "paris", Required: 3, Met: 3, Missing: []analysis.Lacking{}, Unread: []analysis.Lacking{}},
		},
	}
}

func TestTheSitesSideBySide(t *testing.T) {
	for lang, want := range map[string][]string{
		"fr": {"Écarts entre les sites", "À l’instant de la bascule", "3 non déclarés · 1 déclaré · 42 identiques", "L’image", "shop/orders:1.4.0", "présent, non montré", "manque",
			"diffère d’une instance à l’autre", "une autre valeur, non montrée", "chaque site a son nom", "N’a pas pu être lu", "paris/db/1 (le schéma de sa base)",
			"Configuration exigée par la version", "2 / 3, 1 apportée par la version", "la variable API_KEY", "incomplète", "complète"},
		"en": {"Drift between the sites", "At the instant of failover", "3 undeclared · 1 declared · 42 alike", "The image", "present, not shown", "missing", "another value, not shown",
			"each site has its name", "Could not be read", "Configuration that the release requires", "incomplete", "complete"},
	} {
		page := written(t, HTML{}, Build(Run{ID: "r"}, []analysis.Result{drifted(lang)}))
		for _, w := range want {
			if !strings.Contains(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(page), w) {
				t.Errorf("%s: the page does not say %q", lang, w)
			}
		}
	}
	if page := written(t, HTML{}, Build(Run{ID: "r"}, []analysis.Result{{Header: history.Header{Language: "en"}}})); strings.Contains(page, "Drift between") {
		t.Error("a run in which nobody looked has a section of drift")
	}
}

func TestEveryWordOfDriftHasBothLanguages(t *testing.T) {
	for id, w := range driftWords() {
		if w.FR == "" || w.EN == "" {
			t.Errorf("%s: %+v", id, w)
		}
	}
	for _, when := range []string{history.AtRest, history.AtFailover, history.AtStep, history.AtEnd} {
		if _, ok := driftWords()["at-"+when]; !ok {
			t.Errorf("no word for a comparison at %q", when)
		}
	}
}

// Not even a hash of what may be secret is in a report: of one snapshot of a
// history that holds them, through the analysis, to every format.
func TestNoHashReachesAReport(t *testing.T) {
	const a, b = history.Hidden + "1234567890abcdef", history.Hidden + "fedcba0987654321"
	h := &history.History{Complete: true, Header: drifted("en").Header}
	for subject, env := range map[string]string{"paris/orders/1": a, "lyon/orders/1": b} {
		h.Events = append(h.Events, history.Event{At: time.Second, Kind: history.Snapshot, Subject: subject, Attrs: map[string]string{"n": "1", "when": "rest", "env.TOKEN": env, "run.command": env, "env.HERE" + env[5:7]: env}})
	}
	h.Events = append(h.Events, history.Event{At: 2 * time.Second, Kind: history.SnapshotTaken, Attrs: map[string]string{"n": "1", "when": "rest"}})
	r := analysis.Analyze(h)
	if n := len(r.Drift.Comparisons[0].Differences); n != 4 {
		t.Fatalf("%d differences, want 4", n)
	}
	m := Build(Run{ID: "r"}, []analysis.Result{r})
	for _, w := range []Writer{HTML{}, JSON{}, JUnit{}, Markdown{}} {
		text := written(t, w, m)
		for _, secret := range []string{"1234567890", "fedcba0987", history.Hidden} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", w.Name(), secret)
			}
		}
		if !strings.Contains(text, "TOKEN") {
			t.Errorf("%s does not name what differs", w.Name())
		}
	}
}
