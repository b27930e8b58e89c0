package disk

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// namespace is a view of the file system: that of a process, or our own where
// pid is 0. The engine starts containers in the view of what is our parent in a
// container (its shim), whether or not that is the view of process 1.
type namespace struct{ pid int }

// path is how a path of the namespace is reached from our own.
func (n namespace) path(p string) string {
	if n.pid == 0 {
		return p
	}
	return fmt.Sprintf("/proc/%d/root%s", n.pid, p)
}

// within runs f with the namespace's mounts. Goroutines that f starts are not
// in it.
func (n namespace) within(f func() error) error {
	if n.pid == 0 {
		return f()
	}
	done := make(chan error, 1)
	go func() {
		// Never unlocked: the thread ends with this goroutine, and nobody else
		// ever finds himself in another namespace.
		runtime.LockOSThread()
		done <- func() error {
			ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/mnt", n.pid))
			if err != nil {
				return err
			}
			defer ns.Close()
			// Threads of a process share root and working folder: the kernel lets
			// only one that does not into another mount namespace.
			if err := unix.Unshare(unix.CLONE_FS); err != nil {
				return os.NewSyscallError("unshare", err)
			}
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNS); err != nil {
				return os.NewSyscallError("setns", err)
			}
			return f()
		}()
	}()
	return <-done
}
