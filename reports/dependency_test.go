package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// needy is a result with a dependency of each class.
func needy() analysis.Result {
	r := migrationPasses()
	owner := text("direction commerciale", "head of sales")
	words := text("lyon/orders a demandé en vain le nom audit : rien n’y répond", "lyon/orders asked in vain for the name audit")
	r.Dependencies = analysis.Dependencies{Measured: true, Known: true, Declared: 4, Without: 2,
		CutOff: []analysis.CutOff{{Site: "paris", How: "lost", From: at(22.4), To: at(72), Took: "lyon", At: at(37)}},
		List: []analysis.Dependency{
			{From: "lyon/orders", To: "audit", How: analysis.ByUnknown, Lookups: 12, Phases: []string{"recovered"}, Classes: []analysis.Class{analysis.Missing}, Owner: owner, Text: words},
			{From: "lyon/orders", To: "10.1.2.3", How: analysis.ByAddress, Leads: "paris/db", Port: 5432, Proto: "tcp", Tried: 9, Silent: 9, Phases: []string{"recovered"},
				Classes: []analysis.Class{analysis.Hidden, analysis.Undeclared}, Owner: owner, Text: words},
			{From: "paris/orders", To: "paris/mail", How: analysis.ByName, Port: 25, Proto: "tcp", Tried: 3, Answered: 3, Phases: []string{"before"}, Classes: []analysis.Class{analysis.Undeclared}, Owner: owner, Text: words},
			{From: "paris/orders", To: "licences", How: analysis.ByUnknown, Lookups: 1, Phases: []string{"start-up"}, Classes: []analysis.Class{analysis.Unresolved}, Owner: owner, Text: words},
			{From: "paris/orders", To: "paris/stock", How: analysis.Unseen, Declared: []history.Source{history.ByCompose}, Classes: []analysis.Class{analysis.Unused}, Owner: owner, Text: words},
			{From: "paris/orders", To: "smtp.example.com", How: analysis.ByUnknown, Lookups: 1, Declared: []history.Source{history.ByDependencies}, Classes: []analysis.Class{analysis.Outside}, Text: words},
			{From: "lyon/orders", To: "lyon/stock", How: analysis.ByName, Port: 8080, Proto: "tcp", Tried: 2, Refused: 2, Declared: []history.Source{history.ByCompose}, Classes: []analysis.Class{analysis.Explained}, Text: words},
			{From: "paris/orders", To: "paris/db", How: analysis.ByName, Port: 5432, Proto: "tcp", Tried: 3, Answered: 3, Phases: []string{"before", "deploying"}, Declared: []history.Source{history.ByFunction}},
		},
		Habits: []analysis.Habit{{Kind: "reverse", Text: text("résolutions inverses", "reverse lookups"), Names: []string{"4.3.2.1.in-addr.arpa"}, More: 3, Count: 1200, Services: []string{"lyon/orders"}}}}
	return r
}

var classesDrawn = []analysis.Class{"", analysis.Missing, analysis.Hidden, analysis.Undeclared, analysis.Unresolved, analysis.Unused, analysis.Outside, analysis.Explained}

// Each class has a line, a glyph and a word of its own: none is told by its
// colour alone.
func TestClassesAreToldApartWithoutColour(t *testing.T) {
	glyphs, names := map[string]analysis.Class{}, map[string]analysis.Class{}
	for _, c := range classesDrawn {
		g := dependencyGlyph(c)
		if other, twice := glyphs[g]; g == "" || twice {
			t.Errorf("%q: glyph %q, as %q has", c, g, other)
		}
		glyphs[g] = c
		if c == "" {
			continue
		}
		for _, lang := range []string{"fr", "en"} {
			n := ClassName(lang, c)
			if other, twice := names[lang+n]; n == "" || twice && other != c {
				t.Errorf("%s: %q is called %q, as %q is", lang, c, n, other)
			}
			names[lang+n] = c
		}
		for _, rule := range []string{".dep." + dependencyClass(c), ".dep-key." + dependencyClass(c)} {
			if !strings.Contains(pageStyle, rule) {
				t.Errorf("no line of its own: %s", rule)
			}
		}
	}
	drawing, left := newTongue("fr").dependencyGraph(needy())
	for _, c := range classesDrawn {
		if !strings.Contains(string(drawing), dependencyGlyph(c)) || !strings.Contains(string(drawing), `class="dep `+dependencyClass(c)+`"`) {
			t.Errorf("%q is not drawn", c)
		}
	}
	if left != 0 {
		t.Errorf("%d left out of a small drawing", left)
	}
}

