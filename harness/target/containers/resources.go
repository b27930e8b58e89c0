package containers

import (
	"context"
	"fmt"

	"bascule/harness/engine"
	"bascule/harness/fault"
)

var _ fault.Resources = (*Target)(nil)

// Limits asks the engine which limits are in force.
func (t *Target) Limits(ctx context.Context, m fault.Member) (fault.Limits, error) {
	mem, id, err := t.at(m)
	if err != nil {
		return fault.Limits{}, err
	}
	l, err := t.Engine.LimitsOf(ctx, id)
	if err != nil {
		return fault.Limits{}, fmt.Errorf("%s: %w", mem, err)
	}
	return fault.Limits(l), nil
}

// Limit puts limits in force where they differ from those that are.
func (t *Target) Limit(ctx context.Context, m fault.Member, l fault.Limits) error {
	mem, id, err := t.at(m)
	if err != nil {
		return err
	}
	now, err := t.Engine.LimitsOf(ctx, id)
	if err != nil {
		return fmt.Errorf("%s: %w", mem, err)
	}
	want := engine.Limits(l)
	if want.Cores != now.Cores {
		if err := t.Engine.LimitCores(ctx, id, want.Cores); err != nil {
			return fmt.Errorf("%s: %w", mem, err)
		}
	}
	if want.Memory != now.Memory || want.Swap != now.Swap {
		if err := t.Engine.LimitMemory(ctx, id, want.Memory, want.Swap); err != nil {
			return fmt.Errorf("%s: %w", mem, err)
		}
	}
	return nil
}

// Usage is one sample of the kernel's accounts.
func (t *Target) Usage(ctx context.Context, m fault.Member) (fault.Usage, error) {
	mem, id, err := t.at(m)
	if err != nil {
		return fault.Usage{}, err
	}
	u, err := t.Engine.UsageOf(ctx, id)
	if err != nil {
		return fault.Usage{}, fmt.Errorf("%s: %w", mem, err)
	}
	return fault.Usage(u), nil
}
