package reports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

func result(feature, lang string, v analysis.Verdict) analysis.Result {
	return analysis.Result{Header: history.Header{Feature: feature, Language: lang}, Verdict: v}
}

func TestTheWorstVerdictIsTheRuns(t *testing.T) {
	pass, fail, unsure := result("a", "fr", analysis.Pass), result("b", "fr", analysis.Fail), result("c", "fr", analysis.Inconclusive)
	for name, c := range map[string]struct {
		run     Run
		results []analysis.Result
		want    analysis.Verdict
	}{
		"all pass":                     {Run{}, []analysis.Result{pass, pass}, analysis.Pass},
		"a failure beats":              {Run{}, []analysis.Result{pass, unsure, fail, unsure}, analysis.Fail},
		"inconclusive beats a pass":    {Run{}, []analysis.Result{pass, unsure}, analysis.Inconclusive},
		"nothing played":               {Run{}, nil, analysis.Inconclusive},
		"interrupted after a pass":     {Run{Interrupted: true}, []analysis.Result{pass}, analysis.Inconclusive},
		"interrupted after a failure":  {Run{Interrupted: true}, []analysis.Result{fail}, analysis.Fail},
		"a verdict that nobody knows":  {Run{}, []analysis.Result{pass, result("d", "fr", "maybe")}, analysis.Inconclusive},
		"a scenario without a verdict": {Run{}, []analysis.Result{result("d", "fr", "")}, analysis.Inconclusive},
	} {
		if got := Build(c.run, c.results).Verdict; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTheLanguageIsThatOfMostFeatures(t *testing.T) {
	fr, fr2, en, en2 := result("a", "fr", "pass"), result("a2", "fr", "pass"), result("b", "en", "pass"), result("b2", "en", "pass")
	for name, c := range map[string]struct {
		results []analysis.Result
		want    string
	}{
		"french":                          {[]analysis.Result{fr, fr2, en}, "fr"},
		"english":                         {[]analysis.Result{fr, en, en2}, "en"},
		"as many: the first":              {[]analysis.Result{fr, en}, "fr"},
		"as many: the first, English":     {[]analysis.Result{en, fr}, "en"},
		"features count, not scenarios":   {[]analysis.Result{fr, fr, fr, en, en2}, "en"},
		"no feature":                      {nil, "en"},
		"a language that has no words":    {[]analysis.Result{result("x", "de", "pass")}, "en"},
		"several scenarios of one French": {[]analysis.Result{fr, fr}, "fr"},
	} {
		if got := Build(Run{}, c.results).Language; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestWriteAllWritesWholeFilesAndLeavesNothingElse(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "report.html")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	paths, err := WriteAll(dir, sampleModel())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "junit.xml report.html report.json summary.md" || len(paths) != 4 {
		t.Errorf("files: %s, paths: %v", got, paths)
	}
	if b, _ := os.ReadFile(old); !strings.HasSuffix(string(b), "</html>\n") {
		t.Error("report.html is not whole")
	}
	if _, err := WriteAll(filepath.Join(dir, "absent"), sampleModel()); err == nil || !strings.Contains(err.Error(), "report.html") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestNumbersReadAsEachLanguageWritesThem(t *testing.T) {
	fr, en := newTongue("fr"), newTongue("en")
	plain := func(s string) string { return strings.NewReplacer(nbsp, "~", narrow, "_").Replace(s) }
	for _, c := range []struct{ got, want string }{
		{fr.span(18224 * time.Millisecond), "18,2~s"}, {en.span(18224 * time.Millisecond), "18.2~s"},
		{fr.span(450 * time.Millisecond), "450~ms"}, {fr.span(2300 * time.Microsecond), "2,3~ms"}, {fr.span(0), "0~s"},
		{fr.span(90 * time.Second), "1~min~30~s"}, {fr.span(30 * time.Minute), "30~min"}, {fr.span(4 * time.Hour), "4~h"},
		{fr.span(time.Hour + 5*time.Minute), "1~h~05~min"}, {fr.span(59960 * time.Millisecond), "1~min"}, {fr.span(-time.Second), "−1~s"},
		{fr.percent(99.5), "99,5_%"}, {en.percent(99.5), "99.5%"}, {en.percent(99.9999), "99.999%"}, {en.percent(100), "100%"}, {fr.percent(-1), "non mesuré"},
		{fr.number(1234567), "1_234_567"}, {en.number(1234567), "1,234,567"}, {en.number(-1000), "−1,000"},
		{fr.count(0, "opération", "opérations"), "0~opération"}, {en.count(0, "operation", "operations"), "0~operations"},
		{fr.instant(66200 * time.Millisecond), "1~min~06,2~s"}, {fr.instant(time.Hour), "1~h~00~min~00,0~s"},
		{en.date(time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC)), "1 March 2026, 09:05:00 UTC"},
		{fr.date(time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC)), "1er~mars 2026 à 09:05:00 UTC"},
		{typeset("fr", "Perdu : 3 s ; « Lyon » ? 99 %"), "Perdu~: 3~s_; «~Lyon~»_? 99_%"},
	} {
		if plain(c.got) != c.want {
			t.Errorf("%q, want %q", plain(c.got), c.want)
		}
	}
	if v, e := en.measured(18224*time.Millisecond, 18*time.Millisecond); plain(v+" "+e) != "18.22~s ±~0.02~s" {
		t.Errorf("measured: %s %s", v, e)
	}
	if v, e := fr.measured(125120*time.Millisecond, 120*time.Millisecond); plain(v+" "+e) != "2~min~5,1~s ±~0,1~s" {
		t.Errorf("measured: %s %s", v, e)
	}
}
