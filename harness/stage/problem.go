package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"bascule/harness/history"
	"bascule/harness/spelling"
)

// Problem is one mistake in a file of a stage. Line and Col count from 1.
type Problem struct {
	File string
	Line int
	Col  int
	Text history.Text
}

// String is "file:line:col: text" in English.
func (p Problem) String() string { return p.In("en") }

// In is "file:line:col: text" in lang, "fr" or anything else for English.
func (p Problem) In(lang string) string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Text.In(lang))
}

// Problems is every mistake found in a stage, by file, line and column. It is
// the error that Load returns, so that an author mends them in one go.
type Problems []Problem

// Error lists the problems in English, one a line.
func (ps Problems) Error() string { return ps.In("en") }

// In lists the problems in lang, one a line.
func (ps Problems) In(lang string) string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.In(lang)
	}
	return strings.Join(lines, "\n")
}

// collector gathers problems while files are read.
type collector struct{ problems Problems }

// add notes a problem at n; a nil node is the start of the file. The two
// sentences take the same arguments in the same order.
func (c *collector) add(file string, n *yaml.Node, fr, en string, args ...any) {
	c.addText(file, n, bilingual(fr, en, args...))
}

// addText is add with the sentence ready made.
func (c *collector) addText(file string, n *yaml.Node, text history.Text) {
	line, col := 1, 1
	if n != nil && n.Line > 0 {
		line, col = n.Line, max(n.Column, 1)
	}
	c.problems = append(c.problems, Problem{File: file, Line: line, Col: col, Text: text})
}

// sorted is what was found, stage.yaml first, without repetition; nil where nothing was.
func (c *collector) sorted() Problems {
	ps := slices.Clone(c.problems)
	sort.SliceStable(ps, func(i, j int) bool {
		a, b := ps[i], ps[j]
		if first, second := filepath.Base(a.File) == FileName, filepath.Base(b.File) == FileName; first != second {
			return first
		}
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
	return slices.Compact(ps)
}

// bilingual fills both sentences. The French one is written with ordinary
// spaces in the source and gets its no-break spaces here, before the arguments
// go in: what an author wrote is quoted as it was written.
func bilingual(fr, en string, args ...any) history.Text {
	return history.Text{FR: fmt.Sprintf(typography(fr), args...), EN: fmt.Sprintf(en, args...)}
}

// typography puts the no-break spaces of French.
func typography(s string) string {
	const space = "\u00a0"
	return strings.NewReplacer(
		"« ", "«"+space, " »", space+"»", " :", space+":", " ;", space+";", " !", space+"!", " ?", space+"?",
	).Replace(s)
}

// nearest is the known word that a mistyped one most likely stands for, "" if
// none is near: one edit for short words, up to a third of the letters for long.
func nearest(word string, known []string) string {
	best, bestDistance := "", max(1, len([]rune(word))/3)+1
	for _, k := range known {
		if d := spelling.Distance(strings.ToLower(word), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// hint ends a message about an unknown word: the nearest known one, or all of
// them where none is near.
func hint(word string, known []string) history.Text {
	if n := nearest(word, known); n != "" {
		return bilingual(" ; vouliez-vous dire « %s » ?", "; did you mean \"%s\"?", n)
	}
	if len(known) == 0 {
		return bilingual(" ; rien de tel n’existe ici", "; there is nothing of the kind here")
	}
	return bilingual(" ; choix possibles : %s", "; known: %s", strings.Join(known, ", "))
}

// reason says why a file cannot be read, without the path that the message
// gives already.
func reason(err error) history.Text {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return history.Text{FR: "il n’existe pas", EN: "it does not exist"}
	case errors.Is(err, fs.ErrPermission):
		return history.Text{FR: "droits insuffisants", EN: "permission denied"}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return history.Same(path.Err.Error())
	}
	return history.Same(err.Error())
}

// unreadable notes that a file or folder cannot be read, at the path that
// names it, or at the start of the file itself where path is "".
func (d *doc) unreadable(path, fr, en, name string, err error) {
	why := reason(err)
	var n *yaml.Node
	if path != "" {
		n = d.seen[path]
	}
	d.problem(n, fr+" « %[1]s » ne se lit pas : %[2]s", en+" \"%[1]s\" cannot be read: %[3]s", name, why.FR, why.EN)
}
