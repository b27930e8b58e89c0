package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
)

// bascule runs a command line as a user does, and gives what it printed.
func bascule(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Execute(t.Context(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// want fails unless the code is right and text holds every part.
func want(t *testing.T, code, wantCode int, text string, parts ...string) {
	t.Helper()
	if code != wantCode {
		t.Errorf("exit code %d, want %d", code, wantCode)
	}
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("missing %q in:\n%s", p, text)
		}
	}
}

func TestHelpDocumentsExitCodes(t *testing.T) {
	code, out, _ := bascule(t, "--help")
	want(t, code, 0, out, "Exit codes:", "0  every scenario passed", "1  a scenario failed", "2  inconclusive", "3  the input is wrong", "4  the container engine")
	for _, command := range []string{"run", "plan", "steps", "analyze", "report", "clean", "version", "completion"} {
		want(t, code, 0, out, "\n  "+command)
	}
	for _, hidden := range []string{"\n  agent", "\n  reap"} {
		if strings.Contains(out, hidden) {
			t.Errorf("%q is not for people", hidden)
		}
	}
	_, bare, _ := bascule(t)
	if bare != out {
		t.Error("bascule alone does not show its help")
	}
}

func TestCompletion(t *testing.T) {
	code, out, _ := bascule(t, "completion", "bash")
	want(t, code, 0, out, "bash completion", "bascule")
}

func TestWrongCommandLines(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"plam"}, `unknown command "plam"`},
		{[]string{"plan", "--tagz", "x"}, "unknown flag: --tagz"},
		{[]string{"plan", "--seed", "x"}, "invalid argument"},
		{[]string{"plan", "--format", "xml"}, "--format xml: unknown; there are text, json"},
		{[]string{"steps", "--format", "xml"}, "--format xml"},
		{[]string{"steps", "--lang", "de"}, "--lang de: fr or en"},
		{[]string{"steps", "extra"}, "extra"},
		{[]string{"analyze"}, "accepts 1 arg"},
		{[]string{"report"}, "accepts 1 arg"},
		{[]string{"run", "--parallel", "0"}, "--parallel 0"},
	} {
		code, out, errs := bascule(t, c.args...)
		want(t, code, 3, errs, c.says)
		if out != "" || strings.Contains(errs, "Usage:") {
			t.Errorf("%v: a wrong flag floods the terminal:\n%s%s", c.args, out, errs)
		}
	}
}

func TestVersion(t *testing.T) {
	code, out, _ := bascule(t, "version")
	want(t, code, 0, out, "bascule ", "history 1", "plan 1", "report 1")
}

func TestStepsInBothLanguages(t *testing.T) {
	for lang, parts := range map[string][]string{
		"fr": {"ÉTANT DONNÉ", "QUAND", "ALORS", "Quand le déploiement de la version", "aucune opération acquittée n'est perdue"},
		"en": {"GIVEN", "WHEN", "THEN", "When deployment of release", "no acknowledged operation is lost"},
	} {
		code, out, _ := bascule(t, "steps", "--lang", lang)
		want(t, code, 0, strings.ReplaceAll(out, "’", "'"), parts...)
		for _, line := range strings.Split(out, "\n") {
			// A table row is shown as it is written.
			if n := len([]rune(line)); n > columns && !strings.Contains(line, "|") {
				t.Errorf("%s: a line of %d columns: %s", lang, n, line)
			}
		}
	}
	code, out, _ := bascule(t, "steps", "--lang", "fr", "--format", "json")
	var entries []map[string]string
	if err := json.Unmarshal([]byte(out), &entries); err != nil || code != 0 || len(entries) < 20 {
		t.Errorf("code %d, %d entries, %v", code, len(entries), err)
	}
}

func TestLanguageComesFromTheLocale(t *testing.T) {
	for _, c := range []struct{ all, lang, flag, says string }{
		{"", "fr_FR.UTF-8", "", "n’existe pas"},
		{"", "en_GB.UTF-8", "", "does not exist"},
		{"C", "fr_FR.UTF-8", "", "does not exist"},
		{"", "fr_FR.UTF-8", "en", "does not exist"},
		{"", "", "fr", "«\u00a0/nowhere\u00a0» n’existe pas"},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_MESSAGES", "")
		t.Setenv("LANG", c.lang)
		args := []string{"analyze", "/nowhere"}
		if c.flag != "" {
			args = append(args, "--lang", c.flag)
		}
		code, _, errs := bascule(t, args...)
		want(t, code, 3, errs, c.says)
	}
}

func TestVerdictsAsExitCodes(t *testing.T) {
	for verdict, code := range map[analysis.Verdict]int{analysis.Pass: 0, analysis.Fail: 1, analysis.Inconclusive: 2, "": 2} {
		got := 0
		var exit *ExitError
		if err := verdictError(verdict); errors.As(err, &exit) {
			got = exit.Code
		}
		if got != code {
			t.Errorf("%q gives %d, want %d", verdict, got, code)
		}
	}
}

