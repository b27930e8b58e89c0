package reports

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Writer is a format. Name is the file that it makes.
type Writer interface {
	Name() string
	Write(w io.Writer, m Model) error
}

// Writers lists every format, the one that people read first.
func Writers() []Writer { return []Writer{HTML{}, JSON{}, JUnit{}, Markdown{}} }

// WriteAll writes every format into dir, each file whole or not at all: a
// reader never sees half a report, and a full disk leaves the older one.
func WriteAll(dir string, m Model) (paths []string, err error) {
	for _, w := range Writers() {
		var b bytes.Buffer
		if err := w.Write(&b, m); err != nil {
			return paths, fmt.Errorf("reports: %s: %w", w.Name(), err)
		}
		path := filepath.Join(dir, w.Name())
		if err := replaceFile(path, b.Bytes()); err != nil {
			return paths, fmt.Errorf("reports: write %s (is there room, and may this user write there?): %w", path, err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// replaceFile writes beside path and renames, on the same file system.
func replaceFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the first error is the one to tell
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
