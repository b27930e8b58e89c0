//go:build !unix

package run

import "syscall"

func ownSession() *syscall.SysProcAttr { return nil }
