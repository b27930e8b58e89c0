package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bascule/harness/analysis"
)

// knownDependencies is what the dependencies stage needs, one by one: by name,
// by an address that was written down, by UDP, once at the start-up, only after
// the failover, and seldom. The address is one of Paris's stock.
var knownDependencies = []string{
	"paris/app -> paris/stock 8080/tcp: in order",
	"paris/app -> bank/rates 8080/tcp: in order",
	"paris/app -> paris/collector 9000/udp: undeclared",
	"paris/app -> paris/licence 8090/tcp: in order, start-up only",
	"paris/app -> paris/clock 8060/tcp: undeclared",
	"paris/app -> paris/archive: unused",
	"lyon/app -> lyon/stock 8080/tcp: in order, after the failover only",
	"lyon/app -> lyon/archive 8070/tcp: in order, after the failover only",
	"lyon/app -> lyon/collector 9000/udp: undeclared, after the failover only",
	"lyon/app -> lyon/licence 8090/tcp: in order, start-up only",
	"lyon/app -> lyon/clock 8060/tcp: undeclared",
	"lyon/app -> paris/stock 8080/tcp: in order, start-up only",
	"lyon/app -> rates: missing, after the failover only",
	"lyon/app -> (address of paris/stock) 8080/tcp: missing hidden-cross-site undeclared, after the failover only",
	"lyon/archive -> company-archive: hidden-cross-site",
}

// line is a dependency as the list above has it.
func line(d analysis.Dependency) string {
	to := d.To
	if _, err := netip.ParseAddr(to); err == nil {
		to = "(address of " + d.Leads + ")"
	}
	out := d.From + " -> " + to
	if d.Port > 0 {
		out += fmt.Sprintf(" %d/%s", d.Port, d.Proto)
	}
	var classes []string
	for _, c := range d.Classes {
		classes = append(classes, string(c))
	}
	if len(classes) == 0 {
		classes = []string{"in order"}
	}
	out += ": " + strings.Join(classes, " ")
	before := slices.ContainsFunc(d.Phases, func(p string) bool { return p == "start-up" || p == "before" })
	after := slices.ContainsFunc(d.Phases, func(p string) bool { return p == "failing" || p == "recovered" })
	switch {
	case slices.Equal(d.Phases, []string{"start-up"}):
		out += ", start-up only"
	case after && !before:
		out += ", after the failover only"
	}
	return out
}

// TestDependenciesAreFoundOneByOne: all that the stage is known to need, and
// nothing else, on real containers; then the same from the record, offline.
func TestDependenciesAreFoundOneByOne(t *testing.T) {
	if _, err := os.Stat(filepath.Join(lightStages, "dependencies", "bin", "needs")); err != nil {
		t.Skipf("NOT TESTED: the sample services are not built (make samples): %v", err)
	}
	out := t.TempDir()
	code, stdout, stderr := deps(t, "dependencies", "--stages", lightStages, "--for", "3s", "--out", out, "--format", "json")
	if code != 1 {
		t.Errorf("exit code %d, want 1: there is something to mend\n%s", code, stderr)
	}
	var told []struct {
		Verdict      analysis.Verdict
		Dependencies analysis.Dependencies
	}
	if err := json.Unmarshal([]byte(stdout), &told); err != nil || len(told) != 1 {
		t.Fatalf("%v in:\n%s\n%s", err, stdout, stderr)
	}
	var found []string
	for _, d := range told[0].Dependencies.List {
		found = append(found, line(d))
		if d.How != analysis.ByVolume && d.Owner.FR != "direction commerciale" {
			t.Errorf("%s: owner %+v", line(d), d.Owner)
		}
	}
	for _, want := range knownDependencies {
		if !slices.Contains(found, want) {
			t.Errorf("not found: %s", want)
		}
	}
	for _, got := range found {
		if !slices.Contains(knownDependencies, got) {
			t.Errorf("found, and not there: %s", got)
		}
	}
	for _, h := range told[0].Dependencies.Habits {
		if h.Kind != "record-types" {
			t.Errorf("by habit: %+v", h)
		}
	}
	runs, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("run folders %v, %v", runs, err)
	}
	nothingLeft(t, filepath.Base(runs[0]), 0)
	offline(t, runs[0])
}

// offline reads the same run again, and has its declarations proposed.
func offline(t *testing.T, run string) {
	t.Helper()
	stages := t.TempDir()
	if err := os.CopyFS(filepath.Join(stages, "dependencies"), os.DirFS(filepath.Join(lightStages, "dependencies"))); err != nil {
		t.Fatal(err)
	}
	code, text, stderr := deps(t, run, "--stages", stages, "--write", "--lang", "fr")
	if code != 1 || !strings.Contains(text, "MANQUANTE") || !strings.Contains(text, "direction commerciale") {
		t.Errorf("exit code %d\n%s\n%s", code, text, stderr)
	}
	proposed, err := os.ReadFile(filepath.Join(stages, "dependencies", "stage.proposed.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"flows:", "{from: lyon/app, to: bank/rates, name: rates, ports: [8080],", "# lyon/app : adresse ",
		"dependencies:", "{from: app, to: clock, ports: [8060],", "{from: app, to: collector, ports: [9000],",
	} {
		if !strings.Contains(strings.ReplaceAll(string(proposed), "\u00a0", " "), want) {
			t.Errorf("not proposed: %s in\n%s", want, proposed)
		}
	}
	for format, want := range map[string]string{"dot": "digraph", "mermaid": "flowchart LR"} {
		if _, text, _ := deps(t, run, "--format", format); !strings.HasPrefix(text, want) || strings.Count(text, "lyon/clock") == 0 {
			t.Errorf("%s:\n%s", format, text)
		}
	}
}

// deps runs bascule deps, its two outputs apart.
func deps(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	c := exec.CommandContext(t.Context(), bascule(t), append([]string{"deps"}, args...)...)
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), o.String(), e.String()
}
