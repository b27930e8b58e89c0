package cmd_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"bascule/harness/analysis"
)

// probed plays a probe of the zoo's ledger and gives its result, and exit code.
func probed(t *testing.T, stage string) (analysis.Result, int) {
	t.Helper()
	var out bytes.Buffer
	dir := t.TempDir()
	c := exec.Command(bascule(t), "probe", stage, "--stages", stages, "--services", "ledger", "--links", "none", "--for", "2s", "--wait", "4s",
		"--lang", "fr", "--format", "json", "--out", dir)
	s := &started{Cmd: c, out: &bytes.Buffer{}, dir: dir}
	c.Stdout, c.Stderr = &out, s.out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	code := s.code(t)
	_, id := s.run(t)
	nothingLeft(t, id, 0)
	var r analysis.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("exit code %d, no result: %v\n%s", code, err, s.out)
	}
	if r.Resilience == nil || len(r.Resilience.Lines) != 1 || len(r.Resilience.Lines[0].Cells) != 1 {
		t.Fatalf("not the one line that was asked for: %+v", r.Resilience)
	}
	return r, code
}

// steady skips what a machine that is too busy cannot measure: an uneven load, or
// a service that was unwell before anything was done to it.
func steady(t *testing.T, r analysis.Result) {
	t.Helper()
	for _, c := range r.Preconditions {
		if !c.OK && (c.ID == "load" || c.ID == "baseline") {
			t.Skipf("NOT TESTED: this machine is too busy: %s", c.Detail.EN)
		}
	}
}

// A pool that never reconnects is down for good when its provider was away for a
// moment: it is named, with whom it calls, and nothing else is.
func TestAServiceThatNeverReconnectsIsNamed(t *testing.T) {
	r, code := probed(t, "zoo/never-reconnects")
	steady(t, r)
	c := r.Resilience.Lines[0].Cells[0]
	if c.Effect != analysis.Down || c.Return != analysis.ReturnNot {
		t.Errorf("%+v", c)
	}
	if code == 0 {
		t.Error("the defect passes")
	}
	i := slices.IndexFunc(r.Findings, func(f analysis.Finding) bool { return f.Code == "does-not-return" })
	if i < 0 {
		t.Fatalf("not found: %+v", r.Findings)
	}
	f := r.Findings[i]
	if f.Subject != "paris/front -> paris/ledger" || f.Owner.FR != "direction commerciale" || !strings.Contains(f.Text.FR, "paris/front ne rétablit pas sa liaison") {
		t.Errorf("%+v", f)
	}
}

// Its sound twin is down for as long, comes back by itself, and raises nothing.
func TestTheSoundTwinComesBack(t *testing.T) {
	r, code := probed(t, "zoo")
	steady(t, r)
	c := r.Resilience.Lines[0].Cells[0]
	if c.Effect != analysis.Down || c.Return != analysis.ReturnRepaired || code != 0 {
		t.Errorf("exit code %d: %+v", code, c)
	}
	for _, f := range r.Findings {
		if f.Severity != "info" {
			t.Errorf("found in a sound system: %+v", f)
		}
	}
}