// feature writes a feature file.
func feature(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.feature")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const french = `# language: fr
Fonctionnalité: Reprise
  Scénario: La base tombe
    Étant donné la plateforme "orders"
    Et que la version "1.4.0" est en production sur les deux sites
    Quand le déploiement de la version "1.5.0" démarre
    Et que la base primaire tombe pendant la migration du schéma
    Alors la fonction "Commandes" est rétablie en moins de 30 secondes
`

const english = `Feature: Recovery
  Scenario: The database fails
    Given the platform "orders"
    And release "1.4.0" is live on both sites
    When deployment of release "1.5.0" starts
    And the primary database fails during schema migration
    Then function "Orders" is restored within 30 seconds
`

const stageFolder = "../scenarios"

func TestPlanIsPrintedInTheFeaturesLanguage(t *testing.T) {
	code, out, errs := bascule(t, "plan", "--stages", stageFolder, feature(t, french))
	want(t, code, 0, out, "1 scénario, graine 1", "1. La base tombe", "version 1.4.0 en production", "délai de rétablissement", "déployer la version 1.5.0", "pendant la migration du schéma", "=> la fonction", "non appliqué (orders) : paris/gateway: ports")
	if t.Failed() {
		t.Log(errs)
	}
	code, out, errs = bascule(t, "plan", "--stages", stageFolder, "--seed", "7", feature(t, english))
	want(t, code, 0, out, "1 scenario, seed 7", "release 1.4.0 live", "RTO 30 s", "deploy release 1.5.0", "during schema migration: ", "=> function")
	if t.Failed() {
		t.Log(errs)
	}
}

func TestPlanAsJSON(t *testing.T) {
	path := feature(t, english)
	code, out, _ := bascule(t, "plan", "--stages", stageFolder, "--format", "json", path)
	var p plan.Plan
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != 0 || len(p.Scenarios) != 1 || p.Scenarios[0].Stage != "orders" {
		t.Fatalf("code %d, %v, %+v", code, err, p)
	}
	_, again, _ := bascule(t, "plan", "--stages", stageFolder, "--format", "json", path)
	if out != again {
		t.Error("the same features and seed give another plan")
	}
}

func TestMistakesOfAuthors(t *testing.T) {
	for _, c := range []struct {
		name, content string
		args          []string
		says          []string
	}{
		{"unknown stage, fr", strings.Replace(french, `"orders"`, `"ordres"`, 1), nil, []string{"a.feature:4:", "ordres", "orders", "rien n’a été démarré"}},
		{"unknown stage, en", strings.Replace(english, `"orders"`, `"ordres"`, 1), nil, []string{"a.feature:3:", "ordres", "orders", "nothing was started"}},
		{"unknown step, fr", strings.Replace(french, "tombe pendant", "chute pendant", 1), nil, []string{"a.feature:7:", "rien n’a été démarré"}},
		{"unknown step, en", strings.Replace(english, "fails during", "drops during", 1), nil, []string{"a.feature:6:", "nothing was started"}},
		{"no scenario", "Feature: nothing\n", nil, []string{"a.feature", "nothing was started"}},
		{"no scenario of the tag", english, []string{"--tags", "@absent"}, []string{"@absent", "nothing was started"}},
		{"no such stages folder", english, []string{"--stages", "nowhere"}, []string{"nothing was started"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"plan", "--lang", "en", "--stages", stageFolder, feature(t, c.content)}, c.args...)
			code, out, errs := bascule(t, args...)
			want(t, code, 3, errs, c.says...)
			if out != "" {
				t.Errorf("a plan was printed:\n%s", out)
			}
		})
	}
}

// What belongs to no feature is told in the language of the command.
func TestMistakesOfTheCommandLineInItsLanguage(t *testing.T) {
	path := feature(t, english)
	for lang, parts := range map[string][2]string{
		"en": {"no scenario answers to", "nothing was started"},
		"fr": {"aucun scénario ne porte les étiquettes", "rien n’a été démarré"},
	} {
		code, _, errs := bascule(t, "plan", "--lang", lang, "--stages", stageFolder, "--tags", "@absent", path)
		want(t, code, 3, errs, parts[0], parts[1])
		code, _, errs = bascule(t, "plan", "--lang", lang, "no/such/folder")
		want(t, code, 3, errs, "no/such/folder", parts[1])
	}
}

// runFolder makes the folder of a run of two scenarios, as the executor leaves
// it; without run.json if the run was killed.
func runFolder(t *testing.T, killed bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "20260314-031500-abcdef")
	var p plan.Plan
	for _, id := range []string{"second-by-name", "first-by-name"} {
		folder := filepath.Join(dir, id)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		header := history.Header{Run: filepath.Base(dir), Scenario: id, Name: "Nom " + id, Feature: "a.feature", Line: 3, Language: "fr",
			Stage: "orders", Seed: 5, Started: time.Date(2026, 3, 14, 3, 15, 0, 0, time.UTC)}
		w, err := history.Create(filepath.Join(folder, historyFile), header, func() time.Duration { return time.Second })
		if err != nil {
			t.Fatal(err)
		}
		w.Event(history.RunFinished, "")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := analyzeFile(filepath.Join(folder, historyFile))
		if err != nil {
			t.Fatal(err)
		}
		b, err := analysis.MarshalResult(r)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, verdictFile), string(b))
		p.Scenarios = append(p.Scenarios, plan.Scenario{ID: id})
	}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, planFile), string(b))
	if !killed {
		write(t, filepath.Join(dir, runFile), `{"id": "20260314-031500-abcdef", "version": "v9.9.9", "seed": 5}`)
	}
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A history without any load proves nothing: inconclusive, told in the language
// of its feature, in the order of the plan.
func TestAnalyze(t *testing.T) {
	dir := runFolder(t, false)
	code, out, _ := bascule(t, "analyze", dir, "--lang", "en")
	want(t, code, 2, out, "NON CONCLUANT", "a.feature:3")
	if i, j := strings.Index(out, "Nom second-by-name"), strings.Index(out, "Nom first-by-name"); i < 0 || j < i {
		t.Errorf("not in the order of the plan:\n%s", out)
	}
	stored, err := os.ReadFile(filepath.Join(dir, "first-by-name", verdictFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "first-by-name"), filepath.Join(dir, "first-by-name", historyFile)} {
		code, out, _ = bascule(t, "analyze", "--format", "json", path)
		want(t, code, 2, out)
		if out != string(stored) {
			t.Errorf("%s: not what verdict.json holds", path)
		}
	}
}

func TestAnalyzeCheck(t *testing.T) {
	dir := runFolder(t, false)
	code, out, _ := bascule(t, "analyze", dir, "--check", "--lang", "en")
	want(t, code, 0, out, "first-by-name/verdict.json: the same", "second-by-name/verdict.json: the same")

	path := filepath.Join(dir, "first-by-name", verdictFile)
	stored, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.Replace(string(stored), `"inconclusive"`, `"pass"`, 1))
	code, out, _ = bascule(t, "analyze", dir, "--check", "--lang", "fr")
	want(t, code, 1, out, "second-by-name/verdict.json\u00a0: identique", "différent", `"verdict": "pass"`, `"verdict": "inconclusive"`)

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	code, _, errs := bascule(t, "analyze", dir, "--check", "--lang", "en")
	want(t, code, 3, errs, "no verdict to compare with")
}

func TestAnalyzeBadInput(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := bascule(t, "analyze", dir, "--lang", "en")
	want(t, code, 3, errs, "no history.jsonl in")
	code, _, errs = bascule(t, "analyze", dir, "--lang", "fr")
	want(t, code, 3, errs, "aucun fichier history.jsonl")
	write(t, filepath.Join(dir, historyFile), "not a history\n")
	code, _, errs = bascule(t, "analyze", dir)
	want(t, code, 3, errs, historyFile)
}

func TestReport(t *testing.T) {
	dir := runFolder(t, false)
	code, out, _ := bascule(t, "report", dir)
	want(t, code, 0, out, "report.html", "report.json", "junit.xml", "summary.md")
	content, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	want(t, 0, 0, string(content), "v9.9.9", "Nom second-by-name")
	for format, part := range map[string]string{"html": "<html", "json": "v9.9.9", "junit": "<testsuite", "markdown": "Nom second-by-name"} {
		code, out, _ = bascule(t, "report", dir, "--format", format)
		want(t, code, 0, out, part)
	}
	code, _, errs := bascule(t, "report", dir, "--format", "pdf")
	want(t, code, 3, errs, "--format pdf: unknown")
}

// A run that was killed has histories and no run.json: it can be told all the
// same, as interrupted.
func TestReportOfAKilledRun(t *testing.T) {
	dir := runFolder(t, true)
	code, out, _ := bascule(t, "report", dir, "--format", "json")
	want(t, code, 0, out, `"interrupted": true`, filepath.Base(dir))
	code, _, errs := bascule(t, "report", filepath.Join(dir, planFile), "--lang", "en")
	want(t, code, 3, errs, "is not the folder of a run")
}

// What tools of a dead run wrote may hold secrets: it goes even where no engine
// answers. What a run under way has stays.
func TestCleanRemovesWhatToolsOfDeadRunsWrote(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for name, owner := range map[string]string{"bascule-dead-infra-1": host + ":999999999:5", "bascule-alive-infra-1": engine.Owner()} {
		if err := os.Mkdir(filepath.Join(temporary, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(temporary, name, "owner"), []byte(owner), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := bascule(t, "clean", "--lang", "en")
	if code != 4 || !strings.Contains(out, "dead: files of its tools removed") || strings.Contains(out, "alive") {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
	if exists(filepath.Join(temporary, "bascule-dead-infra-1")) || !exists(filepath.Join(temporary, "bascule-alive-infra-1")) {
		t.Error("the wrong one was removed, or none")
	}
}
