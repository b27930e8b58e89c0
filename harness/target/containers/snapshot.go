package containers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/types"
	"golang.org/x/sync/errgroup"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/snapshot"
	"bascule/harness/stage"
	"bascule/harness/target"
)

// snapshots is what the snapshots of a scenario share: the key of their hashes,
// and the images whose packages are told already.
type snapshots struct {
	once sync.Once
	seal snapshot.Sealer
	err  error

	mu   sync.Mutex
	told map[string]bool
}

// snapshotAtOnce is how many containers of a site are looked at side by side.
const snapshotAtOnce = 10

// Snapshot looks at each container of a site. What cannot be read of one (its
// database is dead, it is being replaced) is named in its event; an error is a
// look that found out nothing.
func (t *Target) Snapshot(ctx context.Context, site string) ([]history.Event, error) {
	s := &t.snapshots
	s.once.Do(func() { s.seal, s.err = snapshot.NewSealer() })
	if s.err != nil {
		return nil, s.err
	}
	members, err := t.find(site, "", 0)
	if err != nil {
		return nil, err
	}
	looks := make([][]history.Event, len(members))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(snapshotAtOnce)
	for i, m := range members {
		g.Go(func() error {
			looks[i] = t.look(gctx, m, s.seal)
			return nil
		})
	}
	_ = g.Wait() // no look fails: what it could not read stands in its event
	events := slices.Concat(looks...)
	if ctx.Err() != nil {
		return events, fmt.Errorf("snapshot of %s: not done in time: %w", site, context.Cause(ctx))
	}
	return events, nil
}

// look is the event of a member, and of its image where that is new.
func (t *Target) look(ctx context.Context, m *member, seal snapshot.Sealer) []history.Event {
	m.mu.Lock()
	id, release := m.id, m.release
	m.mu.Unlock()
	e := history.Event{Kind: history.Snapshot, Subject: m.String(), Attrs: map[string]string{}}
	if r, ok := t.release(release); ok && r.Images[m.Service] != "" {
		e.Attrs["release"] = release
	}
	if id == "" {
		e.Attrs["absent"] = "yes"
		return []history.Event{e}
	}
	// The database first, on its own: at a failover it is about to change.
	var store snapshot.Facts
	var storeErr error
	var wg sync.WaitGroup
	wg.Go(func() { store, storeErr = t.lookInside(ctx, m, seal) })
	described, err := t.Engine.Describe(ctx, id)
	if err != nil {
		wg.Wait()
		e.Attrs["absent"], e.Attrs["err"] = "yes", err.Error()
		return []history.Event{e}
	}
	facts := snapshot.Container(described, seal, t.place(m))
	declaredPorts(facts, m.compose())
	unread := []string{}
	errs := t.lookAtFiles(ctx, m, id, facts, seal)
	if errs != nil {
		unread = append(unread, "files")
	}
	out := []history.Event{e}
	if image := t.lookAtImage(ctx, id, described.Image); image != nil {
		out = append(out, *image)
	}
	wg.Wait()
	if storeErr != nil {
		unread, errs = append(unread, "schema"), errors.Join(errs, storeErr)
	}
	maps.Copy(e.Attrs, facts)
	maps.Copy(e.Attrs, store)
	if errs != nil {
		e.Attrs["unread"], e.Attrs["err"] = strings.Join(unread, ","), errs.Error()
	}
	return out
}

// place is what makes a member's container differ from its twin's at the other
// site without anybody having wanted it.
func (t *Target) place(m *member) snapshot.Place {
	p := snapshot.Place{Dir: t.Stage.Dir, Volumes: map[string]string{}, Ours: []string{"bascule.", "org.testcontainers", "com.docker.compose."}}
	for name := range m.site.Project.Volumes {
		p.Volumes[t.volume(m.Site, name)] = name
		p.Volumes[t.diskOf(m.Site, name, "").Target] = name
	}
	t.clocks.mu.Lock()
	_, preloaded := t.clocks.ready[m.Site+"/"+m.Service]
	t.clocks.mu.Unlock()
	if preloaded {
		p.Own = []string{"LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE", "FAKETIME_CACHE_DURATION", "FAKETIME_DONT_FAKE_MONOTONIC"}
	}
	return p
}

