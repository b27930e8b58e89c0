package reports

import (
	"os"
	"testing"
)

// TestLook writes the sample reports where REPORTS_LOOK says, to be looked at
// in a browser.
func TestLook(t *testing.T) {
	dir := os.Getenv("REPORTS_LOOK")
	if dir == "" {
		t.Skip("REPORTS_LOOK names no folder to write the sample reports to")
	}
	run, results := sampleRun()
	if _, err := WriteAll(dir, Build(run, append(results, long()))); err != nil {
		t.Fatal(err)
	}
	if _, err := WriteMatrix(dir, sampleMatrix()); err != nil {
		t.Fatal(err)
	}
}
