package exercise

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bascule/harness/history"
)

// A play that went as it should is kept, so that its judgement stays right where
// no engine is at hand: the tests judge it again from its history.

// suffix of a history that is kept.
const suffix = ".jsonl.gz"

// Keep keeps the history of a play, at path, in folder.
func Keep(folder, name, path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	defer in.Close()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	out, err := os.Create(filepath.Join(folder, name+suffix))
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	w := gzip.NewWriter(out)
	_, err = io.Copy(w, in)
	if err := errors.Join(err, w.Close(), out.Close()); err != nil {
		return fmt.Errorf("keep: keep %s: %w", path, err)
	}
	return nil
}

// Kept reads a history that was kept.
func Kept(folder, name string) (*history.History, error) {
	path := filepath.Join(folder, name+suffix)
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keep: %w", err)
	}
	defer in.Close()
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("keep: %s: %w", path, err)
	}
	return history.Decode(path, r)
}
