package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// inVariant is where a feature names the variant that has the defect.
var inVariant = regexp.MustCompile(` (dans sa variante|in its) "[^"]+"( variant)?`)

// twinOf writes the feature's sound twin: the same scenario, on the stage
// without the defect.
func twinOf(feature, dir string) (string, error) {
	text, err := os.ReadFile(feature)
	if err != nil {
		return "", fmt.Errorf("zoo: %w", err)
	}
	sound := inVariant.ReplaceAll(text, nil)
	if len(sound) == len(text) {
		return "", fmt.Errorf("zoo: %s names no variant", feature)
	}
	path := filepath.Join(dir, filepath.Base(feature))
	if err := os.WriteFile(path, sound, 0o600); err != nil {
		return "", fmt.Errorf("zoo: %w", err)
	}
	return path, nil
}
