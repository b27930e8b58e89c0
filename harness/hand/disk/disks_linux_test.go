package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bascule/harness/hand"
)

// served is a volume over a folder of its own. Tests call the kernel and not
// package os: its poller would wait for the file system, which is this process.
func served(t *testing.T) (d *Disks, source, target string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: mounting file systems needs root")
	}
	d = New(0)
	if why := d.Capability(); why != "" {
		t.Skipf("NOT TESTED: %s", why)
	}
	place := fmt.Sprintf("test-%d-%d", os.Getpid(), time.Now().UnixNano())
	source, target = t.TempDir(), Target(place, "data")
	t.Cleanup(func() {
		if err := d.Clear(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(filepath.Dir(target)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left behind: %v", filepath.Dir(target), err)
		}
	})
	if err := d.Put(hand.Disk{Name: "data", Source: source, Target: target}); err != nil {
		t.Fatal(err)
	}
	return d, source, target
}

func open(t *testing.T, path string, flags int) int {
	t.Helper()
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o644)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func write(fd int, text string, at int64) error {
	n, err := unix.Pwrite(fd, []byte(text), at)
	if err == nil && n != len(text) {
		return fmt.Errorf("%d of %d bytes written", n, len(text))
	}
	return err
}

// want fails unless a call met what it should.
func want(t *testing.T, what string, got error, errno error) {
	t.Helper()
	if !errors.Is(got, errno) && !(got == nil && errno == nil) {
		t.Errorf("%s: %v, want %v", what, got, errno)
	}
}

func TestWithoutFaultTheVolumeIsItsFolder(t *testing.T) {
	_, source, target := served(t)
	fd := open(t, target+"/a", unix.O_RDWR|unix.O_CREAT)
	want(t, "write", write(fd, "hello", 0), nil)
	want(t, "fsync", unix.Fsync(fd), nil)
	want(t, "fdatasync", unix.Fdatasync(fd), nil)
	want(t, "fchown", unix.Fchown(fd, 1234, 567), nil)
	want(t, "fchmod", unix.Fchmod(fd, 0o4750), nil)
	want(t, "link", unix.Link(target+"/a", target+"/b"), nil)
	want(t, "rename", unix.Rename(target+"/a", target+"/c"), nil)
	want(t, "mkdir", unix.Mkdir(target+"/d", 0o711), nil)
	folder := unix.Stat_t{}
	if err := unix.Stat(source+"/d", &folder); err != nil || folder.Mode&0o7777 != 0o711 {
		t.Errorf("folder: mode %o, %v", folder.Mode, err)
	}
	want(t, "chown of the volume itself", unix.Chown(target, 1234, 567), nil)
	want(t, "fsync of a folder", unix.Fsync(open(t, target, unix.O_DIRECTORY)), nil)
	want(t, "fallocate", unix.Fallocate(fd, 0, 0, 1<<16), nil)
	want(t, "truncate", unix.Ftruncate(fd, 5), nil)

	want(t, "chmod", unix.Chmod(target+"/d", 0o2777), nil)
	want(t, "chown", unix.Chown(target+"/d", 0, 77), nil)
	want(t, "mkdir", unix.Mkdir(target+"/d/e", 0o755), nil)
	open(t, target+"/d/f", unix.O_RDWR|unix.O_CREAT)
	for _, name := range []string{"/d/e", "/d/f"} {
		var st unix.Stat_t
		if err := unix.Stat(source+name, &st); err != nil || st.Gid != 77 {
			t.Errorf("%s in a set-group-ID folder has group %d, %v", name, st.Gid, err)
		}
	}

	// Populated: a page that is fetched by a fault, and not by a call, would stop a
	// processor of this runtime, which may be what the file system waits for.
	mem, err := unix.Mmap(fd, 0, 5, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		t.Fatalf("mmap: %v", err)
	}
	copy(mem, "HE")
	want(t, "msync", unix.Msync(mem, unix.MS_SYNC), nil)
	want(t, "munmap", unix.Munmap(mem), nil)

	content, err := os.ReadFile(filepath.Join(source, "b"))
	if string(content) != "HEllo" || err != nil {
		t.Errorf("the folder has %q, %v", content, err)
	}
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(source, "c"), &st); err != nil || st.Mode&0o7777 != 0o4750 || st.Uid != 1234 || st.Gid != 567 || st.Nlink != 2 {
		t.Errorf("mode %o, owner %d:%d, %d links, %v", st.Mode, st.Uid, st.Gid, st.Nlink, err)
	}
	if err := unix.Stat(filepath.Join(source, "d"), &st); err != nil || st.Mode&0o7777 != 0o2777 {
		t.Errorf("folder: mode %o, %v", st.Mode, err)
	}
	if err := unix.Stat(source, &st); err != nil || st.Uid != 1234 || st.Gid != 567 {
		t.Errorf("the volume's owner is %d:%d, %v", st.Uid, st.Gid, err)
	}
}

