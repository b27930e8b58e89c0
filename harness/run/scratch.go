package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bascule/harness/engine"
)

// What tools write while they look at a site holds secrets: the variables that
// they are given, plans, copies of what they send. It lies in a folder of this
// machine that nobody else may read and that no archive of a run takes along:
//
//	$TMPDIR/bascule-<run>-infra-<random>/owner  work/...
//
// It goes with the tool. Where the harness was killed the reaper removes it, or
// bascule clean, or the next run.
const (
	scratchPrefix = "bascule-"
	scratchInfix  = "-infra-"
)

// strayAge is how old a folder without an owner must be to be taken for one
// whose process was killed before it could write it.
const strayAge = time.Hour

// newScratch makes a private folder for a tool, and tells how to remove it.
func newScratch(run string) (work string, remove func() error, err error) {
	dir, err := os.MkdirTemp("", scratchPrefix+run+scratchInfix)
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	if dir, err = filepath.Abs(dir); err == nil {
		err = os.WriteFile(filepath.Join(dir, OwnerFile), []byte(engine.Owner()), 0o600)
	}
	work = filepath.Join(dir, "work")
	if err == nil {
		err = os.Mkdir(work, 0o700)
	}
	if err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return work, remove, nil
}

// Scratch is a folder that a tool wrote into.
type Scratch struct {
	Run string
	dir string
}

// Remove removes it with all that it holds.
func (s Scratch) Remove() error {
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("run %s: remove what its tools wrote: %w", s.Run, err)
	}
	return nil
}

// StaleScratch lists the folders of runs whose process is gone, and, with all,
// those of runs under way and of other machines as well.
func StaleScratch(all bool) ([]Scratch, error) {
	return scratches(func(_, owner string, age time.Duration) bool {
		if all {
			return true
		}
		if owner == "" {
			return age > strayAge
		}
		alive, known := engine.OwnerAlive(owner)
		// Without a time of its start a process cannot be told from another.
		return known && !alive && !strings.HasSuffix(owner, ":")
	})
}

// scratchOf lists the folders of a run.
func scratchOf(run string) ([]Scratch, error) {
	return scratches(func(id, _ string, _ time.Duration) bool { return id == run })
}

// scratches lists the folders that are to be taken. What another user has cannot
// be read, and is not ours.
func scratches(take func(run, owner string, age time.Duration) bool) (out []Scratch, err error) {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return nil, fmt.Errorf("look for what tools wrote: %w", err)
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), scratchPrefix)
		run, _, found := strings.Cut(rest, scratchInfix)
		if !ours || !found || !e.IsDir() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it has gone
		}
		dir := filepath.Join(os.TempDir(), e.Name())
		owner, err := os.ReadFile(filepath.Join(dir, OwnerFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if take(run, strings.TrimSpace(string(owner)), time.Since(info.ModTime())) {
			out = append(out, Scratch{Run: run, dir: dir})
		}
	}
	return out, nil
}

// removeScratch removes what is listed, and tells whether anything was there.
func removeScratch(list []Scratch, err error) (found bool, _ error) {
	for _, s := range list {
		err = errors.Join(err, s.Remove())
	}
	return len(list) > 0, err
}
