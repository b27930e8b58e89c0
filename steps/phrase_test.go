package steps

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	messages "github.com/cucumber/messages/go/v21"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// before is the phrases that must stand before one, by their first example.
func before(p phrase) []string {
	switch {
	case p.id == "platform":
		return nil
	case p.kind == Given:
		return []string{"platform"}
	}
	needs := map[string][]string{
		"deploy": {"platform", "live"}, "heal": {"platform", "live", "deploy", "crash"}, "failback": {"platform", "live", "failover"},
		"stopped": {"platform", "live", "deploy", "stop"}, "rollback": {"platform", "live", "deploy", "finish"},
		"infra-matches": {"platform", "live", "infra-check"},
	}
	if ids, ok := needs[p.id]; ok {
		return ids
	}
	return []string{"platform", "live", "deploy"}
}

// heard compiles one example, behind what it needs, without a file.
func heard(t *testing.T, lang tongue, p compiled, example string) *plan.Scenario {
	t.Helper()
	c := &compiler{o: Options{Stages: "scenarios", Load: fakeLoad}, stages: map[string]loadedStage{}}
	b := &builder{lang: lang, file: newSource("x.feature", nil), load: c.stage, ruled: map[string]int{}, sc: &plan.Scenario{}}
	say := func(p compiled, text string) {
		v, ok := p.read(text)
		if !ok {
			t.Fatalf("%s: %q does not match", p.id, text)
		}
		b.step = stepAt{line: 1, col: 1, text: text, written: text}
		if p.table {
			for _, row := range strings.Split(p.in(lang).table, "\n") {
				var cells []cell
				for _, c := range strings.Split(strings.Trim(strings.TrimSpace(row), "|"), "|") {
					cells = append(cells, cell{text: strings.TrimSpace(c), line: 1, col: 1})
				}
				b.step.table = append(b.step.table, cells)
			}
		}
		p.do(b, v)
	}
	for _, id := range before(p.phrase) {
		for _, other := range table(lang) {
			// The first fault phrase has a moment, which heal must not inherit.
			if other.id == id {
				say(other, other.in(lang).examples[min(1, len(other.in(lang).examples)-1)])
				if id != "crash" {
					b.sc = &plan.Scenario{Steps: b.sc.Steps, Stage: b.sc.Stage, Live: b.sc.Live, Functions: b.sc.Functions, Stop: b.sc.Stop, Failover: b.sc.Failover}
				}
				break
			}
		}
	}
	say(p, example)
	for _, d := range b.diags {
		t.Errorf("%s in %s: %q: %s", p.id, lang, example, d)
	}
	return b.sc
}

