package steps

import (
	"slices"
	"strings"
	"testing"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// The sites are looked at when somebody asks what differs, and never else.
func TestWhenTheSitesAreCompared(t *testing.T) {
	const (
		deploy   = "    Quand le déploiement de la version \"1.5.0\" démarre\n"
		compare  = "    Et qu'on compare les deux sites\n"
		failover = "    Et que la base primaire tombe\n    Et qu'on bascule sur le site de secours\n"
		nothing  = "    Alors aucune opération acquittée n'est perdue\n"
		noDrift  = "    Alors aucun écart de configuration n'est relevé entre les deux sites\n"
		complete = "    Alors la configuration de la version \"1.5.0\" est complète sur le site de secours\n"
	)
	for _, c := range []struct {
		name, said string
		want       []string
	}{
		{"nobody asks", deploy + failover + nothing, nil},
		{"an expectation", deploy + failover + noDrift, []string{"rest", "failover"}},
		{"a requirement", deploy + failover + complete, []string{"rest", "failover"}},
		{"without a failover", deploy + noDrift, []string{"rest", "end"}},
		{"a step", deploy + compare + nothing, []string{"rest", "end"}},
		{"nothing is done", noDrift, []string{"rest"}},
	} {
		p, ds := compileText(t, french+c.said)
		accepted(t, ds)
		if got := p.Scenarios[0].Snapshots; !slices.Equal(got, c.want) {
			t.Errorf("%s: snapshots %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWhatComparisonsMean(t *testing.T) {
	p, ds := compileText(t, english+`    When deployment of release "1.5.0" starts
    And we compare the two sites after schema migration
    And the primary database fails
    And we fail over to the recovery site
    Then no configuration drift is found between the two sites at the instant of failover
    And the configuration of release "1.5.0" is complete on both sites
`)
	accepted(t, ds)
	sc := p.Scenarios[0]
	if s := sc.Steps[1]; s.Do != plan.DoCompare || s.When.Phase != plan.Migrate || s.When.Moment != plan.After {
		t.Errorf("the comparison is %+v", s)
	}
	var got []history.Expectation
	for _, e := range sc.Expect {
		got = append(got, history.Expectation{Kind: e.Kind, Phase: e.Phase, Release: e.Release, Site: e.Site})
	}
	want := []history.Expectation{
		{Kind: history.ExpectNoDrift, Phase: history.AtFailover},
		{Kind: history.ExpectConfigured, Release: "1.5.0", Site: "paris"}, {Kind: history.ExpectConfigured, Release: "1.5.0", Site: "lyon"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("expects %+v, want %+v", got, want)
	}
}

func TestComparisonsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		said  string
		words []string
	}{
		{`la configuration de la version "1.4.0" est complète sur les deux sites`, []string{"la version « 1.4.0 » n’exige rien", "requires"}},
		{`la configuration de la version "9" est complète`, []string{"version « 9 » inconnue"}},
		{`la configuration de la version "1.5.0" est complète sur le site "Lion"`, []string{"vouliez-vous dire « Lyon »"}},
		{`aucun écart de configuration n'est relevé entre les deux sites à l'instant de la bascule`, []string{"ce scénario ne bascule pas"}},
	} {
		_, ds := compileText(t, french+"    Quand on compare les deux sites\n    Alors "+c.said+"\n")
		text := strings.ReplaceAll(list(ds), "\u00a0", " ")
		for _, w := range c.words {
			if !Failed(ds) || !strings.Contains(text, w) {
				t.Errorf("%s: %q is not said in:\n%s", c.said, w, text)
			}
		}
	}
}
