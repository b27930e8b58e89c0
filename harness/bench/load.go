package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is processor time at one instant.
type usage struct {
	wall    time.Time
	own     time.Duration // of this process, in user space and in the kernel
	machine time.Duration // of everything on the machine; 0 where it is not told
}

// useNow looks at the processor time now.
func useNow() (usage, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return usage{}, fmt.Errorf("CPU time of this process: %w", err)
	}
	return usage{wall: time.Now(), own: time.Duration(u.Utime.Nano() + u.Stime.Nano()), machine: machineTime()}, nil
}

// cores is how many cores this process, and everything else, used since u.
func (u usage) cores(now usage) (own, others float64) {
	wall := now.wall.Sub(u.wall).Seconds()
	own = (now.own - u.own).Seconds() / wall
	if now.machine == 0 {
		return own, 0
	}
	return own, max(0, (now.machine-u.machine).Seconds()/wall-own)
}

// machineTime is the processor time that the whole machine has spent on
// anything but idling, from /proc/stat, whose unit is a hundredth of a second.
func machineTime() time.Duration {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0
	}
	var sum int64
	for i, f := range fields[1:9] {
		if i == 3 || i == 4 {
			continue // idle, and waiting for a disk
		}
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0
		}
		sum += n
	}
	return time.Duration(sum) * 10 * time.Millisecond
}

// others tells what else was going on, which a reader of a figure must know.
func others(cores float64) string {
	return fmt.Sprintf("everything else on the machine used %.1f of %d cores meanwhile", cores, runtime.NumCPU())
}
