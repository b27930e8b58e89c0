package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// mutant is one small mistake in one file.
type mutant struct {
	file     string // absolute
	line     int
	kind     string // comparison, logic, constant, outcome, condition, dropped, arithmetic, bound
	from, to int    // bytes replaced
	with     string
	before   string // the line as it is, trimmed
	after    string // the same line with the mistake, trimmed; of several lines the first
}

// source is the file with the mistake in it.
func (m mutant) source(original []byte) []byte {
	return slices.Concat(original[:m.from], []byte(m.with), original[m.to:])
}

// name is where and what, "loss.go:91: n > 1 -> n >= 1".
func (m mutant) name() string {
	return fmt.Sprintf("%s:%d [%s]", filepath.Base(m.file), m.line, m.kind)
}

// mutants lists the mistakes that can be made in the non-test Go files of a
// folder, in the order of files and lines.
func mutants(dir string) ([]mutant, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("mutate: %w", err)
	}
	var out []mutant
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("mutate: %w", err)
		}
		list, err := mutantsOf(path, src)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("mutate: nothing to mutate in %s", dir)
	}
	return out, nil
}

// mutantsOf lists the mistakes that can be made in one file.
func mutantsOf(path string, src []byte) ([]mutant, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("mutate: %w", err)
	}
	w := &walker{fset: fset, src: src, path: path}
	ast.Inspect(file, w.visit)
	slices.SortStableFunc(w.out, func(a, b mutant) int { return a.from - b.from })
	return w.out, nil
}

type walker struct {
	fset *token.FileSet
	src  []byte
	path string
	out  []mutant
}

// comparisons, logic and signs with the mistake that is made of each.
var (
	comparisons = map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.EQL: "!=", token.NEQ: "=="}
	connectives = map[token.Token]string{token.LAND: "||", token.LOR: "&&"}
	signs       = map[token.Token]string{token.ADD: "-", token.SUB: "+", token.MUL: "/", token.QUO: "*"}
	mistaken    = map[string]string{"Acked": "Rejected", "Rejected": "Unknown", "Unknown": "Acked", "Write": "Read", "Read": "Write"}
	bounds      = map[string]string{"min": "max", "max": "min"}
)

func (w *walker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec, *ast.ArrayType, *ast.Field:
		return false
	case *ast.BinaryExpr:
		at := w.offset(n.OpPos)
		for _, t := range []struct {
			kind  string
			table map[token.Token]string
		}{{"comparison", comparisons}, {"logic", connectives}, {"arithmetic", signs}} {
			if with, ok := t.table[n.Op]; ok {
				w.add(t.kind, at, at+len(n.Op.String()), with)
			}
		}
	case *ast.BasicLit:
		w.constant(n)
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && x.Name == "history" && mistaken[n.Sel.Name] != "" {
			w.replace("outcome", n.Sel, mistaken[n.Sel.Name])
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && bounds[f.Name] != "" {
			w.replace("bound", f, bounds[f.Name])
		}
	case *ast.IfStmt:
		w.replace("condition", n.Cond, "!("+w.text(n.Cond)+")")
	case *ast.BlockStmt:
		w.dropIn(n.List)
	case *ast.CaseClause:
		w.dropIn(n.Body)
	}
	return true
}

// constant shifts a number by one unit; a share by a hundredth.
func (w *walker) constant(n *ast.BasicLit) {
	switch n.Kind {
	case token.INT:
		if v, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			w.replace("constant", n, strconv.FormatInt(v+1, 10))
		}
	case token.FLOAT:
		if v, err := strconv.ParseFloat(n.Value, 64); err == nil {
			w.replace("constant", n, strconv.FormatFloat(v-0.01, 'g', -1, 64))
		}
	}
}

// dropIn leaves out statements that record something or change the way.
func (w *walker) dropIn(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.BranchStmt:
			if s.Label == nil && s.Tok != token.FALLTHROUGH {
				w.replace("dropped", s, "")
			}
		case *ast.IncDecStmt:
			w.replace("dropped", s, "_ = "+w.text(s.X))
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE || len(s.Lhs) != 1 {
				continue
			}
			if _, blank := s.Lhs[0].(*ast.Ident); blank && w.text(s.Lhs[0]) == "_" {
				continue
			}
			w.replace("dropped", s, "_, _ = "+w.text(s.Lhs[0])+", "+w.text(s.Rhs[0]))
		}
	}
}

func (w *walker) offset(p token.Pos) int { return w.fset.Position(p).Offset }

func (w *walker) text(n ast.Node) string { return string(w.src[w.offset(n.Pos()):w.offset(n.End())]) }

func (w *walker) replace(kind string, n ast.Node, with string) {
	w.add(kind, w.offset(n.Pos()), w.offset(n.End()), with)
}

func (w *walker) add(kind string, from, to int, with string) {
	m := mutant{file: w.path, kind: kind, from: from, to: to, with: with}
	m.line = 1 + bytes.Count(w.src[:from], []byte{'\n'})
	start := bytes.LastIndexByte(w.src[:from], '\n') + 1
	m.before = firstLine(w.src[start:])
	m.after = firstLine(m.source(w.src)[start:])
	w.out = append(w.out, m)
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	return strings.TrimSpace(string(line))
}
