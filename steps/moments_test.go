package steps

import (
	"strings"
	"testing"

	"bascule/harness/plan"
)

// failedOver is a scenario in which runbook PRA-07 is followed, its next line 8.
const (
	failedOverFR = french + "    Quand la base primaire tombe\n    Et qu'on bascule en suivant la procédure \"PRA-07\"\n"
	failedOverEN = english + "    When the primary database fails\n    And we fail over following runbook \"PRA-07\"\n"
)

func TestMomentsOfARunbookInBothLanguages(t *testing.T) {
	at := func(step string, m plan.Moment, delay string) plan.Trigger {
		d, err := parseDuration(delay, "en")
		if delay != "" && err != nil {
			t.Fatal(err)
		}
		return plan.Trigger{On: plan.OnRunbook, Runbook: "PRA-07", Step: step, Moment: m, Delay: plan.Duration(d)}
	}
	for _, c := range []struct {
		fr, en string
		want   plan.Trigger
	}{
		{`pendant la bascule`, `while the failover runs`, at("", plan.During, "")},
		{`durant la bascule`, `during the failover`, at("", plan.During, "")},
		{`pendant que la procédure se déroule`, `while the runbook is being followed`, at("", plan.During, "")},
		{`pendant la procédure "PRA-07"`, `during runbook "PRA-07"`, at("", plan.During, "")},
		{`dès le début de la bascule`, `once the failover starts`, at("", plan.During, "")},
		{`2 secondes après le début de la bascule`, `2 seconds after the failover starts`, at("", plan.During, "2 s")},
		{`avant la bascule`, `before the failover`, at("", plan.Before, "")},
		{`après la bascule`, `after the failover`, at("entry", plan.After, "")},
		{`pendant l'étape "Promouvoir la base de Lyon" de la procédure "PRA-07"`, `during step "Promote the database in Lyon" of runbook "PRA-07"`, at("promote", plan.During, "")},
		{`pendant l'étape "promouvoir la base de lyon"`, `while step "promote" runs`, at("promote", plan.During, "")},
		{`avant l'étape 2 de la procédure`, `before step 2 of the runbook`, at("promote", plan.Before, "")},
		{`après l'étape 2 de la bascule`, `after step 2 of the failover`, at("promote", plan.After, "")},
		{`500 ms après le début de l'étape 2`, `500 ms into step 2`, at("promote", plan.During, "500 ms")},
		{`1 s après l'étape 2 de la procédure "PRA-07"`, `1 s after step 2 of runbook "PRA-07"`, at("promote", plan.After, "1 s")},
	} {
		for text, last := range map[string]string{
			failedOverFR + "    Et que le service \"stock\" du site de secours tombe pendant 5 secondes " + c.fr + "\n": c.fr,
			failedOverEN + "    And service \"stock\" at the recovery site fails for 5 seconds " + c.en + "\n":          c.en,
			failedOverFR + "    Et que la panne est réparée " + c.fr + "\n":                                             c.fr,
			failedOverEN + "    And the fault is repaired " + c.en + "\n":                                               c.en,
		} {
			p, ds := compileText(t, text)
			if Failed(ds) {
				t.Errorf("%s:\n%s", last, list(ds))
				continue
			}
			steps := p.Scenarios[0].Steps
			if got := steps[len(steps)-1].When; got != c.want {
				t.Errorf("%s:\n got %+v\nwant %+v", last, got, c.want)
			}
		}
	}
}

func TestMomentsThatStayThoseOfTheDeployment(t *testing.T) {
	p, ds := compileText(t, french+deployFR+"    Et que la base primaire tombe 2 s après le début de la migration du schéma\n")
	accepted(t, ds)
	if w := p.Scenarios[0].Steps[1].When; w.On != plan.OnPhase || w.Phase != plan.Migrate || w.Moment != plan.During {
		t.Errorf("got %+v", w)
	}
	_, ds = compileText(t, failedOverFR+"    Et que le service \"stock\" tombe pendant la bascule du trafic\n")
	wantDiagnostic(t, ds, "x.feature:8:37", "aucun déploiement n’a démarré")
}

func TestSeveralFaultsAtTheSameTime(t *testing.T) {
	for _, text := range []string{
		french + "    Quand la base primaire tombe\n    Et que le service \"stock\" tombe en même temps\n    Et que la liaison intersite est coupée pendant 5 s au même moment\n",
		english + "    When the primary database fails\n    And service \"stock\" fails at the same time\n    And the inter-site link is cut for 5 s simultaneously\n",
	} {
		p, ds := compileText(t, text)
		accepted(t, ds)
		var on []string
		for _, s := range p.Scenarios[0].Steps {
			on = append(on, string(s.When.On))
		}
		if got := strings.Join(on, " "); got != "now together together" {
			t.Errorf("got %q", got)
		}
	}
}

