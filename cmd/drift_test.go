package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bascule/cmd"
	"bascule/harness/analysis"
)

func TestDriftOfNoStage(t *testing.T) {
	for lang, word := range map[string]string{"fr": "vouliez-vous dire « orders »", "en": `did you mean "orders"`} {
		var out, errs bytes.Buffer
		code := cmd.Execute(t.Context(), []string{"drift", "ordres", "--stages", stages, "--lang", lang}, strings.NewReader(""), &out, &errs)
		if said := strings.ReplaceAll(errs.String(), "\u00a0", " "); code != 3 || !strings.Contains(said, word) {
			t.Errorf("%s: exit code %d: %s", lang, code, said)
		}
	}
}

// driftedOrders is the sample with two defects: a variable that somebody set in
// Paris alone, which the release requires, and another memory limit in Lyon.
func driftedOrders(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "orders")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(stages, "orders"))); err != nil {
		t.Fatal(err)
	}
	for _, edit := range []struct{ file, old, new string }{
		{"compose.paris.yaml", "      STOCK_URL: http://stock:8080\n", "      STOCK_URL: http://stock:8080\n      PAYMENT_TOKEN: s3cr3t-of-paris\n"},
		{"compose.lyon.yaml", "  stock:\n", "  stock:\n    mem_limit: 256m\n"},
		{"releases/1.4.0.yaml", "STOCK_URL]", "STOCK_URL, PAYMENT_TOKEN]"},
	} {
		path := filepath.Join(dir, edit.file)
		content, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(content), edit.old) {
			t.Fatalf("%s holds no %q: %v", edit.file, edit.old, err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(content), edit.old, edit.new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Each planted defect is named with what is to be mended and by whom, nothing
// else is, and the secret's value is nowhere in the run's folder.
func TestDriftOfAStageWithDefects(t *testing.T) {
	t.Parallel() // nothing is measured: two at a time, after what is
	program := bascule(t)
	runs := t.TempDir()
	out, err := exec.Command(program, "drift", driftedOrders(t), "--out", runs, "--json").Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("%v, want exit code 1\n%s", err, out)
	}
	var told struct {
		Verdict  analysis.Verdict
		Findings []analysis.Finding
		Drift    analysis.Drift
	}
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range told.Findings {
		if f.Code == "note" {
			continue
		}
		got = append(got, f.Code+" "+f.Subject+" "+f.Owner.EN)
		if f.Text.FR == "" || f.Text.EN == "" || f.Text.FR == f.Text.EN {
			t.Errorf("not in two languages: %+v", f.Text)
		}
	}
	want := []string{"drift lyon/orders head of sales", "config-missing lyon/orders head of sales", "drift paris/stock head of sales"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q\n%s", got, want, out)
	}
	err = filepath.WalkDir(runs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), "s3cr3t-of-paris") || strings.Contains(string(content), "postgres://") {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
