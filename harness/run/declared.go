package run

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/history"
	"bascule/harness/stage"
)

// declared is the map of dependencies as the stage's files have it. What two
// services of one function need of each other is told by the functions.
func declared(st *stage.Stage) []history.Declared {
	var out []history.Declared
	for _, site := range st.Sites {
		for _, name := range site.Project.ServiceNames() {
			svc := site.Project.Services[name]
			needs := svc.GetDependencies()
			slices.Sort(needs)
			for _, dep := range needs {
				out = append(out, history.Declared{From: site.ID + "/" + name, To: site.ID + "/" + dep, By: history.ByCompose})
			}
		}
	}
	for _, f := range st.Flows {
		out = append(out, history.Declared{From: f.From, To: f.To, Name: f.Name, Ports: f.Ports, By: history.ByFlow, Why: f.Why})
	}
	for _, d := range st.Dependencies {
		for _, end := range st.Ends(d) {
			out = append(out, history.Declared{From: end.From, To: end.To, Ports: d.Ports, By: history.ByDependencies, Why: d.Why})
		}
	}
	return out
}

// ownPaths are paths of the host that every machine has for itself, whatever a test
// makes of them.
var ownPaths = []string{"/etc/localtime", "/etc/timezone", "/var/run", "/run", "/proc", "/sys", "/dev"}

// sharedMounts lists what services of several of one's own sites mount: a
// volume that is external or has a name of its own, or a path of the host. A
// file of the stage's own folder that nobody may write counts as a copy a site.
func sharedMounts(st *stage.Stage) []history.SharedMount {
	type use struct {
		history.SharedMount
		sites     []string
		writable  bool
		elsewhere bool // outside the stage's folder
	}
	var uses []*use
	for _, site := range st.Own() {
		for _, name := range site.Project.ServiceNames() {
			for _, v := range site.Project.Services[name].Volumes {
				kind, source := mountOf(site.Project, v)
				if source == "" {
					continue
				}
				i := slices.IndexFunc(uses, func(u *use) bool { return u.Kind == kind && u.Source == source })
				if i < 0 {
					i = len(uses)
					uses = append(uses, &use{SharedMount: history.SharedMount{Kind: kind, Source: source}})
				}
				u := uses[i]
				u.At = append(u.At, site.ID+"/"+name)
				u.writable = u.writable || !v.ReadOnly
				u.elsewhere = kind == "volume" || !strings.HasPrefix(source, st.Dir+string(filepath.Separator))
				if !slices.Contains(u.sites, site.ID) {
					u.sites = append(u.sites, site.ID)
				}
			}
		}
	}
	var out []history.SharedMount
	for _, u := range uses {
		if len(u.sites) > 1 && (u.writable || u.elsewhere) {
			if rel, err := filepath.Rel(st.Dir, u.Source); err == nil && !u.elsewhere {
				u.Source = rel // of whoever runs it, the path is of no interest
			}
			u.At = slices.Compact(u.At)
			out = append(out, u.SharedMount)
		}
	}
	return out
}

// mountOf tells what a mount leads to where another site's may lead to the same.
func mountOf(p *types.Project, v types.ServiceVolumeConfig) (kind, source string) {
	switch v.Type {
	case types.VolumeTypeVolume:
		declared, known := p.Volumes[v.Source]
		if known && (bool(declared.External) || declared.Name != "" && declared.Name != p.Name+"_"+v.Source) {
			return "volume", declared.Name
		}
	case types.VolumeTypeBind:
		if !slices.ContainsFunc(ownPaths, func(o string) bool { return v.Source == o || strings.HasPrefix(v.Source, o+"/") }) {
			return "bind", v.Source
		}
	}
	return "", ""
}
