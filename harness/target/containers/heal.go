package containers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/hand"
)

// What Bascule puts beside the services of a stage, by the label engine.LabelPart.
const (
	PartFabric = "fabric"
	PartHand   = "hand"
)

// healBound is how long each agent of a dead run may take to heal.
const healBound = 5 * time.Second

// HealRun ends every fault of a run, from whatever process: the fabric's and
// the hand's are undone by their own agents, which are found by their labels,
// and what is frozen goes on. It needs nothing of the process that injected
// them. A run without containers has nothing to heal.
func HealRun(ctx context.Context, e *engine.Engine, run string) error {
	found, err := e.Containers(ctx, engine.LabelRun+"="+run)
	if err != nil {
		return fmt.Errorf("heal run %s: %w", run, err)
	}
	var errs []error
	for _, c := range found {
		switch c.Labels[engine.LabelPart] {
		case PartFabric:
			errs = append(errs, healAgent(ctx, c, fabric.APIPort, func(ctx context.Context, base string) error {
				return fabric.NewClient(base).HealAll(ctx)
			}))
		case PartHand:
			errs = append(errs, healAgent(ctx, c, hand.APIPort, func(ctx context.Context, base string) error {
				return hand.NewClient(base).UndoAll(ctx)
			}))
		default:
			if c.Paused {
				errs = append(errs, e.Unpause(ctx, c.ID))
			}
		}
	}
	return errors.Join(errs...)
}

// healAgent asks an agent at each of its addresses, until one has done it. One
// that does not run holds no fault.
func healAgent(ctx context.Context, c engine.Found, port int, heal func(ctx context.Context, base string) error) error {
	if !c.Running {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, healBound)
	defer cancel()
	var addrs []string
	for _, ip := range c.IPs {
		addrs = append(addrs, net.JoinHostPort(ip.String(), strconv.Itoa(port)))
	}
	slices.Sort(addrs)
	if p := c.Ports[fmt.Sprintf("%d/tcp", port)]; p != "" {
		addrs = append([]string{p}, addrs...)
	}
	var errs []error
	for _, a := range addrs {
		try, cancel := context.WithTimeout(ctx, healBound/2)
		err := heal(try, "http://"+a)
		cancel()
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return fmt.Errorf("heal through %s: %w", c.Name, errors.Join(errs...))
}
