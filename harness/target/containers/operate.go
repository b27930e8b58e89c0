package containers

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/moby/moby/api/types/container"

	"bascule/harness/fabric"
	"bascule/harness/history"
	"bascule/harness/stage"
)

// grace is how long a service gets to end by itself when it is stopped or
// replaced and Compose names no stop_grace_period.
const grace = 5 * time.Second

// Prepare makes sure that the release's images are in the engine.
func (t *Target) Prepare(ctx context.Context, r stage.Release, site string) error {
	for service, image := range r.Images {
		if _, ok := t.Engine.HasImage(ctx, image); !ok {
			return fmt.Errorf("release %s: the engine holds no image %s for %s/%s", r.Version, image, site, service)
		}
	}
	return nil
}

// Migrate runs a job of a release at a site, in a container of its own, at the
// site's place for jobs.
func (t *Target) Migrate(ctx context.Context, site string, r stage.Release, job stage.Job) error {
	if job.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, job.Timeout, fmt.Errorf("not done within %s", job.Timeout))
		defer cancel()
	}
	m, err := t.one(site, jobService)
	if err != nil {
		return err
	}
	m.speakAs(job.Service)
	spec, err := t.spec(m, job.Service, r)
	if err != nil {
		return err
	}
	compose := spec.Config
	spec.Config = func(c *container.Config) {
		compose(c)
		c.Entrypoint, c.Cmd = job.Command[:1], job.Command[1:]
		c.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}}
	}
	id, err := t.Engine.Create(ctx, spec)
	if err != nil {
		return err
	}
	defer func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		// A job that is left behind would hold the place of the next one; the
		// sweep at the end catches what this removal misses.
		_ = t.Engine.Remove(bound, id)
	}()
	if err := t.Engine.Start(ctx, id); err != nil {
		return err
	}
	code, err := t.Engine.WaitExit(ctx, id)
	if err != nil {
		return fmt.Errorf("job %v at %s: %w", job.Command, site, err)
	}
	if code != 0 {
		return fmt.Errorf("job %v at %s ended with code %d; its last lines:\n%s", job.Command, site, code, t.Engine.Tail(ctx, id, 8))
	}
	return nil
}

// Instances is how many containers a service has at a site.
func (t *Target) Instances(site, service string) int {
	ms, err := t.find(site, service, 0)
	if err != nil {
		return 0
	}
	return len(ms)
}

// Replace puts a container of the release in a member's place and waits until
// it is healthy.
func (t *Target) Replace(ctx context.Context, site, service string, instance int, r stage.Release) error {
	ms, err := t.find(site, service, instance)
	if err != nil {
		return err
	}
	return t.replace(ctx, ms[0], r.Version)
}

func (t *Target) replace(ctx context.Context, m *member, release string) error {
	if err := t.exchange(ctx, m, func() string { return release }); err != nil {
		return err
	}
	if err := t.Engine.WaitReady(ctx, m.container(), m.String()); err != nil {
		t.notWell(ctx, m)
		return err
	}
	t.announce(ctx, m)
	return nil
}

// exchange puts a container of a release in a member's place and starts it.
// Nobody else does so meanwhile; the release is asked for once nobody does.
func (t *Target) exchange(ctx context.Context, m *member, release func() string) error {
	m.acting.Lock()
	defer m.acting.Unlock()
	if err := t.removeContainer(ctx, m); err != nil {
		return err
	}
	if err := t.create(ctx, m, release()); err != nil {
		return err
	}
	if err := t.Engine.Start(ctx, m.container()); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	return nil
}

// down records that a member was stopped on purpose.
func (t *Target) down(m *member) {
	m.mu.Lock()
	m.stopped = true
	m.mu.Unlock()
	t.Rec.Event(history.ContainerDn, m.String())
}

func (t *Target) removeContainer(ctx context.Context, m *member) error {
	id := m.container()
	if id == "" {
		return nil
	}
	if err := t.Engine.Unpause(ctx, id); err != nil { // a frozen one cannot stop
		return fmt.Errorf("%s: %w", m, err)
	}
	if err := t.stop(ctx, m, id); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	t.down(m)
	if err := t.Engine.Remove(ctx, id); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	m.mu.Lock()
	m.id = ""
	m.mu.Unlock()
	return nil
}