func TestFull(t *testing.T) {
	d, _, target := served(t)
	fd := open(t, target+"/a", unix.O_RDWR|unix.O_CREAT)
	want(t, "write", write(fd, strings.Repeat("x", 8192), 0), nil)
	reserved := open(t, target+"/reserved", unix.O_RDWR|unix.O_CREAT)
	want(t, "fallocate", unix.Fallocate(reserved, 0, 0, 8192), nil)
	want(t, "write", write(open(t, target+"/old", unix.O_RDWR|unix.O_CREAT), "x", 0), nil)

	if err := d.Apply(hand.Act{ID: "1", Kind: hand.DiskFull, Disk: []string{"data"}}); err != nil {
		t.Fatal(err)
	}
	want(t, "overwrite in place", write(fd, "y", 4000), nil)
	want(t, "write what is reserved", write(reserved, "y", 4096), nil)
	want(t, "rename", unix.Rename(target+"/old", target+"/older"), nil)
	want(t, "unlink", unix.Unlink(target+"/older"), nil)
	want(t, "shorten", unix.Ftruncate(fd, 8000), nil)

	_, create := unix.Open(target+"/new", unix.O_WRONLY|unix.O_CREAT, 0o644)
	refused := map[string]error{
		"append":    write(fd, "y", 8192),
		"beyond":    write(fd, "y", 1<<20),
		"create":    create,
		"mkdir":     unix.Mkdir(target+"/d", 0o755),
		"symlink":   unix.Symlink("a", target+"/s"),
		"link":      unix.Link(target+"/a", target+"/l"),
		"lengthen":  unix.Ftruncate(fd, 1<<20),
		"fallocate": unix.Fallocate(fd, 0, 1<<20, 4096),
	}
	for what, err := range refused {
		want(t, what, err, unix.ENOSPC)
	}
	if met := d.Met("1"); met != uint64(len(refused)) {
		t.Errorf("met %d calls, want %d", met, len(refused))
	}
	var st unix.Statfs_t
	if err := unix.Statfs(target, &st); err != nil || st.Bavail != 0 || st.Bfree != 0 {
		t.Errorf("df would say %d blocks free, %v", st.Bavail, err)
	}

	d.Undo("1")
	want(t, "append after the fault", write(fd, "y", 8192), nil)
	want(t, "mkdir after the fault", unix.Mkdir(target+"/d", 0o755), nil)
	if d.Undo("1"); d.Met("1") != uint64(len(refused)) {
		t.Errorf("it met %d calls after it was undone", d.Met("1"))
	}
}

func TestReadOnly(t *testing.T) {
	d, _, target := served(t)
	fd := open(t, target+"/a", unix.O_RDWR|unix.O_CREAT)
	want(t, "write", write(fd, "hello", 0), nil)
	if err := d.Apply(hand.Act{ID: "1", Kind: hand.DiskReadOnly, Disk: []string{"data"}}); err != nil {
		t.Fatal(err)
	}
	_, create := unix.Open(target+"/new", unix.O_WRONLY|unix.O_CREAT, 0o644)
	_, write1 := unix.Open(target+"/a", unix.O_WRONLY, 0)
	for what, err := range map[string]error{
		"write": write(fd, "x", 0), "create": create, "open for writing": write1, "unlink": unix.Unlink(target + "/a"), "chmod": unix.Fchmod(fd, 0o600),
		"rename": unix.Rename(target+"/a", target+"/b"), "mkdir": unix.Mkdir(target+"/d", 0o755), "truncate": unix.Ftruncate(fd, 0),
	} {
		want(t, what, err, unix.EROFS)
	}
	want(t, "fsync", unix.Fsync(fd), nil)
	buf := make([]byte, 5)
	if n, err := unix.Pread(open(t, target+"/a", unix.O_RDONLY), buf, 0); err != nil || string(buf[:n]) != "hello" {
		t.Errorf("read %q, %v", buf[:n], err)
	}
	d.Undo("1")
	want(t, "write after the fault", write(fd, "x", 0), nil)
}

