package disk

import (
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// fsType is what the kernel calls our file systems: by it they are told from
// everything else that is mounted on a machine.
const fsType = "fuse.bascule"

// cached is how long the kernel may remember names and attributes. Nobody else
// changes the folder while it is served.
const cached = time.Minute

// mount serves folder at target, both as the namespace sees them. The file
// system lives until it is unmounted everywhere or this process ends.
func (n namespace) mount(folder, target string, faults *faults) error {
	root, err := newRoot(n.path(folder), faults)
	if err != nil {
		return err
	}
	device, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: "/dev/fuse", Err: err}
	}
	err = n.within(func() error {
		if err := os.MkdirAll(target, 0o700); err != nil {
			return err
		}
		// allow_other and default_permissions: the kernel checks every process
		// by the owners and modes that the folder below has.
		data := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions,max_read=%d", device, maxIO)
		if err := unix.Mount("bascule", target, fsType, 0, data); err != nil {
			return &os.PathError{Op: "mount", Path: target, Err: err}
		}
		return nil
	})
	if err != nil {
		_ = unix.Close(device) // nothing was mounted on it
		return err
	}
	if err := serve(root, device); err != nil {
		_ = unix.Close(device) // ends a file system that nobody serves
		return fmt.Errorf("serve %s: %w; %w", target, err, n.unmount(target))
	}
	return nil
}

// maxIO is the largest read or write that the kernel asks for at once.
const maxIO = 1 << 20

func serve(root *node, device int) error {
	keep := cached
	raw := fs.NewNodeFS(root, &fs.Options{EntryTimeout: &keep, AttrTimeout: &keep, NullPermissions: true})
	server, err := fuse.NewServer(raw, fmt.Sprintf("/dev/fd/%d", device), &fuse.MountOptions{
		MaxWrite: maxIO, MaxBackground: 64, Name: "bascule",
		// All that is written comes through here: what the kernel has cached is
		// right, also when its own writes move a file's time.
		ExplicitDataCacheControl: true,
		// Reads and writes that bypass us would bypass the faults.
		DisabledCapabilities: fuse.CAP_PASSTHROUGH,
		Logger:               log.New(io.Discard, "", 0),
	})
	if err != nil {
		return err
	}
	go server.Serve()
	return server.WaitMount()
}

// unmount takes a file system out of the namespace, also one that nobody serves
// any more, and removes its folder. Containers that run keep theirs.
func (n namespace) unmount(target string) error {
	return n.within(func() error {
		// Not one that lies below: MNT_DETACH asks nothing of the file system.
		if err := unix.Unmount(target, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil && err != unix.EINVAL && err != unix.ENOENT {
			return &os.PathError{Op: "unmount", Path: target, Err: err}
		}
		if err := os.Remove(target); err != nil && !os.IsNotExist(err) {
			return err
		}
		return nil
	})
}
