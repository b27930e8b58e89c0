package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// Left is what an engine holds of a run.
type Left struct {
	Containers []string
	Networks   []string
	Volumes    []string
	Images     []string
}

// Count is the number of objects.
func (l Left) Count() int {
	return len(l.Containers) + len(l.Networks) + len(l.Volumes) + len(l.Images)
}

// String counts by kind.
func (l Left) String() string {
	return fmt.Sprintf("%d containers, %d networks, %d volumes, %d images", len(l.Containers), len(l.Networks), len(l.Volumes), len(l.Images))
}

// Find lists what carries all of the labels ("bascule.run", or
// "bascule.run=ID"), images included.
func (e *Engine) Find(ctx context.Context, labels ...string) (Left, error) {
	f := client.Filters{}.Add("label", labels...)
	var left Left
	cs, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: f})
	if err != nil {
		return left, fmt.Errorf("engine: list containers: %w", err)
	}
	for _, c := range cs.Items {
		left.Containers = append(left.Containers, c.ID)
	}
	ns, err := e.api.NetworkList(ctx, client.NetworkListOptions{Filters: f})
	if err != nil {
		return left, fmt.Errorf("engine: list networks: %w", err)
	}
	for _, n := range ns.Items {
		left.Networks = append(left.Networks, n.ID)
	}
	vs, err := e.api.VolumeList(ctx, client.VolumeListOptions{Filters: f})
	if err != nil {
		return left, fmt.Errorf("engine: list volumes: %w", err)
	}
	for _, v := range vs.Items {
		left.Volumes = append(left.Volumes, v.Name)
	}
	is, err := e.api.ImageList(ctx, client.ImageListOptions{Filters: f})
	if err != nil {
		return left, fmt.Errorf("engine: list images: %w", err)
	}
	for _, i := range is.Items {
		left.Images = append(left.Images, i.ID)
	}
	return left, nil
}

// Bounds of what an engine does to one container, which takes it a second or two.
const (
	killBound   = 10 * time.Second
	removeBound = 20 * time.Second
)

// Sweep removes what Find lists, containers first and side by side, and gives
// what is left after it. An object that goes away by itself is no error.
func (e *Engine) Sweep(ctx context.Context, labels ...string) (Left, error) {
	found, err := e.Find(ctx, labels...)
	if err != nil {
		return found, err
	}
	var errs []error
	mounts := e.letGo(ctx, labels...)
	// Killed first, then removed: one forced removal does both, but some were
	// seen to take 4 s where the two steps take 1.5 s for a whole stage.
	// Each within bounds: an engine that hangs on one still removes the others.
	each(found.Containers, func(id string) error {
		ctx, cancel := context.WithTimeout(ctx, killBound)
		defer cancel()
		return e.Kill(ctx, id)
	})
	errs = append(errs, each(found.Containers, func(id string) error {
		ctx, cancel := context.WithTimeout(ctx, removeBound)
		defer cancel()
		return e.Remove(ctx, id)
	})...)
	errs = append(errs, each(found.Networks, func(id string) error {
		_, err := e.api.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
		return gone("network", err)
	})...)
	errs = append(errs, each(found.Volumes, func(id string) error { return e.RemoveVolume(ctx, id) })...)
	errs = append(errs, each(found.Images, func(id string) error {
		_, err := e.api.ImageRemove(ctx, id, client.ImageRemoveOptions{Force: true, PruneChildren: true})
		return gone("image", err)
	})...)
	left, err := e.Find(ctx, labels...)
	if err != nil || left.Count() > 0 {
		return left, errors.Join(append(errs, mounts, err)...)
	}
	// All gone: an error on the way (a removal already in progress) has healed.
	// What is still mounted on the engine's machine shows in no list.
	return left, mounts
}

// CreateVolume makes a named volume of a scope.
func (e *Engine) CreateVolume(ctx context.Context, s Scope, name string) error {
	if _, err := e.api.VolumeCreate(ctx, client.VolumeCreateOptions{Name: name, Labels: s.Labels(nil)}); err != nil {
		return fmt.Errorf("engine: create volume %s: %w", name, err)
	}
	return nil
}

// RemoveVolume removes a named volume.
func (e *Engine) RemoveVolume(ctx context.Context, name string) error {
	_, err := e.api.VolumeRemove(ctx, name, client.VolumeRemoveOptions{Force: true})
	return gone("volume", err)
}

// Owners lists the runs that the engine holds something of, with the owner of
// each.
func (e *Engine) Owners(ctx context.Context) (map[string]string, error) {
	f := client.Filters{}.Add("label", LabelRun)
	out := map[string]string{}
	note := func(labels map[string]string) { out[labels[LabelRun]] = labels[LabelOwner] }
	cs, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: f})
	if err != nil {
		return nil, fmt.Errorf("engine: list containers: %w", err)
	}
	for _, c := range cs.Items {
		note(c.Labels)
	}
	ns, err := e.api.NetworkList(ctx, client.NetworkListOptions{Filters: f})
	if err != nil {
		return nil, fmt.Errorf("engine: list networks: %w", err)
	}
	for _, n := range ns.Items {
		note(n.Labels)
	}
	vs, err := e.api.VolumeList(ctx, client.VolumeListOptions{Filters: f})
	if err != nil {
		return nil, fmt.Errorf("engine: list volumes: %w", err)
	}
	for _, v := range vs.Items {
		note(v.Labels)
	}
	is, err := e.api.ImageList(ctx, client.ImageListOptions{Filters: f})
	if err != nil {
		return nil, fmt.Errorf("engine: list images: %w", err)
	}
	for _, i := range is.Items {
		note(i.Labels)
	}
	return out, nil
}

func gone(what string, err error) error {
	if err == nil || errdefs.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("engine: remove %s: %w", what, err)
}

// each runs f on every id, at most 16 at a time.
func each(ids []string, f func(string) error) []error {
	errs := make([]error, len(ids))
	slots := make(chan struct{}, 16)
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = f(id)
		})
	}
	wg.Wait()
	return errs
}
