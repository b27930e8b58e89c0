package containers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/target"
)

// Up raises networks, fabric and containers, and returns when every service is
// healthy. Independent things start side by side.
func (t *Target) Up(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, target.UpBound, fmt.Errorf("not healthy within %s", target.UpBound))
	defer cancel()
	t.Rec.Event(history.StageRaising, t.Stage.ID)
	if err := t.networks(ctx); err != nil {
		return fmt.Errorf("raise stage %s: %w", t.Stage.ID, err)
	}
	if err := t.prepareClocks(ctx); err != nil {
		return fmt.Errorf("raise stage %s: %w", t.Stage.ID, err)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return t.raiseFabric(gctx) })
	handless := "" // why there is no hand
	g.Go(func() (err error) {
		var server volumeServer
		if server, handless, err = t.raiseHand(gctx); err != nil {
			return err
		}
		return t.serveDisks(gctx, server)
	})
	g.Go(func() error { return t.createAll(gctx) })
	if err := g.Wait(); err != nil {
		return fmt.Errorf("raise stage %s: %w", t.Stage.ID, err)
	}
	t.caps[target.CanClock] = t.clockCapability()
	t.handTells(handless)
	if err := t.startAll(ctx); err != nil {
		return fmt.Errorf("raise stage %s: %w", t.Stage.ID, err)
	}
	n := 0
	for _, m := range t.members {
		if id := m.container(); id != "" {
			n++
			t.announce(ctx, m)
		}
	}
	for _, s := range t.sites {
		if !s.Own() {
			continue
		}
		state := "standby"
		if s.Role == "primary" {
			state = "active"
		}
		t.Rec.Event(history.SiteState, s.ID, "state", state)
	}
	t.Rec.Event(history.EntrySwitched, t.EntrySite(), "from", "")
	t.Rec.Event(history.StageUp, t.Stage.ID, "containers", fmt.Sprint(n))
	return nil
}

// announce records that a member's container runs, and of what image.
func (t *Target) announce(ctx context.Context, m *member) {
	m.mu.Lock()
	id, rel := m.id, m.release
	m.stopped = false
	m.mu.Unlock()
	s, err := t.Engine.Inspect(ctx, id)
	if err != nil {
		return // a record, not a step: the state itself is checked elsewhere
	}
	image := m.site.Project.Services[m.Service].Image
	if r, ok := t.release(rel); ok && r.Images[m.Service] != "" {
		image = r.Images[m.Service]
	} else {
		rel = ""
	}
	t.Rec.Event(history.ContainerUp, m.String(), "image", image, "digest", s.ImageID, "release", rel)
}

