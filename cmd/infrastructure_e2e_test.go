package cmd_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"bascule/harness/analysis"
)

// The shipped exercise, with real Ansible: a difference is found, the playbook
// is applied, the difference is gone, and the failover passes.
func TestASiteThatLeftItsCodeIsMendedAndTakesOver(t *testing.T) {
	if _, err := exec.LookPath("ansible-playbook"); err != nil {
		t.Skip("NOT TESTED: ansible-playbook is not on this machine (.ci/ansible installs it)")
	}
	s := start(t, "../features/certification/site-de-secours-hors-de-son-code.feature", "--stages", stages)
	if code := s.code(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	dir, id := s.run(t)
	b, err := os.ReadFile(find(t, dir, "*/verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r analysis.Result
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, i := range r.Infrastructure {
		did = append(did, i.Do)
		if i.Tool != "Ansible" || i.Trouble().EN != "" {
			t.Errorf("%+v", i)
		}
	}
	if len(did) != 3 || len(r.Infrastructure[0].Changes) == 0 || r.Infrastructure[0].Changes[0].Target != "lyon/db" || len(r.Infrastructure[2].Changes) != 0 {
		t.Errorf("%v: %+v", did, r.Infrastructure)
	}
	if r.Verdict != analysis.Pass {
		t.Errorf("%s: %v", r.Verdict, r.Reasons)
	}
	nothingLeft(t, id, 0)
}
