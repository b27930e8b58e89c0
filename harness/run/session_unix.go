//go:build unix

package run

import "syscall"

// ownSession keeps a terminal's signals from the child.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
