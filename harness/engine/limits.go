package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Limits are what a container may use at most; 0 is no limit.
type Limits struct {
	Cores  float64
	Memory int64 // bytes
	Swap   int64 // bytes, memory and swap together; -1 no limit
}

// Usage is what the kernel accounts for a container.
type Usage struct {
	Throttled time.Duration // that it was made to wait for a processor, since it started
	Memory    int64         // bytes, without the file cache that the kernel gives up first
}

// cfsPeriod is the kernel's default: a share of a core is given out anew at each.
const cfsPeriod = 100 * time.Millisecond

// boundless is what the kernel shows as no limit of memory. The engine takes
// neither 0 nor -1 for one that was set before.
const boundless = 1<<63 - 4096

// LimitsOf asks for the limits in force.
func (e *Engine) LimitsOf(ctx context.Context, id string) (Limits, error) {
	res, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return Limits{}, fmt.Errorf("engine: inspect container: %w", err)
	}
	h := res.Container.HostConfig
	if h == nil {
		return Limits{}, nil
	}
	l := Limits{Cores: float64(h.NanoCPUs) / 1e9, Memory: h.Memory, Swap: h.MemorySwap}
	if h.CPUQuota > 0 && h.CPUPeriod > 0 {
		l.Cores = float64(h.CPUQuota) / float64(h.CPUPeriod)
	}
	if l.Memory >= boundless {
		l.Memory, l.Swap = 0, 0
	}
	return l, nil
}

// LimitCores lets a container use so much of the processors from now on; 0 lifts
// the limit. What Compose gave as a number of processors can only become another
// number.
func (e *Engine) LimitCores(ctx context.Context, id string, cores float64) error {
	res, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("engine: inspect container: %w", err)
	}
	var r container.Resources
	switch h := res.Container.HostConfig; {
	case h != nil && h.NanoCPUs > 0 && cores > 0:
		r.NanoCPUs = int64(cores * 1e9)
	case cores > 0:
		r.CPUPeriod = cfsPeriod.Microseconds()
		r.CPUQuota = max(1000, int64(cores*float64(r.CPUPeriod))) // the kernel's least
	default:
		r.CPUQuota = -1
	}
	return e.update(ctx, id, r)
}

// LimitMemory lets a container use so much memory from now on; 0 lifts the
// limit. A swap of 0 is as much as memory: none.
func (e *Engine) LimitMemory(ctx context.Context, id string, memory, swap int64) error {
	if memory > 0 {
		if swap == 0 {
			swap = memory
		}
		return e.update(ctx, id, container.Resources{Memory: memory, MemorySwap: swap})
	}
	if err := e.update(ctx, id, container.Resources{Memory: boundless, MemorySwap: boundless}); err != nil {
		return err
	}
	return e.update(ctx, id, container.Resources{MemorySwap: -1})
}

func (e *Engine) update(ctx context.Context, id string, r container.Resources) error {
	if _, err := e.api.ContainerUpdate(ctx, id, client.ContainerUpdateOptions{Resources: &r}); err != nil {
		return fmt.Errorf("engine: change the limits of a container: %w", err)
	}
	return nil
}

// UsageOf asks for one sample of what a container uses.
func (e *Engine) UsageOf(ctx context.Context, id string) (Usage, error) {
	res, err := e.api.ContainerStats(ctx, id, client.ContainerStatsOptions{})
	if err != nil {
		return Usage{}, fmt.Errorf("engine: what a container uses: %w", err)
	}
	defer res.Body.Close()
	var s container.StatsResponse
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		return Usage{}, fmt.Errorf("engine: what a container uses: %w", err)
	}
	cache, ok := s.MemoryStats.Stats["total_inactive_file"] // cgroup v1; v2 below
	if !ok {
		cache = s.MemoryStats.Stats["inactive_file"]
	}
	return Usage{
		Throttled: time.Duration(s.CPUStats.ThrottlingData.ThrottledTime),
		Memory:    int64(s.MemoryStats.Usage - min(cache, s.MemoryStats.Usage)),
	}, nil
}