// declaredPorts are the ports that Compose declares and a stage does not apply.
func declaredPorts(f snapshot.Facts, svc types.ServiceConfig) {
	for _, p := range svc.Ports {
		proto := p.Protocol
		if proto == "" {
			proto = "tcp"
		}
		f.Put(fmt.Sprintf("publish.%d/%s", p.Target, proto), p.HostIP+":"+p.Published)
	}
	for _, p := range svc.Expose {
		if !strings.Contains(p, "/") {
			p += "/tcp"
		}
		f.Put("expose."+p, "yes")
	}
}

// lookInside reads the database that a member is, if it is one.
func (t *Target) lookInside(ctx context.Context, m *member, seal snapshot.Sealer) (snapshot.Facts, error) {
	i := slices.IndexFunc(t.Stage.Stores, func(s stage.Store) bool { return s.Service == m.Service && s.Driver == stage.DriverPostgres })
	if i < 0 {
		return nil, nil
	}
	answer, err := t.asAdmin(ctx, fault.Member{Site: m.Site, Service: m.Service, Instance: m.Instance}, t.Stage.Stores[i], snapshot.Schema)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return snapshot.ReadSchema(answer, seal)
}

// lookAtFiles reads what the member's service is configured by: configs and
// secrets of Compose, what is mounted from the machine, and what stage.yaml and
// the releases name. A file that is not there is no fact.
func (t *Target) lookAtFiles(ctx context.Context, m *member, id string, facts snapshot.Facts, seal snapshot.Sealer) error {
	svc := m.compose()
	names := map[string][]string{} // path -> keys
	for _, p := range t.Stage.Watched(m.Service) {
		names[p] = []string{"file." + p}
	}
	for _, v := range svc.Volumes {
		if v.Type == types.VolumeTypeBind {
			names[v.Target] = []string{"file." + v.Target}
		}
	}
	for _, c := range svc.Configs {
		at := stage.FilePath(types.FileReferenceConfig(c), "/")
		names[at] = append(names[at], "config."+c.Source)
	}
	for _, s := range svc.Secrets {
		at := stage.FilePath(types.FileReferenceConfig(s), "/run/secrets/")
		names[at] = append(names[at], "secret."+s.Source)
	}
	var errs error
	for _, name := range slices.Sorted(maps.Keys(names)) {
		found, err := t.Engine.ReadAll(ctx, id, name)
		if err != nil {
			if !errors.Is(err, engine.ErrNoFile) {
				errs = errors.Join(errs, err)
			}
			continue
		}
		for p, content := range found {
			for _, key := range names[name] {
				facts.File(key+strings.TrimPrefix(p, name), content, seal)
			}
		}
	}
	return errs
}

// lookAtImage reads the packages that an image brings, once an image. One that
// could not be read is tried again with the next container.
func (t *Target) lookAtImage(ctx context.Context, id, digest string) *history.Event {
	s := &t.snapshots
	s.mu.Lock()
	known := s.told[digest]
	if s.told == nil {
		s.told = map[string]bool{}
	}
	s.told[digest] = true
	s.mu.Unlock()
	if known {
		return nil
	}
	e := &history.Event{Kind: history.SnapshotImage, Subject: digest, Attrs: map[string]string{}}
	for _, list := range []struct {
		at   string
		read func([]byte) snapshot.Facts
	}{{snapshot.DpkgStatus, snapshot.Dpkg}, {snapshot.ApkInstalled, snapshot.Apk}, {snapshot.DpkgFolder, snapshot.Dpkg}} {
		found, err := t.Engine.ReadAll(ctx, id, list.at)
		if errors.Is(err, engine.ErrNoFile) {
			continue
		}
		if err != nil {
			s.mu.Lock()
			delete(s.told, digest)
			s.mu.Unlock()
			return nil
		}
		maps.Copy(e.Attrs, list.read(bytes.Join(slices.Collect(maps.Values(found)), []byte("\n\n"))))
		break
	}
	return e
}

var _ target.Target = (*Target)(nil)
