package hand

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// tighten is how often the limits follow what is open.
const tighten = 200 * time.Millisecond

// descriptors holds the processes of containers at what they have open.
//
// A new descriptor gets the lowest free number, which must be below the limit:
// with the limit at that number nothing can be opened any more. What a process
// closes is taken from it too, at the next look.
type descriptors struct {
	firsts []victim
	stop   context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	old     map[int]limited // by process
	atLimit int
}

// limited is a process and the limits that it had.
type limited struct {
	born string
	was  unix.Rlimit
}

func limitDescriptors(ctx context.Context, firsts []int) (deed, error) {
	if len(firsts) == 0 {
		return nil, errors.New("no container is named")
	}
	d := &descriptors{done: make(chan struct{}), old: map[int]limited{}}
	for _, pid := range firsts {
		v, err := victimOf(pid)
		if err != nil {
			return nil, err
		}
		d.firsts = append(d.firsts, v)
	}
	ctx, stop := context.WithCancel(ctx)
	d.stop = stop
	if err := d.look(); err != nil {
		stop()
		return nil, errors.Join(err, d.restore())
	}
	go func() {
		defer close(d.done)
		tick := time.NewTicker(tighten)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				// A container that ended has nothing left to hold.
				_ = d.look()
			case <-ctx.Done():
				return
			}
		}
	}()
	return d, nil
}

// look holds every process of the containers, new ones too.
func (d *descriptors) look() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	at := 0
	for _, first := range d.firsts {
		pids, err := first.processes()
		if err != nil {
			errs = append(errs, fmt.Errorf("process %d: %w", first.pid, err))
			continue
		}
		for _, pid := range pids {
			held, err := d.hold(first.pid, pid)
			if err != nil && gone(err) != classed("gone") {
				errs = append(errs, fmt.Errorf("process %d: %w", pid, err))
			}
			if held {
				at++
			}
		}
	}
	d.atLimit = at
	return errors.Join(errs...)
}

// hold puts a process's limit at its lowest free number; at tells whether it is
// there and the process has opened everything below.
func (d *descriptors) hold(first, pid int) (at bool, err error) {
	was, known := d.old[pid]
	if b := born(pid); !known || was.born != b {
		was = limited{born: b}
		if err := limitOf(pid, nil, &was.was); err != nil {
			return false, err
		}
		// A child that was forked since has the limit of its parent: what it is
		// to get back is what the first process had.
		if f, ok := d.old[first]; ok && pid != first && was.was.Cur < f.was.Cur {
			was.was = f.was
		}
		d.old[pid] = was
	}
	free, err := lowestFree(pid)
	if err != nil {
		return false, err
	}
	// The hard limit stays: to raise it again takes a right that a container
	// need not have.
	return true, limitOf(pid, &unix.Rlimit{Cur: free, Max: was.was.Max}, nil)
}

// lowestFree is the lowest number of a descriptor that a process has not open.
func lowestFree(pid int) (uint64, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0, err
	}
	var open []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			open = append(open, n)
		}
	}
	slices.Sort(open)
	free := 0
	for _, n := range open {
		if n != free {
			break
		}
		free++
	}
	return uint64(free), nil
}

func (d *descriptors) met() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return uint64(d.atLimit)
}

func (d *descriptors) detail() string { return fmt.Sprintf("%d processes at their limit", d.met()) }

func (d *descriptors) undo() error {
	d.stop()
	<-d.done
	return d.restore()
}

// restore gives every process its limit back; one more look finds those forked
// a moment ago.
func (d *descriptors) restore() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, first := range d.firsts {
		pids, err := first.processes()
		if err != nil {
			continue // it ended
		}
		for _, pid := range pids {
			was, known := d.old[pid]
			if !known || was.born != born(pid) {
				if was, known = d.old[first.pid]; !known {
					continue
				}
			}
			if err := limitOf(pid, &was.was, nil); err != nil && gone(err) != classed("gone") {
				errs = append(errs, fmt.Errorf("process %d: give its limit back: %w", pid, err))
			}
		}
	}
	d.atLimit = 0
	return errors.Join(errs...)
}

// limitOf sets or reads the descriptors' limit of a process. The kernel lets the
// same user do that, and one with CAP_SYS_RESOURCE, which an engine inside a
// container may not have to give: so a thread becomes that user first.
func limitOf(pid int, set, was *unix.Rlimit) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its user
		done <- func() error {
			uid, gid, err := userOf(pid)
			if err != nil {
				return err
			}
			// The raw calls: those of the library change every thread.
			if _, _, e := unix.RawSyscall(unix.SYS_SETRESGID, uintptr(gid), uintptr(gid), uintptr(gid)); e != 0 {
				return fmt.Errorf("become group %d: %w", gid, e)
			}
			if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); e != 0 {
				return fmt.Errorf("become user %d: %w", uid, e)
			}
			return unix.Prlimit(pid, unix.RLIMIT_NOFILE, set, was)
		}()
	}()
	return <-done
}

// userOf is the user and the group that a process runs as.
func userOf(pid int) (uid, gid int, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "Uid:" && f[0] != "Gid:" {
			continue
		}
		n, err := strconv.Atoi(f[1])
		if err != nil {
			return 0, 0, err
		}
		if f[0] == "Uid:" {
			uid = n
		} else {
			gid = n
		}
	}
	return uid, gid, nil
}

// tryDescriptors tells why limits of other processes cannot be set; "" if they
// can. It sets that of our parent, outside our container, to what it is.
func tryDescriptors() string {
	var was unix.Rlimit
	err := limitOf(os.Getppid(), nil, &was)
	if err == nil {
		err = limitOf(os.Getppid(), &was, nil)
	}
	if err != nil {
		return fmt.Sprintf("the limits of other processes are out of reach: %v", err)
	}
	return ""
}
