package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"bascule/harness/engine"
	"bascule/harness/target/containers"
)

// farewell is what the harness says when it has cleaned up by itself.
const farewell = "done\n"

// reaperLog is the file of a run's folder in which a reaper tells its trouble.
const reaperLog = "reaper.log"

// Reaper is a second process that outlives this one. It holds the reading end of
// a pipe: when this process dies, however it dies, the pipe closes without a
// farewell, and the reaper removes what carries the run's label. It is not in
// our process group, so that Ctrl-C does not reach it.
type Reaper struct {
	process *exec.Cmd
	pipe    *os.File
}

// StartReaper starts the reaper of a run, by a bascule binary. Its trouble goes
// into a file of the run's folder; dir is empty where there is no folder.
func StartReaper(binary, run, dir string) (*Reaper, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	cmd := exec.Command(binary, "reap", "--run", run)
	if dir != "" {
		cmd.Args = append(cmd.Args, "--log", filepath.Join(dir, reaperLog))
	}
	cmd.Stdin = r
	cmd.SysProcAttr = ownSession()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the reaper: %w", err), r.Close(), w.Close())
	}
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	return &Reaper{process: cmd, pipe: w}, nil
}

// Stop ends a reaper that has nothing to do: clean means that the engine holds
// nothing of the run any more. Otherwise the reaper sets to work, and is not
// waited for: it takes up to two minutes. Of no reaper there is nothing to stop.
func (r *Reaper) Stop(clean bool) error {
	switch {
	case r == nil:
		return nil
	case !clean:
		go func() { _ = r.process.Wait() }() // in a process that lives long, no zombie stays
		return r.pipe.Close()
	}
	_, err := io.WriteString(r.pipe, farewell)
	return errors.Join(err, r.pipe.Close(), r.process.Wait())
}

// LogFile is a file that is there once something is written to it, and not
// before: where all goes well there is none.
type LogFile string

// Write adds to the file.
func (f LogFile) Write(p []byte) (int, error) {
	w, err := os.OpenFile(string(f), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	n, err := w.Write(p)
	return n, errors.Join(err, w.Close())
}

// Reap waits for the end of the harness on the other side of the pipe. Without
// a farewell it removes what tools wrote, heals what faults are in force, and
// then sweeps the engine until nothing of the run has been seen for three looks
// in a row: what the engine was about to create when the harness died appears
// late. It gives up after two minutes. What goes wrong on the way is told to log.
func Reap(ctx context.Context, pipe io.Reader, run string, log io.Writer) error {
	word, err := io.ReadAll(pipe)
	if err != nil {
		return fmt.Errorf("reaper: %w", err)
	}
	if string(word) == farewell {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	// What may hold secrets first, whether the engine answers or not.
	_, scratchErr := removeScratch(scratchOf(run))
	eng, err := connect(ctx)
	if err != nil {
		return fmt.Errorf("reaper: %w", errors.Join(err, scratchErr))
	}
	defer eng.Close()
	// Faults first: what is broken outside the run's own containers (a limit, a
	// mount) must not outlive those that know how to undo it.
	if err := containers.HealRun(ctx, eng, run); err != nil {
		fmt.Fprintf(log, "reaper: %v\n", err)
	}
	told := ""
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for quiet := 0; quiet < 3; {
		found, err := eng.Find(ctx, engine.LabelRun+"="+run)
		// A tool that outlived the harness for a moment may have written again.
		wrote, scratchErr := removeScratch(scratchOf(run))
		if scratchErr != nil {
			fmt.Fprintf(log, "reaper: %v\n", scratchErr)
		}
		if err == nil && found.Count() == 0 && !wrote {
			quiet++
		} else {
			quiet = 0
			if _, err := eng.Sweep(ctx, engine.LabelRun+"="+run); err != nil && err.Error() != told {
				told = err.Error() // once: a try a second says it again
				fmt.Fprintf(log, "reaper: %s\n", told)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("reaper: run %s: %w", run, ctx.Err())
		}
	}
	return nil
}

// connect tries until an engine answers or ctx ends: one that is restarted, or
// too busy to answer in time, still holds what is to be removed.
func connect(ctx context.Context) (*engine.Engine, error) {
	for {
		eng, err := engine.Connect(ctx)
		if err == nil || sleep(ctx, time.Second) != nil {
			return eng, err
		}
	}
}
