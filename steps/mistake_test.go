package steps

import (
	"context"
	"errors"
	"testing"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

const (
	deployFR = "    Quand le déploiement de la version \"1.5.0\" démarre\n"
	deployEN = "    When deployment of release \"1.5.0\" starts\n"
)

func TestMistakesAreToldInTheAuthorsLanguage(t *testing.T) {
	bare := "# language: fr\nFonctionnalité: F\n  Scénario: S\n"
	for _, c := range []struct {
		name, text, place string
		words             []string
	}{
		{"no platform", bare + "    Quand on perd le site nominal\n", "x.feature:4:5", []string{"aucune plateforme n’est encore nommée"}},
		{"unknown platform", bare + "    Étant donné la plateforme \"ordres\"\n", "x.feature:4:32", []string{"plateforme « ordres » inconnue", "« orders »"}},
		{"unknown variant", bare + "    Étant donné la plateforme \"orders\" dans sa variante \"sync\"\n", "x.feature:4:58", []string{"n’a pas de variante « sync »", "« orders/async »"}},
		{"two platforms", french + "    Étant donné la plateforme \"orders\"\n", "x.feature:6:5", []string{"déjà"}},
		{"roles swapped", french + "    Étant donné que le site nominal \"Lyon\" est actif et que le site de secours \"Paris\" est en veille\n", "x.feature:6:38", []string{"« Lyon » est le site de secours"}},
		{"unknown release", french + "    Quand le déploiement de la version \"1.5\" démarre\n", "x.feature:6:41", []string{"version « 1.5 » inconnue", "vouliez-vous dire « 1.5.0 » ?", "« 1.4.0 »"}},
		{"release already live", french + "    Quand le déploiement de la version \"1.4.0\" démarre\n", "x.feature:6:41", []string{"déjà en production"}},
		{"unknown site", french + "    Quand on perd le site \"Pari\"\n", "x.feature:6:28", []string{"site « Pari » inconnu", "vouliez-vous dire « Paris » ?"}},
		{"unknown service", french + "    Quand le service \"order\" tombe\n", "x.feature:6:23", []string{"service « order » inconnu du site « Paris »", "« orders »"}},
		{"unknown instance", french + "    Quand l'instance 3 du service \"orders\" tombe\n", "x.feature:6:22", []string{"2 instances", "pas d’instance 3"}},
		{"unknown function", french + "    Quand on perd le site nominal\n    Alors la fonction \"Commande\" est rétablie en moins de 30 s\n", "x.feature:7:24", []string{"fonction critique « Commande » inconnue", "« Commandes »"}},
		{"unknown runbook", french + "    Quand on bascule en suivant la procédure \"PRA-7\"\n", "x.feature:6:47", []string{"procédure « PRA-7 » inconnue", "« PRA-07 »"}},
		{"wrong runbook", french + "    Quand on bascule en suivant la procédure \"PRA-11\"\n", "x.feature:6:47", []string{"pas une procédure de bascule", "« PRA-07 »"}},
		{"failover to the wrong site", french + "    Quand on bascule sur le site nominal en suivant la procédure \"PRA-07\"\n", "x.feature:6:26", []string{"mène au site « Lyon »"}},
		{"failback first", french + "    Quand on rebascule sur le site nominal\n", "x.feature:6:5", []string{"rien à rebasculer"}},
		{"two failovers", french + "    Quand on bascule en suivant la procédure \"PRA-07\"\n    Et qu'on bascule en suivant la procédure \"PRA-07\"\n", "x.feature:7:5", []string{"déjà eu lieu"}},
		{"moment without a deployment", french + "    Quand la base primaire tombe pendant la migration du schéma\n", "x.feature:6:34", []string{"aucun déploiement n’a démarré"}},
		{"moment after the end", french + deployFR + "    Et que le déploiement se termine\n    Et que la base primaire tombe pendant la migration du schéma\n", "x.feature:8:35", []string{"déjà terminé"}},
		{"unknown phase", french + deployFR + "    Et que la base primaire tombe pendant la migrasion\n", "x.feature:7:35", []string{"phase de déploiement inconnue", "vouliez-vous dire", "migration du schéma"}},
		{"phase that this strategy lacks", french + deployFR + "    Et que la base primaire tombe pendant la bascule du trafic\n", "x.feature:7:35", []string{"n’a pas de phase d’aiguillage du trafic"}},
		{"instance count", french + deployFR + "    Et que la base primaire tombe après le remplacement de l'instance 1 sur 3 du service \"orders\"\n", "x.feature:7:77", []string{"2 instances, pas 3"}},
		{"service that is not deployed", french + deployFR + "    Et que la base primaire tombe après le remplacement de l'instance 1 du service \"stock\"\n", "x.feature:7:85", []string{"ne remplace pas le service « stock »"}},
		{"moments out of order", french + deployFR + "    Et que la base primaire tombe pendant le remplacement des instances\n    Et que la panne est réparée pendant la migration du schéma\n", "x.feature:8:33", []string{"ce moment est déjà passé"}},
		{"two deployments", french + deployFR + deployFR, "x.feature:7:5", []string{"déjà en cours depuis la ligne 6"}},
		{"stop without a deployment", french + "    Quand le déploiement est arrêté\n", "x.feature:6:5", []string{"aucun déploiement n’a démarré"}},
		{"stop by a stranger", french + deployFR + "    Et que le \"stagiaire\" fait arrêter le déploiement\n", "x.feature:7:16", []string{"« stagiaire » n’a pas autorité", "« responsable de mise en production »"}},
		{"rollback to what is deployed", french + deployFR + "    Et que le déploiement se termine\n    Et qu'on revient en arrière vers la version \"1.5.0\"\n", "x.feature:8:50", []string{"un retour arrière va vers une version d’avant"}},
		{"rollback under way", french + deployFR + "    Et qu'on revient en arrière vers la version \"1.4.0\"\n", "x.feature:7:5", []string{"encore en cours"}},
		{"heal without a fault", french + "    Quand la panne est réparée\n", "x.feature:6:5", []string{"aucune panne n’est en cours"}},
		{"nobody stops", french + deployFR + "    Alors le \"responsable de mise en production\" prononce l'arrêt du déploiement dans les 15 minutes\n", "x.feature:7:5", []string{"aucune étape n’arrête le déploiement"}},
		{"no fault to recover from", french + "    Alors la fonction \"Commandes\" est rétablie en moins de 30 s\n", "x.feature:6:5", []string{"aucune panne dans ce scénario"}},
		{"no failover while failing over", french + "    Quand on bascule en suivant la procédure \"PRA-07\"\n    Alors aucune bascule n'a lieu\n", "x.feature:7:5", []string{"ne peut pas être tenue"}},
		{"percentage", french + "    Alors la disponibilité reste d'au moins 150 %\n", "x.feature:6:45", []string{"un pourcentage va de 0 à 100"}},
		{"unit", french + "    Quand on laisse la charge pendant 3 lustres\n", "x.feature:6:39", []string{"unité inconnue « lustres »"}},
		{"load", french + "    Étant donné que la charge est de 0 opération par seconde\n", "x.feature:6:38", []string{"la charge doit être"}},
		{"jitter", french + "    Quand la liaison intersite devient lente : 10 ms ± 20 ms\n", "x.feature:6:56", []string{"ne peut pas dépasser le retard"}},
		{"no live release", bare + "    Étant donné la plateforme \"orders\"\n    Quand on perd le site nominal\n", "x.feature:3:3", []string{"ne dit pas quelle version est en production"}},
		{"table missing", french + "    Et que les fonctions critiques sont les suivantes :\n", "x.feature:6:5", []string{"il manque un tableau", "délai de rétablissement"}},
		{"table not wanted", french + "    Quand on perd le site nominal\n      | a |\n", "x.feature:7:5", []string{"n’attend pas de tableau"}},
		{"unknown column", french + "    Et que les fonctions critiques sont les suivantes :\n      | fonction | délai |\n      | Commandes | 1 s |\n", "x.feature:7:20", []string{"colonne inconnue : « délai »", "délai de rétablissement"}},
		{"unknown function in the table", french + "    Et que les fonctions critiques sont les suivantes :\n      | fonction | DMIA |\n      | Comandes | 1 min |\n", "x.feature:8:9", []string{"« Comandes » inconnue", "« Commandes »"}},
		{"RTO beyond MTPD", french + "    Et que les fonctions critiques sont les suivantes :\n      | fonction | RTO | DMIA |\n      | Commandes | 1 h | 30 min |\n", "x.feature:8:9", []string{"doit être plus court que la DMIA"}},
		{"ambiguous star", french + "    * la version \"1.4.0\" est en production\n", "x.feature:6:5", []string{"étape ambiguë"}},
		{"a row of an outline", "Feature: F\n  Scenario Outline: S\n    Given the platform \"orders\"\n    And release \"1.4.0\" is live\n    When site \"<s>\" is lost\n    Examples:\n      | s |\n      | Nice |\n",
			"x.feature:5:5", []string{"site “Nice” is unknown", "(example on line 8)", "“Lyon”"}},
		{"English too", english + deployEN + "    And the primary database fails during schema migraton\n", "x.feature:6:36", []string{"unknown phase of a deployment", "did you mean “schema migration”?"}},
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

func TestRemarksGoIntoThePlan(t *testing.T) {
	for name, text := range map[string]string{
		"loss tolerated": french + "    Quand on perd le site nominal\n    Alors la perte de données constatée ne dépasse pas 5 minutes\n    Et aucune opération acquittée n'est perdue\n",
		"variant's RPO": "# language: fr\nFonctionnalité: F\n  Scénario: S\n    Étant donné la plateforme \"orders\" dans sa variante \"async\"\n    Et que la version \"1.4.0\" est en production\n" +
			"    Quand on perd le site nominal\n    Alors aucune opération acquittée n'est perdue\n",
	} {
		p, ds := compileText(t, text)
		accepted(t, ds)
		if len(p.Scenarios) != 1 || len(p.Scenarios[0].Warnings) != 1 {
			t.Errorf("%s: no warning in the plan; diagnostics:\n%s", name, list(ds))
		}
	}
}

func TestMistakesOfAStageAreToldAtTheirPlace(t *testing.T) {
	stages := stagesFolder(t)
	load := func(string, string) (*stage.Stage, error) {
		return nil, stage.Problems{{File: "orders/stage.yaml", Line: 7, Col: 3, Text: history.Text{FR: "clé inconnue", EN: "unknown key"}}}
	}
	t.Chdir(t.TempDir())
	writeFile(t, "x.feature", french+"    Quand on perd le site nominal\n")
	_, ds := Compile(context.Background(), Options{Paths: []string{"x.feature"}, Stages: stages, Load: load})
	wantDiagnostic(t, ds, "x.feature:4:32", "la plateforme « orders » contient 1 erreur, dite ci-après")
	wantDiagnostic(t, ds, "orders/stage.yaml:7:3", "clé inconnue")
	if len(ds) != 3 { // the third: this scenario expects nothing
		t.Errorf("one failure is told more than once:\n%s", list(ds))
	}
	load = func(string, string) (*stage.Stage, error) { return nil, errors.New("disk on fire") }
	_, ds = Compile(context.Background(), Options{Paths: []string{"x.feature"}, Stages: stages, Load: load})
	wantDiagnostic(t, ds, "x.feature:4:32", "illisible : disk on fire")
}

func TestTriggersInBothLanguages(t *testing.T) {
	phase := func(p plan.Phase, m plan.Moment, delay plan.Duration) plan.Trigger {
		return plan.Trigger{On: plan.OnPhase, Phase: p, Moment: m, Delay: delay}
	}
	const second = plan.Duration(1e9)
	for _, c := range []struct {
		fr, en string
		want   plan.Trigger
	}{
		{"pendant la migration du schéma", "during schema migration", phase(plan.Migrate, plan.During, 0)},
		{"pendant la phase de migration", "during the migration phase", phase(plan.Migrate, plan.During, 0)},
		{"pendant le remplacement des instances", "while instances are being replaced", phase(plan.Replace, plan.During, 0)},
		{"pendant la phase de remplacement des instances", "during instance replacement", phase(plan.Replace, plan.During, 0)},
		{"avant le remplacement des instances", "before instances are replaced", phase(plan.Replace, plan.Before, 0)},
		{"après la vérification", "after verification", phase(plan.Verify, plan.After, 0)},
		{"après la fin de la migration", "after the migration", phase(plan.Migrate, plan.After, 0)},
		{"pendant la préparation", "during preparation", phase(plan.Prepare, plan.During, 0)},
		{"avant la clôture", "before the finish", phase(plan.Finish, plan.Before, 0)},
		{"2 secondes après le début de la migration du schéma", "2 seconds after the start of schema migration", phase(plan.Migrate, plan.During, 2*second)},
		{"2 secondes après la migration du schéma", "2 seconds after schema migration", phase(plan.Migrate, plan.After, 2*second)},
		{"10 secondes après le début du déploiement", "10 seconds after the deployment starts", plan.Trigger{On: plan.OnStart, Delay: 10 * second}},
		{"10 s après le début du déploiement", "10 s after the start of the deployment", plan.Trigger{On: plan.OnStart, Delay: 10 * second}},
		{"pendant le déploiement", "during the deployment", plan.Trigger{On: plan.OnStart}},
		{"une minute après le démarrage du déploiement", "one minute into the deployment", plan.Trigger{On: plan.OnStart, Delay: 60 * second}},
		{"5 s après le début de la migration", "5 s into the migration", phase(plan.Migrate, plan.During, 5*second)},
		{`après le remplacement de l'instance 1 sur 2 du service "orders"`, `after instance 1 of 2 of service "orders" is replaced`,
			plan.Trigger{On: plan.OnInstance, Phase: plan.Replace, Moment: plan.After, Service: "orders", K: 1, N: 2}},
		{`après l'instance 2 du service "orders"`, `after instance 2 of "orders"`, plan.Trigger{On: plan.OnInstance, Phase: plan.Replace, Moment: plan.After, Service: "orders", K: 2, N: 2}},
		{"", "", plan.Trigger{On: plan.OnNow}},
	} {
		for text, words := range map[string]string{
			french + deployFR + "    Et que la base primaire tombe pendant 10 secondes ": c.fr, english + deployEN + "    And the primary database fails for 10 seconds ": c.en,
		} {
			p, ds := compileText(t, text+words+"\n")
			if Failed(ds) || len(p.Scenarios) != 1 {
				t.Errorf("%q is refused:\n%s", words, list(ds))
				continue
			}
			s := p.Scenarios[0].Steps[1]
			if s.When != c.want || s.Fault.For != 10*second {
				t.Errorf("%q: %+v for %v, want %+v", words, s.When, s.Fault.For, c.want)
			}
		}
	}
}
