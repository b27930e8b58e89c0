package steps

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNormaliseLine(t *testing.T) {
	head := "# language: fr\nFonctionnalité: F\n  Scénario: S\n    Quand x\n"
	for _, c := range []struct{ name, line, want string }{
		{"quotes and spaces", "    Et que la fonction «\u00a0Paiement\u202f» va", `    Et que la fonction "Paiement" va`},
		{"quotes within quotes", `    Et que "l'astreinte « N2 »" décide`, `    Et que "l'astreinte « N2 »" décide`},
		{"a lonely guillemet", "    Et que « rien", "    Et que « rien"},
		{"title keeps its typography", "  Scénario : l’été « chaud »", "  Scénario: l’été « chaud »"},
		{"table", "      |\u00a0l’été | «\u00a0x\u00a0» |", `      | l'été | "x" |`},
		{"comment", "    # l’été «\u00a0x\u00a0»", "    # l’été «\u00a0x\u00a0»"},
		{"outline", "  plan du scenario : P", "  Plan du scénario: P"},
		{"examples", "    EXEMPLES :", "    Exemples:"},
		{"star", "    * la  base", "    * la base"},
	} {
		got := string(Normalise([]byte(head + c.line)))
		if lines := strings.Split(got, "\n"); lines[len(lines)-1] != c.want {
			t.Errorf("%s: %q becomes %q, want %q", c.name, c.line, lines[len(lines)-1], c.want)
		}
	}
}

func TestNormaliseLeavesDocStringsAndDescriptions(t *testing.T) {
	text := "# language: fr\nFonctionnalité: F\n  et l’été «\u00a0chaud\u00a0»\n\n  Scénario: S\n    Quand x\n      \"\"\"\n      quand l’été «\u00a0x\u00a0»\n      \"\"\"\n"
	if got := string(Normalise([]byte(text))); got != text {
		t.Errorf("changed:\n%s", got)
	}
}

func FuzzNormalise(f *testing.F) {
	files, _ := filepath.Glob("../features/nightly/*.feature")
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(text)
		}
	}
	for _, s := range []string{
		"\ufeff# language: fr-FR\r\nFonctionnalité : F\r\n  Scénario :\u00a0S\r\n    Lorsqu’on «\u00a0x\u00a0» \"« y »\"\r\n",
		"Feature: F\nScenario: S\nGiven “a” “b\n\"\"\"\n« x »\n\"\"\"\n| « a | \"b |", "#langue:de\n", "\xff\xfe", "étant donne\u0301", "Scénario: e\u200b\u0301", "a\r\r\n\u0301", "Scénario\u200b:\u200b x",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		once := Normalise(src)
		if n, want := bytes.Count(once, []byte("\n")), bytes.Count(src, []byte("\n")); n != want {
			t.Errorf("%d line feeds become %d", want, n)
		}
		if twice := Normalise(once); !bytes.Equal(once, twice) {
			t.Errorf("not idempotent:\n%q\n%q\n%q", src, once, twice)
		}
	})
}

// FuzzLint proves that whatever an author writes, an answer comes back: a plan
// or a diagnostic, never a panic.
func FuzzLint(f *testing.F) {
	files, _ := filepath.Glob("../features/nightly/*.feature")
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(text)
		}
	}
	f.Add([]byte("# language: fr\nFonctionnalité: F\nPlan du scénario: S\nQuand <x>\nExemples:\n|x|\n|1|\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		r := &reader{source: newSource("x.feature", src)}
		r.read()
		for _, k := range r.pickles {
			r.lintSteps(k)
		}
		if r.doc == nil && !failed(r.diags) {
			t.Error("neither a document nor an error")
		}
	})
}
