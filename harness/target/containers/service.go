package containers

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/testcontainers/testcontainers-go"

	"bascule/harness/engine"
	"bascule/harness/stage"
)

// release finds the manifest of a version; ok is false for a version that the
// stage does not have (the plan has refused it long before).
func (t *Target) release(version string) (stage.Release, bool) {
	i := slices.IndexFunc(t.Stage.Releases, func(r stage.Release) bool { return r.Version == version })
	if i < 0 {
		return stage.Release{}, false
	}
	return t.Stage.Releases[i], true
}

// spec translates a Compose service into a container at its member's place.
func (t *Target) spec(m *member, serviceName string, rel stage.Release) (engine.Spec, error) {
	svc := m.withheld(m.site.Project.Services[serviceName])
	image := svc.Image
	if ref, ok := rel.Images[serviceName]; ok {
		image = ref
	}
	env := t.environment(m, svc, rel)
	files, err := filesOf(m.site.Project, svc)
	if err != nil {
		return engine.Spec{}, fmt.Errorf("%s: %w", m, err)
	}
	if m.Service != jobService {
		env, files = t.preloaded(m, env, files)
	}
	name := fmt.Sprintf("%s-%s-%s-%d", t.Short, m.Site, serviceName, m.Instance)
	if m.Service == jobService {
		name = fmt.Sprintf("%s-%s-job-%d", t.Short, m.Site, time.Now().UnixNano()%1e9)
	}
	return engine.Spec{
		Name: name, Image: image, Network: m.site.net, IP: m.ip, Files: files,
		Labels: t.Scope.Labels(map[string]string{
			engine.LabelSite: m.Site, engine.LabelService: m.Service, engine.LabelInstance: strconv.Itoa(m.Instance),
		}),
		Config: func(c *container.Config) {
			c.Env = env
			c.Entrypoint, c.Cmd = slices.Clone(svc.Entrypoint), slices.Clone(svc.Command)
			c.User, c.WorkingDir, c.StopSignal = svc.User, svc.WorkingDir, svc.StopSignal
			c.Hostname, c.Domainname, c.Tty = svc.Hostname, svc.DomainName, svc.Tty
			c.Healthcheck = healthcheck(svc.HealthCheck)
			for k, v := range svc.Labels {
				c.Labels[k] = v
			}
		},
		Host: func(h *container.HostConfig) { t.host(h, m, svc) },
	}, nil
}

// environment is Compose's, then the release's, then what a runbook changed.
func (t *Target) environment(m *member, svc types.ServiceConfig, rel stage.Release) []string {
	env := map[string]string{}
	for k, v := range svc.Environment {
		if v != nil {
			env[k] = *v
		}
	}
	maps.Copy(env, rel.Environment[svc.Name])
	m.mu.Lock()
	maps.Copy(env, m.env)
	maps.DeleteFunc(env, func(key, _ string) bool { return m.without[key] })
	m.mu.Unlock()
	out := make([]string, 0, len(env))
	for _, k := range slices.Sorted(maps.Keys(env)) {
		out = append(out, k+"="+env[k])
	}
	return out
}

