package steps

import (
	"strings"
	"testing"
)

// Each trap of the vocabulary: what an author types, and what he sees. Plain
// Gherkin swallows most of them without a word.

const (
	nbsp   = "\u00a0"
	narrow = "\u202f"
)

// body is a whole scenario that asserts something, in plain Gherkin.
const body = `    Étant donné la plateforme "orders"
    Et que la version "1.4.0" est en production
    Quand la base primaire tombe
    Alors la fonction "Commandes" est rétablie en moins de 30 secondes
`

func TestTrapsThatAreSimplyAccepted(t *testing.T) {
	plain := "# language: fr\nFonctionnalité: F\n\n  Scénario: S\n" + body
	for name, text := range map[string]string{
		"plain":                               plain,
		"space before the colons":             strings.NewReplacer("Scénario:", "Scénario :", "Fonctionnalité:", "Fonctionnalité :").Replace(plain),
		"no-break space before the colons":    strings.NewReplacer("Scénario:", "Scénario"+nbsp+":", "Fonctionnalité:", "Fonctionnalité"+narrow+":").Replace(plain),
		"space before the colon after a step": plain + "\n  Scénario : T\n" + body,
		"no-break space after a keyword":      strings.NewReplacer("Quand ", "Quand"+nbsp, "Étant donné ", "Étant"+nbsp+"donné"+narrow).Replace(plain),
		"no-break space as indent":            strings.ReplaceAll(plain, "    ", nbsp+nbsp+nbsp+nbsp),
		"decomposed accents":                  strings.NewReplacer("É", "E\u0301", "é", "e\u0301").Replace(plain),
		"lower case":                          strings.NewReplacer("Étant", "étant", "Quand", "quand", "Alors", "alors", "Et que", "et que").Replace(plain),
		"upper case":                          strings.NewReplacer("Étant donné", "ÉTANT DONNÉ", "Quand", "QUAND", "Scénario", "SCÉNARIO").Replace(plain),
		"accents left out of keywords":        strings.NewReplacer("Fonctionnalité", "Fonctionnalite", "Scénario", "Scenario", "Étant donné", "Etant donne").Replace(plain),
		"tab after a keyword":                 strings.NewReplacer("Quand ", "Quand\t", "Alors ", "Alors \t").Replace(plain),
		"tabs as indent":                      strings.ReplaceAll(plain, "    ", "\t\t"),
		"byte-order mark":                     "\ufeff" + plain,
		"CRLF":                                strings.ReplaceAll(plain, "\n", "\r\n"),
		"guillemets":                          strings.NewReplacer(`"orders"`, "«"+nbsp+"orders"+nbsp+"»", `"Commandes"`, "« Commandes »").Replace(plain),
		"curly quotation marks":               strings.NewReplacer(`"orders"`, "“orders”").Replace(plain),
		"langue: fr":                          strings.Replace(plain, "language", "langue", 1),
		"two spaces in a step":                strings.Replace(plain, "la base primaire tombe", "la  base primaire  tombe", 1),
		"a full stop":                         strings.Replace(plain, "primaire tombe", "primaire tombe.", 1),
		"que after Alors":                     strings.Replace(plain, "Alors la", "Alors que la", 1),
	} {
		t.Run(name, func(t *testing.T) {
			p, ds := compileText(t, text)
			accepted(t, ds)
			for _, s := range p.Scenarios {
				if len(s.Steps) == 0 || len(s.Expect) != 1 || s.Live != "1.4.0" {
					t.Errorf("not the plan of the plain text: %d steps, %d expectations, live %q", len(s.Steps), len(s.Expect), s.Live)
				}
			}
			if len(p.Scenarios) == 0 {
				t.Error("no scenario")
			}
		})
	}
}

