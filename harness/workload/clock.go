package workload

import (
	"context"
	"fmt"
	"time"

	"bascule/harness/stage"
)

// StoreClock asks the store at addr what time it is: its own process reads the
// clock. ctx bounds it, connecting included.
func StoreClock(ctx context.Context, s stage.Store, addr string) (time.Time, error) {
	c, err := openStore(ctx, s, addr)
	if err != nil {
		return time.Time{}, fmt.Errorf("store %s at %s: %w", s.ID, addr, err)
	}
	defer closeStore(c)
	var now time.Time
	if err := c.QueryRow(ctx, "select clock_timestamp()").Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("store %s at %s: %w", s.ID, addr, err)
	}
	return now, nil
}
