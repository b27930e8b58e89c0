package cmd_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bascule/harness/analysis"
)

// A recovery site that has drifted: each planted defect is named, with what is
// to be mended and by whom, in both languages, in the report and in JUnit. The
// same release on sites that are in line raises no finding at all.
func TestPlantedDefectsAreNamedAndTheCorrectedReleaseIsNot(t *testing.T) {
	s := start(t, "--stages", stages, "../features/planted/secours-derive.feature", "../features/certification/commandes-tarifees.feature")
	if got := s.code(t); got != 1 {
		t.Errorf("exit code %d, want 1", got)
	}
	dir, id := s.run(t)
	b, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report struct{ Scenarios []analysis.Result }
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Scenarios) != 2 {
		t.Fatalf("%d scenarios, want 2", len(report.Scenarios))
	}
	bad, good := report.Scenarios[0], report.Scenarios[1]
	if bad.Verdict != analysis.Fail {
		t.Errorf("the drifted site: %s %v", bad.Verdict, bad.Reasons)
	}
	junit := junitFindings(t, filepath.Join(dir, "junit.xml"))
	for _, want := range []struct{ code, subject, fr, en string }{
		{"missing-dependency", "lyon/pricing -> rates", "rates", "rates"},
		{"config-missing", "lyon/pricing", "la variable CURRENCY", "variable CURRENCY"},
		{"config-missing", "lyon/refdata", "la colonne tariffs.vat_code", "column tariffs.vat_code"},
		{"drift", "lyon/pricing", "CURRENCY", "CURRENCY"},
		{"drift", "lyon/rates", "manque à Lyon", "missing in Lyon"},
		{"drift", "lyon/refdata", "en retard, version 1", "behind, version 1"},
		{"drift", "lyon/refdata", "la colonne tariffs.vat_code", "column tariffs.vat_code"},
	} {
		i := slices.IndexFunc(bad.Findings, func(f analysis.Finding) bool {
			return f.Code == want.code && f.Subject == want.subject && strings.Contains(f.Text.FR, want.fr) && strings.Contains(f.Text.EN, want.en)
		})
		if i < 0 {
			t.Errorf("no finding %s of %s: %q, %q", want.code, want.subject, want.fr, want.en)
			continue
		}
		if f := bad.Findings[i]; f.Owner.FR != "direction financière" || f.Owner.EN != "head of finance" {
			t.Errorf("%s of %s is owned by %+v", f.Code, f.Subject, f.Owner)
		}
		if !slices.ContainsFunc(junit["finding."+want.code], func(line string) bool {
			return strings.Contains(line, want.fr) && strings.Contains(line, "direction financière")
		}) {
			t.Errorf("JUnit does not tell %s of %s with its owner: %q", want.code, want.subject, junit["finding."+want.code])
		}
	}
	for _, f := range good.Findings {
		t.Errorf("the corrected release: %s %s %s", f.Code, f.Subject, f.Text.EN)
	}
	for _, e := range good.Expectations {
		if e.Verdict != analysis.Pass {
			t.Errorf("the corrected release: %s: %s: %s", e.Text, e.Verdict, e.Reason.EN)
		}
	}
	nothingLeft(t, id, 0)
}

// junitFindings are the findings that JUnit's properties tell, by name.
func junitFindings(t *testing.T, path string) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Properties []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"testsuite>testcase>properties>property"`
	}
	if err := xml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, p := range doc.Properties {
		out[p.Name] = append(out[p.Name], p.Value)
	}
	return out
}
