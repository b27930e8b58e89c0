//go:build !linux

package run

// measureFirst is for Linux only.
func measureFirst() {}

// sendFirst is for Linux only.
func sendFirst() (undo func(), real bool) { return func() {}, false }
