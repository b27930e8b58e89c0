package disk

import (
	"context"
	"runtime"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"

	"bascule/harness/hand"
)

// What is done with the data of open files. The node is asked before the file
// handle, so one place serves them all.

// withFd lends the descriptor behind a handle.
func withFd(fh fs.FileHandle, do func(fd int)) bool {
	f, ok := fh.(*fs.LoopbackFile)
	if !ok {
		return false
	}
	fd, ok := f.PassthroughFd()
	if ok {
		do(fd)
	}
	runtime.KeepAlive(f)
	return ok
}

// place is what writing n bytes at off asks of the volume. It looks at the
// blocks only while the answer matters.
func (n *node) place(fh fs.FileHandle, off, length int64) call {
	what := rewrite
	if n.faults.has(hand.DiskFull) {
		what = grow
		withFd(fh, func(fd int) {
			if allocated(fd, off, length) {
				what = rewrite
			}
		})
	}
	return what
}

// Write passes on a full volume where blocks are there already, as ext4 has it.
func (n *node) Write(ctx context.Context, fh fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	f, ok := fh.(*fs.LoopbackFile)
	if !ok {
		return 0, syscall.EBADF
	}
	if errno := n.faults.admit(n.place(fh, off, int64(len(data)))); errno != 0 {
		return 0, errno
	}
	return f.Write(ctx, data, off)
}

// Writev is Write of several pieces.
func (n *node) Writev(ctx context.Context, fh fs.FileHandle, data [][]byte, off int64) (uint32, syscall.Errno) {
	f, ok := fh.(*fs.LoopbackFile)
	if !ok {
		return 0, syscall.EBADF
	}
	length := 0
	for _, d := range data {
		length += len(d)
	}
	if errno := n.faults.admit(n.place(fh, off, int64(length))); errno != 0 {
		return 0, errno
	}
	return f.Writev(ctx, data, off)
}

// Fsync is passed on: an answer means that the disk below has it.
func (n *node) Fsync(ctx context.Context, fh fs.FileHandle, flags uint32) syscall.Errno {
	f, ok := fh.(fs.FileFsyncer)
	if !ok {
		return syscall.EBADF
	}
	if errno := n.faults.admit(flush); errno != 0 {
		return errno
	}
	return f.Fsync(ctx, flags)
}

// Modes of fallocate that free blocks: they pass on a full volume.
const (
	punchHole     = 0x02
	collapseRange = 0x08
)

// Allocate reserves or frees blocks.
func (n *node) Allocate(ctx context.Context, fh fs.FileHandle, off, size uint64, mode uint32) syscall.Errno {
	f, ok := fh.(*fs.LoopbackFile)
	if !ok {
		return syscall.EBADF
	}
	what := change
	if mode&(punchHole|collapseRange) == 0 {
		what = n.place(fh, int64(off), int64(size))
	}
	if errno := n.faults.admit(what); errno != 0 {
		return errno
	}
	return f.Allocate(ctx, off, size, mode)
}

// CopyFileRange copies within the volume.
func (n *node) CopyFileRange(ctx context.Context, in fs.FileHandle, offIn uint64, out *fs.Inode, fh fs.FileHandle, offOut, length, flags uint64) (uint32, syscall.Errno) {
	if errno := n.faults.admit(n.place(fh, int64(offOut), int64(length))); errno != 0 {
		return 0, errno
	}
	return n.LoopbackNode.CopyFileRange(ctx, in, offIn, out, fh, offOut, length, flags)
}

// Ioctl is not passed on: some of them change files past every fault. Programs
// take this answer for a file system that has none.
func (n *node) Ioctl(context.Context, fs.FileHandle, uint32, uint64, []byte, []byte) (int32, syscall.Errno) {
	return 0, syscall.ENOTTY
}
