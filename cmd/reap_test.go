package cmd_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/cmd"
)

// What a reaper says goes into a file, and there is none where it has nothing to
// say.
func TestAReaperThatFindsNoEngineTellsSo(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent.sock")
	for word, trouble := range map[string]bool{"done\n": false, "": true} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		log := filepath.Join(t.TempDir(), "reaper.log")
		var out, errs bytes.Buffer
		code := cmd.Execute(ctx, []string{"reap", "--run", "r1", "--log", log}, strings.NewReader(word), &out, &errs)
		b, err := os.ReadFile(log)
		if trouble != (code != 0) || trouble != strings.Contains(string(b), "no container engine answers") || trouble != (err == nil) {
			t.Errorf("it heard %q: exit code %d, told %q, %v", word, code, b, err)
		}
	}
}