func TestTheSectionOfDependencies(t *testing.T) {
	page := written(t, HTML{}, Build(Run{}, []analysis.Result{needy()}))
	parse(t, page)
	for _, want := range []string{"Dépendances manquantes et non déclarées", "manquante", "direction commerciale", "10.1.2.3 (5432/tcp) = paris/db", "1" + narrow + "200" + nbsp + "×", "Les autres dépendances", "et 3 autres"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	fine := needy()
	fine.Dependencies.List = fine.Dependencies.List[7:]
	page = written(t, HTML{}, Build(Run{}, []analysis.Result{fine}))
	if !strings.Contains(page, "1"+nbsp+"dépendance observée, toutes en ordre.") || strings.Contains(page, `<svg class="dependencies"`) {
		t.Error("nothing is wrong: a sentence is enough, and there is a drawing")
	}
	if page := written(t, HTML{}, Build(Run{}, []analysis.Result{migrationPasses()})); strings.Contains(page, "Dépendances manquantes") {
		t.Error("nothing was observed, and the section is there")
	}
}

func TestManyDependenciesAreDrawnWhereSomethingIsWrong(t *testing.T) {
	r := needy()
	for i := range mostDrawn {
		r.Dependencies.List = append(r.Dependencies.List, analysis.Dependency{From: "paris/orders", To: fmt.Sprintf("paris/s%d", i), How: analysis.ByName, Port: 80, Proto: "tcp", Tried: 1, Answered: 1})
	}
	drawing, left := newTongue("en").dependencyGraph(r)
	if left != mostDrawn+1 || strings.Contains(string(drawing), "paris/s7") || !strings.Contains(string(drawing), "audit") {
		t.Errorf("%d left out", left)
	}
}

func TestHostileNamesInGraphsAreText(t *testing.T) {
	const bad = `"]; x --> y <script>` + "\n"
	r := needy()
	r.Dependencies.List[0].To = bad
	var dot, mermaid bytes.Buffer
	if err := WriteDOT(&dot, "en", []analysis.Result{r}); err != nil {
		t.Fatal(err)
	}
	if err := WriteMermaid(&mermaid, "en", []analysis.Result{r}); err != nil {
		t.Fatal(err)
	}
	page := written(t, HTML{}, Build(Run{}, []analysis.Result{r}))
	if strings.Contains(page, "<script>") || strings.Contains(mermaid.String(), "<script>") || strings.Contains(mermaid.String(), `"]; x`) {
		t.Errorf("a name got out of its quotes:\n%s", mermaid.String())
	}
	for _, line := range strings.Split(dot.String(), "\n") {
		if strings.Count(strings.ReplaceAll(line, `\"`, ""), `"`)%2 != 0 {
			t.Errorf("quotes do not close: %s", line)
		}
	}
}

func TestGraphsOfBothLanguages(t *testing.T) {
	for lang, want := range map[string]string{"fr": "manquante", "en": "missing"} {
		var dot, mermaid bytes.Buffer
		if err := WriteDOT(&dot, lang, []analysis.Result{needy(), needy()}); err != nil {
			t.Fatal(err)
		}
		if err := WriteMermaid(&mermaid, lang, []analysis.Result{needy()}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(dot.String(), want) || strings.Count(dot.String(), `-> "audit"`) != 1 || !strings.Contains(dot.String(), "arrowhead=tee") {
			t.Errorf("DOT in %s:\n%s", lang, dot.String())
		}
		if !strings.Contains(mermaid.String(), want) || !strings.Contains(mermaid.String(), "--x") || !strings.Contains(mermaid.String(), "-.->") {
			t.Errorf("Mermaid in %s:\n%s", lang, mermaid.String())
		}
	}
}

func TestWordsOfDependenciesInBothLanguages(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		for _, p := range []string{"start-up", "before", "deploying", "between", "failing", "recovered", "after"} {
			if n := DependencyPhase(lang, p); n == "" || lang == "fr" && n == p {
				t.Errorf("phase %s in %s: %q", p, lang, n)
			}
		}
		for _, s := range []history.Source{history.ByCompose, history.ByFlow, history.ByDependencies, history.ByFunction} {
			if n := SourceName(lang, s); n == "" || n == string(s) {
				t.Errorf("source %s in %s: %q", s, lang, n)
			}
		}
	}
	if got := ClassCount("fr", analysis.Missing, 2); got != "2"+nbsp+"manquantes" {
		t.Errorf("%q", got)
	}
}
