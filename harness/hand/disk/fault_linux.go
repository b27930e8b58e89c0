package disk

import (
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"bascule/harness/hand"
)

// fault is an act in force on one or several volumes.
type fault struct {
	kind    hand.ActKind
	latency time.Duration
	over    chan struct{} // closed when it is undone: who waits goes on at once
	met     atomic.Uint64 // calls that were refused or slowed
}

// call is what a request of a file system is to its volume.
type call int

// The kinds of call. Reading is none of them: no fault of a volume here
// touches what is only read.
const (
	rewrite call = iota // writes where the volume has blocks already
	grow                // needs a block: new data, a new file or folder, a longer file
	change              // changes names or attributes, or frees blocks
	flush               // makes durable what was written
)

// faults are those in force on one volume. A request asks once, and is not
// stopped by the lock of a fault that begins: the list is replaced, never
// changed.
type faults struct {
	list atomic.Pointer[[]*fault]
}

func (s *faults) add(f *fault) {
	for {
		old := s.list.Load()
		var next []*fault
		if old != nil {
			next = slices.Clone(*old)
		}
		next = append(next, f)
		if s.list.CompareAndSwap(old, &next) {
			return
		}
	}
}

func (s *faults) remove(f *fault) {
	for {
		old := s.list.Load()
		if old == nil {
			return
		}
		next := slices.DeleteFunc(slices.Clone(*old), func(x *fault) bool { return x == f })
		if s.list.CompareAndSwap(old, &next) {
			return
		}
	}
}

// has tells whether a fault of a kind is in force.
func (s *faults) has(kind hand.ActKind) bool {
	list := s.list.Load()
	return list != nil && slices.ContainsFunc(*list, func(f *fault) bool { return f.kind == kind })
}

// admit lets a request through, lets it wait, or gives the error that the
// process is told. It is asked for each request, so that a fault meets files
// that are open already.
func (s *faults) admit(what call) syscall.Errno {
	list := s.list.Load()
	if list == nil {
		return 0
	}
	for _, f := range *list {
		switch {
		// As a file system that was mounted again as read-only: what is there
		// can be synced, since nothing of it is left to write.
		case f.kind == hand.DiskReadOnly && what != flush:
			f.met.Add(1)
			return syscall.EROFS
		case f.kind == hand.DiskFull && what == grow:
			f.met.Add(1)
			return syscall.ENOSPC
		}
	}
	for _, f := range *list {
		if f.kind == hand.DiskSlow {
			f.met.Add(1)
			f.wait()
		}
	}
	return 0
}

// wait holds a request up. A signal does not end it: neither does it on a disk
// that is slow, where the process sleeps uninterruptibly. It lasts Latency at
// most, and ends with the fault.
func (f *fault) wait() {
	t := time.NewTimer(f.latency)
	defer t.Stop()
	select {
	case <-t.C:
	case <-f.over:
	}
}
