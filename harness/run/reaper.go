package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"bascule/harness/engine"
	"bascule/harness/target/containers"
)

// farewell is what the harness says when it has cleaned up by itself.
const farewell = "done\n"

// Reaper is a second process that outlives this one. It holds the reading end of
// a pipe: when this process dies, however it dies, the pipe closes without a
// farewell, and the reaper removes what carries the run's label. It is not in
// our process group, so that Ctrl-C does not reach it.
type Reaper struct {
	process *exec.Cmd
	pipe    *os.File
}

// StartReaper starts the reaper of a run, by a bascule binary.
func StartReaper(binary, run string) (*Reaper, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	cmd := exec.Command(binary, "reap", "--run", run)
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

// Reap waits for the end of the harness on the other side of the pipe. Without
// a farewell it heals what faults are in force, and then sweeps the engine until
// nothing of the run has been seen for three looks in a row: what the engine was
// about to create when the harness died appears late.
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
	eng, err := engine.Connect(ctx)
	if err != nil {
		return fmt.Errorf("reaper: %w", err)
	}
	defer eng.Close()
	// Faults first: what is broken outside the run's own containers (a limit, a
	// mount) must not outlive those that know how to undo it.
	if err := containers.HealRun(ctx, eng, run); err != nil {
		fmt.Fprintf(log, "reaper: %v\n", err)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for quiet := 0; quiet < 3; {
		found, err := eng.Find(ctx, engine.LabelRun+"="+run)
		if err == nil && found.Count() == 0 {
			quiet++
		} else {
			quiet = 0
			if _, err := eng.Sweep(ctx, engine.LabelRun+"="+run); err != nil {
				fmt.Fprintf(log, "reaper: %v\n", err)
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
