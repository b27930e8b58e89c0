package stage

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Whatever a file holds: no panic, and either a stage that makes sense or
// problems that point into the file.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/good/*/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content)
		}
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("<<: &x {title: *x}\n"))
	f.Add([]byte("format: 1\n---\n"))
	f.Add([]byte("sites: {? {a: b} : c}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c := &collector{}
		d := newDoc(c, "stage.yaml")
		stage := decodeStage(d, content)
		stage.checkVariants()
		stage.apply("async")
		release := decodeRelease(newDoc(c, "release.yaml"), content, t.TempDir())
		runbook := decodeRunbook(newDoc(c, "runbook.yaml"), content)
		check(stage, []*releaseFile{release}, []*runbookFile{runbook})
		ps := c.sorted()
		if len(ps) == 0 {
			t.Fatal("one file cannot be a stage, a release and a runbook at once")
		}
		lines := bytes.Count(content, []byte("\n")) + bytes.Count(content, []byte("\r")) + 2
		for _, p := range ps {
			if p.Line < 1 || p.Col < 1 || p.Line > lines || p.Text.FR == "" || p.Text.EN == "" {
				t.Fatalf("%+v in a file of %d lines", p, lines)
			}
		}
	})
}

// The Compose reader is not ours; what it makes of any file must not end the
// harness, either.
func FuzzCompose(f *testing.F) {
	content, err := os.ReadFile("testdata/good/compose.paris.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte("services: {a: {image: x, extends: {service: a}}}\n"))
	f.Add([]byte("services: {a: {image: \"${A:-${B}}\"}}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if bytes.Contains(content, []byte("include")) || bytes.Contains(content, []byte("file")) {
			t.Skip("may read files of this machine")
		}
		path := filepath.Join(t.TempDir(), "compose.yaml")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		c := &collector{}
		project, _ := loadCompose(t.Context(), newDoc(c, "compose.yaml"), path, "paris", map[string]string{})
		if (project == nil) == (len(c.problems) == 0) {
			t.Fatalf("project %v with problems %v", project, c.problems)
		}
	})
}