func TestElisionOnTheFirstStep(t *testing.T) {
	p, ds := compileText(t, `# language: fr
Fonctionnalité: F
  Contexte:
    Étant donné la plateforme "orders"
    Et que la version "1.4.0" est en production
  Scénario: S
    Lorsqu’on perd le site nominal
    Alors un seul site est actif à tout instant
`)
	accepted(t, ds)
	if len(p.Scenarios) != 1 || len(p.Scenarios[0].Steps) != 1 || p.Scenarios[0].Steps[0].Text != "on perd le site nominal" {
		t.Errorf("plan: %+v", p.Scenarios)
	}
}

func TestElisionAfterEveryKeyword(t *testing.T) {
	p, ds := compileText(t, `# language: fr
Fonctionnalité : F
  Scénario : S
    Étant donné la plateforme « orders »
    Sachant que la version « 1.4.0 » est en production
    Lorsqu’on perd le site nominal
    Et qu’on bascule sur le site de secours en suivant la procédure « PRA-07 »
    Étant donné qu’on laisse la charge pendant 5 s
`)
	// The last step reads well; only its keyword is the wrong one.
	wantDiagnostic(t, ds, "x.feature:8:5", "est une étape « Quand », pas « Étant donné »", "écrivez : Lorsqu'on laisse la charge pendant 5 s")
	if len(ds) != 2 { // and nothing is expected
		t.Errorf("diagnostics:\n%s", list(ds))
	}
	if len(p.Scenarios) != 0 {
		t.Error("a plan in spite of an error")
	}
}

func TestTrapsThatAreTold(t *testing.T) {
	head := "# language: fr\nFonctionnalité: F\n  Scénario: S\n"
	plain := head + body
	for _, c := range []struct {
		name, text, place string
		words             []string
	}{
		{"Exemple: for Exemples:", "# language: fr\nFonctionnalité: F\n  Plan du scénario: S\n    Étant donné la plateforme \"<p>\"\n\n    Exemple:\n      | p |\n      | orders |\n",
			"x.feature:6:5", []string{"ouvre un nouveau scénario", "« Exemples: »"}},
		{"Example: for Examples:", "Feature: F\n  Scenario Outline: S\n    Given the platform \"<p>\"\n\n    Example:\n      | p |\n      | orders |\n",
			"x.feature:5:5", []string{"opens a new scenario", "write: Examples:"}},
		{"missing header", strings.TrimPrefix(plain, "# language: fr\n"), "x.feature:1:1", []string{"est en français mais ne le dit pas", "# language: fr"}},
		{"header too late", "Fonctionnalité: F\n# language: fr\n  Scénario: S\n" + body, "x.feature:2:1", []string{"doit être la première ligne"}},
		{"another language", "# language: de\nFunktionalität: F\n", "x.feature:1:1", []string{"the language of this file is not known"}},
		{"Si", strings.Replace(plain, "Quand", "Si", 1), "x.feature:6:5", []string{"« Si » n’ouvre pas une étape", "écrivez « Quand »"}},
		{"Puis", head + strings.Replace(body, "Étant donné", "Puis", 1), "x.feature:4:5", []string{"« Puis » n’ouvre pas une étape", "écrivez « Et »"}},
		{"Puis after a step", strings.Replace(plain, "Alors", "Puis", 1), "x.feature:7:5", []string{"« Puis » n’ouvre pas une étape"}},
		{"slip in a keyword", strings.Replace(plain, "Quand", "Quant", 1), "x.feature:6:5", []string{"vouliez-vous dire « Quand » ?"}},
		{"colon left out", strings.Replace(plain, "Scénario: S", "Scénario S", 1), "x.feature:3:3", []string{"il manque le deux-points après « Scénario »"}},
		{"colon left out, English", "Feature: F\n  Scenario S\n    Given the platform \"orders\"\n", "x.feature:2:3", []string{"the colon after “Scenario” is missing"}},
		{"step in the description", "# language: fr\nFonctionnalité: F\n  Quand la base tombe, on pleure.\n  Scénario: S\n" + body, "x.feature:3:3", []string{"commence comme une étape"}},
		{"English keyword", strings.Replace(plain, "Quand", "When", 1), "x.feature:6:5", []string{"« When » est un mot-clé anglais"}},
		{"French keyword", strings.Replace(english, "And", "Et", 1), "x.feature:4:5", []string{"“Et” is a French keyword"}},
		{"no scenario", "# language: fr\nFonctionnalité: F\n", "x.feature:2:1", []string{"aucun scénario dans ce fichier"}},
		{"empty file", "", "x.feature:1:1", []string{"this file is empty"}},
		{"no step", "# language: fr\nFonctionnalité: F\n  Scénario: S\n", "x.feature:3:3", []string{"« S » n’a aucune étape"}},
		{"outline without examples", "Feature: F\n  Scenario Outline: S\n    Given the platform \"orders\"\n", "x.feature:2:3", []string{"has no examples"}},
		{"examples without rows", "Feature: F\n  Scenario Outline: S\n    Given the platform \"<p>\"\n    Examples:\n      | p |\n", "x.feature:4:5", []string{"has no row"}},
		{"table with a hole", french + "    Et que les fonctions critiques sont les suivantes :\n      | fonction | DMIA |\n      | Commandes |\n", "x.feature:8:7", []string{"pas le même nombre de cases"}},
		{"Latin-1", "# language: fr\nFonctionnalit\xe9: F\n", "x.feature:2:14", []string{"n’est pas en UTF-8"}},
		{"value outside an outline", french + "    Quand on perd le site \"<s>\" vite\n", "x.feature:6:5", []string{"Plan du scénario"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ds := compileText(t, c.text)
			wantDiagnostic(t, ds, c.place, c.words...)
			if !Failed(ds) || len(p.Scenarios) > 0 {
				t.Errorf("%d scenarios, and diagnostics:\n%s", len(p.Scenarios), list(ds))
			}
		})
	}
}

