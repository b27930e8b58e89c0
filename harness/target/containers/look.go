package containers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/harness/target"
)

// Bounds of a look.
const (
	lookBound  = 40 * time.Second
	sweepBound = 20 * time.Second
)

// Look tells what an engine can do for faults, apart from any stage: it raises
// what carries them out, asks, and removes it, in about a second. image is that
// of the agents. Nothing is left, also after an error.
func Look(ctx context.Context, e *engine.Engine, s engine.Scope, image string) (caps target.Capabilities, err error) {
	defer func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepBound)
		defer cancel()
		left, sweepErr := e.Sweep(bound, engine.LabelRun+"="+s.Run)
		if sweepErr != nil {
			err = errors.Join(err, fmt.Errorf("remove what the look raised: %s left: %w", left, sweepErr))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, lookBound)
	defer cancel()
	t := &Target{Config: Config{Engine: e, Stage: &stage.Stage{ID: "look"}, Scope: s, Short: Name(s.Run, 0), AgentImage: image,
		Rec: deafEar{}, Faults: []plan.Fault{{Kind: plan.Cut}}}}
	if t.control, err = e.CreateControlNetwork(ctx, s, t.Short+"-control"); err != nil {
		return nil, err
	}
	if err := t.startFabric(ctx, []int{fabric.APIPort}); err != nil {
		return nil, err
	}
	health, err := t.client.Health(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the fabric what it can do: %w", err)
	}
	t.caps = capabilities(health.Capabilities)
	_, handless, err := t.raiseHand(ctx)
	if err != nil {
		return nil, err
	}
	t.handTells(handless)
	// These depend on the stage: on its images, its stores and its secrets.
	for _, c := range []string{target.CanSecret, target.CanStore, target.CanClock} {
		t.caps[c] = history.Text{}
	}
	return t.caps, nil
}

// deafEar records nothing: a look is no part of any history.
type deafEar struct{}

func (deafEar) Event(history.Kind, string, ...string) {}
