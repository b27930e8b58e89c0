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

// startReaper starts a second process that outlives this one. It holds the
// reading end of a pipe: when this process dies, however it dies, the pipe
// closes without a farewell, and the reaper removes what carries the run's
// label. It is not in our process group, so that Ctrl-C does not reach it.
func startReaper(binary, run string, keep bool) (stop func() error, err error) {
	if keep || binary == "" {
		return func() error { return nil }, nil
	}
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
	return func() error {
		_, err := io.WriteString(w, farewell)
		return errors.Join(err, w.Close(), cmd.Wait())
	}, nil
}

// Reap waits for the end of the harness on the other side of the pipe. Without
// a farewell it removes what tools wrote, heals what faults are in force, and
// then sweeps the engine until nothing of the run has been seen for three looks
// in a row: what the engine was about to create when the harness died appears
// late.
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
	eng, err := engine.Connect(ctx)
	if err != nil {
		return fmt.Errorf("reaper: %w", errors.Join(err, scratchErr))
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
		// A tool that outlived the harness for a moment may have written again.
		wrote, scratchErr := removeScratch(scratchOf(run))
		if scratchErr != nil {
			fmt.Fprintf(log, "reaper: %v\n", scratchErr)
		}
		if err == nil && found.Count() == 0 && !wrote {
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
