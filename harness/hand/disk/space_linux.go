package disk

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// fiemap and fiemapExtent are the kernel's (linux/fiemap.h).
type fiemap struct {
	start, length uint64
	flags, mapped uint32
	count, _      uint32
	extents       [16]fiemapExtent
}

type fiemapExtent struct {
	logical, physical, length uint64
	_                         [2]uint64
	flags                     uint32
	_                         [3]uint32
}

const fsIocFiemap = 0xc020660b

// allocated tells whether every byte of the range has a block, so that writing
// it needs no space. Reserved and unwritten blocks count; a file system that
// does not tell its blocks is asked for holes.
func allocated(fd int, off, length int64) bool {
	end := uint64(off + length)
	for at := uint64(off); at < end; {
		m := fiemap{start: at, length: end - at}
		m.count = uint32(len(m.extents))
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), fsIocFiemap, uintptr(unsafe.Pointer(&m))); errno != 0 {
			return withoutHole(fd, off, length)
		}
		if m.mapped == 0 {
			return false
		}
		for _, e := range m.extents[:m.mapped] {
			if e.logical > at {
				return false
			}
			at = e.logical + e.length
		}
	}
	return true
}

func withoutHole(fd int, off, length int64) bool {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || off+length > st.Size {
		return false
	}
	hole, err := unix.Seek(fd, off, unix.SEEK_HOLE)
	return err == nil && hole >= off+length
}
