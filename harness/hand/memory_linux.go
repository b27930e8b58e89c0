package hand

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// Bounds of taking memory.
const (
	memoryMost  = 1 << 30 // bytes: a container with a higher limit is refused
	memoryNear  = 8 << 20 // bytes below the limit from which on single steps are taken
	memoryStep  = 1 << 18 // bytes: less than what the smallest victim gives back
	memoryLook  = 5 * time.Millisecond
	memoryStuck = 200 * time.Millisecond // after which a step is not waited for
	memoryList  = 100 * time.Millisecond // between looks for children that were forked
)

// memory is a process of ours in each container's cgroup that takes memory until
// the kernel kills. The container's own processes are put first in its list, so
// that ours is the last that it would choose.
type memory struct {
	stop context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	kills  map[int]uint64 // by the container's first process
	scores map[int]score  // that processes had, by number
}

// score is a process and its place in the kernel's list of victims.
type score struct {
	born string
	was  string
}

// prefer puts the processes of a container first in the list: those of its
// service. A health check that died in its place would leave it as it was.
func (m *memory) prefer(first victim) error {
	pids, err := first.family()
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, pid := range pids {
		path := fmt.Sprintf("/proc/%d/oom_score_adj", pid)
		if old, known := m.scores[pid]; known && old.born == born(pid) {
			continue
		}
		was, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		m.scores[pid] = score{born(pid), strings.TrimSpace(string(was))}
		if err := os.WriteFile(path, []byte("1000"), 0o644); err != nil && gone(err) != classed("gone") {
			return fmt.Errorf("make process %d the first victim: %w", pid, err)
		}
	}
	return nil
}

// forgive gives the survivors their place back.
func (m *memory) forgive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for pid, s := range m.scores {
		if s.born == "" || born(pid) != s.born {
			continue
		}
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte(s.was), 0o644); err != nil && gone(err) != classed("gone") {
			errs = append(errs, fmt.Errorf("process %d: give its place back: %w", pid, err))
		}
	}
	return errors.Join(errs...)
}

func fillMemory(ctx context.Context, firsts []int) (deed, error) {
	if len(firsts) == 0 {
		return nil, errors.New("no container is named")
	}
	ctx, stop := context.WithCancel(ctx)
	m := &memory{stop: stop, kills: map[int]uint64{}, scores: map[int]score{}}
	for _, first := range firsts {
		if err := m.fill(ctx, first); err != nil {
			stop()
			m.done.Wait()
			return nil, errors.Join(fmt.Errorf("process %d: %w", first, err), m.forgive())
		}
	}
	return m, nil
}

// fill starts to take the memory of one container.
func (m *memory) fill(ctx context.Context, pid int) error {
	first, err := victimOf(pid)
	if err != nil {
		return err
	}
	g, err := memoryGroupOf(pid)
	if err != nil {
		return err
	}
	limit, ok, err := g.limit()
	switch {
	case err != nil:
		return fmt.Errorf("read its limit: %w", err)
	case !ok:
		return errors.New("its memory has no limit: set one first, or the whole machine runs out")
	case limit > memoryMost:
		return fmt.Errorf("its limit of %d MiB is above %d MiB: the machine could run out", limit>>20, memoryMost>>20)
	}
	p := press{memory: m, group: g, first: first, limit: limit}
	if p.before, err = g.kills(); err != nil {
		return err
	}
	if p.machine, err = machineKills(); err != nil {
		return err
	}
	if p.hog, err = startHog(ctx); err != nil {
		return err
	}
	// The victims named, then ours in the group: in this order.
	if err = m.prefer(first); err == nil {
		err = g.join(p.hog.pid())
	}
	if err != nil {
		p.hog.end()
		return fmt.Errorf("enter its memory cgroup: %w", err)
	}
	m.done.Go(func() {
		p.run(ctx)
		// Whatever it holds goes with it, so that the engine can remove the group.
		p.hog.end()
	})
	return nil
}

// press takes the memory of one container.
type press struct {
	*memory
	group   memoryGroup
	first   victim
	limit   int64
	before  uint64 // kills in the group, and on the machine
	machine uint64
	hog     *hog
	ours    uint64 // 1: ours was killed while the container lived, which proves nothing
}

// run takes memory until the kernel kills, then holds what is taken until the act
// is undone or the container has ended: the next process that needs some is
// killed too.
//
// Each step is taken only after a look at what the last one did, and is smaller
// than what a victim gives back. One step too many, and with nobody else left the
// kernel would kill ours.
func (p *press) run(ctx context.Context) {
	tick := time.NewTicker(memoryLook)
	defer tick.Stop()
	listed := time.Now()
	taken, killed, busy, asked := int64(0), uint64(0), false, time.Now()
	acks := p.hog.acks
	for {
		// A step under way tells first whether it was ours that died of it.
		if !busy || time.Since(asked) > memoryStuck {
			killed = p.count()
		}
		if p.first.ended() {
			p.last()
			return
		}
		if killed == 0 && !busy && acks != nil && taken < p.limit {
			n := p.next()
			busy, asked = p.hog.take(n) == nil, time.Now()
			taken += n
		}
		select {
		case _, alive := <-acks:
			busy = false
			if !alive {
				acks = nil
				if !p.first.ended() {
					p.ours = 1
				}
			}
		case <-tick.C:
			if time.Since(listed) > memoryList {
				_ = p.prefer(p.first) // one that ended is noticed above
				listed = time.Now()
			}
		case <-ctx.Done():
			return
		}
	}
}

// next is how much to take: nearly all that is free at once, then by steps.
func (p *press) next() int64 {
	used, err := p.group.usage()
	if err != nil {
		return memoryStep
	}
	return max(memoryStep, p.limit-used-memoryNear)
}

// count notes the kills in the group, but for that of ours.
func (p *press) count() uint64 {
	n, err := p.group.kills()
	if err != nil || n < p.before {
		return p.note(0)
	}
	n -= p.before
	return p.note(n - min(n, p.ours))
}

// last counts when the container has ended. The engine removes its group within
// moments, and the group's count with it: the machine's count goes on.
func (p *press) last() {
	if p.count() > 0 {
		return
	}
	if n, err := machineKills(); err == nil && n > p.machine+p.ours {
		p.note(1)
	}
}

// note keeps the highest count of a container, and gives it.
func (p *press) note(n uint64) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.memory.kills[p.first.pid] = max(p.memory.kills[p.first.pid], n)
	return p.memory.kills[p.first.pid]
}

func (m *memory) met() (n uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.kills {
		n += k
	}
	return n
}

func (m *memory) detail() string { return fmt.Sprintf("%d processes killed by the kernel", m.met()) }

func (m *memory) undo() error {
	m.stop()
	m.done.Wait()
	return m.forgive()
}

// tryMemory tells why containers cannot be made to run out of memory; "" if they
// can.
func tryMemory() string {
	g, err := memoryGroupOf(os.Getpid())
	if err != nil {
		return err.Error()
	}
	if _, err := g.kills(); err != nil {
		return err.Error()
	}
	if err := g.join(os.Getpid()); err != nil {
		return fmt.Sprintf("cgroups cannot be entered: %v", err)
	}
	return ""
}
