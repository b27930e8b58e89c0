package containers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/hand"
	"bascule/harness/hand/disk"
	"bascule/harness/history"
	"bascule/harness/target"
)

// Volumes that the plan will hurt are served by the hand: their services get its
// file system as a bind mount in the volume's place. The volume itself stays the
// engine's own, and is removed as every other.

// volumeServer is what the hand does for volumes.
type volumeServer interface {
	// PutDisk serves a volume; it is mounted when this returns. A volume that was
	// made again is served again.
	PutDisk(ctx context.Context, d hand.Disk) error
}

// disks are the volumes of a stage that can be hurt.
type disks struct {
	server volumeServer  // nil while no hand can serve volumes
	ready  chan struct{} // closed when the volumes are mounted, or cannot be
}

// hurtVolume is a named volume that the plan will hurt, and a service that
// mounts it.
type hurtVolume struct {
	site *site
	name string // in Compose
	svc  types.ServiceConfig
	at   types.ServiceVolumeConfig
}

// hurtVolumes lists the volumes of the plan's disk faults, each once, in a fixed
// order. Every service that mounts one gets it from the hand, also one that no
// fault names: two views of the same files would not agree.
func (t *Target) hurtVolumes() []hurtVolume {
	out := map[string]hurtVolume{}
	for _, f := range t.Config.Faults {
		if !f.Kind.OnDisk() {
			continue
		}
		for _, s := range t.sites {
			if f.Site != "" && f.Site != s.ID {
				continue
			}
			for _, name := range s.Project.ServiceNames() {
				if f.Service != "" && f.Service != name {
					continue
				}
				svc := s.Project.Services[name]
				for _, v := range named(svc) {
					key := s.ID + "/" + v.Source
					if _, known := out[key]; !known && (f.Name == "" || f.Name == v.Source) {
						out[key] = hurtVolume{site: s, name: v.Source, svc: svc, at: v}
					}
				}
			}
		}
	}
	var list []hurtVolume
	for _, key := range slices.Sorted(maps.Keys(out)) {
		list = append(list, out[key])
	}
	return list
}

// named are the volumes of a service that have a name: others are the engine's
// to make and to forget.
func named(svc types.ServiceConfig) []types.ServiceVolumeConfig {
	var out []types.ServiceVolumeConfig
	for _, v := range svc.Volumes {
		if v.Type == types.VolumeTypeVolume && v.Source != "" {
			out = append(out, v)
		}
	}
	return out
}

// served tells whether a volume comes from the hand.
func (t *Target) served(site, volume string) bool {
	return t.disks.server != nil && slices.ContainsFunc(t.hurtVolumes(), func(v hurtVolume) bool { return v.site.ID == site && v.name == volume })
}

// diskOf is a volume as the hand serves it. Its name is the volume's in the
// engine.
func (t *Target) diskOf(site, volume, source string) hand.Disk {
	name := t.volume(site, volume)
	return hand.Disk{Name: name, Source: source, Target: disk.Target(t.Short, name)}
}

// volumeMount is how a service gets a named volume: from the engine, or from the
// hand.
func (t *Target) volumeMount(site string, v types.ServiceVolumeConfig) mount.Mount {
	if !t.served(site, v.Source) {
		return mount.Mount{Type: mount.TypeVolume, Source: t.volume(site, v.Source), Target: v.Target, ReadOnly: v.ReadOnly}
	}
	return mount.Mount{Type: mount.TypeBind, Source: t.diskOf(site, v.Source, "").Target, Target: v.Target, ReadOnly: v.ReadOnly}
}

// serveDisks has the hand mount the volumes that the plan will hurt; without a
// hand that can, they stay plain, and the capability says why. Containers that
// mount them are made after it.
func (t *Target) serveDisks(ctx context.Context, server volumeServer) error {
	defer close(t.disks.ready)
	if server == nil {
		return nil
	}
	for _, v := range t.hurtVolumes() {
		if err := t.serveDisk(ctx, server, v); err != nil {
			return fmt.Errorf("volume %s/%s: %w", v.site.ID, v.name, err)
		}
	}
	t.disks.server = server
	return nil
}

