package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Bounds of what is done for one container that holds mounts.
const (
	letGoGrace = 3 * time.Second
	tidyBound  = 15 * time.Second
)

// letGo ends the containers that hold mounts of the engine's machine, and lets
// them take these away; after one that was killed, another container of its
// image does it. Removing the container alone would leave them behind.
func (e *Engine) letGo(ctx context.Context, labels ...string) error {
	f := client.Filters{}.Add("label", append([]string{LabelTidy}, labels...)...)
	list, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: f})
	if err != nil {
		return fmt.Errorf("engine: list containers: %w", err)
	}
	ids := make([]string, len(list.Items))
	for i, c := range list.Items {
		ids[i] = c.ID
	}
	return errors.Join(each(ids, func(id string) error {
		s, err := e.end(ctx, id)
		if errdefs.IsNotFound(err) {
			return nil
		}
		if err != nil || s.ExitCode == 0 && !s.Running {
			return err
		}
		return e.tidy(ctx, id)
	})...)
}

// end asks a container to let go of what it holds, and tells how it ended.
func (e *Engine) end(ctx context.Context, id string) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, tidyBound)
	defer cancel()
	_ = e.Unpause(ctx, id) // it cannot let go while it is frozen
	if err := e.Stop(ctx, id, letGoGrace); err != nil {
		return State{}, err
	}
	return e.Inspect(ctx, id)
}

// tidy runs the image of a container once more, with its rights and the
// arguments that its label tells.
func (e *Engine) tidy(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, tidyBound)
	defer cancel()
	res, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("engine: inspect container: %w", err)
	}
	was := res.Container
	if was.Config == nil || was.HostConfig == nil {
		return fmt.Errorf("engine: container %s: the engine does not tell how it was made", was.Name)
	}
	labels := maps.Clone(was.Config.Labels)
	delete(labels, LabelTidy)
	host := *was.HostConfig
	host.NetworkMode, host.PortBindings = "none", nil
	host.RestartPolicy = container.RestartPolicy{}
	made, err := e.api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name:       strings.TrimPrefix(was.Name, "/") + "-tidy",
		Config:     &container.Config{Image: was.Image, Cmd: strings.Fields(was.Config.Labels[LabelTidy]), Labels: labels},
		HostConfig: &host,
	})
	if errdefs.IsConflict(err) {
		return nil // another sweep is at it
	}
	if err != nil {
		return fmt.Errorf("engine: tidy after %s: %w", was.Name, err)
	}
	code, err := 0, e.Start(ctx, made.ID)
	if err == nil {
		code, err = e.WaitExit(ctx, made.ID)
	}
	if err == nil && code != 0 {
		err = fmt.Errorf("it ended with code %d; its last lines:\n%s", code, e.Tail(ctx, made.ID, 10))
	}
	if err != nil {
		err = fmt.Errorf("engine: tidy after %s: %w", was.Name, err)
	}
	return errors.Join(err, e.Remove(context.WithoutCancel(ctx), made.ID))
}
