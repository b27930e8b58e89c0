package disk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A hand that is killed leaves its mounts behind: dead ("transport endpoint is
// not connected"), yet mounted. Each hand holds the lock of its folder under
// Base, which the kernel takes back when it dies, however it dies; so anybody
// can tell what is left behind from what is in use, without touching a file
// system that might not answer.

const lockName = ".lock"

// Tidy takes away what dead hands have left mounted in the view of the process
// pid (0: our own).
func Tidy(pid int) error {
	return namespace{pid}.within(func() error {
		locks, err := filepath.Glob(filepath.Join(Base, "*", lockName))
		if err != nil {
			return err
		}
		var errs []error
		for _, lock := range locks {
			errs = append(errs, tidy(lock))
		}
		return errors.Join(errs...)
	})
}

// tidy is called within the namespace.
func tidy(lock string) error {
	f, err := os.OpenFile(lock, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil // its hand took it away just now
	}
	if err != nil {
		return err
	}
	defer f.Close()
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil // it lives
	case err != nil:
		return &os.PathError{Op: "lock", Path: lock, Err: err}
	}
	return sweep(filepath.Dir(lock))
}

// sweep unmounts everything of ours below a folder and removes the folder. It
// removes only what is empty: a mount that stays keeps the data under it safe.
func sweep(folder string) error {
	table, err := os.Open("/proc/thread-self/mountinfo")
	if err != nil {
		return err
	}
	defer table.Close()
	mounts, err := ours(table, folder)
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range mounts {
		if err := unix.Unmount(m, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
			errs = append(errs, &os.PathError{Op: "unmount", Path: m, Err: err})
		}
	}
	names, err := os.ReadDir(folder)
	errs = append(errs, err)
	for _, n := range names {
		if n.IsDir() {
			errs = append(errs, os.Remove(filepath.Join(folder, n.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("volumes left mounted by a hand that is gone: %w", err)
	}
	// The lock goes last: while it is there, somebody tries again.
	if err := os.Remove(filepath.Join(folder, lockName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	_ = os.Remove(folder)
	_ = os.Remove(Base) // the last one puts the light out; it stays while another hand is there
	return nil
}

// ours lists the mount points of our file systems below a folder, the innermost
// first.
func ours(mountinfo io.Reader, folder string) ([]string, error) {
	var out []string
	lines := bufio.NewScanner(mountinfo)
	for lines.Scan() {
		// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
		fields := strings.Fields(lines.Text())
		_, after, ok := strings.Cut(lines.Text(), " - ")
		if !ok || len(fields) < 5 || !strings.HasPrefix(after, fsType+" ") {
			continue
		}
		if at := unescape(fields[4]); strings.HasPrefix(at, folder+"/") {
			out = append([]string{at}, out...)
		}
	}
	return out, lines.Err()
}

// unescape undoes the kernel's octal escapes in mountinfo.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace

// claim makes a hand's folder and holds its lock for as long as the process
// lives.
func (n namespace) claim(folder string) (held *os.File, err error) {
	err = n.within(func() error {
		lock := filepath.Join(folder, lockName)
		for {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return err
			}
			f, err := os.OpenFile(lock, os.O_RDWR|os.O_CREATE, 0o600)
			if errors.Is(err, os.ErrNotExist) {
				continue // somebody tidied the folder away in between
			}
			if err != nil {
				return err
			}
			if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
				return errors.Join(fmt.Errorf("%s belongs to another hand that lives: %w", folder, err), f.Close())
			}
			// The one that tidies may have removed it before we had the lock.
			opened, err1 := f.Stat()
			named, err2 := os.Stat(lock)
			if err1 == nil && err2 == nil && os.SameFile(opened, named) {
				held = f
				return nil
			}
			_ = f.Close()
		}
	})
	return held, err
}
