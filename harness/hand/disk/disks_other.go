//go:build !linux

package disk

import (
	"errors"

	"bascule/harness/hand"
)

// Disks cannot be served here: the hand runs in a Linux container.
type Disks struct{}

const only = "volumes are served on Linux only, by the hand inside its container"

// New serves nothing.
func New(int) *Disks { return &Disks{} }

// Outside is nobody.
func Outside() int { return 0 }

// Tidy has nothing to take away.
func Tidy(int) error { return nil }

// Capability says why not.
func (*Disks) Capability() string { return only }

// Put refuses.
func (*Disks) Put(hand.Disk) error { return errors.New(only) }

// Clear has nothing to unmount.
func (*Disks) Clear() error { return nil }

// Apply refuses.
func (*Disks) Apply(hand.Act) error { return errors.New(only) }

// Undo has nothing to end.
func (*Disks) Undo(string) {}

// Met nothing.
func (*Disks) Met(string) uint64 { return 0 }
