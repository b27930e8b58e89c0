package main

import (
	"context"
	"fmt"
	"time"
)

// failover measures outages that a full failover ends: the site that serves is
// lost, established connections with it, and after a known time the entry leads
// to the other site. The roles change each time, the lost site having come back.
func failover(ctx context.Context, o options) ([]Row, error) {
	sites := []string{"paris", "lyon"}
	return onFabric(ctx, o, "failover", "by a full failover", sites, func(ctx context.Context, g *gate) (outageMaker, error) {
		return &failedOver{gate: g, other: sites[1]}, g.client.SetEntry(ctx, sites[0])
	})
}

// failedOver is a service at two sites of which one serves.
type failedOver struct {
	*gate // at the site that serves
	other string
}

func (f *failedOver) tell(ctx context.Context, command string) (time.Duration, error) {
	if command != "restore" {
		return f.gate.tell(ctx, command)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	up, err := f.open(ctx, func() (from, to int64, err error) {
		if from, to, err = f.client.SwitchEntry(ctx, f.other); err != nil {
			return 0, 0, fmt.Errorf("send clients to %s: %w", f.other, err)
		}
		return from, to, nil
	})
	if err != nil {
		return 0, err
	}
	f.site, f.other = f.other, f.site
	if _, err := f.client.Heal(ctx, gateID); err != nil {
		return 0, fmt.Errorf("let %s back: %w", f.other, err)
	}
	return up, nil
}
