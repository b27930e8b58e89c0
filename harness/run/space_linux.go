package run

import (
	"fmt"
	"syscall"
)

// leastFree is what a run wants on the disk of its folder before it starts.
const leastFree = 200 << 20

// enoughSpace refuses to start on a disk that the histories would fill.
func enoughSpace(dir string) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return fmt.Errorf("run folder %s: %w", dir, err)
	}
	if free := st.Bavail * uint64(st.Bsize); free < leastFree {
		return fmt.Errorf("run folder %s: %d MB free, a run wants %d MB: make room, or choose another folder with --out", dir, free>>20, leastFree>>20)
	}
	return nil
}
