package snapshot

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
)

// Place tells what differs between two containers only because they are two:
// names and addresses that Bascule itself gives.
type Place struct {
	Dir     string            // of the stage: sources of bind mounts are told from there
	Volumes map[string]string // what the engine mounts -> the name that Compose gives it
	Ours    []string          // prefixes of labels that are not the stage's
	Own     []string          // variables that Bascule put there
}

// Container is what the engine tells of a container's settings.
func Container(c container.InspectResponse, seal Sealer, p Place) Facts {
	f := Facts{}
	f.Put("image.digest", c.Image)
	if c.Config != nil {
		settings(f, c.Config, seal, p)
	}
	if c.HostConfig != nil {
		host(f, c.HostConfig)
	}
	for _, m := range c.Mounts {
		f.Put("mount."+m.Destination, mounted(m, p))
	}
	return f
}

func settings(f Facts, c *container.Config, seal Sealer, p Place) {
	f.Put("image.ref", c.Image)
	for _, e := range c.Env {
		key, value, _ := strings.Cut(e, "=")
		if !slices.Contains(p.Own, key) {
			f.Put("env."+key, seal.Seal([]byte(value)))
		}
	}
	f.Put("run.command", seal.sealWords(c.Cmd))
	f.Put("run.entrypoint", seal.sealWords(c.Entrypoint))
	f.Put("run.user", c.User)
	f.Put("run.folder", c.WorkingDir)
	f.Put("run.stop_signal", c.StopSignal)
	for port := range c.ExposedPorts {
		f.Put("expose."+port.String(), "yes")
	}
	for key, value := range c.Labels {
		if !slices.ContainsFunc(p.Ours, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			f.Put("label."+key, seal.Seal([]byte(value)))
		}
	}
	if h := c.Healthcheck; h != nil {
		f.Put("health.test", seal.sealWords(h.Test))
		f.Put("health.interval", length(h.Interval))
		f.Put("health.timeout", length(h.Timeout))
		f.Put("health.start_period", length(h.StartPeriod))
		f.Put("health.retries", number(int64(h.Retries)))
	}
}

func host(f Facts, h *container.HostConfig) {
	restart := string(h.RestartPolicy.Name)
	if n := h.RestartPolicy.MaximumRetryCount; n > 0 {
		restart += ":" + strconv.Itoa(n)
	}
	f.Put("run.restart", restart)
	f.Put("limit.memory", number(h.Memory))
	f.Put("limit.shm", number(h.ShmSize))
	if h.NanoCPUs > 0 {
		f.Put("limit.cpus", strconv.FormatFloat(float64(h.NanoCPUs)/1e9, 'g', -1, 64))
	}
	if h.PidsLimit != nil && *h.PidsLimit > 0 {
		f.Put("limit.pids", number(*h.PidsLimit))
	}
	for _, u := range h.Ulimits {
		f.Put("limit."+u.Name, fmt.Sprintf("%d:%d", u.Soft, u.Hard))
	}
	if h.ReadonlyRootfs {
		f.Put("run.read_only", "yes")
	}
	if h.Privileged {
		f.Put("run.privileged", "yes")
	}
	f.Put("run.cap_add", row(h.CapAdd))
	f.Put("run.cap_drop", row(h.CapDrop))
	f.Put("run.extra_hosts", row(h.ExtraHosts))
	for key, value := range h.Sysctls {
		f.Put("sysctl."+key, value)
	}
	for path, options := range h.Tmpfs {
		f.Put("mount."+path, strings.TrimSpace("tmpfs "+options))
	}
}

// row is a list as a set.
func row(words []string) string {
	return strings.Join(slices.Sorted(slices.Values(words)), ",")
}

// number is a setting of which 0 says that there is none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// mounted is a mount without what the engine, or Bascule, called it.
func mounted(m container.MountPoint, p Place) string {
	kind, from := string(m.Type), ""
	for _, source := range []string{m.Name, m.Source} {
		if name, ok := p.Volumes[source]; ok && source != "" {
			kind, from = string(mount.TypeVolume), name
		}
	}
	switch {
	case from != "":
	case m.Type == mount.TypeVolume:
		from = "(anonymous)"
	case m.Type == mount.TypeBind:
		from = m.Source
		if rel, err := filepath.Rel(p.Dir, m.Source); err == nil && p.Dir != "" && filepath.IsLocal(rel) {
			from = "./" + rel
		}
	}
	way := "ro"
	if m.RW {
		way = "rw"
	}
	return strings.Join(strings.Fields(kind+" "+from+" "+way), " ")
}
