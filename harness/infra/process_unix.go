//go:build unix

package infra

import (
	"os"
	"syscall"
)

// below is the priority of tools, beside a system that is being measured.
const below = 10

func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// endGroup ends a program and all that it started.
func endGroup(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }

// yieldGroup lets everything else run first. Where that may not be, the
// analysis tells when the load came late.
func yieldGroup(p *os.Process) { _ = syscall.Setpriority(syscall.PRIO_PGRP, p.Pid, below) }
