package run

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// A check that cannot be made is an error of its step and an event that says
// so; the others of the site are made all the same.
func TestACheckThatCannotBeMadeIsRecorded(t *testing.T) {
	d := &diary{}
	w, err := history.Create(t.TempDir()+"/h", history.Header{}, func() time.Duration { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := &scenario{w: w, track: d, t: &paperTarget{diary: d}, began: time.Now(), stage: &stage.Stage{ID: "s", Dir: t.TempDir(), Infrastructure: []stage.Infrastructure{
		{ID: "lyon", Site: "lyon", Ansible: &stage.Playbook{File: "lyon.yaml"}},
		{ID: "network", Site: "lyon", Terraform: &stage.Terraform{Dir: "nowhere"}},
	}}}
	err = s.checkInfra(t.Context(), plan.Infra{Site: "lyon", IDs: []string{"lyon", "network"}})
	if err == nil || !strings.Contains(err.Error(), "does not tell how its members are reached") {
		t.Errorf("got %v", err)
	}
	if err := s.applyInfra(t.Context(), plan.Infra{Site: "lyon", IDs: []string{"network"}}); err == nil {
		t.Error("a configuration of Terraform was applied")
	}
	want := []string{"infra.checking lyon", "infra.checked lyon", "infra.checking network", "infra.checked network", "infra.applying network", "infra.applied network"}
	if !slices.Equal(d.done, want) {
		t.Errorf("%q, want %q", d.done, want)
	}
}
