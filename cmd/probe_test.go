package cmd

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// Its plan names each loss and how long all of them take; nothing is started.
func TestAProbeIsPrintedBeforeItIsPlayed(t *testing.T) {
	for lang, want := range map[string][]string{
		"fr": {"arrêt brutal : le service « db » de Paris", "l’instance", "la liaison orders → db coupée", "sondage : 10 pertes, environ 1 min 40 s", "sinon, relancer les services de paris",
			"chaque fonction critique revient d’elle-même après chaque panne"},
		"en": {"crash: service", "the link orders → db cut", "probe: 10 losses, about 1 min 40 s", "every critical function bears the loss of each link"},
	} {
		var out, errs bytes.Buffer
		if code := Execute(context.Background(), []string{"probe", "orders", "--stages", "../scenarios", "--plan", "--lang", lang}, nil, &out, &errs); code != 0 {
			t.Fatalf("exit code %d: %s", code, errs.String())
		}
		text := strings.Join(strings.Fields(out.String()), " ") // no-break spaces and lines alike
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not said in:\n%s", lang, w, out.String())
			}
		}
		if last := want[len(want)-1]; strings.Count(text, last) != 1 {
			t.Errorf("%s: %q is expected more than once in:\n%s", lang, last, out.String())
		}
	}
}

func TestAProbeOfWhatIsNotThere(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"orders", "--services", "odrers"}, "vouliez-vous dire « orders »"},
		{[]string{"orders", "--links", "orders"}, "consommateur -> fournisseur"},
		{[]string{"orders", "--links", "orders->dbb"}, "« orders->dbb »"},
		{[]string{"orders", "--site", "lion"}, "vouliez-vous dire « lyon »"},
		{[]string{"orders", "--services", "none", "--links", "none"}, "rien à sonder"},
		{[]string{"orders", "--for", "10ms"}, "au moins 1 s"},
		{[]string{"orders", "--wait", "1s"}, "au moins 4 s"},
		{[]string{"orders", "--format", "xml"}, "xml"},
		{[]string{"nothing"}, "nothing"},
	} {
		var out, errs bytes.Buffer
		args := append([]string{"probe"}, append(c.args, "--stages", "../scenarios", "--plan", "--lang", "fr")...)
		if code := Execute(context.Background(), args, nil, &out, &errs); code != exitInput {
			t.Errorf("%v: exit code %d", c.args, code)
		}
		if got := strings.ReplaceAll(errs.String(), "\u00a0", " "); !strings.Contains(got, c.want) {
			t.Errorf("%v: %q does not say %q", c.args, got, c.want)
		}
	}
}

// A choice of services and links, at the recovery site.
func TestAProbeOfAChoice(t *testing.T) {
	var out, errs bytes.Buffer
	args := []string{"probe", "orders", "--stages", "../scenarios", "--plan", "--lang", "en", "--site", "Lyon", "--services", "orders", "--links", "orders->db,paris/db -> lyon/db", "--for", "2s"}
	if code := Execute(context.Background(), args, nil, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for _, w := range []string{"lyon/orders, repaired", "lyon/orders 2", "lyon/orders -> lyon/db", "paris/db -> lyon/db", "probe: 4 losses"} {
		if !strings.Contains(out.String(), w) {
			t.Errorf("%q is not said in:\n%s", w, out.String())
		}
	}
}

func TestTheTableOfAProbeInTheTerminal(t *testing.T) {
	fn := analysis.Function{Function: history.Function{ID: "orders", Name: history.Text{FR: "Commandes", EN: "Orders"}}}
	line := func(of history.Lost, target string, b analysis.Bearing) analysis.LossLine {
		b.Function = "orders"
		return analysis.LossLine{Of: of, Target: target, Cells: []analysis.Bearing{b}}
	}
	r := analysis.Result{Verdict: analysis.Fail, Functions: []analysis.Function{fn}, Resilience: &analysis.Resilience{Lines: []analysis.LossLine{
		line(history.LostService, "paris/mail", analysis.Bearing{Effect: analysis.Unaffected}),
		line(history.LostInstance, "paris/orders/2", analysis.Bearing{Effect: analysis.Degraded, Return: analysis.ReturnByItself, Time: 1500e6}),
		line(history.LostService, "paris/db", analysis.Bearing{Effect: analysis.Down, Return: analysis.ReturnRepaired, Time: 5400e6, AfterRepair: 300e6}),
		line(history.LostLink, "paris/orders -> paris/db", analysis.Bearing{Effect: analysis.Down, Return: analysis.ReturnNot, Watched: 38e9}),
		line(history.LostService, "paris/cache", analysis.Bearing{Effect: analysis.EffectUnknown, Why: history.Text{FR: "pas stable avant", EN: "not stable before"}}),
	}}}
	for lang, want := range map[tongue][]string{
		"fr": {"Commandes", "✓ sans effet", "~ en mode dégradé, revenue d’elle-même en 1,5 s", "✗ à l’arrêt, revenue en 5,4 s, 0,3 s après la remise en service",
			"paris/orders → paris/db", "✗ à l’arrêt, PAS REVENUE en 38,0 s", "? non concluant : pas stable avant", "(une instance)", "non conforme", "compte rendu : r.html"},
		"en": {"Orders", "✓ unaffected", "~ degraded, back by itself in 1.5 s", "✗ down, back in 5.4 s, 0.3 s after the repair", "✗ down, NOT BACK in 38.0 s",
			"? inconclusive: not stable before", "(one instance)", "report: r.html"},
	} {
		var out bytes.Buffer
		if err := printBearings(&out, lang, r, "r.html"); err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(out.String(), "\u00a0", " ")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not said in:\n%s", lang, w, text)
			}
		}
	}
}
