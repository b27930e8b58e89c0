package steps

import (
	"strings"
	"testing"
)

func TestTagExpressions(t *testing.T) {
	for _, c := range []struct {
		expr string
		tags string
		want bool
	}{
		{"", "", true}, {"@a", "@a", true}, {"@a", "@ab", false}, {"~@a", "@b", true}, {"~@a", "@a", false},
		{"@a && ~@b", "@a", true}, {"@a && ~@b", "@a @b", false}, {"@a,@b", "@b", true}, {"@a,@b && @c", "@b", false}, {"@a,@b && @c", "@a @c", true},
		{"@a and not @b", "@a", true}, {"@a and not @b", "@a @b", false}, {"@a or @b", "@b", true}, {"@a or @b and @c", "@a", true},
		{"(@a or @b) and @c", "@a", false}, {"not (@a or @b)", "@c", true}, {"not (@a or @b)", "@b", false}, {"not not @a", "@a", true},
		{"@réseau", "@réseau", true},
	} {
		f, err := parseTags(c.expr)
		if err != nil {
			t.Errorf("%q: %v", c.expr, err)
			continue
		}
		if got := f(strings.Fields(c.tags)); got != c.want {
			t.Errorf("%q on %q: %v", c.expr, c.tags, got)
		}
	}
}

func TestTagExpressionsThatMeanNothing(t *testing.T) {
	for expr, want := range map[string]string{
		"a": "begins with @", "@a &&": "missing at the end", "@a @b": "not expected", "@a && not @b": "not both", "@a,,@b": "not expected", "@a et @b": "use and, or, not",
		"@a AND @b": "use and, or, not", "@a || @b": "use and, or, not", "(@a": "not closed", "@a)": "not expected", "@": "not expected", "~": "missing at the end",
		"and @a": "not expected", "!@a": "use and, or, not", "@a & @b": "use and, or, not", "@a, @b and @c": "not both",
	} {
		if _, err := parseTags(expr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", expr, err, want)
		}
	}
}

func TestTagsSelectScenarios(t *testing.T) {
	two := "@f\nFeature: F\n  @a\n  Scenario: A\n    Given the platform \"orders\"\n    And release \"1.4.0\" is live\n    When the primary site is lost\n    Then only one site is active at any time\n" +
		"  @b\n  Scenario: B\n    Given nonsense\n"
	p, ds := compileFiles(t, "@f and not @b", map[string]string{"x.feature": two})
	accepted(t, ds)
	if len(p.Scenarios) != 1 || p.Scenarios[0].Name != "A" {
		t.Errorf("scenarios: %+v", p.Scenarios)
	}
	p, ds = compileFiles(t, "@aa", map[string]string{"x.feature": two})
	wantDiagnostic(t, ds, "--tags:1:1", "no scenario answers to “@aa”", "did you mean “@a”")
	if len(p.Scenarios) > 0 {
		t.Error("a plan without scenarios that were asked for")
	}
	_, ds = compileFiles(t, "@a et @b", map[string]string{"x.feature": two})
	wantDiagnostic(t, ds, "--tags:1:1", "use and, or, not")
}

func TestPathsSelectScenarios(t *testing.T) {
	outline := "Feature: F\n  Background:\n    Given the platform \"orders\"\n    And release \"1.4.0\" is live\n\n  Scenario Outline: lose <site>\n    When site \"<site>\" is lost\n" +
		"    Then only one site is active at any time\n\n    Examples:\n      | site |\n      | Paris |\n      | Lyon |\n\n  Scenario: other\n    When nonsense\n"
	files := map[string]string{"x.feature": outline}
	p, ds := compileFiles(t, "", files, "x.feature:13")
	accepted(t, ds)
	if len(p.Scenarios) != 1 || p.Scenarios[0].Name != "lose Lyon" || p.Scenarios[0].Line != 13 || p.Scenarios[0].Steps[0].Fault.Site != "lyon" {
		t.Errorf("row 13: %+v", p.Scenarios)
	}
	p, ds = compileFiles(t, "", files, "x.feature:6")
	accepted(t, ds)
	if len(p.Scenarios) != 2 || p.Scenarios[0].ID == p.Scenarios[1].ID {
		t.Errorf("outline: %+v", p.Scenarios)
	}
	_, ds = compileFiles(t, "", files, "x.feature:1")
	wantDiagnostic(t, ds, "x.feature:1:1", "there is no scenario on line 1")
	_, ds = compileFiles(t, "", files, "nowhere")
	wantDiagnostic(t, ds, "nowhere:1:1", "there is no such file or folder")
	_, ds = compileFiles(t, "", nil, ".")
	wantDiagnostic(t, ds, ".:1:1", "there is no .feature file in this folder")
}

func TestScenariosOfOneNameGetIdsOfTheirOwn(t *testing.T) {
	p, ds := compileFiles(t, "", map[string]string{"a.feature": english + "    When the primary site is lost\n    Then only one site is active at any time\n",
		"b.feature": english + "    When the primary site is lost\n    Then only one site is active at any time\n"})
	accepted(t, ds)
	if len(p.Scenarios) != 2 || p.Scenarios[0].ID != "s" || p.Scenarios[1].ID != "s-2" {
		t.Errorf("ids: %+v", p.Scenarios)
	}
	if got := slug("L’été : perte de Paris (œuvre nº 1) !"); got != "l-ete-perte-de-paris-oeuvre-n-1" {
		t.Errorf("slug: %q", got)
	}
}
