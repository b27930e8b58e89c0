package disk

import (
	"context"
	"os"
	"path/filepath"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"bascule/harness/hand"
)

// node is a file or folder of a volume: the loopback's own, which asks the
// volume's faults before each call that changes something.
type node struct {
	*fs.LoopbackNode
	faults *faults
}

// newRoot serves a folder.
func newRoot(folder string, faults *faults) (*node, error) {
	root, err := fs.NewLoopbackRoot(folder)
	if err != nil {
		return nil, &os.PathError{Op: "stat", Path: folder, Err: err}
	}
	return &node{LoopbackNode: root.(*fs.LoopbackNode), faults: faults}, nil
}

// WrapChild makes every file and folder below one that asks too.
func (n *node) WrapChild(_ context.Context, child fs.InodeEmbedder) fs.InodeEmbedder {
	return &node{LoopbackNode: child.(*fs.LoopbackNode), faults: n.faults}
}

var (
	_ fs.NodeWrapChilder    = (*node)(nil)
	_ fs.NodeStatfser       = (*node)(nil)
	_ fs.NodeMknoder        = (*node)(nil)
	_ fs.NodeMkdirer        = (*node)(nil)
	_ fs.NodeSymlinker      = (*node)(nil)
	_ fs.NodeLinker         = (*node)(nil)
	_ fs.NodeRmdirer        = (*node)(nil)
	_ fs.NodeUnlinker       = (*node)(nil)
	_ fs.NodeRenamer        = (*node)(nil)
	_ fs.NodeCreater        = (*node)(nil)
	_ fs.NodeTmpfiler       = (*node)(nil)
	_ fs.NodeOpener         = (*node)(nil)
	_ fs.NodeSetattrer      = (*node)(nil)
	_ fs.NodeSetxattrer     = (*node)(nil)
	_ fs.NodeRemovexattrer  = (*node)(nil)
	_ fs.NodeWriter         = (*node)(nil)
	_ fs.NodeFsyncer        = (*node)(nil)
	_ fs.NodeAllocater      = (*node)(nil)
	_ fs.NodeCopyFileRanger = (*node)(nil)
	_ fs.NodeIoctler        = (*node)(nil)
)

// Statfs tells a full volume as df would see it.
func (n *node) Statfs(ctx context.Context, out *fuse.StatfsOut) syscall.Errno {
	errno := n.LoopbackNode.Statfs(ctx, out)
	if n.faults.has(hand.DiskFull) {
		out.Bfree, out.Bavail = 0, 0
	}
	return errno
}

// Mknod makes a file of any kind.
func (n *node) Mknod(ctx context.Context, name string, mode, dev uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.faults.admit(grow); errno != 0 {
		return nil, errno
	}
	ino, errno := n.LoopbackNode.Mknod(ctx, name, mode, dev, out)
	return ino, n.inherit(name, &out.Attr, errno)
}

// Mkdir makes a folder.
func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.faults.admit(grow); errno != 0 {
		return nil, errno
	}
	ino, errno := n.LoopbackNode.Mkdir(ctx, name, mode, out)
	return ino, n.inherit(name, &out.Attr, errno)
}

// Symlink makes a symbolic link.
func (n *node) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.faults.admit(grow); errno != 0 {
		return nil, errno
	}
	ino, errno := n.LoopbackNode.Symlink(ctx, target, name, out)
	return ino, n.inherit(name, &out.Attr, errno)
}

// Link gives a file one more name.
func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.faults.admit(grow); errno != 0 {
		return nil, errno
	}
	return n.LoopbackNode.Link(ctx, target, name, out)
}

// Rmdir, Unlink and Rename pass on a full volume: so it can be emptied.
func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	if errno := n.faults.admit(change); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Rmdir(ctx, name)
}

// Unlink removes a name.
func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	if errno := n.faults.admit(change); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Unlink(ctx, name)
}

// Rename moves a name.
func (n *node) Rename(ctx context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	if errno := n.faults.admit(change); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Rename(ctx, name, parent, newName, flags)
}

// Create makes a file and opens it.
func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.faults.admit(grow); errno != 0 {
		return nil, nil, 0, errno
	}
	ino, fh, _, errno := n.LoopbackNode.Create(ctx, name, flags, mode, out)
	return ino, fh, fuse.FOPEN_KEEP_CACHE, n.inherit(name, &out.Attr, errno)
}

// inherit gives what was made in a folder with the set-group-ID bit the group of
// the folder: the loopback gives it that of who asked.
func (n *node) inherit(name string, made *fuse.Attr, errno syscall.Errno) syscall.Errno {
	var folder fuse.AttrOut
	if errno != 0 || n.Getattr(context.Background(), nil, &folder) != 0 || folder.Mode&unix.S_ISGID == 0 || folder.Gid == made.Gid {
		return errno
	}
	if err := unix.Lchown(filepath.Join(n.RootData.Path, n.Path(n.Root()), name), -1, int(folder.Gid)); err != nil {
		return fs.ToErrno(err)
	}
	made.Gid = folder.Gid
	return 0
}

// Tmpfile makes a file without a name, owned by who asks for it.
func (n *node) Tmpfile(ctx context.Context, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.faults.admit(grow); errno != 0 {
		return nil, nil, 0, errno
	}
	ino, fh, opened, errno := n.LoopbackNode.Tmpfile(ctx, flags, mode, out)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	if caller, ok := fuse.FromContext(ctx); ok {
		withFd(fh, func(fd int) { _ = unix.Fchown(fd, int(caller.Uid), int(caller.Gid)) })
		out.Uid, out.Gid = caller.Uid, caller.Gid
	}
	return ino, fh, opened, 0
}

// Open keeps what the kernel has cached of the file: all that is written to the
// volume goes through here.
func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if flags&syscall.O_ACCMODE != syscall.O_RDONLY && n.faults.has(hand.DiskReadOnly) {
		if errno := n.faults.admit(change); errno != 0 {
			return nil, 0, errno
		}
	}
	fh, _, errno := n.LoopbackNode.Open(ctx, flags)
	return fh, fuse.FOPEN_KEEP_CACHE, errno
}

// Setattr changes length, owner, mode or times.
func (n *node) Setattr(ctx context.Context, fh fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	what := change
	if size, ok := in.GetSize(); ok {
		var now fuse.AttrOut
		if errno := n.Getattr(ctx, fh, &now); errno == 0 && size > now.Size {
			what = grow
		}
	}
	if errno := n.faults.admit(what); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Setattr(ctx, fh, in, out)
}

// Setxattr sets an extended attribute, which may need a block.
func (n *node) Setxattr(ctx context.Context, attr string, data []byte, flags uint32) syscall.Errno {
	if errno := n.faults.admit(grow); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Setxattr(ctx, attr, data, flags)
}

// Removexattr removes one.
func (n *node) Removexattr(ctx context.Context, attr string) syscall.Errno {
	if errno := n.faults.admit(change); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Removexattr(ctx, attr)
}
