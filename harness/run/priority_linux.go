package run

import (
	"context"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A load that is sent late says something of the harness, not of the service.
// Niceness alone does not prevent that: it counts within a session or a control
// group, not between them, and a thread of ordinary rank that wakes up waits for
// slices of others. Beside a compiler, on two cores, operations were sent up to
// 80 ms late at the 99th percentile with niceness -10, and 1 ms with the lowest
// real-time priority. So the process has that priority while it puts a load on,
// and no longer: what it computes apart from that must not be in anybody's way.

// niceness is what this process has otherwise.
const niceness = -10

// promoteEvery is how often threads that the runtime has started since are
// found: a promoted thread's children begin without its rank, so that programs
// that the harness starts never have it.
const promoteEvery = 200 * time.Millisecond

// measureFirst asks the kernel to run this process before the system that it
// measures, as far as niceness can. Where it may not (no privilege), the
// analysis tells when the load came late.
func measureFirst() { _ = eachThread(beNice) }

// sendFirst gives this process real-time priority until its undo is called.
// Where the kernel refuses, its niceness is all it has, and real is false.
func sendFirst() (undo func(), real bool) {
	if eachThread(beFirst) != nil {
		measureFirst()
		return func() {}, false
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(promoteEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = eachThread(beFirst) // the first time it was allowed
			}
		}
	}()
	return func() {
		stop()
		<-done
		measureFirst()
	}, true
}

func beNice(tid int) error {
	return unix.SchedSetAttr(tid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: niceness}, 0)
}

func beFirst(tid int) error {
	return unix.SchedSetAttr(tid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1, Flags: unix.SCHED_FLAG_RESET_ON_FORK}, 0)
}

// eachThread does something to every thread of this process: ranks are a
// thread's on Linux. It gives the first refusal; a thread that is gone refuses
// nothing.
func eachThread(do func(tid int) error) (first error) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		if err := do(tid); err != nil && err != syscall.ESRCH && first == nil {
			first = err
		}
	}
	return first
}
