//go:build !linux

package cmd_test

import "testing"

func smallDisk(t *testing.T, _ int) string {
	t.Helper()
	t.Skip("NOT TESTED: a small disk is made on Linux only")
	return ""
}
