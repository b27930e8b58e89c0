package exercise

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program writes a stand-in for bascule.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bascule")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWhatWasNotPlayedIsAnError: silence of the program is no result, nor is a
// verdict that its history does not bear out.
func TestWhatWasNotPlayedIsAnError(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"it refused the input":     {"echo no such feature; exit 3", "no such feature"},
		"it played nothing":        {"exit 0", "0 of 1 scenarios were played"},
		"a history, no verdict":    {`mkdir -p "$3/run/01" && echo '{}' >"$3/run/01/history.jsonl"`, "verdict.json"},
		"a verdict without sense":  {`mkdir -p "$3/run/01" && echo '{}' >"$3/run/01/history.jsonl" && echo no >"$3/run/01/verdict.json"`, "invalid character"},
		"a history without a head": {`mkdir -p "$3/run/01" && echo '{}' >"$3/run/01/history.jsonl" && echo '{}' >"$3/run/01/verdict.json"`, "history"},
	} {
		_, err := Play(t.Context(), program(t, c.script), t.TempDir(), []string{"a.feature"})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEndedContextPlaysNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Play(ctx, program(t, "exit 0"), t.TempDir(), []string{"a.feature"}); err == nil {
		t.Error("it was played")
	}
}