func TestMomentsOfARunbookThatCannotBe(t *testing.T) {
	fault := "    Et que le service \"stock\" du site de secours tombe "
	for _, c := range []struct {
		name, text, place string
		words             []string
	}{
		{"no failover", french + "    Quand le service \"stock\" tombe pendant la bascule\n", "x.feature:6:36", []string{"aucune bascule ni procédure avant", "juste après"}},
		{"not right after", failedOverFR + "    Et qu'on laisse la charge pendant 5 s\n" + fault + "pendant la bascule\n", "x.feature:9:56", []string{"doit suivre tout de suite celle de la ligne 7"}},
		{"another runbook", failedOverFR + fault + "pendant la procédure \"PRA-08\"\n", "x.feature:8:56", []string{"la procédure suivie à la ligne 7 est « PRA-07 »"}},
		{"unknown step", failedOverFR + fault + "pendant l'étape \"Promouvoir la base\" de la procédure\n", "x.feature:8:73", []string{"étape « Promouvoir la base » inconnue de la procédure « PRA-07 »", "vouliez-vous dire « Promouvoir la base de Lyon » ?"}},
		{"no such step", failedOverFR + fault + "avant l'étape 4 de la procédure\n", "x.feature:8:70", []string{"a 3 étapes : pas d’étape 4"}},
		{"a failback that is a failover", failedOverFR + fault + "pendant la bascule retour\n", "x.feature:8:56", []string{"est une procédure de bascule"}},
		{"a failover that is a procedure", french + "    Quand on applique la procédure \"PRA-11\"\n" + fault + "pendant la bascule\n", "x.feature:7:56", []string{"est une procédure d’exploitation"}},
		{"out of order", failedOverFR + fault + "après l'étape 2\n" + "    Et que la panne est réparée pendant l'étape 1\n", "x.feature:9:33", []string{"ce moment est déjà passé, l’étape de la ligne 8"}},
		{"nothing but faults", failedOverFR + "    Et qu'on applique la procédure \"PRA-11\" pendant la bascule\n", "x.feature:8:45", []string{"seule une panne, ou sa réparation"}},
		{"repair at the same time", failedOverFR + fault + "pendant la bascule\n    Et que la panne est réparée en même temps\n", "x.feature:9:33", []string{"ne se dit que d’une panne"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ds := compileText(t, c.text)
			wantDiagnostic(t, ds, c.place, c.words...)
			if len(p.Scenarios) > 0 {
				t.Error("a plan in spite of an error")
			}
		})
	}
}

func TestTheSweepIsAskedForInBothLanguages(t *testing.T) {
	for _, text := range []string{
		french + deployFR + "    Et que la base primaire tombe\n    Et quelle que soit l'étape du déploiement où survient la panne\n",
		french + deployFR + "    * Quelle que soit l’étape du déploiement où survient la panne\n    * la base primaire tombe\n",
		english + deployEN + "    And the primary database fails\n    And whatever the step of the deployment at which it strikes\n",
	} {
		p, ds := compileText(t, text)
		accepted(t, ds)
		if s := p.Scenarios[0]; !s.Sweep || len(s.Steps) != 2 {
			t.Errorf("sweep %v, %d steps, in\n%s", s.Sweep, len(s.Steps), text)
		}
	}
	p, ds := compileText(t, french+deployFR+"    Et que la base primaire tombe\n")
	accepted(t, ds)
	if p.Scenarios[0].Sweep {
		t.Error("a sweep that nobody asked for")
	}
}

func TestSweepsThatCannotBe(t *testing.T) {
	sweep := "    Et quelle que soit l'étape du déploiement où survient la panne\n"
	fault := "    Et que la base primaire tombe"
	for _, c := range []struct {
		name, text, place string
		words             []string
	}{
		{"no fault", french + deployFR + sweep, "x.feature:7:5", []string{"une panne et une seule : ce scénario en a 0"}},
		{"two faults", french + deployFR + fault + "\n" + fault + "\n" + sweep, "x.feature:9:5", []string{"ce scénario en a 2"}},
		{"a moment of its own", french + deployFR + fault + " pendant la migration du schéma\n" + sweep, "x.feature:7:5", []string{"déjà son moment", "ligne 8"}},
		{"no deployment", french + "    Quand la base primaire tombe\n" + sweep, "x.feature:7:5", []string{"pendant un déploiement", "Quand le déploiement"}},
		{"after the deployment", french + deployFR + "    Et que le déploiement se termine\n" + fault + "\n" + sweep, "x.feature:9:5", []string{"ne pas être fini"}},
		{"said twice", french + deployFR + fault + "\n" + sweep + sweep, "x.feature:9:5", []string{"déjà dit à la ligne 8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ds := compileText(t, c.text)
			wantDiagnostic(t, ds, c.place, c.words...)
			if len(p.Scenarios) > 0 {
				t.Error("a plan in spite of an error")
			}
		})
	}
}
