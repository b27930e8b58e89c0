package infra

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// endBound is how long a program may take to end once it is told to.
const endBound = 5 * time.Second

// run runs a program to its end and gives what it said, both streams. It and
// what it started end with the context.
func run(ctx context.Context, dir string, env []string, program string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, program, args...)
	c.Dir, c.Env = dir, env
	c.SysProcAttr = ownGroup()
	c.Cancel = func() error { return endGroup(c.Process) }
	c.WaitDelay = endBound
	said := &head{}
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		return "", fmt.Errorf("start %s: %w", program, err)
	}
	// The system is being measured meanwhile: this must not take the processor
	// away from it.
	yieldGroup(c.Process)
	err := c.Wait()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return said.String(), err
}

// mostSaid is how much of what a program says is kept, in bytes.
const mostSaid = 64 << 10

// head keeps the beginning of what is written to it.
type head struct {
	mu sync.Mutex
	b  strings.Builder
}

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if room := mostSaid - h.b.Len(); room > 0 {
		h.b.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}
