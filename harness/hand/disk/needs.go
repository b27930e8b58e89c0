package disk

import "github.com/moby/moby/api/types/container"

// Needs gives a container the rights without which it cannot serve volumes: to
// see the machine's processes, to enter the view of its parent, to mount there.
// They are named one by one and not asked for as "privileged", which engines
// refuse that may not give every right that the kernel has.
func Needs(h *container.HostConfig) {
	h.PidMode = "host"
	h.CapAdd = append(h.CapAdd, "SYS_ADMIN", "SYS_PTRACE", "SYS_CHROOT", "DAC_OVERRIDE", "DAC_READ_SEARCH", "CHOWN", "FOWNER", "FSETID", "MKNOD", "SETFCAP")
	h.SecurityOpt = append(h.SecurityOpt, "apparmor=unconfined", "seccomp=unconfined")
	h.Devices = append(h.Devices, container.DeviceMapping{PathOnHost: "/dev/fuse", PathInContainer: "/dev/fuse", CgroupPermissions: "rwm"})
}
