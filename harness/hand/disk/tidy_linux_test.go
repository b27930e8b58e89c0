package disk

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A hand that is killed leaves a dead file system; the next one takes it away,
// and touches none that is alive.
func TestKilledHandIsTidiedAfter(t *testing.T) {
	alive, _, aliveTarget := served(t)
	source, target := t.TempDir(), filepath.Dir(aliveTarget)+"-killed/data"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestHelperHand$", "-test.timeout", "30s")
	cmd.Env = append(os.Environ(), "DISK_SOURCE="+source, "DISK_TARGET="+target)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "mounted") {
			break
		}
	}
	if err := unix.Mkdir(target+"/d", 0o755); err != nil {
		t.Fatalf("the other hand does not serve: %v", err)
	}
	if err := Tidy(0); err != nil {
		t.Errorf("tidy beside hands that live: %v", err)
	}
	if err := unix.Mkdir(target+"/e", 0o755); err != nil {
		t.Errorf("tidying touched a hand that lives: %v", err)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := unix.Access(target, unix.F_OK); !errors.Is(err, unix.ENOTCONN) {
		t.Fatalf("the dead file system says %v, want %v: this test tests nothing", err, unix.ENOTCONN)
	}
	if err := Tidy(0); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Dir(target)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", filepath.Dir(target), err)
	}
	if names, err := os.ReadDir(source); err != nil || len(names) != 2 {
		t.Errorf("tidying touched the volume's data: %v, %v", names, err)
	}
	if err := unix.Mkdir(aliveTarget+"/d", 0o755); err != nil || alive.Met("none") != 0 {
		t.Errorf("tidying touched a hand that lives: %v", err)
	}
}
