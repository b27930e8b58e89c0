package hand_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"

	"bascule/harness/engine"
	"bascule/harness/fabric/lab"
	"bascule/harness/hand"
)

// act puts one in force.
func (r *rig) act(t *testing.T, a hand.Act) hand.ActState {
	t.Helper()
	s, err := r.hand.Do(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// met waits until something met an act, 10 s at most.
func (r *rig) met(t *testing.T, id string) hand.ActState {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		all, err := r.hand.Acts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			if a.ID == id && a.Met > 0 {
				return a
			}
		}
		if time.Now().After(end) {
			t.Fatalf("nothing met %s: %+v", id, all)
		}
	}
}

// descriptorsOf is the kernel's line about a process's limit.
func descriptorsOf(t *testing.T, pid int) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		t.Fatalf("this process must run where the engine does: %v", err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			return strings.Join(strings.Fields(rest), " ")
		}
	}
	t.Fatal("the kernel tells no limit of open files")
	return ""
}

// descriptorsRunOut: a service accepts nobody new, and does again afterwards.
func descriptorsRunOut(t *testing.T, r *rig) {
	pid := r.pid(t, r.peer(starved).ID)
	before := descriptorsOf(t, pid)
	r.start(t, hand.Probe{ID: "starved", Kind: hand.HTTP, Target: fmt.Sprintf("starved:%d", lab.PagePort), Pid: r.pid(t, r.peer(asker).ID)})
	r.start(t, hand.Probe{ID: "bystander", Kind: hand.HTTP, Target: fmt.Sprintf("web:%d", lab.PagePort), Pid: r.pid(t, r.peer(asker).ID)})
	r.becomes(t, "before", "starved", "")
	r.act(t, hand.Act{ID: "fds", Kind: hand.Descriptors, Pids: []int{pid}})
	r.met(t, "fds")
	r.becomes(t, "in force", "starved", "timeout")
	r.becomes(t, "in force", "bystander", "")
	if now := descriptorsOf(t, pid); now == before {
		t.Errorf("the limit is what it was: %s", now)
	}
	if s, err := r.hand.Undo(t.Context(), "fds"); err != nil || s.UndoneAt == 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	r.becomes(t, "undone", "starved", "")
	if now := descriptorsOf(t, pid); now != before {
		t.Errorf("after the undo the limit is %s, it was %s", now, before)
	}
}

// childrenHaveNoDescriptors: processes that a container starts meanwhile are held
// too, as another user as well, and those that it starts afterwards are free.
func childrenHaveNoDescriptors(t *testing.T, r *rig) {
	const image = "debian:bookworm-slim"
	if _, ok := r.HasImage(t.Context(), image); !ok {
		t.Skipf("NOT TESTED: the engine holds no %s (make prepare)", image)
	}
	control, err := r.CreateControlNetwork(t.Context(), r.scope, r.scope.Run+"-shell")
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.Create(t.Context(), engine.Spec{Name: r.scope.Run + "-shell", Image: image, Network: control, Labels: r.scope.Labels(nil),
		Config: func(c *container.Config) {
			c.User = "1234:567"
			c.Entrypoint = []string{"sh", "-c", "while :; do if sleep 0.02 2>/dev/null; then echo works; else echo fails; fi; done"}
		}})
	if err == nil {
		err = r.Start(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	says := func(when, want string) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			last := strings.Fields(r.Tail(t.Context(), id, 3))
			if len(last) == 3 && last[0] == want && last[1] == want && last[2] == want {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: it says %q, want %q", when, last, want)
			}
		}
	}
	says("before", "works")
	pid := r.pid(t, id)
	before := descriptorsOf(t, pid)
	r.act(t, hand.Act{ID: "children", Kind: hand.Descriptors, Pids: []int{pid}})
	says("in force", "fails")
	if _, err := r.hand.Undo(t.Context(), "children"); err != nil {
		t.Fatal(err)
	}
	says("undone", "works")
	if now := descriptorsOf(t, pid); now != before {
		t.Errorf("after the undo the limit is %s, it was %s", now, before)
	}
	if err := r.Kill(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// memoryNeedsALimit: without one the whole machine would run out.
func memoryNeedsALimit(t *testing.T, r *rig) {
	id := r.peer(hungry).ID
	pid := r.pid(t, id)
	refused := func(why string) {
		t.Helper()
		if s, err := r.hand.Do(t.Context(), hand.Act{ID: "refused", Kind: hand.Memory, Pids: []int{pid}}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("want a refusal because of %q: %+v, %v", why, s, err)
		}
	}
	refused("no limit")
	if err := r.LimitMemory(t.Context(), id, 2<<30, 0); err != nil {
		t.Fatal(err)
	}
	refused("above 1024 MiB")
	if n := r.hogs(t); n != 0 {
		t.Errorf("%d processes take memory after the refusals", n)
	}
}

// hogs counts the children of the hand.
func (r *rig) hogs(t *testing.T) (n int) {
	t.Helper()
	parent := r.pid(t, r.handID)
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		b, err := os.ReadFile("/proc/" + e.Name() + "/status")
		if err == nil && strings.Contains(string(b), fmt.Sprintf("\nPPid:\t%d\n", parent)) {
			n++
		}
	}
	return n
}

// available is what the machine has left, in bytes.
func available(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); f[0] == "MemAvailable:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal("the kernel tells no available memory")
	return 0
}

// memoryRunsOut: the kernel kills the container's process, and nobody else's.
func memoryRunsOut(t *testing.T, r *rig) {
	const limit = 64 << 20
	id := r.peer(hungry).ID
	if err := r.LimitMemory(t.Context(), id, limit, 0); err != nil {
		t.Fatal(err)
	}
	before := available(t)
	r.act(t, hand.Act{ID: "oom", Kind: hand.Memory, Pids: []int{r.pid(t, id)}})
	s := r.met(t, "oom")
	// Others use this machine: what is allowed for them is far less than the
	// whole of it, which is what a mistake would take.
	if taken := before - available(t); taken > 1<<30+limit {
		t.Errorf("the machine lost %d MiB", taken>>20)
	}
	if s.Met > 1 {
		t.Errorf("the kernel killed %d processes; the container has one, and the hand's own must live", s.Met)
	}
	bound, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if code, err := r.WaitExit(bound, id); err != nil || code != 137 {
		t.Errorf("the container ended with code %d, %v; want 137, killed", code, err)
	}
	if _, err := r.hand.Undo(t.Context(), "oom"); err != nil {
		t.Fatal(err)
	}
	if n := r.hogs(t); n != 0 {
		t.Errorf("%d processes take memory after the undo", n)
	}
	if err := r.StartPeer(t.Context(), r.peer(hungry)); err != nil {
		t.Errorf("it does not start again: %v", err)
	}
	for _, member := range []int{asker, web, starved} {
		if st, err := r.Inspect(t.Context(), r.peer(member).ID); err != nil || !st.Running {
			t.Errorf("%s: %+v, %v", r.peer(member).Name, st, err)
		}
	}
}
