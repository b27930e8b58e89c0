// Package harness holds no code of its own: only the test of its layers.
package harness

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// file is a Go file of the project: where it is and what it imports.
type file struct {
	path    string // from the root, with slashes
	dir     string
	pkg     string
	imports []string
}

func (f file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

// local lists what a file imports of this project, "harness/plan".
func (f file) local() []string {
	var paths []string
	for _, i := range f.imports {
		if p, ok := strings.CutPrefix(i, "bascule/"); ok {
			paths = append(paths, p)
		}
	}
	return paths
}

// project reads the imports of every Go file of the repository.
func project(t *testing.T) []file {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	var files []file
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "runs" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(rel), pkg: parsed.Name.Name}
		f.dir = filepath.ToSlash(filepath.Dir(rel))
		for _, i := range parsed.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, p)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d Go files found under %s: this test looks in the wrong place", len(files), root)
	}
	return files
}

func under(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// A layer may import only what allowed says, of this project. Tests may, too,
// import more, except upwards.
func TestLayers(t *testing.T) {
	only := map[string][]string{
		"harness/history":  {},
		"harness/analysis": {"harness/history"},
		"harness/plan":     {"harness/history"},
		"harness/stage":    {"harness/history", "harness/spelling"},
		"harness/spelling": {},
		"reports":          {"harness/analysis", "harness/history"},
	}
	for _, f := range project(t) {
		for _, imported := range f.local() {
			if under(f.dir, "harness") && !under(imported, "harness") {
				t.Errorf("%s imports %s: nothing under harness/ may know of what is above it", f.path, imported)
			}
			if under(f.dir, "scenarios") && !under(imported, "scenarios") {
				t.Errorf("%s imports %s: the system under test knows nothing of the harness", f.path, imported)
			}
			for layer, allowed := range only {
				if !f.test() && under(f.dir, layer) && !under(imported, layer) && !slices.ContainsFunc(allowed, func(a string) bool { return under(imported, a) }) {
					t.Errorf("%s imports %s: %s may import only %v", f.path, imported, layer, allowed)
				}
			}
		}
	}
}

// Only the command wires phrases and reports together.
func TestOnlyTheCommandWires(t *testing.T) {
	imports := map[string][]string{}
	for _, f := range project(t) {
		if !f.test() {
			imports[f.dir] = append(imports[f.dir], f.local()...)
		}
	}
	for dir, paths := range imports {
		if slices.Contains(paths, "steps") && slices.Contains(paths, "reports") && dir != "cmd" {
			t.Errorf("%s imports both steps and reports: only cmd may", dir)
		}
		if slices.Contains(paths, "cmd") && dir != "." {
			t.Errorf("%s imports cmd: only main may", dir)
		}
	}
}

func TestNoTestingOutsideTests(t *testing.T) {
	for _, f := range project(t) {
		if !f.test() && slices.ContainsFunc(f.imports, func(i string) bool { return i == "testing" || strings.HasPrefix(i, "testing/") }) {
			t.Errorf("%s imports testing, and would bring its flags into the binary", f.path)
		}
	}
}

func TestPackagesNameAnIdea(t *testing.T) {
	for _, f := range project(t) {
		name := strings.TrimSuffix(f.pkg, "_test")
		for _, word := range []string{name, filepath.Base(f.dir)} {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "types", "manager", "managers", "misc"}, word) {
				t.Errorf("%s: %q says nothing of what lives there", f.path, word)
			}
		}
	}
}