func TestSlow(t *testing.T) {
	d, _, target := served(t)
	fd := open(t, target+"/a", unix.O_RDWR|unix.O_CREAT)
	const latency = 150 * time.Millisecond
	if err := d.Apply(hand.Act{ID: "1", Kind: hand.DiskSlow, Latency: latency, Disk: []string{"data"}}); err != nil {
		t.Fatal(err)
	}
	took := func(what string, f func() error) time.Duration {
		t.Helper()
		began := time.Now()
		want(t, what, f(), nil)
		return time.Since(began)
	}
	for what, f := range map[string]func() error{
		"write": func() error { return write(fd, "x", 0) },
		"fsync": func() error { return unix.Fsync(fd) },
		"mkdir": func() error { return unix.Mkdir(target+"/d", 0o755) },
	} {
		if t1 := took(what, f); t1 < latency || t1 > 4*latency {
			t.Errorf("%s took %s, want %s longer than usual", what, t1, latency)
		}
	}
	if t1 := took("read", func() error { _, err := unix.Pread(fd, make([]byte, 1), 0); return err }); t1 > latency/2 {
		t.Errorf("reading took %s", t1)
	}
	if d.Met("1") != 3 {
		t.Errorf("met %d calls, want 3", d.Met("1"))
	}

	// Who waits when the fault ends goes on at once.
	if err := d.Apply(hand.Act{ID: "2", Kind: hand.DiskSlow, Latency: time.Minute, Disk: []string{"data"}}); err != nil {
		t.Fatal(err)
	}
	d.Undo("1")
	time.AfterFunc(latency, func() { d.Undo("2") })
	if t1 := took("write", func() error { return write(fd, "x", 0) }); t1 < latency || t1 > 10*time.Second {
		t.Errorf("a write that waited for the end of the fault took %s, want %s", t1, latency)
	}
}

func TestVolumeMadeAgainIsServedAgain(t *testing.T) {
	d, source, target := served(t)
	want(t, "write", write(open(t, target+"/a", unix.O_RDWR|unix.O_CREAT), "old", 0), nil)
	if err := d.Apply(hand.Act{ID: "1", Kind: hand.DiskFull, Disk: []string{"data"}}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(source), os.Mkdir(source, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := d.Put(hand.Disk{Name: "data", Source: source, Target: target}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Access(target+"/a", unix.F_OK); !errors.Is(err, unix.ENOENT) {
		t.Errorf("the new volume holds what the old one held: %v", err)
	}
	want(t, "mkdir, the fault being in force still", unix.Mkdir(target+"/d", 0o755), unix.ENOSPC)
	d.Undo("1")
	want(t, "mkdir", unix.Mkdir(target+"/d", 0o755), nil)
	if _, err := os.Stat(source + "/d"); err != nil {
		t.Error(err)
	}
}

func TestRefusedPlainly(t *testing.T) {
	d, source, target := served(t)
	for want, err := range map[string]error{
		"give a name":             d.Put(hand.Disk{Name: "x", Source: source, Target: "/etc"}),
		"served already":          d.Put(hand.Disk{Name: "data", Source: source, Target: target + "2"}),
		"no such file":            d.Put(hand.Disk{Name: "y", Source: source + "/none", Target: target + "y"}),
		"must be in the plan":     d.Apply(hand.Act{ID: "1", Kind: hand.DiskFull, Disk: []string{"other"}}),
		"needs a latency":         d.Apply(hand.Act{ID: "1", Kind: hand.DiskSlow, Disk: []string{"data"}}),
		"nothing that is done to": d.Apply(hand.Act{ID: "1", Kind: hand.Memory, Disk: []string{"data"}}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestMountsAreToldApart(t *testing.T) {
	const table = `22 27 0:21 / /proc rw,relatime - proc proc rw
60 27 0:40 / /run/bascule/a/one rw shared:5 - fuse.bascule bascule rw,user_id=0
61 27 0:41 / /run/bascule/a/with\040space rw - fuse.bascule bascule rw
62 27 0:42 / /run/bascule/ab/other rw - fuse.bascule bascule rw
63 27 0:43 / /run/bascule/a/foreign rw - fuse.sshfs host rw
`
	got, err := ours(strings.NewReader(table), "/run/bascule/a")
	if err != nil || !slices.Equal(got, []string{"/run/bascule/a/with space", "/run/bascule/a/one"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestHelperHand is no test: it is the process that TestTidy kills.
func TestHelperHand(t *testing.T) {
	source, target := os.Getenv("DISK_SOURCE"), os.Getenv("DISK_TARGET")
	if source == "" {
		return
	}
	d := New(Outside())
	if err := d.Put(hand.Disk{Name: "data", Source: source, Target: target}); err != nil {
		t.Fatal(err)
	}
	fmt.Println("mounted")
	<-t.Context().Done()
	runtime.KeepAlive(d) // its locks are closed with it
}
