package fabric

import (
	"context"
	"fmt"
	"time"
)

// flap toggles a fault until ctx ends, by the agent's own clock: it goes on when
// the harness is gone. Each state begins On or Off after the one before began,
// not after the kernel was told, so that the times do not drift. A toggle that
// fails is tried again soon.
func (k *kernel) flap(ctx context.Context, x *force) {
	next := time.Now().Add(x.fault.On)
	timer := time.NewTimer(x.fault.On)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		whole, err := k.toggle(x)
		switch {
		case err != nil:
			next = time.Now().Add(MinFlap)
		case whole:
			next = next.Add(x.fault.Off)
		default:
			next = next.Add(x.fault.On)
		}
		timer.Reset(time.Until(next))
	}
}

// toggle makes a fault's links whole, or breaks them again, in one transaction.
// One that is healed meanwhile stays so.
func (k *kernel) toggle(x *force) (whole bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.inForce[x.fault.ID] != x {
		return true, nil
	}
	met := x.carried
	if x.whole {
		k.strike(x)
	} else {
		if met, err = k.counted(x.fault.ID); err != nil {
			return x.whole, err
		}
		if err := k.remove(faultTag(x.fault.ID)); err != nil {
			return x.whole, err
		}
	}
	if err := k.conn.Flush(); err != nil {
		return x.whole, fmt.Errorf("fabric: flap %s: %w", x.fault.ID, err)
	}
	met.toggles++
	x.carried, x.whole = met, !x.whole
	return x.whole, nil
}
