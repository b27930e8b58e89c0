package fault

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// Certificates is a plane whose members serve certificates that it can let
// expire.
type Certificates interface {
	// ExpireCertificate makes a member serve certificate id expired, with the
	// same names, key and authority; the process restarts.
	ExpireCertificate(ctx context.Context, m Member, id string) error
	// RestoreCertificate puts the old one back. One that was not changed is no
	// error.
	RestoreCertificate(ctx context.Context, m Member, id string) error
	// CheckCertificate is a TLS handshake with the running member by a client
	// that verifies: nil, or what that client is told.
	CheckCertificate(ctx context.Context, m Member, id string) error
}

// Secrets is a plane that can start its members without something that they
// are configured with.
type Secrets interface {
	// TakeSecret starts a member again without a secret, config or environment
	// variable, and does not wait until it is well. It is an error if the member
	// has none of that name.
	TakeSecret(ctx context.Context, m Member, name string) error
	// GiveSecret starts it again with it and waits until it is healthy. One that
	// lacks nothing is no error.
	GiveSecret(ctx context.Context, m Member, name string) error
	// HasSecret asks the engine what the member's container has now.
	HasSecret(ctx context.Context, m Member, name string) (bool, error)
	// LastWords are names of what the member lacks and wrote of last; empty for
	// none. They go into the proof: no other word of a log may be among them.
	LastWords(ctx context.Context, m Member) string
}

// expiring lets a certificate expire.
type expiring struct {
	i     *Injection
	certs Certificates
}

func byExpiring(i *Injection) (Injector, error) {
	c, ok := i.plane.(Certificates)
	if !ok {
		return nil, errors.New("this target cannot change certificates")
	}
	return &expiring{i, c}, nil
}

// Inject wants the certificate to be in order first: an expired one that was
// expired before proves nothing. The fault is in force from the restart on,
// which is part of it.
func (x *expiring) Inject(ctx context.Context) error {
	id := x.i.Fault.Name
	if err := x.i.all(func(m Member) error { return x.certs.CheckCertificate(ctx, m, id) }); err != nil {
		return fmt.Errorf("certificate %s was not in order before the fault: %w", id, err)
	}
	x.i.inForce()
	return x.i.all(func(m Member) error { return x.certs.ExpireCertificate(ctx, m, id) })
}

// Bite is what a client is told that verifies.
func (x *expiring) Bite(ctx context.Context) (history.Text, bool, error) {
	for _, m := range x.i.members {
		var invalid x509.CertificateInvalidError
		err := x.certs.CheckCertificate(ctx, m, x.i.Fault.Name)
		if !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
			return history.Text{}, false, err
		}
	}
	return history.Text{
		FR: "un client qui vérifie refuse la poignée de main TLS : certificat périmé",
		EN: "a client that verifies refuses the TLS handshake: certificate expired",
	}, true, nil
}

// Undo puts the old certificate back, and looks whether it is served.
func (x *expiring) Undo(ctx context.Context) error {
	return x.i.all(func(m Member) error {
		if err := x.certs.RestoreCertificate(ctx, m, x.i.Fault.Name); err != nil {
			return err
		}
		s, err := x.i.plane.State(ctx, m)
		if err != nil || !s.Running || s.Frozen {
			return err // another fault has it: there is nobody to shake hands with
		}
		return x.certs.CheckCertificate(ctx, m, x.i.Fault.Name)
	})
}

// lacking starts members without a secret.
type lacking struct {
	i       *Injection
	secrets Secrets
}

func byTakingASecret(i *Injection) (Injector, error) {
	s, ok := i.plane.(Secrets)
	if !ok {
		return nil, errors.New("this target cannot start a service without a secret")
	}
	return &lacking{i, s}, nil
}

// Inject starts every member without it; the fault is in force from the moment
// at which they stop.
func (x *lacking) Inject(ctx context.Context) error {
	name := x.i.Fault.Name
	if err := x.i.all(func(m Member) error {
		has, err := x.secrets.HasSecret(ctx, m, name)
		if err == nil && !has {
			err = fmt.Errorf("%s/%s/%d has no secret, config or variable %q", m.Site, m.Service, m.Instance, name)
		}
		return err
	}); err != nil {
		return err
	}
	x.i.inForce()
	return x.i.all(func(m Member) error { return x.secrets.TakeSecret(ctx, m, name) })
}

// deadLook is how often members are looked at that may refuse to start.
const deadLook = 100 * time.Millisecond

// Keep waits for members that end for want of the secret: their host lives and
// answers with resets in their place. Not before they have ended, since what
// they try while they start must not fail for another reason.
func (x *lacking) Keep(ctx context.Context) {
	tick := time.NewTicker(deadLook)
	defer tick.Stop()
	waiting := append([]Member{}, x.i.members...)
	for len(waiting) > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		alive := waiting[:0]
		for _, m := range waiting {
			s, err := x.i.plane.State(ctx, m)
			if err == nil && !s.Running {
				err = x.i.plane.Network(ctx, Network{ID: x.netID(m), Kind: plan.Refuse, Toward: []Member{m}})
				if err == nil {
					continue
				}
			}
			alive = append(alive, m)
		}
		waiting = alive
	}
}

func (x *lacking) netID(m Member) string {
	return fmt.Sprintf("%s-%s-%s-%d", x.i.ID, m.Site, m.Service, m.Instance)
}

// Bite is the engine's word on what the containers have, and what became of
// the services.
func (x *lacking) Bite(ctx context.Context) (history.Text, bool, error) {
	name, ended, said := x.i.Fault.Name, 0, ""
	for _, m := range x.i.members {
		has, err := x.secrets.HasSecret(ctx, m, name)
		if err != nil || has {
			return history.Text{}, false, err
		}
		s, err := x.i.plane.State(ctx, m)
		if err != nil {
			return history.Text{}, false, err
		}
		if !s.Running {
			ended++
			said = x.secrets.LastWords(ctx, m)
		}
	}
	without := history.Plural(len(x.i.members), "%d conteneur", "%d conteneurs", "%d container", "%d containers")
	proof := history.Text{
		FR: fmt.Sprintf("%s sans « %s », selon le moteur", without.FR, name),
		EN: fmt.Sprintf("%s without \"%s\", says the engine", without.EN, name),
	}
	if ended > 0 {
		refuse := history.Plural(ended, "%d refuse de démarrer", "%d refusent de démarrer", "%d refuses to start", "%d refuse to start")
		proof = and(proof, history.Text{FR: refuse.FR + " : " + cut(said), EN: refuse.EN + ": " + cut(said)})
	}
	return proof, true, nil
}

// cut keeps names short enough for a table. A service that names nothing of
// what it lacks is not quoted.
func cut(s string) string {
	if s == "" {
		return "…"
	}
	r := []rune(s)
	if len(r) > 160 {
		return string(r[:159]) + "…"
	}
	return s
}

// Undo lets the network of the members go on before they start: they need it.
func (x *lacking) Undo(ctx context.Context) error {
	return x.i.all(func(m Member) error {
		return errors.Join(x.i.plane.Heal(ctx, x.netID(m)), x.secrets.GiveSecret(ctx, m, x.i.Fault.Name))
	})
}
