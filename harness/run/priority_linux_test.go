package run

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// policies counts the threads of this process by their scheduling policy.
func policies(t *testing.T) map[uint32]int {
	t.Helper()
	out := map[uint32]int{}
	err := eachThread(func(tid int) error {
		a, err := unix.SchedGetAttr(tid, 0)
		if err == nil {
			out[a.Policy]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every thread is before others while a load is on, and none afterwards;
// programs that are started meanwhile have no part in it.
func TestRealTimeWhileALoadIsOnAndNoLonger(t *testing.T) {
	r := &rank{}
	release, real := r.hold()
	defer release()
	if !real {
		t.Skip("NOT TESTED: the kernel grants no real-time priority here")
	}
	runtime.LockOSThread() // so that the child comes of a thread that has the rank
	defer runtime.UnlockOSThread()
	if p := policies(t); p[unix.SCHED_RR] == 0 {
		t.Errorf("threads by policy: %v, none of them real-time", p)
	}
	child, err := exec.Command("sh", "-c", "cat /proc/self/stat").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(child), ") ")
	if f := strings.Fields(after); len(f) < 39 || f[38] != "0" {
		t.Errorf("the policy of a program that was started: %v, want 0", f)
	}
	second, _ := r.hold()
	second()
	second()
	if p := policies(t); p[unix.SCHED_RR] == 0 {
		t.Errorf("one of two loads has ended, threads by policy: %v", p)
	}
	release()
	if p := policies(t); p[unix.SCHED_RR] != 0 {
		t.Errorf("no load is on, threads by policy: %v", p)
	}
}
