package containers

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/stage"
)

var _ fault.Certificates = (*Target)(nil)

// original is the certificate of a member before a fault let it expire.
type original struct {
	file    engine.File
	expired []byte         // what is served instead
	roots   *x509.CertPool // that a client of it trusts
	name    string         // that a client asks for
}

// ExpireCertificate makes a member serve its certificate expired: the same
// names, key and authority. The process is restarted, since servers read their
// certificate when they start.
func (t *Target) ExpireCertificate(ctx context.Context, m fault.Member, id string) error {
	mem, container, err := t.at(m)
	if err != nil {
		return err
	}
	c, err := t.certificate(mem, id)
	if err != nil {
		return err
	}
	o, served, by, err := t.readCertificate(ctx, mem, container, c)
	if err != nil {
		return fmt.Errorf("%s: certificate %s: %w", mem, id, err)
	}
	expired, err := served.expire(by, time.Now())
	if err != nil {
		return fmt.Errorf("%s: certificate %s: %w", mem, id, err)
	}
	o.expired = expired
	// Known before it is changed, so that half a change can be undone.
	mem.mu.Lock()
	if mem.originals == nil {
		mem.originals = map[string]original{}
	}
	if _, known := mem.originals[id]; !known {
		mem.originals[id] = o
	}
	mem.mu.Unlock()
	f := o.file
	f.Content = expired
	return t.putCertificate(ctx, mem, container, f)
}

// RestoreCertificate puts the bytes back that were there before.
func (t *Target) RestoreCertificate(ctx context.Context, m fault.Member, id string) error {
	mem, container, err := t.at(m)
	if err != nil {
		return err
	}
	mem.mu.Lock()
	o, changed := mem.originals[id]
	mem.mu.Unlock()
	if !changed {
		return nil
	}
	if err := t.putCertificate(ctx, mem, container, o.file); err != nil {
		return err
	}
	mem.mu.Lock()
	delete(mem.originals, id)
	mem.mu.Unlock()
	return nil
}

// CheckCertificate does a TLS handshake with a member, through the fabric, and
// verifies its certificate as a client does. Nil: a client would be content.
func (t *Target) CheckCertificate(ctx context.Context, m fault.Member, id string) error {
	mem, container, err := t.at(m)
	if err != nil {
		return err
	}
	c, err := t.certificate(mem, id)
	if err != nil {
		return err
	}
	mem.mu.Lock()
	o, changed := mem.originals[id]
	mem.mu.Unlock()
	if !changed {
		if o, _, _, err = t.readCertificate(ctx, mem, container, c); err != nil {
			return fmt.Errorf("%s: certificate %s: %w", mem, id, err)
		}
	}
	doors, err := t.doors()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(doors, func(d door) bool { return d.to == mem && d.certificate == id })
	if i < 0 {
		return fmt.Errorf("%s: no way leads to certificate %s", mem, id)
	}
	if err := handshake(ctx, t.addr(doors[i].port), o.name, o.roots); err != nil {
		return fmt.Errorf("%s: TLS handshake: %w", mem, err)
	}
	return nil
}

// certificate finds a declared certificate of a member's service.
func (t *Target) certificate(m *member, id string) (stage.Certificate, error) {
	for _, c := range t.Stage.Certs {
		if c.ID == id && c.Service == m.Service {
			return c, nil
		}
	}
	return stage.Certificate{}, fmt.Errorf("%s serves no certificate %q that stage.yaml declares", m, id)
}

// readCertificate reads what a member serves, and the authority's pair where it
// is declared.
func (t *Target) readCertificate(ctx context.Context, m *member, container string, c stage.Certificate) (o original, served pair, by *pair, err error) {
	cert, err := t.readDeclared(ctx, m, container, c.Cert)
	if err != nil {
		return o, served, nil, err
	}
	key, err := t.readDeclared(ctx, m, container, c.Key)
	if err != nil {
		return o, served, nil, err
	}
	if served, err = readPair(cert.Content, key.Content); err != nil {
		return o, served, nil, err
	}
	o = original{file: cert, roots: x509.NewCertPool()}
	if o.name, err = nameOf(served.cert); err != nil {
		return o, served, nil, err
	}
	if c.CACert == "" {
		o.roots.AddCert(served.cert)
		return o, served, nil, nil
	}
	caCert, err := t.readDeclared(ctx, m, container, c.CACert)
	if err != nil {
		return o, served, nil, fmt.Errorf("its authority: %w", err)
	}
	caKey, err := t.readDeclared(ctx, m, container, c.CAKey)
	if err != nil {
		return o, served, nil, fmt.Errorf("its authority: %w", err)
	}
	ca, err := readPair(caCert.Content, caKey.Content)
	if err != nil {
		return o, served, nil, fmt.Errorf("its authority: %w", err)
	}
	o.roots.AddCert(ca.cert)
	return o, served, &ca, nil
}

// readDeclared reads a file that stage.yaml names: a path in the container, a
// config or secret of the service, or one that no service has.
func (t *Target) readDeclared(ctx context.Context, m *member, container, name string) (engine.File, error) {
	if path.IsAbs(name) {
		return t.Engine.ReadFile(ctx, container, name)
	}
	if at, ok := stage.Files(m.compose())[name]; ok {
		return t.Engine.ReadFile(ctx, container, at)
	}
	from, content := m.site.Project.Configs[name].File, m.site.Project.Configs[name].Content
	if s, ok := m.site.Project.Secrets[name]; ok {
		from, content = s.File, s.Content
	}
	if content != "" {
		return engine.File{Path: name, Content: []byte(content)}, nil
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return engine.File{}, fmt.Errorf("%s: %w", name, err)
	}
	return engine.File{Path: name, Content: b}, nil
}

// keepExpired gives a container that takes a member's place the certificate
// that has expired: a deployment renews none.
func (t *Target) keepExpired(ctx context.Context, m *member, container string) error {
	m.mu.Lock()
	held := slices.Collect(maps.Values(m.originals))
	m.mu.Unlock()
	for _, o := range held {
		f := o.file
		f.Content = o.expired
		if err := t.Engine.WriteFile(ctx, container, f); err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
	}
	return nil
}

// putCertificate writes a file of a member and, if it runs, restarts it.
func (t *Target) putCertificate(ctx context.Context, m *member, container string, f engine.File) error {
	if err := t.Engine.WriteFile(ctx, container, f); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	s, err := t.Engine.Inspect(ctx, container)
	if err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	if !s.Running {
		return nil // another fault stopped it: it will read the file when it starts
	}
	if err := errors.Join(t.Engine.Unpause(ctx, container), t.stop(ctx, m, container)); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	t.Rec.Event(history.ContainerDn, m.String())
	if err := t.Engine.Start(ctx, container); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	if err := t.Engine.WaitReady(ctx, container, m.String()); err != nil {
		return err
	}
	t.announce(ctx, m)
	return nil
}
