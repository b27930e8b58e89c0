package containers

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/fault"
	"bascule/harness/stage"
)

var _ fault.Secrets = (*Target)(nil)

// TakeSecret replaces a member's container by one without a secret, config or
// environment variable of that name. It does not wait until the service is
// well: it may refuse to start, which is for the fault to show.
func (t *Target) TakeSecret(ctx context.Context, m fault.Member, name string) error {
	mem, _, err := t.at(m)
	if err != nil {
		return err
	}
	if known := t.secrets(mem); !slices.Contains(known, name) {
		return fmt.Errorf("%s has no secret, config or variable %q; it has: %s", mem, name, strings.Join(known, ", "))
	}
	mem.withhold(name, true)
	return t.remake(ctx, mem)
}

// GiveSecret replaces the container by one that has all again, and waits until
// the service is healthy. A member that lacks nothing is left alone.
func (t *Target) GiveSecret(ctx context.Context, m fault.Member, name string) error {
	ms, err := t.find(m.Site, m.Service, m.Instance)
	if err != nil {
		return err
	}
	mem := ms[0]
	if !mem.withhold(name, false) {
		return nil
	}
	if err := t.remake(ctx, mem); err != nil {
		mem.withhold(name, true) // it still lacks it: the next try is not the first
		return err
	}
	return t.Engine.WaitReady(ctx, mem.container(), mem.String())
}

// HasSecret asks the engine what the container has now.
func (t *Target) HasSecret(ctx context.Context, m fault.Member, name string) (bool, error) {
	mem, id, err := t.at(m)
	if err != nil {
		return false, err
	}
	if path, ok := stage.Files(mem.compose())[name]; ok {
		has, err := t.Engine.HasFile(ctx, id, path)
		if err != nil {
			return false, fmt.Errorf("%s: %w", mem, err)
		}
		if has {
			return true, nil
		}
	}
	env, err := t.Engine.Environment(ctx, id)
	if err != nil {
		return false, fmt.Errorf("%s: %w", mem, err)
	}
	return slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") }), nil
}

// LastWords are the names, of what a member lacks, that it wrote of last. No
// other word of its log is told: it may hold anything.
func (t *Target) LastWords(ctx context.Context, m fault.Member) string {
	mem, id, err := t.at(m)
	if err != nil {
		return ""
	}
	given, err := t.Engine.Environment(ctx, id)
	if err != nil {
		return ""
	}
	return strings.Join(spokenOf(t.Engine.Log(ctx, id, lastWords), t.lacked(mem, given)), ", ")
}

// lacked are the names of what a fault took from a member, and of what its
// service is given elsewhere and it is not.
func (t *Target) lacked(m *member, given []string) []string {
	names := t.givenElsewhere(m, given)
	m.mu.Lock()
	for name, taken := range m.without {
		if taken {
			names = append(names, name)
		}
	}
	m.mu.Unlock()
	slices.Sort(names)
	return slices.Compact(names)
}

// secretsOf are what a stage gives its services as secrets, and the passwords of
// its stores. A file that cannot be read is told where it is needed.
func secretsOf(s *stage.Stage) (out []string) {
	for _, site := range s.Sites {
		for _, secret := range site.Project.Secrets {
			out = append(out, secret.Content)
			if b, err := os.ReadFile(secret.File); secret.File != "" && err == nil {
				out = append(out, string(b))
			}
		}
	}
	for _, store := range s.Stores {
		out = append(out, store.Password, store.Admin.Password)
	}
	return out
}

// compose is the member's service as Compose describes it.
func (m *member) compose() types.ServiceConfig { return m.site.Project.Services[m.Service] }

// secrets are the names of what can be taken from a member.
func (t *Target) secrets(m *member) []string {
	svc := m.compose()
	m.mu.Lock()
	release := m.release
	m.mu.Unlock()
	rel, _ := t.release(release)
	known := slices.Collect(maps.Keys(stage.Files(svc)))
	for _, e := range t.environment(m, svc, rel) {
		key, _, _ := strings.Cut(e, "=")
		known = append(known, key)
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// withhold notes what the member's next container is made without, and tells
// whether that is news.
func (m *member) withhold(name string, take bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.without[name]
	if m.without == nil {
		m.without = map[string]bool{}
	}
	m.without[name] = take
	return was != take
}

// withheld is the service without the configs and secrets that were taken.
func (m *member) withheld(svc types.ServiceConfig) types.ServiceConfig {
	m.mu.Lock()
	defer m.mu.Unlock()
	svc.Configs = slices.DeleteFunc(slices.Clone(svc.Configs), func(c types.ServiceConfigObjConfig) bool { return m.without[c.Source] })
	svc.Secrets = slices.DeleteFunc(slices.Clone(svc.Secrets), func(s types.ServiceSecretConfig) bool { return m.without[s.Source] })
	return svc
}

// remake replaces a member's container by one of the same release and starts it.
func (t *Target) remake(ctx context.Context, m *member) error {
	err := t.exchange(ctx, m, func() string {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.release
	})
	if err != nil {
		return err
	}
	t.announce(ctx, m)
	return nil
}