func TestRegionOfALanguageIsReadWithAWarning(t *testing.T) {
	p, ds := compileText(t, "# language: fr-FR\nFonctionnalité: F\n  Scénario: S\n"+body)
	accepted(t, ds)
	wantDiagnostic(t, ds, "x.feature:1:1", "avertissement : langue « fr-FR » lue comme « fr »")
	if len(p.Scenarios) != 1 || p.Scenarios[0].Language != "fr" {
		t.Errorf("plan: %+v", p.Scenarios)
	}
}

func TestDescriptionsOfPlainProseStay(t *testing.T) {
	_, ds := compileText(t, `# language: fr
Fonctionnalité: F
  Paris brûle, et Lyon reprend
  et tout le monde respire.
  Contexte réglementaire : DORA.

  Scénario: S
    Une phrase de description
    et sa suite.
`+body)
	// "Contexte réglementaire" is not the keyword; no line is taken for a step.
	accepted(t, ds)
}

func TestAScenarioWithoutThenIsWarnedAbout(t *testing.T) {
	p, ds := compileText(t, french+"    Quand on perd le site nominal\n")
	accepted(t, ds)
	wantDiagnostic(t, ds, "x.feature:3:3", "avertissement", "n’attend rien", "non concluant")
	if len(p.Scenarios) != 1 || len(p.Scenarios[0].Warnings) != 1 {
		t.Errorf("a warning must not forbid the plan, and must stand in it: %+v", p.Scenarios)
	}
}

func TestUnknownStepsComeWithTheNearestPhrase(t *testing.T) {
	_, ds := compileText(t, french+"    Quand la base primaire s'écroule pendant la migration du schéma\n    Et xyzzy\n")
	wantDiagnostic(t, ds, "x.feature:6:5", "étape inconnue", "la phrase la plus proche : Quand la base primaire tombe pendant la migration du schéma")
	wantDiagnostic(t, ds, "x.feature:7:5", "étape inconnue : « xyzzy »", "bascule steps --lang fr")
	_, ds = compileText(t, english+"    When the primary database explodes during schema migration\n")
	wantDiagnostic(t, ds, "x.feature:5:5", "unknown step", "the nearest phrase: When the primary database fails during schema migration")
}
