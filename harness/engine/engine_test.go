package engine

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
)

// connect gives the engine of this machine, or skips loudly.
func connect(t *testing.T) (*Engine, Scope) {
	t.Helper()
	e, err := Connect(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	s := Scope{Run: fmt.Sprintf("test-%d-%d", os.Getpid(), time.Now().UnixNano()), Owner: Owner()}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if left, err := e.Sweep(ctx, LabelRun+"="+s.Run); err != nil || left.Count() > 0 {
			t.Errorf("left behind: %s: %v", left, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, s
}

// sleeper is an image of a program that lives until it is told to end.
func sleeper(t *testing.T, e *Engine, s Scope) string {
	t.Helper()
	dir := t.TempDir()
	src := "package main\nimport(\"fmt\";\"os\";\"time\")\nfunc main(){if len(os.Args)>1&&os.Args[1]==\"fail\"{fmt.Println(\"no luck\");os.Exit(7)};fmt.Println(\"up\");time.Sleep(time.Minute)}\n"
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(src), 0o644); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "sleeper")
	cmd := exec.Command("go", "build", "-o", bin, file)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	tag := "bascule-test:" + s.Run
	if err := e.BuildScratch(t.Context(), tag, bin, s.Labels(nil)); err != nil {
		t.Fatal(err)
	}
	return tag
}

func TestContainerLifecycle(t *testing.T) {
	e, s := connect(t)
	image := sleeper(t, e, s)
	n, err := e.CreateSiteNetwork(t.Context(), s, s.Run+"-site")
	if err != nil {
		t.Fatal(err)
	}
	id, err := e.Create(t.Context(), Spec{Name: s.Run + "-a", Image: image, Network: n, IP: n.At(10), Labels: s.Labels(nil)})
	if err != nil {
		t.Fatal(err)
	}
	state := func() State {
		t.Helper()
		st, err := e.Inspect(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	if state().Running {
		t.Error("created, and already running")
	}
	if err := e.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := e.WaitReady(t.Context(), id, "a"); err != nil {
		t.Fatal(err)
	}
	if got := state().IPs[n.Name]; got != n.At(10) {
		t.Errorf("address %s, want %s", got, n.At(10))
	}
	if err := e.Pause(t.Context(), id); err != nil || !state().Paused {
		t.Errorf("paused %v: %v", state().Paused, err)
	}
	for range 2 { // the second has nothing to do
		if err := e.Unpause(t.Context(), id); err != nil || state().Paused {
			t.Errorf("unpaused %v: %v", !state().Paused, err)
		}
	}
	for range 2 {
		if err := e.Kill(t.Context(), id); err != nil || state().Running {
			t.Errorf("killed %v: %v", !state().Running, err)
		}
	}
	if err := e.Start(t.Context(), id); err != nil || !state().Running {
		t.Errorf("does not start again: %v", err)
	}
	if got := state().IPs[n.Name]; got != n.At(10) {
		t.Errorf("address after a restart %s, want %s", got, n.At(10))
	}
	if out, err := e.Exec(t.Context(), id, []string{"/bascule", "fail"}); err == nil || !strings.Contains(err.Error(), "code 7") || !strings.Contains(out, "no luck") {
		t.Errorf("exec: %q, %v", out, err)
	}
}

func TestAContainerThatEndsIsToldWithItsLog(t *testing.T) {
	e, s := connect(t)
	image := sleeper(t, e, s)
	n, err := e.CreateControlNetwork(t.Context(), s, s.Run+"-control")
	if err != nil {
		t.Fatal(err)
	}
	id, err := e.Create(t.Context(), Spec{Name: s.Run + "-a", Image: image, Network: n, Labels: s.Labels(nil),
		Config: func(c *container.Config) { c.Cmd = []string{"fail"} }})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if code, err := e.WaitExit(t.Context(), id); code != 7 || err != nil {
		t.Errorf("code %d, %v", code, err)
	}
	err = e.WaitReady(t.Context(), id, "paris/db/1")
	if err == nil || !strings.Contains(err.Error(), "paris/db/1") || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("the error must name the container and show its log: %v", err)
	}
}

func TestNetworksOfManyStagesDoNotCollide(t *testing.T) {
	e, s := connect(t)
	var wg sync.WaitGroup
	got := make([]Network, 8)
	for i := range got {
		wg.Go(func() {
			var err error
			// The same name hash for all, so that all want the same subnet.
			if got[i], err = e.CreateSiteNetwork(context.Background(), s, fmt.Sprintf("%s-%d", s.Run, i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, a := range got {
		for _, b := range got[:i] {
			if a.Subnet.Overlaps(b.Subnet) {
				t.Errorf("%s and %s overlap", a.Subnet, b.Subnet)
			}
		}
	}
}

func TestAFailedBuildShowsItsLastLines(t *testing.T) {
	e, _ := connect(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY missing /x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := e.BuildImage(t.Context(), Build{Tag: "bascule-test:broken", Context: dir})
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v", err)
	}
}

func TestMissingImageIsNotPulled(t *testing.T) {
	e, s := connect(t)
	_, err := e.Create(t.Context(), Spec{Name: s.Run + "-x", Image: "bascule-test:absent"})
	if err == nil || !strings.Contains(err.Error(), "holds no image bascule-test:absent") {
		t.Errorf("got %v", err)
	}
}

func TestOwnerAlive(t *testing.T) {
	if alive, known := OwnerAlive(Owner()); !alive || !known {
		t.Errorf("this very process: alive %v, known %v", alive, known)
	}
	cmd := exec.Command("sleep", "30")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	owner := fmt.Sprintf("%s:%d:%s", host, cmd.Process.Pid, startTime(cmd.Process.Pid))
	if alive, _ := OwnerAlive(owner); !alive {
		t.Error("a living process is taken for dead")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if alive, known := OwnerAlive(owner); alive || !known {
		t.Errorf("a dead process: alive %v, known %v", alive, known)
	}
	if _, known := OwnerAlive("elsewhere:1:2"); known {
		t.Error("nothing can be known of another machine")
	}
}

func TestNoEngine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "nobody.sock"))
	_, err := Connect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "make prepare") {
		t.Errorf("the error must tell what to do: %v", err)
	}
}

func TestOnlyAStaticBinaryBecomesAnImage(t *testing.T) {
	e, s := connect(t)
	err := e.BuildScratch(t.Context(), "bascule-test:dynamic", "/bin/sh", s.Labels(nil))
	if err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
		t.Errorf("a binary that cannot start there is accepted: %v", err)
	}
}

func TestSubnetsAreTakenWhereNothingIs(t *testing.T) {
	prefix := netip.MustParsePrefix
	first := func(used ...netip.Prefix) (got []netip.Prefix) {
		for s := range freeSubnets("paris", used) {
			if got = append(got, s); len(got) == 2 {
				break
			}
		}
		return got
	}
	all := first()
	if len(all) != 2 || all[0].Overlaps(all[1]) {
		t.Fatalf("free: %v", all)
	}
	if got := first(all[0]); got[0] != all[1] {
		t.Errorf("with %v taken it tries %v, want %v", all[0], got[0], all[1])
	}
	// An office that uses all of 10/8 but one corner of the pool.
	if got := first(prefix("10.0.0.0/9"), prefix("10.128.0.0/11"), prefix("10.192.0.0/10"), prefix("10.160.0.0/12"), prefix("10.176.0.0/13"),
		prefix("10.184.0.0/14"), prefix("10.188.0.0/15"), prefix("10.190.0.0/16"), prefix("10.191.0.0/17"), prefix("10.191.128.0/18"),
		prefix("10.191.192.0/19"), prefix("10.191.224.0/20"), prefix("10.191.240.0/21"), prefix("10.191.248.0/22"), prefix("10.191.252.0/23"),
		prefix("10.191.254.0/24")); len(got) != 1 || got[0] != prefix("10.191.255.0/24") {
		t.Errorf("the last free subnet is not found: %v", got)
	}
	if got := first(prefix("10.0.0.0/8")); len(got) != 0 {
		t.Errorf("nothing is free, and it offers %v", got)
	}
}
