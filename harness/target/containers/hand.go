package containers

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"

	"bascule/harness/engine"
	"bascule/harness/hand"
	"bascule/harness/hand/disk"
	"bascule/harness/history"
	"bascule/harness/target"
)

// handAbilities are what the hand can do, by the names of its health.
var handAbilities = []string{target.CanProbe, target.CanLimit, target.CanMemory, target.CanDisk}

// raiseHand starts the hand beside the fabric: with rights of its own, and among
// the processes of the engine's machine. An engine that refuses that still raises
// the stage; what needs a hand is then not possible, and says why. A plan
// without faults needs none.
func (t *Target) raiseHand(ctx context.Context) (server volumeServer, why string, err error) {
	if len(t.Config.Faults) == 0 {
		return nil, "the plan breaks nothing, so no hand was raised", nil
	}
	if err := t.startHand(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, "", fmt.Errorf("raise the hand: %w", err)
		}
		return nil, fmt.Sprintf("the hand could not be raised: %v", err), nil
	}
	health, err := t.hand.Health(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("the hand does not answer: %w", err)
	}
	t.handCan = health.Capabilities
	if t.handCan[target.CanDisk] == "" {
		server = t.hand
	}
	return server, "", nil
}

// handTells takes over what the hand can do, or why there is none.
func (t *Target) handTells(handless string) {
	for _, can := range handAbilities {
		t.caps[can] = history.Same(handless)
		if t.hand != nil {
			t.caps[can] = history.Same(t.handCan[can])
		}
	}
}

// startHand makes its container and waits until it answers.
func (t *Target) startHand(ctx context.Context) error {
	port, ok := network.PortFrom(hand.APIPort, network.TCP)
	if !ok {
		return fmt.Errorf("port %d", hand.APIPort)
	}
	id, err := t.Engine.Create(ctx, engine.Spec{
		Name: t.Short + "-hand", Image: t.AgentImage, Network: t.control, Labels: t.Scope.Labels(map[string]string{engine.LabelPart: PartHand, engine.LabelTidy: "agent --tidy"}),
		Config: func(c *container.Config) {
			c.Cmd = []string{"agent", "--hand"}
			c.ExposedPorts = network.PortSet{port: struct{}{}}
		},
		Host: func(h *container.HostConfig) {
			disk.Needs(h) // the processes of the machine, and most of what follows
			// Not "privileged": an engine that itself runs in a container cannot
			// give away what it has not got.
			h.CapAdd = append(h.CapAdd, "SETUID", "SETGID", "KILL")
			h.CgroupnsMode = container.CgroupnsModeHost
			h.PortBindings = network.PortMap{port: []network.PortBinding{{HostIP: netip.MustParseAddr("127.0.0.1")}}}
		},
	})
	if err != nil {
		return err
	}
	if err := t.Engine.Start(ctx, id); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := t.reachHand(ctx, id)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w; its last lines:\n%s", err, t.Engine.Tail(context.WithoutCancel(ctx), id, 15))
		}
	}
}

// reachHand finds the hand as the fabric is found: straight, or through its
// published port. A completed request decides.
func (t *Target) reachHand(ctx context.Context, id string) error {
	state, err := t.Engine.Inspect(ctx, id)
	switch {
	case err != nil:
		return err
	case !state.Running:
		return fmt.Errorf("it ended with code %d", state.ExitCode)
	}
	last := fmt.Errorf("no address of it is known")
	for _, addr := range []string{
		net.JoinHostPort(state.IPs[t.control.Name].String(), strconv.Itoa(hand.APIPort)), state.Ports[fmt.Sprintf("%d/tcp", hand.APIPort)],
	} {
		if addr == "" {
			continue
		}
		try, cancel := context.WithTimeout(ctx, time.Second)
		c := hand.NewClient("http://" + addr)
		_, last = c.Health(try)
		cancel()
		if last == nil {
			t.hand = c
			return nil
		}
	}
	return last
}

// pid is the first process of a member, as the engine's machine numbers it.
func (t *Target) pid(ctx context.Context, m *member) (int, error) {
	s, err := t.Engine.Inspect(ctx, m.container())
	if err != nil {
		return 0, fmt.Errorf("%s: %w", m, err)
	}
	if !s.Running || s.Pid == 0 {
		return 0, fmt.Errorf("%s does not run", m)
	}
	return s.Pid, nil
}
