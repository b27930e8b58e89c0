package main

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"strings"
)

// equivalents is the list of mutants that change nothing that anybody could
// see, each with its reason. It is kept by the text of the line, so that it
// does not go stale when lines move.
//
//go:embed equivalent.txt
var equivalents string

// excuse is one entry of the list.
type excuse struct{ file, before, after, reason string }

// excuses reads the list: blocks of four lines, file, "- before", "+ after",
// "= reason", with empty lines and lines that begin with # between them.
func excuses(list string) ([]excuse, error) {
	var out []excuse
	var e excuse
	for i, line := range strings.Split(list, "\n") {
		mark, text, _ := strings.Cut(line, " ")
		switch {
		case line == "" || mark == "#":
			continue
		case mark == "-":
			e.before = text
		case mark == "+":
			e.after = text
		case mark == "=":
			e.reason = text
			if e.file == "" || e.before == "" || e.after == "" || e.reason == "" {
				return nil, fmt.Errorf("equivalent.txt:%d: want a file, a line before, a line after and a reason", i+1)
			}
			out = append(out, e)
			e = excuse{}
		default:
			e.file = line
		}
	}
	if e != (excuse{}) {
		return nil, fmt.Errorf("equivalent.txt: the last entry (%s) has no reason", e.file)
	}
	return out, nil
}

// excuseOf finds the reason why m changes nothing.
func excuseOf(list []excuse, m mutant) (string, bool) {
	for _, e := range list {
		if e.file == filepath.Base(m.file) && e.before == m.before && e.after == m.after {
			return e.reason, true
		}
	}
	return "", false
}
