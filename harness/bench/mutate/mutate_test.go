package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const sample = `package sample

import "example.org/history"

const limit = 3

func Count(list []int, o history.Outcome) (n int) {
	for _, v := range list {
		if v <= limit && o != history.Acked {
			continue
		}
		n++
	}
	return max(n, 0)
}
`

// TestEachKindOfMistake: what is made of a piece of source, and that each
// mistake is one line apart from it.
func TestEachKindOfMistake(t *testing.T) {
	list, err := mutantsOf("sample.go", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, m.kind+": "+m.after)
		if string(m.source([]byte(sample))) == sample {
			t.Errorf("%s changes nothing", m.name())
		}
	}
	for _, want := range []string{
		"constant: const limit = 4",
		"comparison: if v < limit && o != history.Acked {",
		"logic: if v <= limit || o != history.Acked {",
		"comparison: if v <= limit && o == history.Acked {",
		"outcome: if v <= limit && o != history.Rejected {",
		"condition: if !(v <= limit && o != history.Acked) {",
		"dropped: ",
		"dropped: _ = n",
		"bound: return min(n, 0)",
		"constant: return max(n, 1)",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no mistake %q among\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(got) != 10 {
		t.Errorf("%d mistakes, want 10:\n%s", len(got), strings.Join(got, "\n"))
	}
}

// TestFates: tests that look are told from tests that do not, on a module of
// its own. No file of it is changed.
func TestFates(t *testing.T) {
	dir := t.TempDir()
	source := "package sample\n\nfunc Max(a, b int) int {\n\tfor i := 0; i < 3; i++ {\n\t}\n\tif a > b {\n\t\treturn a\n\t}\n\treturn b\n}\n"
	tests := "package sample\n\nimport \"testing\"\n\nfunc TestMax(t *testing.T) {\n\tif Max(1, 2) != 2 || Max(5, 2) != 5 {\n\t\tt.Error(\"wrong\")\n\t}\n}\n"
	for name, content := range map[string]string{"go.mod": "module sample\n\ngo 1.26\n", "max.go": source, "max_test.go": tests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lab := laboratory{dir: dir, pkg: ".", timeout: 2 * time.Second, bound: time.Minute, scratch: t.TempDir()}
	if err := lab.sound(t.Context()); err != nil {
		t.Fatal(err)
	}
	for replaced, want := range map[string]fate{
		"a > b->a < b":   caught,
		"a > b->a >= b":  survived, // the same for equal numbers: nobody could tell
		"return b->":     broken,
		"i++->":          hung,
		"a > b->!(true)": caught,
	} {
		old, with, _ := strings.Cut(replaced, "->")
		from := strings.Index(source, old)
		m := mutant{file: filepath.Join(dir, "max.go"), from: from, to: from + len(old), with: with}
		got, err := lab.try(t.Context(), m)
		if err != nil || got != want {
			t.Errorf("%s: %s (%v), want %s", replaced, got, err, want)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "max.go")); err != nil || string(b) != source {
		t.Errorf("the source was changed: %v", err)
	}
}

// TestAFewOfTheAnalysis: mistakes in how losses are counted do not go unnoticed.
func TestAFewOfTheAnalysis(t *testing.T) {
	if testing.Short() {
		t.Skip("runs other tests many times over: not with -short")
	}
	all, err := mutants("../../analysis")
	if err != nil {
		t.Fatal(err)
	}
	lab := laboratory{pkg: "../../analysis", timeout: 30 * time.Second, bound: 3 * time.Minute, scratch: t.TempDir()}
	tried := 0
	for _, after := range []string{
		"case outcome == history.Acked && n != 0:",
		"case outcome == history.Unknown && n > 0:", // of resurrected writes
		"if n >= 1 {",
		"_ = l.Lost",
	} {
		i := slices.IndexFunc(all, func(m mutant) bool { return filepath.Base(m.file) == "loss.go" && m.after == after })
		if i < 0 {
			t.Errorf("no mistake %q: has loss.go changed?", after)
			continue
		}
		m := all[i]
		m.file, err = filepath.Abs(m.file)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := lab.try(t.Context(), m); err != nil || got != caught {
			t.Errorf("%s -> %s: %s (%v)", m.before, m.after, got, err)
		}
		tried++
	}
	if tried != 4 {
		t.Errorf("%d of 4 mistakes tried", tried)
	}
}

func TestTheListOfEquivalents(t *testing.T) {
	list, err := excuses(equivalents)
	if err != nil {
		t.Fatal(err)
	}
	all, err := mutants("../../analysis")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if !slices.ContainsFunc(all, func(m mutant) bool { r, ok := excuseOf([]excuse{e}, m); return ok && r != "" }) {
			t.Errorf("%s: %q -> %q: there is no such mistake any more: remove it from equivalent.txt", e.file, e.before, e.after)
		}
	}
	if _, err := excuses("loss.go\n- a\n= because\n"); err == nil {
		t.Error("an entry without a second line is accepted")
	}
	if _, err := excuses("loss.go\n- a\n+ b\n"); err == nil {
		t.Error("an entry without a reason is accepted")
	}
}

func TestChoosing(t *testing.T) {
	all, err := mutants("../../analysis")
	if err != nil {
		t.Fatal(err)
	}
	a, b := choose(all, settings{n: 40, seed: 3}), choose(all, settings{n: 40, seed: 3})
	if !slices.Equal(a, b) || len(a) != 40 {
		t.Error("the same seed chooses other mistakes")
	}
	if slices.Equal(a, choose(all, settings{n: 40, seed: 4})) {
		t.Error("another seed chooses the same mistakes")
	}
	for _, m := range choose(all, settings{file: "loss.go"}) {
		if filepath.Base(m.file) != "loss.go" {
			t.Errorf("%s is not in loss.go", m.name())
		}
	}
}