func (t *Target) graceOf(m *member) time.Duration {
	if g := m.site.Project.Services[m.Service].StopGracePeriod; g != nil {
		return time.Duration(*g)
	}
	return grace
}

// Verify is a completed write and read of the first function.
func (t *Target) Verify(ctx context.Context) error { return t.Config.Verify(ctx, "") }

// VerifyFunction is a completed write and read of a function.
func (t *Target) VerifyFunction(ctx context.Context, function string) error {
	return t.Config.Verify(ctx, function)
}

// Fence cuts a site off from everything outside it.
func (t *Target) Fence(ctx context.Context, site string) error {
	if _, err := t.client.Inject(ctx, fabric.Fault{ID: "fence-" + site, Kind: fabric.Cut, Site: site}); err != nil {
		return err
	}
	t.Rec.Event(history.SiteState, site, "state", "fenced")
	return nil
}

// Unfence lets it back.
func (t *Target) Unfence(ctx context.Context, site string) error {
	if err := t.Heal(ctx, "fence-"+site); err != nil {
		return err
	}
	state := "standby"
	if t.EntrySite() == site {
		state = "active"
	}
	t.Rec.Event(history.SiteState, site, "state", state)
	return nil
}

// Exec runs a command in the first container of a service.
func (t *Target) Exec(ctx context.Context, site, service string, command []string) error {
	m, err := t.one(site, service)
	if err != nil {
		return err
	}
	if _, err := t.Engine.Exec(ctx, m.container(), command); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	return nil
}

// StartService starts a service, or every service of a site, and waits until
// it is healthy.
func (t *Target) StartService(ctx context.Context, site, service string) error {
	return t.onEach(site, service, func(m *member) error {
		if err := t.Engine.Start(ctx, m.container()); err != nil {
			return err
		}
		if err := t.Engine.WaitReady(ctx, m.container(), m.String()); err != nil {
			t.notWell(ctx, m)
			return err
		}
		t.announce(ctx, m)
		return nil
	})
}

// StopService stops a service, or every service of a site.
func (t *Target) StopService(ctx context.Context, site, service string) error {
	return t.onEach(site, service, func(m *member) error {
		if err := t.stop(ctx, m, m.container()); err != nil {
			return err
		}
		t.down(m)
		return nil
	})
}

// RestartService stops and starts it.
func (t *Target) RestartService(ctx context.Context, site, service string) error {
	if err := t.StopService(ctx, site, service); err != nil {
		return err
	}
	return t.StartService(ctx, site, service)
}

func (t *Target) onEach(site, service string, f func(*member) error) error {
	ms, err := t.find(site, service, 0)
	if err != nil {
		return err
	}
	return t.each(ms, func(m *member) error {
		if err := f(m); err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
		return nil
	})
}

// SwitchEntry sends clients to a site.
func (t *Target) SwitchEntry(ctx context.Context, site string) error {
	if err := t.client.SetEntry(ctx, site); err != nil {
		return err
	}
	t.mu.Lock()
	from := t.entry
	t.entry = site
	t.mu.Unlock()
	t.Rec.Event(history.EntrySwitched, site, "from", from)
	t.Rec.Event(history.SiteState, site, "state", "active")
	return nil
}

// Recreate replaces the containers of a service: other environment, emptied
// volumes, another release ("" for the one that the site runs).
func (t *Target) Recreate(ctx context.Context, site, service, release string, env map[string]string, wipe []string) error {
	if release == "" {
		release = t.Live(site)
	}
	ms, err := t.find(site, service, 0)
	if err != nil {
		return err
	}
	for _, m := range ms {
		m.acting.Lock()
		err := t.removeContainer(ctx, m)
		m.acting.Unlock()
		if err != nil {
			return err
		}
	}
	for _, v := range wipe {
		if err := t.emptyVolume(ctx, site, v); err != nil {
			return fmt.Errorf("%s/%s: empty volume %s: %w", site, service, v, err)
		}
	}
	return t.each(ms, func(m *member) error {
		m.mu.Lock()
		if m.env == nil {
			m.env = map[string]string{}
		}
		maps.Copy(m.env, env)
		m.mu.Unlock()
		return t.replace(ctx, m, release)
	})
}
