package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"bascule/harness/analysis"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

const shipped = "../scenarios"

func TestMistakesInAskingForDependencies(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"deps"}, "accepts 1 arg"},
		{[]string{"deps", "orders", "--format", "xml"}, "--format xml: unknown; there are text, json, dot, mermaid"},
		{[]string{"deps", "orders", "--for", "0s", "--lang", "en"}, "--for 0s: from 1s to 1h"},
		{[]string{"deps", "ordres", "--stages", shipped, "--lang", "en"}, "did you mean"},
		{[]string{"deps", "ordres", "--stages", shipped, "--lang", "fr"}, "plateforme inconnue"},
		{[]string{"deps", "orders", "--stages", shipped, "--runbook", "PRA-77", "--lang", "en"}, "no failover runbook of this name"},
		{[]string{"deps", "orders", "--stages", shipped, "--live", "9.9", "--lang", "en"}, "stage orders has no such release"},
	} {
		code, out, errs := bascule(t, c.args...)
		want(t, code, 3, strings.ReplaceAll(errs, "\u00a0", " "), c.says)
		if out != "" {
			t.Errorf("%v printed %q", c.args, out)
		}
	}
}

// TestTheExerciseOfDependencies: service with the primary site, then without.
func TestTheExerciseOfDependencies(t *testing.T) {
	o := depsOptions{stageRun: stageRun{stages: shipped}, keep: 5 * time.Second}
	for _, name := range []string{"orders", "orders/async", filepath.Join(shipped, "orders"), filepath.Join(shipped, "orders", "async")} {
		s, err := o.load("fr", name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sc, err := o.exercise("fr", s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var did []plan.Action
		for _, st := range sc.Steps {
			did = append(did, st.Do)
			if st.Text == "" || st.Line != 1 {
				t.Errorf("%s: step %+v", name, st)
			}
		}
		if got := strings.Join([]string{string(did[0]), string(did[1]), string(did[2]), string(did[3])}, " "); got != "wait fault failover wait" {
			t.Errorf("%s: %s", name, got)
		}
		if f := sc.Steps[1].Fault; f.Kind != plan.SiteLost || f.Site != "paris" || sc.Steps[2].Runbook.ID != "PRA-07" {
			t.Errorf("%s: %+v, %+v", name, f, sc.Steps[2].Runbook)
		}
		if sc.Live == "" || len(sc.Functions) == 0 || len(sc.SHA256) != 64 || !strings.HasSuffix(sc.Feature, "orders/stage.yaml") || len(sc.Expect) != 2 {
			t.Errorf("%s: %+v", name, sc)
		}
	}
}

// someDependencies is a result with one of each that declarations are proposed for.
func someDependencies() analysis.Result {
	owner := history.Text{FR: "ventes", EN: "sales"}
	list := []analysis.Dependency{
		{From: "lyon/orders", To: "10.1.2.3", How: analysis.ByAddress, Leads: "paris/stock", Port: 8080, Proto: "tcp", Tried: 3, Classes: []analysis.Class{analysis.Missing, analysis.Hidden, analysis.Undeclared}, Owner: owner,
			Text: history.Text{FR: "adresse écrite en dur", EN: "hard-coded address"}},
		{From: "lyon/db", To: "10.1.2.4", How: analysis.ByAddress, Leads: "paris/db", Port: 5432, Proto: "tcp", Tried: 3, Classes: []analysis.Class{analysis.Undeclared}},
		{From: "paris/orders", To: "paris/gateway", How: analysis.ByName, Port: 9090, Proto: "tcp", Tried: 3, Answered: 3, Classes: []analysis.Class{analysis.Undeclared}},
		{From: "lyon/orders", To: "lyon/gateway", How: analysis.ByName, Port: 9091, Proto: "tcp", Tried: 3, Answered: 3, Classes: []analysis.Class{analysis.Undeclared}},
		{From: "paris/orders", To: "smtp.example.com", How: analysis.ByUnknown, Lookups: 2, Classes: []analysis.Class{analysis.Unresolved}},
		{From: "paris/orders", To: "audit", How: analysis.ByUnknown, Lookups: 2, Classes: []analysis.Class{analysis.Unresolved}},
		{From: "paris/orders", To: "paris/stock", How: analysis.Unseen, Classes: []analysis.Class{analysis.Unused}},
	}
	return analysis.Result{Header: history.Header{Name: "n", Stage: "orders"}, Dependencies: analysis.Dependencies{Measured: true, Known: true, List: list}}
}

// TestWhatIsProposedCanBeDeclared: pasted into stage.yaml, it is a stage that
// loads.
func TestWhatIsProposedCanBeDeclared(t *testing.T) {
	s, err := stage.Load(filepath.Join(shipped, "orders"), "")
	if err != nil {
		t.Fatal(err)
	}
	proposed := func(r analysis.Result) string {
		var all proposals
		all.add("en", s, []analysis.Result{r})
		return all.yaml("en")
	}
	text := proposed(someDependencies())
	for _, part := range []string{
		"{from: lyon/orders, to: paris/stock, name: stock.paris, ports: [8080],", "{from: orders, to: gateway, ports: [9090, 9091],", "{from: orders, to: smtp.example.com,",
		"# lyon/db: address 10.1.2.4, to be replaced by this name, declared already under the name db.paris",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("not proposed: %s in\n%s", part, text)
		}
	}
	if strings.Contains(text, "audit") {
		t.Errorf("a name that names nothing is declared:\n%s", text)
	}
	var add struct{ Flows, Dependencies []yaml.Node }
	if err := yaml.Unmarshal([]byte(text), &add); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	dir := filepath.Join(t.TempDir(), "orders")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(shipped, "orders"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, stage.FileName)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, pasted, _ := strings.Cut(text, "flows:\n")
	flows, deps, _ := strings.Cut(pasted, "dependencies:\n")
	whole := strings.Replace(strings.Replace(string(content), "\nflows:\n", "\nflows:\n"+flows, 1), "\ndependencies:\n", "\ndependencies:\n"+deps, 1)
	if err := os.WriteFile(path, []byte(whole), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := stage.Load(dir, ""); err != nil {
		t.Errorf("%v in\n%s", err, whole)
	}
	if text := proposed(analysis.Result{}); text != "" {
		t.Errorf("nothing to propose: %q", text)
	}
}

// A run on several stages proposes to each what was seen on it; a variant has its
// stage's file.
func TestEachStageIsProposedWhatItLacks(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"orders", "pricing"} {
		if err := os.CopyFS(filepath.Join(root, name), os.DirFS(filepath.Join(shipped, name))); err != nil {
			t.Fatal(err)
		}
	}
	seen := func(stage, from, name string) analysis.Result {
		return analysis.Result{Header: history.Header{Stage: stage}, Dependencies: analysis.Dependencies{Measured: true, Known: true, List: []analysis.Dependency{
			{From: from, To: name, How: analysis.ByUnknown, Lookups: 2, Classes: []analysis.Class{analysis.Unresolved}}}}}
	}
	results := []analysis.Result{seen("orders", "paris/orders", "smtp.example.com"), seen("pricing", "paris/pricing", "rates.example.com"), seen("orders/async", "paris/orders", "queue.example.com")}
	o := depsOptions{stageRun: stageRun{stages: root}}
	stages, err := o.stagesOf("en", results)
	if err != nil {
		t.Fatal(err)
	}
	c, out := newDepsCommand(), &bytes.Buffer{}
	c.SetOut(out)
	if err := o.propose(c, "en", stages, results); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{"orders": {"queue.example.com", "smtp.example.com"}, "pricing": {"rates.example.com"}} {
		b, err := os.ReadFile(filepath.Join(root, name, proposedFile))
		if err != nil {
			t.Fatal(err)
		}
		var found struct{ Dependencies []struct{ To string } }
		if err := yaml.Unmarshal(b, &found); err != nil {
			t.Fatalf("%s: %v in\n%s", name, err, b)
		}
		var to []string
		for _, d := range found.Dependencies {
			to = append(to, d.To)
		}
		slices.Sort(to)
		if !slices.Equal(to, want) {
			t.Errorf("%s: %v, want %v", name, to, want)
		}
	}
	if n := strings.Count(out.String(), proposedFile); n != 2 {
		t.Errorf("%d files told:\n%s", n, out)
	}
	if _, err := o.stagesOf("en", append(results, seen("gone", "", ""))); err == nil {
		t.Error("a stage that is not there was passed over")
	}
}

func TestDependenciesAsText(t *testing.T) {
	for lang, parts := range map[string][]string{
		"fr": {"7 dépendances observées", "✘ lyon/orders -> 10.1.2.3 (8080/tcp) = paris/stock   MANQUANTE", "responsable : ventes", "À savoir :", "6 dépendances à corriger"},
		"en": {"7 dependencies observed", "MISSING", "owner: sales", "Worth knowing:", "6 dependencies to mend"},
	} {
		var b bytes.Buffer
		r := someDependencies()
		r.Dependencies.List = append(r.Dependencies.List, analysis.Dependency{From: "paris/gateway", To: "paris/orders", How: analysis.ByName, Port: 8080, Proto: "tcp", Tried: 1, Answered: 1, Phases: []string{"before"}})
		r.Dependencies.Habits = []analysis.Habit{{Kind: "reverse", Text: history.Text{FR: "inverses", EN: "reverse"}, Names: []string{"x"}, More: 2, Count: 9}}
		printDependencies(&b, tongue(lang), r)
		text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(b.String())
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("%s: missing %q in:\n%s", lang, p, text)
			}
		}
	}
	if v := dependencyVerdict([]analysis.Result{someDependencies(), {}}); v != analysis.Fail {
		t.Errorf("one of two is wrong: %s", v)
	}
	if v := dependencyVerdict([]analysis.Result{{}}); v != analysis.Inconclusive {
		t.Errorf("nothing was seen: %s", v)
	}
}
