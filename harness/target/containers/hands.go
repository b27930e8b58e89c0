package containers

import (
	"context"
	"errors"
	"fmt"

	"bascule/harness/fault"
	"bascule/harness/hand"
	"bascule/harness/plan"
)

var _ fault.Hands = (*Target)(nil)

// actKinds are the faults that are one act of the hand.
var actKinds = map[plan.FaultKind]hand.ActKind{
	plan.Descriptors:  hand.Descriptors,
	plan.OutOfMemory:  hand.Memory,
	plan.DiskFull:     hand.DiskFull,
	plan.DiskSlow:     hand.DiskSlow,
	plan.DiskReadOnly: hand.DiskReadOnly,
}

// Act has the hand do something to members; it is in force when it returns.
func (t *Target) Act(ctx context.Context, a fault.Act) error {
	kind, ok := actKinds[a.Kind]
	switch {
	case !ok:
		return fmt.Errorf("fault %s is none of the hand", a.Kind)
	case t.hand == nil:
		return errors.New("no hand was raised: " + t.diskReason())
	}
	act := hand.Act{ID: a.ID, Kind: kind, Latency: a.Latency}
	if a.Kind.OnDisk() {
		var err error
		if act.Disk, err = t.disksOf(a.Members, a.Volume); err != nil {
			return err
		}
	} else {
		for _, m := range a.Members {
			mem, _, err := t.at(m)
			if err != nil {
				return err
			}
			pid, err := t.pid(ctx, mem)
			if err != nil {
				return err
			}
			act.Pids = append(act.Pids, pid)
		}
	}
	_, err := t.hand.Do(ctx, act)
	return err
}

// EndAct undoes an act; one that the hand never saw is undone.
func (t *Target) EndAct(ctx context.Context, id string) error {
	if t.hand == nil {
		return nil
	}
	_, err := t.hand.Undo(ctx, id)
	if errors.Is(err, hand.ErrUnknown) {
		return nil
	}
	return err
}

// ActMet is what met an act.
func (t *Target) ActMet(ctx context.Context, id string) (uint64, error) {
	if t.hand == nil {
		return 0, nil
	}
	all, err := t.hand.Acts(ctx)
	if err != nil {
		return 0, err
	}
	for _, a := range all {
		if a.ID == id {
			return a.Met, nil
		}
	}
	return 0, nil
}
