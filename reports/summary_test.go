package reports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bascule/harness/analysis"
)

// surveyed is a passing scenario in which things were probed, dependencies
// watched and sites compared.
func surveyed(lang string) Model {
	r := probedModel().Scenarios[0]
	r.Header.Language = lang
	r.Findings = nil
	r.Dependencies = needy().Dependencies
	r.Drift = drifted(lang).Drift
	return Build(Run{ID: "r"}, []analysis.Result{r})
}

// A summary and a JUnit file tell the table of a probe, and the counts of
// dependencies and drift, of a scenario that passes too.
func TestSummariesTellWhatAProbeShowed(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		_, section, _ := strings.Cut(written(t, Markdown{}, surveyed(lang)), "\n## ")
		got, _, _ := strings.Cut("## "+section, "\n---\n")
		path := filepath.Join("testdata", "survey."+lang+".md.golden")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("the summary differs from %s; run with -update if that is meant", path)
		}
	}
	file := written(t, JUnit{}, surveyed("fr"))
	for _, want := range []string{
		`name="probe.orders.paris/mail" value="effect=unaffected return=n/a"`,
		`name="probe.orders.paris/orders/2" value="effect=degraded return=by-itself seconds=1.500 error_seconds=0.020"`,
		`name="probe.orders.paris/db" value="effect=down return=after-repair seconds=5.400 error_seconds=0.020 after_repair_seconds=0.300"`,
		`name="probe.orders.paris/orders -&gt; paris/db" value="effect=down return=not watched_seconds=38.000"`,
		`name="probe.orders.paris/cache" value="effect=unknown return=n/a"`,
	} {
		if !strings.Contains(file, want) {
			t.Errorf("no %s in\n%s", want, file)
		}
	}
}

// What findings name is counted and not named twice; what is plainly good takes
// no room.
func TestASummarySaysNothingTwice(t *testing.T) {
	m := surveyed("en")
	r := &m.Scenarios[0]
	if !strings.Contains(written(t, Markdown{}, m), "- lyon/orders → audit: missing") {
		t.Error("a missing dependency that no finding names is not named")
	}
	r.Findings = []analysis.Finding{{Severity: "serious", Code: "missing-dependency", Text: r.Dependencies.List[0].Text}}
	if got := written(t, Markdown{}, m); strings.Contains(got, "- lyon/orders → audit") || !strings.Contains(got, "1"+nbsp+"missing") {
		t.Errorf("named twice, or not counted:\n%s", got)
	}
	r.Findings, r.Resilience, r.Drift = nil, nil, nil
	r.Dependencies.List = r.Dependencies.List[7:] // in order
	if got := written(t, Markdown{}, m); strings.Contains(got, "\n## ") {
		t.Errorf("a pass in which all is in order says more than its row:\n%s", got)
	}
}
