package workload

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"bascule/harness/history"
	"bascule/harness/stage"
)

// Verify proves that the function works: a write that is acknowledged, then a
// read of the same row, both complete, each on a new connection. n is to be new
// in the scenario. The row is named "<prefix>v-<n>": it is outside the ledger.
func Verify(ctx context.Context, w stage.Workload, baseURL, prefix string, n uint64) error {
	if err := verify(ctx, w, baseURL, prefix, n); err != nil {
		return fmt.Errorf("verify workload %s at %s: %w", w.ID, baseURL, err)
	}
	return nil
}

// verify writes, then reads if the workload has a read.
func verify(ctx context.Context, w stage.Workload, baseURL, prefix string, n uint64) error {
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	to, err := parseBase(baseURL)
	if err != nil {
		return err
	}
	req, err := prepareAll(w, to)
	if err != nil {
		return err
	}
	prefix += verifyMark
	v := values{ID: prefix + "-" + strconv.FormatUint(n, 10), Seq: n, Prefix: prefix}
	if err := once(ctx, w.Timeout, to, "write", req.write, v); err != nil {
		return err
	}
	if req.read == nil {
		return nil
	}
	return once(ctx, w.Timeout, to, "read back", req.read, v)
}

// once does one request on a connection of its own and wants it acknowledged.
func once(ctx context.Context, timeout time.Duration, to base, name string, r *request, v values) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s %s: %w", name, v.ID, err)
	}
	c := newClient(to, 0)
	defer c.shutdown()
	defer context.AfterFunc(ctx, c.shutdown)()
	status, written, err := c.do(r, v, time.Now().Add(timeout))
	if end := ctx.Err(); err != nil && end != nil {
		return fmt.Errorf("%s %s: no answer yet: %w", name, v.ID, end)
	}
	if err != nil {
		_, class := outcomeOf(err, written)
		return fmt.Errorf("%s %s: %s: %w", name, v.ID, class, err)
	}
	if outcome, what := r.judge(status); outcome != history.Acked {
		return fmt.Errorf("%s %s: answered %s", name, v.ID, what)
	}
	return nil
}

// How WaitHealthy goes about it.
const (
	healthyPause = 100 * time.Millisecond
	healthyBound = 2 * time.Minute
)

// WaitHealthy waits until times verifications in a row succeeded: the baseline
// before a load, or the end of a restart. It ends with ctx, and after two
// minutes at most; the error then tells what the last try said. next gives
// numbers that are new in the scenario.
func WaitHealthy(ctx context.Context, w stage.Workload, baseURL, prefix string, next func() uint64, times int) error {
	if err := Check(w); err != nil {
		return err // waiting would not mend it
	}
	ctx, cancel := context.WithTimeout(ctx, healthyBound)
	defer cancel()
	var last error
	for row := 0; row < times; {
		err := Verify(ctx, w, baseURL, prefix, next())
		if err == nil {
			row++
			continue
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		row = 0
		if !pause(ctx, healthyPause) {
			return fmt.Errorf("not healthy: %w (last: %w)", ctx.Err(), last)
		}
	}
	return nil
}
