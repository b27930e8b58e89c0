package hand

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// victim is a container, by its first process. The kernel gives the number of one
// that ended to another, of another container perhaps: life tells them apart.
type victim struct {
	pid  int
	life string
}

// victimOf is the container whose first process has that number now.
func victimOf(pid int) (victim, error) {
	v := victim{pid, born(pid)}
	if v.life == "" {
		return v, fmt.Errorf("process %d: %w", pid, classed("gone"))
	}
	return v, nil
}

// ended tells whether the container is no more.
func (v victim) ended() bool { return v.life == "" || born(v.pid) != v.life }

// processes lists those of a container by its first process: they share its pid
// namespace.
func (v victim) processes() ([]int, error) {
	space, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", v.pid))
	if err != nil {
		return nil, gone(err)
	}
	if v.ended() { // looked at after the link was read: what was read is its own
		return nil, classed("gone")
	}
	own, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return nil, err
	}
	if space == own {
		return nil, errors.New("the container has no process namespace of its own: its processes cannot be told from the machine's")
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var out []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid)); err == nil && ns == space {
			out = append(out, pid)
		}
	}
	return out, nil
}

// family lists those of a container's processes that its first one started, itself
// included: not what somebody runs in it from outside, such as a health check.
func (v victim) family() ([]int, error) {
	all, err := v.processes()
	if err != nil {
		return nil, err
	}
	inside := map[int]bool{}
	for _, pid := range all {
		inside[pid] = true
	}
	var out []int
	for _, pid := range all {
		// Parents are followed within the container only: the chain is short.
		at := pid
		for at != v.pid && inside[at] {
			at = parent(at)
		}
		if at == v.pid {
			out = append(out, pid)
		}
	}
	return out, nil
}

// parent is field 4 of a process's stat; 0 when it is gone.
func parent(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b)[strings.LastIndex(string(b), ")")+1:])
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return n
}

// born tells a process from a later one with the same number: field 22 of its
// stat. Empty when it is gone.
func born(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The command's name may hold spaces and parentheses: count from its end.
	rest := string(b)[strings.LastIndex(string(b), ")")+1:]
	fields := strings.Fields(rest)
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[19]
}
