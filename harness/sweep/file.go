package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrFormat says that a sweep has a format that this program does not read.
var ErrFormat = errors.New("unknown sweep format")

// Write keeps a sweep in a run's folder.
func (s *Sweep) Write(dir string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, FileName), append(b, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the sweep: %w", err)
	}
	return nil
}

// Read reads the sweep of a run's folder. A folder of another run has none:
// os.ErrNotExist.
func Read(dir string) (*Sweep, error) {
	b, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		return nil, fmt.Errorf("read the sweep: %w", err)
	}
	s := &Sweep{}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("read the sweep: %s: %w", filepath.Join(dir, FileName), err)
	}
	if s.Format != Format {
		return nil, fmt.Errorf("read the sweep: %s: %w %d", filepath.Join(dir, FileName), ErrFormat, s.Format)
	}
	for _, c := range s.Cells {
		if c.Point < 0 || c.Point >= len(s.Points) || c.Fault < 0 || c.Fault >= len(s.Faults) {
			return nil, fmt.Errorf("read the sweep: cell %s is at no moment, or has no fault", c.ID)
		}
	}
	return s, nil
}