func (t *Target) networks(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		t.control, err = t.Engine.CreateControlNetwork(ctx, t.Scope, t.Short+"-control")
		return err
	})
	for _, s := range t.sites {
		g.Go(func() (err error) {
			s.net, err = t.Engine.CreateSiteNetwork(ctx, t.Scope, t.Short+"-"+s.ID)
			return err
		})
		for name := range s.Project.Volumes {
			g.Go(func() error { return t.Engine.CreateVolume(ctx, t.Scope, t.volume(s.ID, name)) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, m := range t.members {
		m.ip = m.site.net.At(firstMember + m.index - t.firstIndex(m.site))
	}
	return nil
}

// Addresses of a site: .1 the gateway, .2 the fabric, members from .10 on.
const (
	fabricHost  = 2
	firstMember = 10
)

func (t *Target) firstIndex(s *site) int {
	for _, m := range t.members {
		if m.site == s {
			return m.index
		}
	}
	return 0
}

// createAll makes every container, a few at a time: the engine itself does not
// get faster with more.
func (t *Target) createAll(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, m := range t.members {
		if m.Service == jobService {
			continue
		}
		g.Go(func() error {
			if err := t.awaitDisks(ctx, m); err != nil {
				return err
			}
			return t.create(ctx, m, t.Live(m.Site))
		})
	}
	return g.Wait()
}

// startAll starts each service as soon as what it depends on is in the state
// that Compose asks for, and waits until all are healthy. All sites at once:
// a standby may wait for its primary by itself.
func (t *Target) startAll(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range t.sites {
		t.startSite(ctx, g, s)
	}
	return g.Wait()
}

// startSite starts the members of a site in the order of their dependencies.
func (t *Target) startSite(ctx context.Context, g *errgroup.Group, s *site) {
	started, ready := map[string]chan struct{}{}, map[string]chan struct{}{}
	for _, name := range s.Project.ServiceNames() {
		started[name], ready[name] = make(chan struct{}), make(chan struct{})
	}
	for _, name := range s.Project.ServiceNames() {
		g.Go(func() error {
			svc := s.Project.Services[name]
			for dep, how := range svc.DependsOn {
				gate := ready[dep]
				if how.Condition == "service_started" {
					gate = started[dep]
				}
				select {
				case <-gate:
				case <-ctx.Done():
					return fmt.Errorf("%s/%s waits for %s: %w", s.ID, name, dep, context.Cause(ctx))
				}
			}
			members, err := t.find(s.ID, name, 0)
			if err != nil {
				return err
			}
			if err := t.each(members, func(m *member) error { return t.Engine.Start(ctx, m.container()) }); err != nil {
				return fmt.Errorf("%s/%s: %w", s.ID, name, err)
			}
			close(started[name])
			if err := t.each(members, func(m *member) error { return t.ready(ctx, m) }); err != nil {
				return err
			}
			close(ready[name])
			return nil
		})
	}
}

// ready waits for a member; a one-shot service that something depends on being
// completed is ready when it has ended well.
func (t *Target) ready(ctx context.Context, m *member) error {
	for _, svc := range m.site.Project.Services {
		if d, ok := svc.DependsOn[m.Service]; ok && d.Condition == "service_completed_successfully" {
			code, err := t.Engine.WaitExit(ctx, m.container())
			if err == nil && code != 0 {
				err = fmt.Errorf("ended with code %d; its last lines:\n%s", code, t.Engine.Tail(ctx, m.container(), 15))
			}
			if err != nil {
				return fmt.Errorf("%s: %w", m, err)
			}
			return nil
		}
	}
	return t.Engine.WaitReady(ctx, m.container(), m.String())
}

func (t *Target) each(ms []*member, f func(*member) error) error {
	errs := make([]error, len(ms))
	var wg sync.WaitGroup
	for i, m := range ms {
		wg.Go(func() { errs[i] = f(m) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Images builds what a stage and its releases need, each image once. Compose
// files and manifests that name an image without a build must find it in the
// engine. They are kept as a cache, as Compose does.
func (b Builder) Images(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for _, job := range b.jobs() {
		g.Go(func() error {
			if job.Context == "" {
				if _, ok := b.Engine.HasImage(ctx, job.Tag); !ok {
					return fmt.Errorf("stage %s: the engine holds no image %s, and neither Compose nor a release says how to build it", b.Stage.ID, job.Tag)
				}
				return nil
			}
			began := time.Now()
			if err := b.Engine.BuildImage(ctx, job); err != nil {
				return fmt.Errorf("stage %s: %w", b.Stage.ID, err)
			}
			if b.Built != nil {
				b.Built(job.Tag, time.Since(began))
			}
			return nil
		})
	}
	return g.Wait()
}

// short cuts an id for names: the engine's limit is generous, people's is not.
func short(run string) string {
	parts := strings.Split(run, "-")
	return parts[len(parts)-1]
}

// Name is the prefix of everything that a scenario has in the engine.
func Name(run string, n int) string { return fmt.Sprintf("bascule-%s-%02d", short(run), n) }

// AgentTag is the image of a run's fabric.
func AgentTag(run string) string { return "bascule-agent:" + run }

// BuildAgent loads the fabric's image from a static bascule binary.
func BuildAgent(ctx context.Context, e *engine.Engine, s engine.Scope, binary string) (string, error) {
	tag := AgentTag(s.Run)
	return tag, e.BuildScratch(ctx, tag, binary, s.Labels(nil))
}