// serveDisk fills a volume as the engine would, and has it mounted.
func (t *Target) serveDisk(ctx context.Context, server volumeServer, v hurtVolume) error {
	if err := t.fill(ctx, v); err != nil {
		return err
	}
	folder, err := t.Engine.VolumeFolder(ctx, t.volume(v.site.ID, v.name))
	if err != nil {
		return err
	}
	return server.PutDisk(ctx, t.diskOf(v.site.ID, v.name, folder))
}

// fill lets the engine put into an empty volume what the image has in its place,
// with owners and modes: it does so for volumes only, when a container of the
// image is made.
func (t *Target) fill(ctx context.Context, v hurtVolume) error {
	if v.at.Volume != nil && v.at.Volume.NoCopy {
		return nil
	}
	image := v.svc.Image
	if rel, ok := t.release(t.Live(v.site.ID)); ok && rel.Images[v.svc.Name] != "" {
		image = rel.Images[v.svc.Name]
	}
	name := t.volume(v.site.ID, v.name)
	id, err := t.Engine.Create(ctx, engine.Spec{
		Name: name + "-fill", Image: image, Network: t.control, Labels: t.Scope.Labels(nil),
		Host: func(h *container.HostConfig) {
			h.Mounts = []mount.Mount{{Type: mount.TypeVolume, Source: name, Target: v.at.Target}}
		},
	})
	if err != nil {
		return err
	}
	return t.Engine.Remove(context.WithoutCancel(ctx), id)
}

// awaitDisks waits, before a member's container is made, until its volumes are
// mounted.
func (t *Target) awaitDisks(ctx context.Context, m *member) error {
	if !slices.ContainsFunc(t.hurtVolumes(), func(v hurtVolume) bool {
		return v.site == m.site && slices.ContainsFunc(named(m.compose()), func(n types.ServiceVolumeConfig) bool { return n.Source == v.name })
	}) {
		return nil
	}
	select {
	case <-t.disks.ready:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s waits for its volumes: %w", m, context.Cause(ctx))
	}
}

// emptyVolume makes a volume of a site anew. Nobody may have it mounted.
func (t *Target) emptyVolume(ctx context.Context, site, name string) error {
	if err := t.Engine.RemoveVolume(ctx, t.volume(site, name)); err != nil {
		return err
	}
	if err := t.Engine.CreateVolume(ctx, t.Scope, t.volume(site, name)); err != nil {
		return err
	}
	for _, v := range t.hurtVolumes() {
		if v.site.ID == site && v.name == name && t.disks.server != nil {
			return t.serveDisk(ctx, t.disks.server, v)
		}
	}
	return nil
}

// disksOf are the hand's names of the volumes that members have; volume names
// one of them, or "" all.
func (t *Target) disksOf(members []fault.Member, volume string) ([]string, error) {
	var out []string
	for _, m := range members {
		mem, err := t.one(m.Site, m.Service)
		if err != nil {
			return nil, err
		}
		var known []string
		found := false
		for _, v := range named(mem.compose()) {
			known = append(known, v.Source)
			if volume != "" && v.Source != volume {
				continue
			}
			if !t.served(m.Site, v.Source) {
				return nil, fmt.Errorf("%s: volume %s is not served by the hand: %s", mem, v.Source, t.diskReason())
			}
			found = true
			if name := t.volume(m.Site, v.Source); !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
		switch {
		case len(known) == 0:
			return nil, fmt.Errorf("%s has no named volume that could fail: give it one in Compose", mem)
		case !found:
			return nil, fmt.Errorf("%s has no volume %q; it has: %s", mem, volume, strings.Join(known, ", "))
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no volume is named")
	}
	return out, nil
}

func (t *Target) diskReason() string {
	if why := t.caps[target.CanDisk]; why != (history.Text{}) {
		return why.EN
	}
	return "its fault was not in the plan before the start"
}
