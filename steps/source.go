package steps

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	messages "github.com/cucumber/messages/go/v21"
	"golang.org/x/text/unicode/norm"
)

// source is a feature file: as written, and as Gherkin reads it.
type source struct {
	name    string // as given, with forward slashes
	raw     []byte
	written []string // lines as written, without their ends
	text    []byte   // normalised
	lines   []string // of text
	lang    tongue   // of messages: fr or en
	asked   tongue   // of the header, where it has one
	header  int      // line of the language header, 0: none
	only    []int    // lines that select scenarios; empty: all

	doc     *messages.GherkinDocument
	pickles []*messages.Pickle
	places  places
}

func newSource(name string, raw []byte) *source {
	s := &source{name: filepath.ToSlash(name), raw: raw, text: Normalise(raw)}
	s.lines = strings.Split(string(s.text), "\n")
	for _, line := range strings.Split(strings.TrimPrefix(string(raw), "\ufeff"), "\n") {
		s.written = append(s.written, strings.TrimRight(line, "\r"))
	}
	s.asked, s.header = languageOf(s.lines)
	s.lang = s.asked.known()
	return s
}

// sum is the SHA-256 of the file as written.
func (s *source) sum() string {
	h := sha256.Sum256(s.raw)
	return hex.EncodeToString(h[:])
}

// column is where a word stands in a line as written, in characters from 1;
// otherwise where it does not stand there as it is.
func (s *source) column(line int, word string, otherwise int) int {
	if line < 1 || line > len(s.written) {
		return otherwise
	}
	plain := apostrophes(spaces(norm.NFC.String(s.written[line-1])))
	i := strings.Index(plain, word)
	if i < 0 {
		return otherwise
	}
	return len([]rune(plain[:i])) + 1
}

// step is the text of a step as its author wrote it, without the keyword;
// otherwise where the line is not what was run (a row of an outline).
func (s *source) step(line int, otherwise string) string {
	if line < 1 || line > len(s.written) {
		return otherwise
	}
	written := strings.TrimSpace(norm.NFC.String(s.written[line-1]))
	plain := apostrophes(spaces(written))
	_, typed, rest, ok := keywordsOf(s.lang).stepLine(plain)
	if !ok || len([]rune(plain)) != len([]rune(written)) || squeezed(quotes(rest)) != squeezed(otherwise) {
		return otherwise
	}
	return strings.TrimSpace(string([]rune(written)[len([]rune(typed)):]))
}

// indent is the column at which a line begins.
func (s *source) indent(line int) int {
	if line < 1 || line > len(s.lines) {
		return 1
	}
	return len(s.lines[line-1]) - len(strings.TrimLeft(s.lines[line-1], " ")) + 1
}

// squeezed is s with single spaces.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// span is the file's lines from one to another as written, both included,
// without the blank and comment lines at their end.
func (s *source) span(from, to int) string {
	to = min(to, len(s.written))
	for to > from {
		last := strings.TrimSpace(s.written[to-1])
		if last != "" && !strings.HasPrefix(last, "#") && !strings.HasPrefix(last, "@") {
			break
		}
		to--
	}
	return strings.Join(s.written[from-1:to], "\n")
}

// lineOf is a path that ends in a line: nightly.feature:12.
var lineOf = regexp.MustCompile(`^(.*):(\d+)$`)

// sources reads the files that paths name, folders in the order of their names.
// What cannot be read comes back as diagnostics in lang.
func sources(paths []string, lang tongue) ([]*source, []*Diagnostic) {
	var out []*source
	var diags []*Diagnostic
	byName := map[string]*source{}
	fail := func(path, fr, en string, args ...any) {
		diags = append(diags, &Diagnostic{File: filepath.ToSlash(path), Line: 1, Col: 1, Severity: Error, Language: string(lang), Message: lang.say(fr, en, args...)})
	}
	add := func(path string, line int) {
		s := byName[filepath.Clean(path)]
		if s == nil {
			raw, err := os.ReadFile(path)
			if err != nil {
				fail(path, "fichier illisible : %v", "this file cannot be read: %v", err)
				return
			}
			s = newSource(path, raw)
			if line > 0 {
				s.only = []int{}
			}
			byName[filepath.Clean(path)] = s
			out = append(out, s)
		}
		switch {
		case line == 0:
			s.only = nil // the whole file was asked for
		case s.only != nil:
			s.only = append(s.only, line)
		}
	}
	for _, path := range paths {
		line := 0
		info, err := os.Stat(path)
		if m := lineOf.FindStringSubmatch(path); err != nil && m != nil {
			path, line = m[1], atoi(m[2])
			info, err = os.Stat(path)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fail(path, "ni fichier ni dossier de ce nom", "there is no such file or folder")
		case err != nil:
			fail(path, "illisible : %v", "cannot be read: %v", err)
		case !info.IsDir():
			add(path, line)
		default:
			found, err := featuresIn(path)
			if err != nil {
				fail(path, "dossier illisible : %v", "this folder cannot be read: %v", err)
			}
			if err == nil && len(found) == 0 {
				fail(path, "aucun fichier .feature dans ce dossier", "there is no .feature file in this folder")
			}
			for _, f := range found {
				add(f, 0)
			}
		}
	}
	return out, diags
}

// featuresIn lists the feature files of a folder and its subfolders.
func featuresIn(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".feature") {
			out = append(out, path)
		}
		return err
	})
	slices.Sort(out)
	return out, err
}
