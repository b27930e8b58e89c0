package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"bascule/harness/hand"
)

// Disks are the volumes that a hand serves, and the faults in force on them. Its
// methods are safe for concurrent use.
type Disks struct {
	ns namespace

	mu      sync.Mutex
	folders map[string]*os.File // below Base, each with its lock
	volumes map[string]*volume  // by name
	acts    map[string]*act     // by id, undone ones too
}

type volume struct {
	hand.Disk
	faults faults
	folder *os.File // keeps the inode from being given to another folder
}

type act struct {
	*fault
	on     []*volume
	undone bool
}

// New serves volumes in the view that the process pid has of the file system; 0
// means our own. What dead hands left there is taken away first, as far as
// possible. The process must create files for others with the modes that they
// ask for: its umask is set to 0.
func New(pid int) *Disks {
	unix.Umask(0)
	_ = Tidy(pid) // what it cannot do shows when a volume is to be mounted
	return &Disks{ns: namespace{pid}, folders: map[string]*os.File{}, volumes: map[string]*volume{}, acts: map[string]*act{}}
}

// Outside is the process whose view of the file system is the engine's: our
// parent, if we are in a container and see it; else 0, ourselves.
func Outside() int {
	mine, err1 := os.Readlink("/proc/self/ns/mnt")
	parents, err2 := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", os.Getppid()))
	if err1 != nil || err2 != nil || mine == parents {
		return 0
	}
	return os.Getppid()
}

// Capability says why volumes cannot be served here, "" where they can. It
// tries: a file system is mounted and taken away again.
func (d *Disks) Capability() string {
	folder := Target(fmt.Sprintf("try-%d", os.Getpid()), "")
	lock, err := d.ns.claim(folder)
	if err != nil {
		return fmt.Sprintf("no place to mount volumes on the engine's machine: %v", err)
	}
	defer lock.Close()
	err = d.ns.mount(folder, filepath.Join(folder, "volume"), &faults{})
	if err := errors.Join(err, d.ns.within(func() error { return sweep(folder) })); err != nil {
		return fmt.Sprintf("no FUSE file system can be mounted on the engine's machine: %v", err)
	}
	return ""
}

// Put serves a volume; it is mounted when this returns. The same one again is
// no second one, unless its folder is another: a volume that was removed and
// made again is mounted again, and keeps its faults.
func (d *Disks) Put(disk hand.Disk) error {
	if filepath.Dir(filepath.Dir(disk.Target)) != Base || !filepath.IsAbs(disk.Source) || disk.Name == "" {
		return fmt.Errorf("disk %q from %q at %q: give a name, an absolute source and a target %s/HAND/VOLUME", disk.Name, disk.Source, disk.Target, Base)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	folder, err := os.Open(d.ns.path(disk.Source))
	if err != nil {
		return fmt.Errorf("disk %s: the volume's folder: %w", disk.Name, err)
	}
	v := d.volumes[disk.Name]
	switch {
	case v == nil:
		v = &volume{Disk: disk}
	case v.Disk != disk:
		return errors.Join(fmt.Errorf("disk %s is served already, from %s at %s", disk.Name, v.Source, v.Target), folder.Close())
	case same(v.folder, folder):
		return folder.Close()
	default:
		if err := errors.Join(d.ns.unmount(v.Target), v.folder.Close()); err != nil {
			return errors.Join(fmt.Errorf("disk %s: %w", disk.Name, err), folder.Close())
		}
		delete(d.volumes, disk.Name)
	}
	if err := d.mount(v); err != nil {
		return errors.Join(fmt.Errorf("disk %s: %w", disk.Name, err), folder.Close())
	}
	v.folder = folder
	d.volumes[disk.Name] = v
	return nil
}

func same(a, b *os.File) bool {
	x, err1 := a.Stat()
	y, err2 := b.Stat()
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

func (d *Disks) mount(v *volume) error {
	if place := filepath.Dir(v.Target); d.folders[place] == nil {
		lock, err := d.ns.claim(place)
		if err != nil {
			return err
		}
		d.folders[place] = lock
	}
	return d.ns.mount(v.Source, v.Target, &v.faults)
}

// Clear undoes all faults and unmounts all volumes. Containers that still run
// keep what they have until this process ends.
func (d *Disks) Clear() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.acts {
		a.undo()
	}
	var errs []error
	for place, lock := range d.folders {
		errs = append(errs, d.ns.within(func() error { return sweep(place) }), lock.Close())
	}
	for _, v := range d.volumes {
		errs = append(errs, v.folder.Close())
	}
	d.folders, d.volumes = map[string]*os.File{}, map[string]*volume{}
	return errors.Join(errs...)
}

// Apply puts an act in force on the volumes that it names. The same id twice is
// one act.
func (d *Disks) Apply(a hand.Act) error {
	if !slices.Contains([]hand.ActKind{hand.DiskFull, hand.DiskSlow, hand.DiskReadOnly}, a.Kind) {
		return fmt.Errorf("act %s: %q is nothing that is done to volumes", a.ID, a.Kind)
	}
	if len(a.Disk) == 0 {
		return fmt.Errorf("act %s: %s names no volume", a.ID, a.Kind)
	}
	if a.Kind == hand.DiskSlow && a.Latency <= 0 {
		return fmt.Errorf("act %s: %s needs a latency", a.ID, a.Kind)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.acts[a.ID]; old != nil && !old.undone {
		return nil
	}
	on := make([]*volume, len(a.Disk))
	for i, name := range a.Disk {
		if on[i] = d.volumes[name]; on[i] == nil {
			return fmt.Errorf("act %s: volume %q is not served by this hand: its fault must be in the plan before the start", a.ID, name)
		}
	}
	f := &fault{kind: a.Kind, latency: a.Latency, over: make(chan struct{})}
	for _, v := range on {
		v.faults.add(f)
	}
	d.acts[a.ID] = &act{fault: f, on: on}
	return nil
}

// Undo ends an act; one that is not in force is no error.
func (d *Disks) Undo(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.acts[id]; a != nil {
		a.undo()
	}
}

func (a *act) undo() {
	if a.undone {
		return
	}
	a.undone = true
	for _, v := range a.on {
		v.faults.remove(a.fault)
	}
	close(a.over)
}

// Met is how many calls an act has refused or slowed.
func (d *Disks) Met(id string) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.acts[id]; a != nil {
		return a.met.Load()
	}
	return 0
}
