package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bascule/harness/plan"
)

// Inputs is the hash of what the cells of a sweep have in common: every file of
// the stage's folder, and the program that plays it. A result from other inputs
// is not taken over.
func Inputs(stageDir, binary string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(stageDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(stageDir, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s\x00%s\x00", name, d.Type())
		if !d.Type().IsRegular() {
			return nil
		}
		return addFile(h, path)
	})
	if err == nil {
		err = addFile(h, binary)
	}
	if err != nil {
		return "", fmt.Errorf("hash the inputs of the sweep: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func addFile(h io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(h, f)
	fmt.Fprintf(h, "\x00%d\x00", n)
	return err
}

// Stamp is the hash of one cell's inputs, for run.Config: the scenario as
// planned, its seed, and what Inputs gave.
func Stamp(inputs string, seed int64) func(plan.Scenario) string {
	return func(sc plan.Scenario) string {
		b, err := json.Marshal(sc)
		if err != nil {
			return "" // a plan always marshals; an empty stamp equals no other
		}
		sum := sha256.Sum256(fmt.Appendf(b, "\x00%d\x00%s", seed, inputs))
		return hex.EncodeToString(sum[:])
	}
}
