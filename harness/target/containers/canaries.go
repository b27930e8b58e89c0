package containers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bascule/harness/fault"
	"bascule/harness/hand"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/target"
)

var _ fault.Canaries = (*Target)(nil)

// Canaries ask every 100 ms; two are enough to see a fault. What takes longer
// than their patience is seen as silence, which a delay may be, too.
const (
	canaryEvery   = 100 * time.Millisecond
	canaryTimeout = 500 * time.Millisecond
	mostCanaries  = 2
)

// flock is the canaries of one fault.
type flock struct {
	ahead time.Duration // of the hand's clock before ours

	mu     sync.Mutex // one drain at a time
	probes []probe
}

// probe is a canary and the members that it speaks for.
type probe struct {
	hand.Probe
	from  *member // nil: from outside
	to    *member // nil: a resolver
	entry bool    // through the clients' entry, which may come to lead elsewhere
	since int64   // last answer, the hand's clock
}

// StartCanaries begins to ask where a fault should show: over the links that it
// breaks, as their consumers do; else the members that it hits, as a client of
// theirs does.
func (t *Target) StartCanaries(ctx context.Context, id string, f plan.Fault, members []fault.Member) (int, history.Text, error) {
	if t.hand == nil || t.handCan[target.CanProbe] != "" {
		why := "no hand"
		if t.hand != nil {
			why = t.handCan[target.CanProbe]
		}
		return 0, history.Text{FR: "aucun trafic canari : la cible ne le permet pas (" + why + ")", EN: "no canary traffic: not possible here (" + why + ")"}, nil
	}
	probes, err := t.probesOf(ctx, f, members)
	if err != nil {
		return 0, history.Text{}, err
	}
	if len(probes) == 0 {
		return 0, history.Text{FR: "aucun trafic canari : aucun port connu où cette panne se verrait", EN: "no canary traffic: no port is known where this fault would show"}, nil
	}
	began := time.Now()
	health, err := t.hand.Health(ctx)
	if err != nil {
		return 0, history.Text{}, err
	}
	middle := began.Add(time.Since(began) / 2)
	fl := &flock{probes: probes, ahead: time.Unix(0, health.Now).Sub(middle)}
	for i := range fl.probes {
		p := &fl.probes[i]
		p.ID, p.Every, p.Timeout = fmt.Sprintf("%s-%d", id, i), canaryEvery, canaryTimeout
		if err := t.hand.StartProbe(ctx, p.Probe); err != nil {
			return 0, history.Text{}, errors.Join(err, t.stopProbes(ctx, fl))
		}
	}
	t.mu.Lock()
	if t.flocks == nil {
		t.flocks = map[string]*flock{}
	}
	t.flocks[id] = fl
	t.mu.Unlock()
	return len(fl.probes), fl.what(), nil
}

// what tells people who asks whom.
func (fl *flock) what() history.Text {
	var out history.Text
	for i, p := range fl.probes {
		from, to := history.Text{FR: "l’extérieur", EN: "outside"}, history.Text{}
		if p.from != nil {
			from = history.Text{FR: p.from.String(), EN: p.from.String()}
		}
		if p.to != nil {
			to = history.Text{FR: p.to.String(), EN: p.to.String()}
		}
		if p.Kind == hand.Lookup {
			to = history.Text{FR: "le nom " + p.Target, EN: "name " + p.Target}
		}
		sep := ""
		if i > 0 {
			sep = ", "
		}
		out.FR += fmt.Sprintf("%s%s de %s vers %s", sep, p.Kind, from.FR, to.FR)
		out.EN += fmt.Sprintf("%s%s from %s to %s", sep, p.Kind, from.EN, to.EN)
	}
	return out
}

// CanaryAnswers are those since the last call. What was asked of a container
// that has been replaced or ended is no answer: nothing was sent.
func (t *Target) CanaryAnswers(ctx context.Context, id string) ([]fault.Answer, error) {
	fl := t.flock(id)
	if fl == nil {
		return nil, nil
	}
	fl.mu.Lock()
	defer fl.mu.Unlock()
	var out []fault.Answer
	for k := range fl.probes {
		p := &fl.probes[k]
		answers, err := t.hand.Answers(ctx, p.ID, p.since)
		if err != nil {
			return out, err
		}
		gone := false
		for _, a := range answers {
			p.since = max(p.since, a.At)
			gone = a.Err == "gone"
			if !gone && !t.elsewhere(p) {
				out = append(out, fault.Answer{Asked: time.Unix(0, a.At).Add(-fl.ahead), Took: a.Took, Err: a.Err, Detail: a.Detail})
			}
		}
		if gone {
			if err := t.follow(ctx, p); err != nil {
				return out, err
			}
		}
	}
	slices.SortFunc(out, func(a, b fault.Answer) int { return a.Asked.Compare(b.Asked) })
	return out, nil
}

// elsewhere tells that clients are led to another site by now: what a canary at
// the entry meets there says nothing of the fault.
func (t *Target) elsewhere(p *probe) bool { return p.entry && t.EntrySite() != p.to.Site }

// follow lets a canary go on from the container that has taken the place of the
// one it asked from. While there is none it asks nobody.
func (t *Target) follow(ctx context.Context, p *probe) error {
	if p.from == nil {
		return nil
	}
	pid, err := t.pid(ctx, p.from)
	if err != nil || pid == p.Pid {
		return nil // not running, or not yet
	}
	old := p.ID
	p.Pid, p.ID, p.since = pid, old+"+", 0
	if err := t.hand.StartProbe(ctx, p.Probe); err != nil {
		return err
	}
	return t.hand.StopProbe(ctx, old)
}

// CanarySpoilt tells what else stands in the way of the canaries.
func (t *Target) CanarySpoilt(ctx context.Context, id string) (history.Text, error) {
	fl := t.flock(id)
	if fl == nil {
		return history.Text{}, nil
	}
	fl.mu.Lock()
	defer fl.mu.Unlock()
	for _, p := range fl.probes {
		if t.elsewhere(&p) {
			return history.Text{FR: "les clients sont conduits à un autre site", EN: "clients are led to another site"}, nil
		}
		for _, m := range []*member{p.from, p.to} {
			if m == nil {
				continue
			}
			s, err := t.State(ctx, m.Member)
			if err != nil || !s.Running || s.Frozen {
				// A container that is being replaced cannot be inspected: the same.
				return history.Text{FR: fmt.Sprintf("%s ne tourne plus", m), EN: fmt.Sprintf("%s no longer runs", m)}, nil
			}
		}
	}
	all, err := t.client.Faults(ctx)
	if err != nil {
		return history.Text{}, err
	}
	for _, f := range all {
		if f.HealedAt == 0 && f.ID != id {
			return history.Text{FR: fmt.Sprintf("une autre coupure est en cours (%s)", f.ID), EN: fmt.Sprintf("another fault of the network is in force (%s)", f.ID)}, nil
		}
	}
	return history.Text{}, nil
}

// StopCanaries ends them.
func (t *Target) StopCanaries(ctx context.Context, id string) error {
	fl := t.flock(id)
	if fl == nil {
		return nil
	}
	t.mu.Lock()
	delete(t.flocks, id)
	t.mu.Unlock()
	return t.stopProbes(ctx, fl)
}

func (t *Target) flock(id string) *flock {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.flocks[id]
}

func (t *Target) stopProbes(ctx context.Context, fl *flock) error {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	var errs []error
	for _, p := range fl.probes {
		if p.ID != "" {
			errs = append(errs, t.hand.StopProbe(ctx, p.ID))
		}
	}
	return errors.Join(errs...)
}
