package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

// failover measures outages that a full failover ends: the site that serves is
// lost, established connections with it, and after a known time the entry leads
// to the other site. The roles change each time, the lost site having come back.
func failover(ctx context.Context, o options) (_ []Row, err error) {
	count, longest := 30, outageLongest
	if o.quick {
		count, longest = 6, time.Second
	}
	eng, err := engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer eng.Close()
	sites := []string{"paris", "lyon"}
	l, err := lab.Raise(ctx, eng, lab.Config{Run: fmt.Sprintf("bench-failover-%d", os.Getpid()), Sites: sites,
		Peers: []lab.PeerConfig{{Name: "service-paris", Site: "paris"}, {Name: "service-lyon", Site: "lyon"}}, Entry: map[string]int{"paris": 1, "lyon": 2},
		Target: lab.PagePort}) // the load wants pages
	defer func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		err = errors.Join(err, l.Lower(bound))
	}()
	if err != nil {
		return nil, err
	}
	addr, err := l.Entry(ctx)
	if err != nil {
		return nil, err
	}
	if err := l.Client.SetEntry(ctx, sites[0]); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bascule-bench-")
	if err != nil {
		return nil, fmt.Errorf("folder for the histories: %w", err)
	}
	defer os.RemoveAll(dir)
	outages := script(count, outageRate, longest)
	before, err := useNow()
	if err != nil {
		return nil, err
	}
	moved := &failedOver{client: l.Client, addr: addr, serving: sites[0], other: sites[1]}
	for i := range outages {
		if outages[i].how == freeze {
			outages[i].how = silent // a site that is lost does not answer later
		}
		outages[i].err = outages[i].against(ctx, moved, i, dir)
		outages[i].doubt = moved.doubt
	}
	after, err := useNow()
	if err != nil {
		return nil, err
	}
	_, rest := before.cores(after)
	tell(o, outages)
	row, err := cover(outages, "by a full failover", others(rest))
	if err != nil {
		return nil, err
	}
	return []Row{row}, nil
}

// failedOver is a service at two sites of which one serves.
type failedOver struct {
	client         *fabric.Client
	addr           string
	serving, other string
	doubt          time.Duration // of the last instant that was told
}

func (f *failedOver) url() string { return "http://" + f.addr }

func (f *failedOver) tell(ctx context.Context, command string) (time.Duration, error) {
	if command != "restore" {
		return (&gate{client: f.client, site: f.serving}).tell(ctx, command)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	from, to, err := f.client.SwitchEntry(ctx, f.other)
	if err != nil {
		return 0, fmt.Errorf("send clients to %s: %w", f.other, err)
	}
	f.serving, f.other = f.other, f.serving
	// The instant is known to half the time that the switch took.
	f.doubt = time.Duration(to-from) / 2
	up := sinceBoot(to) - f.doubt
	if _, err := f.client.Heal(ctx, gateID); err != nil {
		return 0, fmt.Errorf("let %s back: %w", f.other, err)
	}
	return up, nil
}
