package hand

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// hog is a process of our own binary that takes memory where it is told to, step
// by step. Its end of the pipe tells it that the hand is gone.
type hog struct {
	cmd   *exec.Cmd
	steps io.WriteCloser
	acks  <-chan struct{} // one for each step taken; closed when it has died
}

func startHog(ctx context.Context) (*hog, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, HogArgs()...)
	steps, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	acks := make(chan struct{}, 1) // a step waits for the one before: one is enough
	go func() {
		defer close(acks)
		for lines := bufio.NewScanner(said); lines.Scan(); {
			acks <- struct{}{}
		}
	}()
	return &hog{cmd, steps, acks}, nil
}

func (h *hog) pid() int { return h.cmd.Process.Pid }

// take has it take so many bytes more.
func (h *hog) take(n int64) error {
	_, err := fmt.Fprintln(h.steps, n)
	return err
}

// end ends it, whatever it does, and returns when it is gone.
func (h *hog) end() {
	_ = h.cmd.Process.Kill() // it may have died already
	for range h.acks {
	}
	_ = h.cmd.Wait()
}

// HogArgs are the arguments by which the hand starts its own binary to take
// memory.
func HogArgs() []string { return []string{"agent", "--hog"} }

// hogLife bounds how long memory is held, whatever is forgotten.
const hogLife = 10 * time.Minute

// Hog takes as many bytes as each line of in says, answers with a line, and holds
// them until in ends, the bound of all containers in bytes is reached, or ten
// minutes have passed. It runs inside the cgroup of the container that is to run
// out.
func Hog(in io.Reader, out io.Writer) error {
	late := time.AfterFunc(hogLife, func() { os.Exit(1) })
	defer late.Stop()
	// Memory of a file that no process maps: it counts for the group and not for
	// this process, which would else be the largest of the group and be killed in
	// the place of what is in it.
	held, err := unix.MemfdCreate("hog", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("hog: %w", err)
	}
	step := make([]byte, memoryStep)
	for total := int64(0); ; {
		var n int64
		switch _, err := fmt.Fscan(in, &n); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("hog: how much: %w", err)
		}
		if total += n; n <= 0 || total > memoryMost+memoryStep {
			return fmt.Errorf("hog: %d bytes more are %d in all, above %d", n, total, int64(memoryMost))
		}
		for n > 0 {
			done, err := unix.Write(held, step[:min(n, memoryStep)])
			if err != nil && !errors.Is(err, unix.EINTR) {
				return fmt.Errorf("hog: take %d bytes: %w", n, err)
			}
			n -= int64(max(done, 0))
		}
		if _, err := fmt.Fprintln(out, total); err != nil {
			return fmt.Errorf("hog: %w", err)
		}
	}
}
