//go:build !linux

package run

// measureFirst is for Linux only.
func measureFirst() {}
