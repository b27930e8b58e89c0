//go:build !linux

package run

// enoughSpace cannot tell here; a full disk shows when the history is written.
func enoughSpace(string) error { return nil }
