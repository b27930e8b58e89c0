package containers

import "bascule/harness/target"

var _ target.Inventory = (*Target)(nil)

// Inventory lists the containers of a site, for tools that keep it in line.
func (t *Target) Inventory(site string) []target.Host {
	var out []target.Host
	for _, m := range t.members {
		if m.Site != site || m.Service == jobService {
			continue
		}
		if id := m.container(); id != "" {
			out = append(out, target.Host{Site: m.Site, Service: m.Service, Instance: m.Instance, Container: id})
		}
	}
	return out
}
