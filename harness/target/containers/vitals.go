package containers

import (
	"context"
	"crypto/tls"
	"sync"
	"time"

	"bascule/harness/history"
)

// Bounds of a look at the members.
const (
	vitalsBound    = 5 * time.Second
	handshakeBound = 2 * time.Second
)

// Vitals asks every member of the sites of one's own how it is by its own word,
// and which certificate it serves. What cannot be asked is left out.
func (t *Target) Vitals(ctx context.Context) []history.Event {
	ctx, cancel := context.WithTimeout(ctx, vitalsBound)
	defer cancel()
	var all sync.WaitGroup
	health := make([]*history.Event, len(t.members))
	for i, m := range t.members {
		if id := m.container(); id != "" && m.site.Own() && m.Service != jobService {
			all.Go(func() { health[i] = t.healthOf(ctx, m, id) })
		}
	}
	doors, err := t.doors()
	if err != nil {
		doors = nil // a stage without them would not have risen
	}
	served := make([]*history.Event, len(doors))
	for i, d := range doors {
		if d.certificate != "" {
			all.Go(func() { served[i] = servedAt(ctx, d, t.addr(d.port)) })
		}
	}
	all.Wait()
	var out []history.Event
	for _, e := range append(health, served...) {
		if e != nil {
			out = append(out, *e)
		}
	}
	return out
}

func (t *Target) healthOf(ctx context.Context, m *member, id string) *history.Event {
	s, err := t.Engine.Inspect(ctx, id)
	if err != nil {
		return nil
	}
	word := s.Health
	switch {
	case s.Paused:
		word = "frozen"
	case !s.Running:
		word = "stopped"
	}
	return &history.Event{Kind: history.ContainerHealth, Subject: m.String(), Attrs: map[string]string{"health": word}}
}

// servedAt reads the certificate that is served at a door. Whether it can be
// trusted is not asked: one that has run out must be seen, too.
func servedAt(ctx context.Context, d door, addr string) *history.Event {
	ctx, cancel := context.WithTimeout(ctx, handshakeBound)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil
	}
	defer conn.Close()
	secure, ok := conn.(*tls.Conn)
	if !ok || len(secure.ConnectionState().PeerCertificates) == 0 {
		return nil
	}
	c := secure.ConnectionState().PeerCertificates[0]
	return &history.Event{Kind: history.CertificateSeen, Subject: d.to.String(), Attrs: map[string]string{
		"certificate": d.certificate, "not_after": c.NotAfter.UTC().Format(time.RFC3339)}}
}
