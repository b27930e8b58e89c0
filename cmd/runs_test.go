package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bascule/harness/engine"
)

// folder writes files of a run folder: name, content, name, content...
func folder(t *testing.T, root, id string, files ...string) {
	t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		path := filepath.Join(root, id, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRunsTellsKilledFromLiveAndComplete(t *testing.T) {
	root := t.TempDir()
	const aPlan = `{"format":1,"scenarios":[{"id":"a"},{"id":"b"}]}`
	folder(t, root, "r1", "plan.json", aPlan, "a/history.jsonl", "", "b/history.jsonl", "",
		"run.json", `{"started":"2026-01-02T03:04:05Z"}`, "report.json", `{"verdict":"pass"}`)
	folder(t, root, "r2", "plan.json", aPlan, "a/history.jsonl", "", "owner", engine.Owner()+"\n")
	folder(t, root, "r3", "plan.json", aPlan, "a/history.jsonl", "", "owner", strings.Replace(engine.Owner(), ":", ":9", 1)+"\n")
	folder(t, root, "r4", "plan.json", aPlan, "run.json", `{"started":"2026-01-02T03:04:05Z","interrupted":true}`, "report.json", `{"verdict":"inconclusive"}`)
	folder(t, root, "notes", "readme", "none of ours")
	code, out, _ := bascule(t, "runs", "--out", root)
	want(t, code, 0, out)
	for id, parts := range map[string][]string{
		"r1": {"2/2", "complete", "pass"}, "r2": {"1/2", "under way"}, "r3": {"1/2", "interrupted", "inconclusive"}, "r4": {"0/2", "interrupted"},
	} {
		line := ""
		for l := range strings.Lines(out) {
			if strings.HasPrefix(l, filepath.Join(root, id)+" ") {
				line = l
			}
		}
		for _, p := range parts {
			if !strings.Contains(line, p) {
				t.Errorf("%s: missing %q in %q", id, p, line)
			}
		}
	}
	if strings.Contains(out, "notes") {
		t.Error("a folder that is no run is listed")
	}
	_, fr, _ := bascule(t, "runs", "--out", filepath.Join(root, "none"), "--lang", "fr")
	want(t, 0, 0, fr, "aucun exercice")
}
