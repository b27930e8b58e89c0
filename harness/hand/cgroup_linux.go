package hand

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// cgroups is where the machine's cgroups are, seen through our parent, who stands
// outside our container: our own mount may show our own group alone, and the
// machine's first process may be out of reach.
func cgroups() string { return fmt.Sprintf("/proc/%d/root/sys/fs/cgroup", os.Getppid()) }

// memoryGroup is the memory cgroup of a container, of either version.
type memoryGroup struct {
	dir string
	v2  bool
}

// memoryGroupOf finds it by the container's first process.
func memoryGroupOf(pid int) (memoryGroup, error) {
	dir, v2, err := groupOf(pid, "memory")
	if err != nil {
		return memoryGroup{}, err
	}
	return exists(memoryGroup{dir: dir, v2: v2})
}

// groupOf is the folder of a process' cgroup of a controller, and whether it is
// one of the second version.
func groupOf(pid int, controller string) (dir string, v2 bool, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return "", false, gone(err)
	}
	unified := ""
	for line := range strings.Lines(string(b)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch {
		case strings.Contains(","+parts[1]+",", ","+controller+","):
			return filepath.Join(cgroups(), controller, parts[2]), false, nil
		case parts[0] == "0" && parts[1] == "":
			unified = parts[2]
		}
	}
	if unified == "" {
		return "", false, fmt.Errorf("process %d is in no %s cgroup", pid, controller)
	}
	return filepath.Join(cgroups(), unified), true, nil
}

// freeze stops the processes of a container, or lets them go on, behind the
// engine's back.
func freeze(pid int, frozen bool) error {
	dir, v2, err := groupOf(pid, "freezer")
	if err != nil {
		return err
	}
	file, words := "freezer.state", map[bool]string{true: "FROZEN", false: "THAWED"}
	if v2 {
		file, words = "cgroup.freeze", map[bool]string{true: "1", false: "0"}
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(words[frozen]), 0o644); err != nil {
		return fmt.Errorf("freezer of the container of process %d: %w", pid, err)
	}
	return nil
}

func exists(g memoryGroup) (memoryGroup, error) {
	if _, err := os.Stat(filepath.Join(g.dir, "cgroup.procs")); err != nil {
		return g, fmt.Errorf("the memory cgroup is not where it should be: %w", err)
	}
	return g, nil
}

// limit is the bound of the group's memory in bytes; ok is false without one.
func (g memoryGroup) limit() (bytes int64, ok bool, err error) {
	name := "memory.limit_in_bytes"
	if g.v2 {
		name = "memory.max"
	}
	b, err := os.ReadFile(filepath.Join(g.dir, name))
	if err != nil {
		return 0, false, err
	}
	text := strings.TrimSpace(string(b))
	if text == "max" {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false, err
	}
	return n, n < 1<<60, nil // version 1 says "none" with the largest number of pages
}

// usage is what the group holds now, in bytes.
func (g memoryGroup) usage() (int64, error) {
	name := "memory.usage_in_bytes"
	if g.v2 {
		name = "memory.current"
	}
	b, err := os.ReadFile(filepath.Join(g.dir, name))
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
}

// kills counts the processes of the group that the kernel has killed for want
// of memory.
func (g memoryGroup) kills() (uint64, error) {
	name := "memory.oom_control"
	if g.v2 {
		name = "memory.events"
	}
	return killsIn(filepath.Join(g.dir, name))
}

// machineKills counts those of the whole machine.
func machineKills() (uint64, error) { return killsIn("/proc/vmstat") }

func killsIn(file string) (uint64, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "oom_kill" {
			return strconv.ParseUint(f[1], 10, 64)
		}
	}
	return 0, fmt.Errorf("%s counts no kills: this kernel is too old", file)
}

// join moves a process into the group.
func (g memoryGroup) join(pid int) error {
	return os.WriteFile(filepath.Join(g.dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644)
}