// wordless is a scenario without the words of its author.
func wordless(t *testing.T, s *plan.Scenario) string {
	t.Helper()
	for i := range s.Steps {
		s.Steps[i].Text = ""
		if f := s.Steps[i].Fault; f != nil {
			if f.Title.FR == "" || f.Title.EN == "" {
				t.Errorf("a fault without a title in both languages: %+v", f)
			}
			f.Title = history.Text{}
		}
	}
	for i := range s.Expect {
		s.Expect[i].Text, s.Expect[i].Who = "", ""
	}
	out, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestEachPhraseSaysTheSameInBothLanguages(t *testing.T) {
	fr, en := table("fr"), table("en")
	for i := range fr {
		f, e := fr[i].fr.examples, en[i].en.examples
		if len(f) == 0 || len(f) != len(e) {
			t.Errorf("%s: %d French examples and %d English ones: they go in pairs", fr[i].id, len(f), len(e))
			continue
		}
		for j := range f {
			was := wordless(t, heard(t, "fr", fr[i], f[j]))
			if got := wordless(t, heard(t, "en", en[i], e[j])); got != was {
				t.Errorf("%s: two plans\n  %s\n  %s\n  %s\n  %s", fr[i].id, f[j], was, e[j], got)
			}
		}
	}
}

func TestEachPhraseDoesSomething(t *testing.T) {
	for _, p := range table("fr") {
		for _, example := range p.fr.examples {
			if p.id == "sites" {
				continue // a check, it adds nothing
			}
			b := before(p.phrase)
			with := wordless(t, heard(t, "fr", p, example))
			bare := &plan.Scenario{}
			if len(b) > 0 {
				// The same preamble, said once more without the phrase.
				last := table("fr")[slices.IndexFunc(table("fr"), func(c compiled) bool { return c.id == b[len(b)-1] })]
				bare = heard(t, "fr", last, last.fr.examples[min(1, len(last.fr.examples)-1)])
			}
			if with == wordless(t, bare) {
				t.Errorf("%s: %q leaves no trace in the plan", p.id, example)
			}
		}
	}
}

func TestEachWordingHasItsExampleAndIsReadOneWay(t *testing.T) {
	types := map[Kind]messages.PickleStepType{
		Given: messages.PickleStepType_CONTEXT, When: messages.PickleStepType_ACTION, Then: messages.PickleStepType_OUTCOME,
	}
	for _, lang := range []tongue{"fr", "en"} {
		for _, p := range table(lang) {
			for i, expr := range p.exprs {
				if !slices.ContainsFunc(p.in(lang).examples, expr.MatchString) {
					t.Errorf("%s in %s: no example of %q", p.id, lang, p.in(lang).patterns()[i])
				}
			}
			for _, example := range p.in(lang).examples {
				fitting, _ := match(example, types[p.kind], lang)
				if len(fitting) != 1 || fitting[0].id != p.id {
					t.Errorf("%s in %s: %q is read as %d phrases", p.id, lang, example, len(fitting))
				}
			}
		}
	}
}

func TestBothWordingsTakeTheSameValues(t *testing.T) {
	value := regexp.MustCompile(`\{(\w+)`)
	names := func(w wording) []string {
		found := map[string]bool{}
		for _, m := range value.FindAllStringSubmatch(strings.Join(w.patterns(), " "), -1) {
			found[m[1]] = true
		}
		return slices.Sorted(maps.Keys(found))
	}
	for _, p := range table("fr") {
		if f, e := names(p.fr), names(p.en); !slices.Equal(f, e) {
			t.Errorf("%s: French takes %v, English %v", p.id, f, e)
		}
		if p.fr.explain == "" || p.en.explain == "" {
			t.Errorf("%s is not explained in both languages", p.id)
		}
	}
}

func TestEveryExpectationCanBeSaid(t *testing.T) {
	said := map[history.Expect]bool{}
	for _, p := range table("en") {
		for _, example := range p.en.examples {
			for _, e := range heard(t, "en", p, example).Expect {
				said[e.Kind] = true
			}
		}
	}
	for _, kind := range []history.Expect{
		history.ExpectRestored, history.ExpectLossAtMost, history.ExpectNothingLost, history.ExpectNothingTwice, history.ExpectAvailability,
		history.ExpectLatency, history.ExpectOneActive, history.ExpectStopped, history.ExpectDeployed, history.ExpectNoFailover,
		history.ExpectNoInterrupt, history.ExpectLiveRelease, history.ExpectActiveSite,
		history.ExpectInfraMatches,
	} {
		if !said[kind] {
			t.Errorf("no phrase asks for %q", kind)
		}
	}
}

func TestVocabularyIsReadyToCopy(t *testing.T) {
	for lang, head := range map[string]string{
		"fr": "# language: fr\nFonctionnalité: F\n  Scénario: S\n", "en": "Feature: F\n  Scenario: S\n",
	} {
		entries := Vocabulary(lang)
		if len(entries) < 30 {
			t.Errorf("%d phrases in %s, want at least 30", len(entries), lang)
		}
		for _, e := range entries {
			r := &reader{source: newSource("x.feature", []byte(head+"    "+e.Example+"\n"))}
			r.read()
			for _, k := range r.pickles {
				r.lintSteps(k)
			}
			if failed(r.diags) || len(r.pickles) != 1 {
				t.Errorf("%s in %s cannot be pasted into a scenario:\n%s\n%v", e.ID, lang, e.Example, r.diags)
			}
			if strings.ContainsAny(e.Pattern, "{}") || strings.Contains(e.Pattern, ":duration") {
				t.Errorf("%s in %s: the pattern is for machines: %s", e.ID, lang, e.Pattern)
			}
		}
	}
}
