// Package disk serves volumes that fill up, slow down or refuse writes: FUSE
// file systems over the folders of the engine's own volumes, mounted where the
// engine starts containers from. A container that is to meet such a fault gets
// the file system as a bind mount in the place of its volume, and needs to know
// nothing of it.
//
//	process --write--> kernel --FUSE--> hand: faults? --write--> folder of the volume
//
// Without a fault in force every call goes through to the folder, fsync too.
// A fault begins and ends at once, also for files that are open already:
//
//   - full: what needs a block is refused with ENOSPC: data where the file has
//     none yet, new files, folders and links, longer files, fallocate. As on
//     ext4, what is there can be overwritten in place, renamed and deleted.
//     (ext4 may still find room for an empty file; here it never does.)
//   - read-only: what changes anything is refused with EROFS, opening a file
//     for writing too. Reading and syncing pass, as on a file system that was
//     mounted again read-only.
//   - slow: each write, sync and change takes Latency longer; reading does not.
//
// What a process changes through a memory mapping it shares with the file meets
// the fault when the kernel writes it back, as with any disk: it is told at its
// next msync or fsync. Calls of ioctl on files are not supported.
package disk
