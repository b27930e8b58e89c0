package containers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/history"
)

// naming is which names lead where by now, and the links that nobody should use
// any more since a name was switched.
type naming struct {
	topology fabric.Topology // as it is in force
	former   []*formerLink
}

// formerLink is a consumer's link to a provider that a name has left.
type formerLink struct {
	name string
	fabric.Pair
	known map[string]fabric.LinkUse // by protocol and port, as recorded last
	at    time.Time                 // when it was looked at last
}

// SwitchName has a name lead to a service, for whoever may ask for it. Nobody's
// connections are touched: a consumer that keeps to the answer's time to live
// asks again.
func (t *Target) SwitchName(ctx context.Context, name, to string) error {
	providers := t.selectMembers(to)
	if len(providers) == 0 {
		return fmt.Errorf("stage %s has no %s", t.Stage.ID, to)
	}
	move := fabric.NameMove{Name: name, Providers: providers}
	t.mu.Lock()
	before := t.naming.topology
	t.mu.Unlock()
	after, err := before.Moved(move)
	if err != nil {
		return err
	}
	if err := t.client.MoveName(ctx, move); err != nil {
		return err
	}
	var from []string
	t.mu.Lock()
	t.naming.topology = after
	t.naming.former = slices.DeleteFunc(t.naming.former, func(f *formerLink) bool { return f.name == name && slices.Contains(providers, f.To) })
	for _, n := range before.Names {
		if !strings.EqualFold(strings.TrimSuffix(n.Name, "."), strings.TrimSuffix(name, ".")) {
			continue
		}
		for _, p := range n.Providers {
			if slices.Contains(providers, p) {
				continue
			}
			if m := t.member(p); m != nil && !slices.Contains(from, m.Site+"/"+m.Service) {
				from = append(from, m.Site+"/"+m.Service)
			}
			for _, c := range n.Consumers {
				t.naming.former = append(t.naming.former, &formerLink{name: name, Pair: fabric.Pair{From: c, To: p}, known: map[string]fabric.LinkUse{}})
			}
		}
	}
	t.mu.Unlock()
	t.Rec.Event(history.NameSwitched, name, "to", to, "from", strings.Join(from, ","), "ttl_ns", fmt.Sprint(int64(fabric.AnswerTTL)))
	return nil
}

// formerUse tells how links to former providers were used since the last look.
// The first look after a switch records what was before it.
func (t *Target) formerUse(links []fabric.LinkUse) (out []history.Event) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.naming.former {
		held := time.Duration(0)
		if !f.at.IsZero() {
			held = now.Sub(f.at)
		}
		f.at = now
		for _, u := range links {
			key := fmt.Sprint(u.Proto, u.Port)
			if u.From != f.From || u.To != f.To || f.known[key] == u {
				continue
			}
			f.known[key] = u
			out = append(out, t.usedEvent(f, u, held))
		}
	}
	return out
}

func (t *Target) usedEvent(f *formerLink, u fabric.LinkUse, held time.Duration) history.Event {
	attrs := map[string]string{"name": f.name, "proto": u.Proto, "port": fmt.Sprint(u.Port), "tried": fmt.Sprint(tried(u)),
		"answered": fmt.Sprint(u.Answered), "refused": fmt.Sprint(u.Refused), "lost": fmt.Sprint(u.Lost), "held_ns": fmt.Sprint(int64(held))}
	e := history.Event{Kind: history.LinkUsed, Subject: "unknown", Attrs: attrs}
	if m := t.member(f.From); m != nil {
		e.Subject = m.String()
	}
	if m := t.member(f.To); m != nil {
		attrs["to"] = m.String()
	}
	return e
}

// tried is how many connections a consumer began, at least. What a fault refuses
// never comes to be led to the provider, and what the provider refuses does.
func tried(u fabric.LinkUse) uint64 {
	if u.Proto == "tcp" {
		return max(u.Connections, u.Answered+u.Refused) + u.Lost
	}
	return u.Connections + u.Refused + u.Lost
}