func (t *Target) host(h *container.HostConfig, m *member, svc types.ServiceConfig) {
	h.DNS = []netip.Addr{m.site.net.Gateway}
	// No search domains of the host: they would come back as lookups of names
	// that nobody wrote.
	h.DNSSearch = []string{"."}
	h.CapAdd, h.CapDrop = svc.CapAdd, svc.CapDrop
	h.ReadonlyRootfs, h.Init, h.ShmSize = svc.ReadOnly, svc.Init, int64(svc.ShmSize)
	h.Sysctls, h.SecurityOpt, h.GroupAdd = svc.Sysctls, svc.SecurityOpt, svc.GroupAdd
	h.ExtraHosts = svc.ExtraHosts.AsList(":")
	h.OomScoreAdj = int(svc.OomScoreAdj)
	h.Memory, h.NanoCPUs = int64(svc.MemLimit), int64(float64(svc.CPUS)*1e9)
	if svc.PidsLimit != 0 {
		h.PidsLimit = &svc.PidsLimit
	}
	if d := svc.Deploy; d != nil && d.Resources.Limits != nil {
		if d.Resources.Limits.MemoryBytes > 0 {
			h.Memory = int64(d.Resources.Limits.MemoryBytes)
		}
		if n := d.Resources.Limits.NanoCPUs; n > 0 {
			h.NanoCPUs = int64(float64(n) * 1e9)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(svc.Ulimits)) {
		u := svc.Ulimits[name]
		soft, hard := int64(u.Soft), int64(u.Hard)
		if u.Single != 0 {
			soft, hard = int64(u.Single), int64(u.Single)
		}
		h.Ulimits = append(h.Ulimits, &container.Ulimit{Name: name, Soft: soft, Hard: hard})
	}
	if svc.Restart != "" {
		name, retries, _ := strings.Cut(svc.Restart, ":")
		n, _ := strconv.Atoi(retries)
		h.RestartPolicy = container.RestartPolicy{Name: container.RestartPolicyMode(name), MaximumRetryCount: n}
	}
	h.Tmpfs = map[string]string{}
	for _, path := range svc.Tmpfs {
		path, opts, _ := strings.Cut(path, ":")
		h.Tmpfs[path] = opts
	}
	for _, v := range svc.Volumes {
		switch v.Type {
		case types.VolumeTypeTmpfs:
			h.Tmpfs[v.Target] = ""
		case types.VolumeTypeVolume:
			if v.Source == "" {
				h.Mounts = append(h.Mounts, mount.Mount{Type: mount.TypeVolume, Target: v.Target, ReadOnly: v.ReadOnly})
				continue
			}
			h.Mounts = append(h.Mounts, t.volumeMount(m.Site, v))
		default:
			h.Mounts = append(h.Mounts, mount.Mount{Type: mount.Type(v.Type), Source: v.Source, Target: v.Target, ReadOnly: v.ReadOnly})
		}
	}
}

// volume is the engine's name of a site's named volume.
func (t *Target) volume(site, name string) string {
	return fmt.Sprintf("%s-%s-%s", t.Short, site, name)
}

func healthcheck(h *types.HealthCheckConfig) *container.HealthConfig {
	if h == nil {
		return nil
	}
	if h.Disable {
		return &container.HealthConfig{Test: []string{"NONE"}}
	}
	out := &container.HealthConfig{Test: h.Test}
	set := func(dst *time.Duration, src *types.Duration) {
		if src != nil {
			*dst = time.Duration(*src)
		}
	}
	set(&out.Interval, h.Interval)
	set(&out.Timeout, h.Timeout)
	set(&out.StartPeriod, h.StartPeriod)
	if h.Retries != nil {
		out.Retries = int(*h.Retries)
	}
	return out
}

// filesOf are the configs and secrets of a service, copied in before it starts.
func filesOf(p *types.Project, svc types.ServiceConfig) ([]testcontainers.ContainerFile, error) {
	var out []testcontainers.ContainerFile
	add := func(kind string, ref types.FileReferenceConfig, object types.FileObjectConfig, dir string, mode int64) error {
		to := ref.Target
		if to == "" {
			to = ref.Source
		}
		if !strings.HasPrefix(to, "/") {
			to = dir + to
		}
		if ref.Mode != nil {
			mode = int64(*ref.Mode)
		}
		f := testcontainers.ContainerFile{ContainerFilePath: to, FileMode: mode}
		switch {
		case object.File != "":
			f.HostFilePath = object.File
		case object.Content != "":
			f.Reader = strings.NewReader(object.Content)
		default:
			return fmt.Errorf("%s %q has neither a file nor a content", kind, ref.Source)
		}
		out = append(out, f)
		return nil
	}
	for _, c := range svc.Configs {
		if err := add("config", types.FileReferenceConfig(c), types.FileObjectConfig(p.Configs[c.Source]), "/", 0o444); err != nil {
			return nil, err
		}
	}
	for _, s := range svc.Secrets {
		if err := add("secret", types.FileReferenceConfig(s), types.FileObjectConfig(p.Secrets[s.Source]), "/run/secrets/", 0o400); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// create makes the member's container with a release; it does not start it.
func (t *Target) create(ctx context.Context, m *member, release string) error {
	rel, _ := t.release(release)
	spec, err := t.spec(m, m.Service, rel)
	if err != nil {
		return err
	}
	id, err := t.Engine.Create(ctx, spec)
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.id, m.release = id, release
	m.mu.Unlock()
	return t.keepExpired(ctx, m, id)
}
