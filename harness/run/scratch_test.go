package run

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/harness/target"
)

// left makes the folder of a run's tool as a run leaves it, with an owner or
// none, and a secret in it.
func left(t *testing.T, run, owner string) string {
	t.Helper()
	work, _, err := newScratch(run)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(work)
	if owner == "" {
		err = os.Remove(filepath.Join(dir, OwnerFile))
	} else {
		err = os.WriteFile(filepath.Join(dir, OwnerFile), []byte(owner), 0o600)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(work, "vars.json"), []byte("hunter2"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// deadOwner is a process of this machine that is gone.
func deadOwner(t *testing.T) string {
	t.Helper()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return host + ":999999999:5"
}

func TestOnlyTheFilesOfDeadRunsAreStale(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	left(t, "dead", deadOwner(t))
	left(t, "alive", engine.Owner())
	left(t, "elsewhere", "another-machine:1:2")
	left(t, "timeless", strings.TrimSuffix(deadOwner(t), "5"))
	left(t, "young", "")
	old := left(t, "old", "")
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*strayAge)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bascule-x", "other-dead-infra-1"} {
		if err := os.Mkdir(filepath.Join(os.TempDir(), name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(os.TempDir(), "bascule-link-infra-1")); err != nil {
		t.Fatal(err)
	}
	names := func(list []Scratch, err error) (out []string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			out = append(out, s.Run)
		}
		slices.Sort(out)
		return out
	}
	if got, want := names(StaleScratch(false)), []string{"dead", "old"}; !slices.Equal(got, want) {
		t.Errorf("stale: %q, want %q", got, want)
	}
	if got, want := names(StaleScratch(true)), []string{"alive", "dead", "elsewhere", "old", "timeless", "young"}; !slices.Equal(got, want) {
		t.Errorf("all: %q, want %q", got, want)
	}
	if found, err := removeScratch(StaleScratch(false)); !found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	if got, want := names(StaleScratch(true)), []string{"alive", "elsewhere", "timeless", "young"}; !slices.Equal(got, want) {
		t.Errorf("left: %q, want %q", got, want)
	}
}

// The reaper removes what the tools of a killed run wrote, even where the engine
// is dead, and of no other run.
func TestTheReaperRemovesWhatToolsWrote(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	mine, other := left(t, "r1", engine.Owner()), left(t, "r2", engine.Owner())
	if err := Reap(t.Context(), strings.NewReader(farewell), "r1", io.Discard); err != nil {
		t.Errorf("after a farewell: %v", err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("a run that said farewell has cleaned up itself: %v", err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond) // it would wait for the engine
	defer cancel()
	if err := Reap(soon, strings.NewReader(""), "r1", io.Discard); err == nil {
		t.Error("an engine that does not answer was swept")
	}
	if _, err := os.Stat(mine); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("another run's: %v", err)
	}
}

// reachable is a target of paper whose one member a playbook can reach.
type reachable struct{ *paperTarget }

func (reachable) Inventory(site string) []target.Host {
	return []target.Host{{Site: site, Service: "db", Instance: 1, Container: "c1"}}
}

// While a tool works nothing of what it is given lies in the folder of the run,
// which people archive; afterwards it lies nowhere.
func TestWhatAToolIsGivenLiesOutsideTheRunsFolder(t *testing.T) {
	bin, seen := t.TempDir(), filepath.Join(t.TempDir(), "seen")
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	t.Setenv("SEEN", seen)
	for name, script := range map[string]string{
		"docker": "exit 0\n",
		"ansible-playbook": `[ "$1" = --version ] && { echo "ansible-playbook [core 2.14.0]"; exit; }
work=$(dirname "$BASCULE_RECORD")
{ echo "$work"; stat -c %a "$work" "$work/.." "$work/vars.json"; cat "$work/vars.json"; } >"$SEEN"
echo '{"status":"end","hosts":["lyon-db-1"],"failed":[],"dark":[],"rescued":[]}' >>"$BASCULE_RECORD"
`} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d, folder := &diary{}, t.TempDir()
	w, err := history.Create(filepath.Join(t.TempDir(), "h"), history.Header{}, func() time.Duration { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := &scenario{Config: Config{ID: "20260314-031500-a1b2c3"}, w: w, track: d, t: reachable{&paperTarget{diary: d}}, folder: folder, began: time.Now(),
		stage: &stage.Stage{ID: "s", Dir: t.TempDir(), Infrastructure: []stage.Infrastructure{
			{ID: "lyon", Site: "lyon", Ansible: &stage.Playbook{File: "lyon.yaml", Vars: map[string]string{"password": "hunter2"}}}}}}
	if err := s.checkInfra(t.Context(), plan.Infra{Site: "lyon", IDs: []string{"lyon"}}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	if !strings.Contains(string(b), "hunter2") || !slices.Equal(lines[1:4], []string{"700", "700", "600"}) {
		t.Errorf("the tool saw %q", b)
	}
	if work := lines[0]; strings.HasPrefix(work, folder) || !strings.Contains(work, "bascule-20260314-031500-a1b2c3-infra-") {
		t.Errorf("it worked in %s", work)
	}
	if rest, err := os.ReadDir(os.TempDir()); err != nil || len(rest) > 0 {
		t.Errorf("left behind: %v, %v", rest, err)
	}
}
