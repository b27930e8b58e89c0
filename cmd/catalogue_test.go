package cmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bascule/harness/history"
)

// The light stage on which faults are tried is a stage like any other.
const lightStages = "testdata/stages"

func TestTheLightStageFailsOver(t *testing.T) {
	if _, err := os.Stat(filepath.Join(lightStages, "catalogue", "bin", "catalogue")); err != nil {
		t.Skipf("NOT TESTED: the sample services are not built (make samples): %v", err)
	}
	s := start(t, "--stages", lightStages, "testdata/catalogue/crash.feature")
	if got := s.code(t); got != 0 {
		t.Fatalf("exit code %d, want 0", got)
	}
	dir, id := s.run(t)
	nothingLeft(t, id, 0)
	h, err := history.ReadFile(find(t, dir, "*/history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Header.Own()) != 2 || len(h.Header.Sites) != 3 {
		t.Errorf("sites %+v", h.Header.Sites)
	}
	for _, e := range h.Events {
		if e.Kind == history.SiteState && e.Subject == "bank" {
			t.Errorf("the third party is %s, as if it were a site", e.Attrs["state"])
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "acquéreur CB") || !strings.Contains(string(page), "bouchon") {
		t.Error("the report does not say that a stub stood in for the third party")
	}
}
