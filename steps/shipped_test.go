package steps_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/harness/plan"
	"bascule/steps"
)

var update = flag.Bool("update", false, "write the golden files")

// fromRoot puts the test where a user stands, so that plans name files alike.
func fromRoot(t *testing.T) {
	t.Helper()
	t.Chdir("..")
}

func shipped(t *testing.T, seed int64) plan.Plan {
	t.Helper()
	p, ds := steps.Compile(context.Background(), steps.Options{Paths: []string{"features/nightly", "features/certification"}, Seed: seed})
	for _, d := range ds {
		t.Errorf("unexpected: %s", d)
	}
	return p
}

func TestShippedFeaturesCompileToTheirGoldenPlans(t *testing.T) {
	fromRoot(t)
	p := shipped(t, 1)
	if len(p.Scenarios) < 9 {
		t.Fatalf("%d scenarios, want at least 9", len(p.Scenarios))
	}
	languages := map[string]int{}
	for _, s := range p.Scenarios {
		languages[s.Language]++
		// The stage's own settings are tested with the stage.
		s.NotRun = nil
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("steps", "testdata", "plans", strings.TrimSuffix(filepath.Base(s.Feature), ".feature")+".json")
		if *update {
			if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v (run with -update to write it)", err)
		}
		if got.String() != string(want) {
			t.Errorf("%s: the plan is not that of %s (run with -update after looking at the difference):\n%s", s.Feature, golden, firstDifference(string(want), got.String()))
		}
	}
	if languages["fr"] < 3 || languages["en"] < 3 {
		t.Errorf("scenarios by language: %v, want at least three of each", languages)
	}
}

// firstDifference shows the first line that is not the same.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "  want " + w[i] + "\n  got  " + g[i]
		}
	}
	return "one is longer than the other"
}

// TestHighAvailabilityFeaturesCompile: what `make ha` plays is right as it stands,
// in both languages.
func TestHighAvailabilityFeaturesCompile(t *testing.T) {
	fromRoot(t)
	p, ds := steps.Compile(context.Background(), steps.Options{Paths: []string{"features/ha"}, Seed: 1})
	for _, d := range ds {
		t.Errorf("unexpected: %s", d)
	}
	languages := map[string]int{}
	for _, s := range p.Scenarios {
		languages[s.Language]++
	}
	if languages["fr"] < 5 || languages["en"] < 5 {
		t.Errorf("scenarios by language: %v, want at least five of each", languages)
	}
}

func TestSameSeedSamePlan(t *testing.T) {
	fromRoot(t)
	a, err := json.Marshal(shipped(t, 42))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(shipped(t, 42))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("two compilations with one seed differ")
	}
}

func TestSuiteCompilesWithinASecond(t *testing.T) {
	fromRoot(t)
	start := time.Now()
	shipped(t, 1)
	if d := time.Since(start); d > 5*time.Second { // a machine under load; the benchmark has the figure
		t.Errorf("compiling the suite took %s", d)
	}
}

func BenchmarkCompileSuite(b *testing.B) {
	b.Chdir("..")
	for b.Loop() {
		steps.Compile(context.Background(), steps.Options{Paths: []string{"features/nightly"}})
	}
}
