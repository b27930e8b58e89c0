package containers

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// lastWords is how many lines of a log are searched for what a container lacks.
const lastWords = 60

// killed is the code of a container that was ended by SIGKILL.
const killed = 137

// unwellBound is how long the search may take for the whole stage.
const unwellBound = 5 * time.Second

// Unwell tells of each container that ended badly or is not healthy.
func (t *Target) Unwell(ctx context.Context) []history.Event {
	ctx, cancel := context.WithTimeout(ctx, unwellBound)
	defer cancel()
	found := make([]*history.Event, len(t.members))
	_ = t.each(t.members, func(m *member) error {
		if m.site.Own() && m.Service != jobService {
			i := slices.Index(t.members, m)
			found[i] = t.unwell(ctx, m)
		}
		return nil
	})
	var out []history.Event
	for _, e := range found {
		if e != nil {
			out = append(out, *e)
		}
	}
	return out
}

// notWell records at once what a member that did not become ready lacks: it may
// be replaced before anybody looks again.
func (t *Target) notWell(ctx context.Context, m *member) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unwellBound)
	defer cancel()
	e := t.unwell(ctx, m)
	if e == nil {
		return
	}
	t.Rec.Event(e.Kind, e.Subject, "state", e.Attrs["state"], "lacks", e.Attrs["lacks"])
}

// unwell is nil for a member that is well, or was stopped.
func (t *Target) unwell(ctx context.Context, m *member) *history.Event {
	id := m.container()
	if id == "" {
		return nil
	}
	s, err := t.Engine.Inspect(ctx, id)
	if err != nil {
		return nil // the watchdog tells where the engine is the trouble
	}
	state := ""
	switch {
	case s.Running && s.Health == "unhealthy":
		state = "unhealthy"
	case !s.Running && s.ExitCode != 0:
		state = "ended"
	default:
		return nil
	}
	given, err := t.Engine.Environment(ctx, id)
	if err != nil {
		return nil
	}
	lacks := spokenOf(t.Engine.Log(ctx, id, lastWords), t.givenElsewhere(m, given))
	if len(lacks) == 0 && s.ExitCode == killed {
		return nil // from outside: its own words explain nothing
	}
	return &history.Event{Kind: history.ContainerLog, Subject: m.String(), Attrs: map[string]string{"state": state, "lacks": strings.Join(lacks, ",")}}
}

// givenElsewhere are the variables, secrets and configs that this service is given at
// another site, or that a release requires for it, and that this member has not.
func (t *Target) givenElsewhere(m *member, given []string) []string {
	known := map[string]bool{}
	for _, s := range t.sites {
		if !s.Own() || s == m.site {
			continue
		}
		svc, ok := s.Project.Services[m.Service]
		if !ok {
			continue
		}
		for key := range svc.Environment {
			known[key] = true
		}
		for _, c := range svc.Configs {
			known[c.Source] = true
		}
		for _, c := range svc.Secrets {
			known[c.Source] = true
		}
	}
	for _, r := range t.Stage.Releases {
		for _, q := range r.Requires {
			if (q.Service == m.Service || q.Service == "") && (q.Kind == history.RequireEnv || q.Kind == history.RequireSecret) {
				known[q.Name] = true
			}
		}
		for key := range r.Environment[m.Service] {
			known[key] = true
		}
	}
	for _, e := range given {
		key, _, _ := strings.Cut(e, "=")
		delete(known, key)
	}
	svc := m.withheld(m.compose())
	for _, c := range svc.Configs {
		delete(known, c.Source)
	}
	for _, c := range svc.Secrets {
		delete(known, c.Source)
	}
	return slices.Sorted(maps.Keys(known))
}

// aWord is what a key or the name of a secret can be made of.
var aWord = regexp.MustCompile(`[A-Za-z0-9_][A-Za-z0-9_.-]*`)

// spokenOf are those of the names that a text speaks of. No other word of it is
// kept: it may hold anything.
func spokenOf(text string, names []string) (out []string) {
	said := map[string]bool{}
	for _, w := range aWord.FindAllString(text, -1) {
		said[w] = true
		said[strings.TrimRight(w, ".-")] = true
	}
	for _, n := range names {
		if said[n] {
			out = append(out, n)
		}
	}
	return out
}
