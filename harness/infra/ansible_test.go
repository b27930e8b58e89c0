package infra

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func hosts() []Host {
	return []Host{{Site: "lyon", Service: "db", Instance: 1, Container: "c1"}, {Site: "lyon", Service: "orders", Instance: 2, Container: "c2"}}
}

func TestTheInventoryGroupsContainersByServiceAndSite(t *testing.T) {
	got, err := json.Marshal(inventoryOf(hosts()))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"db":{"hosts":{"lyon-db-1":{`, `"ansible_host":"c1"`, `"lyon":{"hosts":{"lyon-db-1":null,"lyon-orders-2":null}}`, `"community.docker.docker"`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestWithoutAnsibleTheErrorSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Playbook{File: "/x.yaml", Hosts: hosts(), Scratch: t.TempDir()}.Check(t.Context())
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "package ansible") {
		t.Errorf("got %v", err)
	}
}

// local is the playbook on this machine in the place of a container.
func local(t *testing.T, folder string) Playbook {
	t.Helper()
	if testing.Short() {
		t.Skip("plays a real playbook: not with -short")
	}
	for _, program := range []string{"ansible-playbook", "docker"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("NOT TESTED: %s is not on this machine (.ci/ansible installs Ansible)", program)
		}
	}
	file, err := filepath.Abs("testdata/playbook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return Playbook{File: file, Hosts: hosts()[:1], Scratch: t.TempDir(), Vars: map[string]string{"folder": folder, "ansible_connection": "local"}}
}

// Real Ansible: what a check proves, what it does not, and that nothing of what
// is secret leaves it.
func TestACheckTellsWhatItCouldNotVerify(t *testing.T) {
	folder := t.TempDir()
	r, err := local(t, folder).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Status{}
	for _, c := range r.Changes {
		got[c.What] = c.Status
		if c.Target != "lyon/db" || !strings.HasPrefix(c.Where, "playbook.yaml:") {
			t.Errorf("%+v", c)
		}
	}
	want := map[string]Status{
		"A file that is behind": Drift, "A secret": Drift, "Several files": Drift, "A command": Unverified, "Commands of a list": Unverified,
		"Inside the block": Unverified, "A failure that is ignored": Unverified, "Read it again": Unverified,
	}
	for what, status := range want {
		if got[what] != status {
			t.Errorf("%s: %q, want %q", what, got[what], status)
		}
	}
	if len(got) != len(want) || r.Matched != 1 || r.Tool != "Ansible" || r.Version == "" || strings.Contains(r.Version, "[") {
		t.Errorf("%+v", r)
	}
	if i := slices.IndexFunc(r.Changes, func(c Change) bool { return c.What == "A file that is behind" }); i >= 0 && !slices.Equal(r.Changes[i].Names, []string{folder + "/site.conf"}) {
		t.Errorf("names %v", r.Changes[i].Names)
	}
	if b, _ := json.Marshal(r); strings.Contains(string(b), "hunter2") {
		t.Errorf("a secret left Ansible: %s", b)
	}
	if _, err := os.Stat(filepath.Join(folder, "site.conf")); err == nil {
		t.Error("the check changed something")
	}
	if _, err := os.Stat(filepath.Join(folder, "really")); err != nil {
		t.Errorf("a task of check_mode: false did not run, and is said to: %v", err)
	}
}

func TestAnAppliedPlaybookMends(t *testing.T) {
	folder := t.TempDir()
	p := local(t, folder)
	r, err := p.Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(slices.DeleteFunc(slices.Clone(r.Changes), func(c Change) bool { return c.Status != Applied })); n < 4 {
		t.Errorf("%d things mended: %+v", n, r.Changes)
	}
	p.Scratch = t.TempDir()
	if r, err = p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Changes {
		if c.Status == Drift {
			t.Errorf("still not as the code says: %+v", c)
		}
	}
}

// Real Ansible: a failure that a block rescues is no failure of the playbook, and
// no message leaves either kind.
func TestARescuedFailureIsNoFailure(t *testing.T) {
	for _, bad := range []string{"no", "yes"} {
		p := local(t, t.TempDir())
		p.File = filepath.Join(filepath.Dir(p.File), "rescue.yaml")
		p.Vars["ends_badly"] = bad
		r, err := p.Apply(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]Status{}
		for _, c := range r.Changes {
			got[c.What] = c.Status
		}
		want := map[string]Status{"It is refused": Unverified, "Another way": Applied}
		if bad == "yes" {
			want = map[string]Status{"It is refused": Failed, "Another way": Applied, "It is refused again": Failed}
		}
		if !maps.Equal(got, want) {
			t.Errorf("ends badly, %s: %v, want %v", bad, got, want)
		}
		if b, _ := json.Marshal(r); strings.Contains(string(b), "hunter2") {
			t.Errorf("a secret left Ansible: %s", b)
		}
	}
}

func TestAPlaybookThatDoesNotEndIsEnded(t *testing.T) {
	p := local(t, t.TempDir())
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errors.New("too long"))
	defer cancel()
	start := time.Now()
	if _, err := p.Check(ctx); err == nil || time.Since(start) > 30*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}
