package engine

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Found is a container as a list tells of it.
type Found struct {
	ID      string
	Name    string
	Labels  map[string]string
	Running bool // paused ones run too
	Paused  bool
	IPs     map[string]netip.Addr // by network name
	Ports   map[string]string     // published: "7070/tcp" -> "127.0.0.1:49153"
}

// Containers lists the containers that carry all of the labels, ended ones
// included.
func (e *Engine) Containers(ctx context.Context, labels ...string) ([]Found, error) {
	list, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", labels...)})
	if err != nil {
		return nil, fmt.Errorf("engine: list containers: %w", err)
	}
	out := make([]Found, 0, len(list.Items))
	for _, c := range list.Items {
		f := Found{ID: c.ID, Labels: c.Labels, IPs: map[string]netip.Addr{}, Ports: map[string]string{},
			Paused: c.State == container.StatePaused, Running: c.State == container.StateRunning || c.State == container.StatePaused}
		if len(c.Names) > 0 {
			f.Name = strings.TrimPrefix(c.Names[0], "/")
		}
		if c.NetworkSettings != nil {
			for name, n := range c.NetworkSettings.Networks {
				if n != nil && n.IPAddress.IsValid() {
					f.IPs[name] = n.IPAddress
				}
			}
		}
		for _, p := range c.Ports {
			if p.PublicPort != 0 {
				f.Ports[fmt.Sprintf("%d/%s", p.PrivatePort, p.Type)] = fmt.Sprintf("%s:%d", p.IP, p.PublicPort)
			}
		}
		out = append(out, f)
	}
	return out, nil
}
