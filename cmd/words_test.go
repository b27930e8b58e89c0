package cmd

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/run"
	"bascule/reports"
)

func TestTheEndOfARunInBothLanguages(t *testing.T) {
	r := analysis.Result{Verdict: analysis.Fail}
	r.Header.Name, r.Header.Language = "n", "en"
	out := run.Outcome{Results: []analysis.Result{r}, Duration: 63 * time.Second, Left: engine.Left{Containers: []string{"a"}, Images: []string{"b", "c"}}}
	for lang, parts := range map[tongue][]string{
		"fr": {"\nnon conforme, en 1 min 03 s ; il reste dans le moteur : 1 conteneur, 0 réseau, 0 volume, 2 images\n", "compte rendu : r.html\n"},
		"en": {"\nfail in 1m3s; left in the engine: 1 containers, 0 networks, 0 volumes, 2 images\n", "report: r.html\n"},
	} {
		var b bytes.Buffer
		summarise(&b, lang, reports.Model{Verdict: analysis.Fail}, out, []string{"r.json", "r.html"})
		for _, p := range append(parts, "✘ fail ") { // a verdict is in its feature's language
			if got := strings.ReplaceAll(b.String(), "\u00a0", " "); !strings.Contains(got, p) {
				t.Errorf("%s: %q is missing in:\n%s", lang, p, got)
			}
		}
	}
}

func TestEventsInFrench(t *testing.T) {
	for want, e := range map[string]history.Event{
		"étape 1/5 : Isoler Paris (astreinte)":          {Kind: history.StepStarted, Attrs: map[string]string{"n": "1", "of": "5", "title_fr": "Isoler Paris", "owner_fr": "astreinte"}},
		"déploiement : mené à son terme":                {Kind: history.DeployFinished, Attrs: map[string]string{"outcome": "done"}},
		"déploiement : échoué : it broke":               {Kind: history.DeployFinished, Attrs: map[string]string{"outcome": "failed", "err": "it broke\nfor good"}},
		"état stable non atteint":                       {Kind: history.BaselineFailed},
		"le moteur ou le réseau d’essai ne répond plus": {Kind: history.EngineBroke},
		"panne sans effet f1 : personne":                {Kind: history.FaultNoBite, Subject: "f1", Attrs: map[string]string{"err": "nobody", "why_fr": "personne"}},
		"la panne agit : 2 paquets ; canari":            {Kind: history.FaultBiting, Attrs: map[string]string{"proof_fr": "2 paquets ; canari"}},
	} {
		got := describe(e, "fr")
		if strings.ReplaceAll(got, "\u00a0", " ") != want || strings.Contains(got, " :") || strings.Contains(got, " ;") {
			t.Errorf("got %q, want %q with no-break spaces", got, want)
		}
	}
}

func TestARunWithoutAVerdictShowsADash(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		if got := verdictWord("", lang); got != "—" {
			t.Errorf("%s: %q", lang, got)
		}
	}
}

// A sweep moves its fault before, into and behind each replacement: the plan says
// which.
func TestThePlanTellsTheMomentOfAReplacement(t *testing.T) {
	w := plan.Trigger{On: plan.OnInstance, Phase: plan.Replace, Service: "orders", K: 1, N: 2}
	for moment, want := range map[plan.Moment][2]string{
		plan.Before: {"avant le remplacement de l’instance 1 sur 2", "before the replacement of instance 1 of 2"},
		plan.During: {"pendant le remplacement", "during the replacement"},
		plan.After:  {"après le remplacement", "after the replacement"},
	} {
		w.Moment = moment
		for i, lang := range []tongue{"fr", "en"} {
			if got := describeTrigger(lang, w); !strings.HasPrefix(got, want[i]) {
				t.Errorf("%s: %q, want %q", moment, got, want[i])
			}
		}
	}
}
