package hand

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bascule/harness/wire"
)

// Bounds of probes.
const (
	defaultEvery   = 100 * time.Millisecond
	shortestEvery  = 20 * time.Millisecond
	defaultTimeout = time.Second
	keptAnswers    = 2000
)

// canary is a probe under way.
type canary struct {
	Probe
	stop context.CancelFunc

	mu      sync.Mutex
	answers []Answer
}

func (p Probe) check() error {
	switch {
	case p.ID == "" || p.Target == "":
		return fmt.Errorf("probe %q: it needs an id and a target", p.ID)
	case p.Every < shortestEvery:
		return fmt.Errorf("probe %s: every %s is less than %s", p.ID, p.Every, shortestEvery)
	}
	switch p.Kind {
	case HTTP, Postgres, TCP, UDP, Lookup:
		return nil
	}
	return fmt.Errorf("probe %s: unknown kind %q; there are http, postgres, tcp, udp and lookup", p.ID, p.Kind)
}

// startProbe begins a probe; one of the same id goes on.
func (s *server) startProbe(p Probe) error {
	if p.Every == 0 {
		p.Every = defaultEvery
	}
	if p.Timeout <= 0 {
		p.Timeout = defaultTimeout
	}
	if err := p.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.probes[p.ID] != nil {
		return nil
	}
	ctx, stop := context.WithCancel(s.ctx)
	c := &canary{Probe: p, stop: stop}
	s.probes[p.ID] = c
	go c.run(ctx)
	return nil
}

// run asks until ctx ends. A request that takes long delays the next one: two
// at once would hide how long one takes.
func (c *canary) run(ctx context.Context) {
	ask := asker(c.Probe)
	tick := time.NewTicker(c.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		began := time.Now()
		detail, err := c.once(ctx, ask)
		if ctx.Err() != nil {
			return
		}
		c.keep(Answer{At: began.UnixNano(), Took: time.Since(began), Err: classOf(err), Detail: detail})
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

func (c *canary) once(ctx context.Context, ask func(context.Context) (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	return ask(ctx)
}

func (c *canary) keep(a Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.answers) == keptAnswers {
		c.answers = c.answers[1:]
	}
	c.answers = append(c.answers, a)
}

func (s *server) answers(id string, since int64) ([]Answer, error) {
	s.mu.Lock()
	c := s.probes[id]
	s.mu.Unlock()
	if c == nil {
		return nil, wire.ErrUnknown
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []Answer{}
	for _, a := range c.answers {
		if a.At > since {
			out = append(out, a)
		}
	}
	return out, nil
}

func (s *server) stopProbe(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.probes[id]
	if c == nil {
		return wire.ErrUnknown
	}
	c.stop()
	delete(s.probes, id)
	return nil
}

// classed is an error whose class is known where it arises.
type classed string

func (c classed) Error() string { return string(c) }

// classOf is the short class of an error; "" for none.
func classOf(err error) string {
	var c classed
	switch {
	case err == nil:
		return ""
	case errors.As(err, &c):
		return string(c)
	}
	return classOfSocket(err)
}
