package infra

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func planFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "plans", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The plans never, same and other were recorded with Terraform 1.11.4 on
// testdata/configuration; drift was written by hand after the format, as its
// providers are to be had nowhere here.
func TestRecordedPlansTellDriftFromWhatWasNeverApplied(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Log("recorded plans are read; no program is run")
	type told struct {
		status Status
		target string
		what   string
		names  string
	}
	for name, c := range map[string]struct {
		matched int
		want    []told
	}{
		"same": {2, nil},
		"never": {0, []told{{NotApplied, "terraform_data.kept", "create", ""}, {NotApplied, "terraform_data.network", "create", ""},
			{NotApplied, "output.region", "create", ""}}},
		"other": {1, []told{{NotApplied, "terraform_data.network", "update", "input, output"}, {NotApplied, "output.region", "update", ""}}},
		"drift": {1, []told{{Drift, "docker_container.db", "update", "env, memory"}, {NotApplied, "docker_container.db", "update", "restart"},
			{Drift, "docker_network.lyon", "create", ""}, {NotApplied, "docker_image.new", "create", ""}}},
	} {
		r, err := Configuration{Dir: t.TempDir(), Recorded: planFile(t, name), Scratch: t.TempDir()}.Check(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []told
		for _, x := range r.Changes {
			got = append(got, told{x.Status, x.Target, x.What, strings.Join(x.Names, ", ")})
		}
		if r.Matched != c.matched || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %d matched, %+v\nwant %d, %+v", name, r.Matched, got, c.matched, c.want)
		}
		if r.Recorded != "2026-11-30" || r.Version != "1.11.4" || r.Tool != "Terraform" {
			t.Errorf("%s: it does not say that it read a recorded plan: %+v", name, r)
		}
		if b, _ := json.Marshal(r); strings.Contains(string(b), "hunter2") {
			t.Errorf("%s: a secret left the plan: %s", name, b)
		}
	}
}

func TestWithoutTerraformTheErrorSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Configuration{Dir: t.TempDir(), Scratch: t.TempDir()}.Check(t.Context())
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "tofu") {
		t.Errorf("got %v", err)
	}
	if _, err := (Configuration{Dir: t.TempDir(), Recorded: planFile(t, "none"), Scratch: t.TempDir()}).Check(t.Context()); err == nil {
		t.Error("a recorded plan that is not there is taken")
	}
}

// A real run, where the program is there: it writes nothing into the folder.
func TestARealPlan(t *testing.T) {
	name, path, err := terraformProgram()
	if err != nil {
		t.Skipf("NOT TESTED: %v; only recorded plans are", err)
	}
	t.Logf("%s runs, at %s", name, path)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/configuration")); err != nil {
		t.Fatal(err)
	}
	check := func(region string) Result {
		t.Helper()
		r, err := Configuration{Dir: dir, Vars: map[string]string{"region": region}, Scratch: t.TempDir()}.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Tool != name || r.Version == "" || r.Recorded != "" {
			t.Errorf("%+v", r)
		}
		return r
	}
	if r := check("eu"); r.Matched != 0 || len(r.Changes) != 3 || r.Changes[0].Status != NotApplied {
		t.Errorf("never applied: %+v", r)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the check left %v", entries)
	}
	for _, args := range [][]string{{"init", "-input=false"}, {"apply", "-auto-approve", "-input=false", "-var", "region=eu"}} {
		c := exec.CommandContext(t.Context(), path, args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	if r := check("eu"); r.Matched != 2 || len(r.Changes) != 0 {
		t.Errorf("applied: %+v", r)
	}
	if r := check("us"); r.Matched != 1 || len(r.Changes) == 0 || r.Changes[0].Status != NotApplied || r.Changes[0].Target != "terraform_data.network" {
		t.Errorf("asked for something else: %+v", r)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("resource {"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := (Configuration{Dir: dir, Scratch: t.TempDir()}).Check(t.Context()); err == nil || len(r.Changes) > 0 {
		t.Errorf("a configuration that cannot be read: %+v, %v", r, err)
	}
}

// Whatever a recorded plan holds: no panic, and no change without an address.
func FuzzPlan(f *testing.F) {
	for _, name := range []string{"never", "same", "other", "drift"} {
		content, err := os.ReadFile(filepath.Join("testdata", "plans", name+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte(`{"format_version":"1.2","resource_changes":[null,{}],"resource_drift":[{"change":null}],"output_changes":{"a":null}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		plan, err := readPlan(content)
		if err != nil {
			return
		}
		for _, c := range resultOf(plan, plan).Changes {
			if c.Status == "" {
				t.Fatalf("a change without a status: %+v", c)
			}
		}
	})
}
