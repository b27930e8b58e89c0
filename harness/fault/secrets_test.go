package fault

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// vaultPlane is a system with a certificate, a secret and a database.
type vaultPlane struct {
	*fakePlane
	expired  map[Member]bool
	lacks    map[Member]bool
	fatal    bool // services end without their secret
	revoked  bool
	trusting bool // the database asks for no password
	slots    int  // connections that are free
	taken    map[string]int
}

func newVault() *vaultPlane {
	return &vaultPlane{fakePlane: newPlane(), expired: map[Member]bool{}, lacks: map[Member]bool{}, slots: 5, taken: map[string]int{}}
}

func (p *vaultPlane) ExpireCertificate(_ context.Context, m Member, _ string) error {
	return p.do("expire", func() { p.expired[m] = true })
}

func (p *vaultPlane) RestoreCertificate(ctx context.Context, m Member, _ string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("renew", func() { delete(p.expired, m) })
}

func (p *vaultPlane) CheckCertificate(_ context.Context, m Member, _ string) (err error) {
	_ = p.do("look", func() {
		if p.expired[m] {
			err = fmt.Errorf("handshake: %w", x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired})
		}
	})
	return err
}

func (p *vaultPlane) TakeSecret(_ context.Context, m Member, _ string) error {
	return p.do("take", func() {
		p.lacks[m] = true
		if p.fatal {
			p.dead[m] = true
		}
	})
}

func (p *vaultPlane) GiveSecret(ctx context.Context, m Member, _ string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("give", func() { delete(p.lacks, m); delete(p.dead, m) })
}

func (p *vaultPlane) HasSecret(_ context.Context, m Member, name string) (has bool, err error) {
	return has, p.do("look", func() { has = name == "api-key" && !p.lacks[m] })
}

func (p *vaultPlane) LastWords(context.Context, Member) string {
	return "api-key" + strings.Repeat(", api-key", 50)
}

func (p *vaultPlane) Login(context.Context, Member) (state string, err error) {
	return state, p.do("login", func() {
		switch {
		case p.revoked && !p.trusting:
			state = stateNoPassword
		case p.slots == 0:
			state = stateNoConnections
		}
	})
}

func (p *vaultPlane) RevokePassword(context.Context, Member) error {
	return p.do("revoke", func() { p.revoked = true })
}

func (p *vaultPlane) RestorePassword(ctx context.Context, _ Member) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.do("restore", func() { p.revoked = false })
}

func (p *vaultPlane) TakeConnections(_ context.Context, id string, _ Member) (n int, err error) {
	return n, p.do("hoard", func() {
		p.taken[id] += p.slots
		p.slots = 0
		n = p.taken[id]
	})
}

func (p *vaultPlane) GiveConnections(_ context.Context, id string) error {
	return p.do("let go", func() { p.slots += p.taken[id]; delete(p.taken, id) })
}

func (p *vaultPlane) whole() bool {
	ok := p.fakePlane.whole()
	_ = p.do("look", func() {
		ok = ok && len(p.expired) == 0 && len(p.lacks) == 0 && !p.revoked && len(p.taken) == 0 && p.slots > 0
	})
	return ok
}

var vaultKinds = []plan.FaultKind{plan.CertExpired, plan.SecretMissing, plan.PasswordRevoked, plan.DBConnections}

func vaultFault(k plan.FaultKind) plan.Fault {
	return plan.Fault{Kind: k, Site: "paris", Service: "db", Name: "api-key"}
}

func TestSecretsAndDatabasesBreakBiteAndHeal(t *testing.T) {
	for _, k := range vaultKinds {
		t.Run(string(k), func(t *testing.T) {
			p, rec := newVault(), &notes{}
			p.fatal = true
			i, err := New("f1", vaultFault(k), p, rec)
			if err != nil {
				t.Fatal(err)
			}
			if err := i.Inject(t.Context()); err != nil {
				t.Fatal(err)
			}
			if p.whole() {
				t.Fatal("nothing is broken after the injection")
			}
			if err := i.AwaitBite(t.Context()); err != nil {
				t.Fatal(err)
			}
			cancelled, cancel := context.WithCancel(t.Context())
			cancel()
			if err := i.Undo(cancelled); err != nil {
				t.Fatal(err)
			}
			if !p.whole() {
				t.Error("something is still broken after the undo")
			}
			if _, err := New("f2", vaultFault(k), newPlane(), rec); err == nil {
				t.Error("a target that knows nothing of it takes the fault")
			}
		})
	}
}

// What was out of order before the fault proves nothing of the fault.
func TestWhatIsOutOfOrderBeforeIsNotBrokenAgain(t *testing.T) {
	for k, spoil := range map[plan.FaultKind]func(*vaultPlane){
		plan.CertExpired:     func(p *vaultPlane) { p.expired[Member{"paris", "db", 2}] = true },
		plan.SecretMissing:   func(p *vaultPlane) { p.lacks[Member{"paris", "db", 1}] = true },
		plan.PasswordRevoked: func(p *vaultPlane) { p.slots = 0 },
		plan.DBConnections:   func(p *vaultPlane) { p.fail = "login" },
	} {
		p, rec := newVault(), &notes{}
		spoil(p)
		i, err := New("f1", vaultFault(k), p, rec)
		if err != nil {
			t.Fatal(err)
		}
		if err := i.Inject(t.Context()); err == nil {
			t.Errorf("%s: injected although things were out of order before", k)
		}
		if slices.Contains(rec.kinds, history.FaultInjected) {
			t.Errorf("%s: recorded as in force", k)
		}
	}
}

func TestADatabaseThatAsksForNoPasswordIsNotBitten(t *testing.T) {
	p, rec := newVault(), &notes{}
	p.trusting = true
	i, err := New("f1", vaultFault(plan.PasswordRevoked), p, rec)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := i.AwaitBite(ctx); !errors.Is(err, ErrNoBite) {
		t.Errorf("got %v, want no bite", err)
	}
	if err := i.Undo(t.Context()); err != nil || !p.whole() {
		t.Errorf("not put right: %v", err)
	}
}

// eventually waits for something that happens in the background.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	end := time.Now().Add(5 * time.Second)
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestWhatServicesGiveBackIsTaken(t *testing.T) {
	p := newVault()
	i, err := New("f1", vaultFault(plan.DBConnections), p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = p.do("look", func() { p.slots += 3 })
	eventually(t, "the freed connections are taken", func() (full bool) {
		_ = p.do("look", func() { full = p.slots == 0 && p.taken["f1"] == 8 })
		return full
	})
	if err := i.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !p.whole() {
		t.Error("connections are still taken after the undo")
	}
}

// A proof names what the service wrote of, or nothing.
func TestAServiceThatNamesNothingIsNotQuoted(t *testing.T) {
	for said, want := range map[string]string{"api-key": "api-key", "": "…", strings.Repeat("x", 300): strings.Repeat("x", 159) + "…"} {
		if got := cut(said); got != want {
			t.Errorf("%q: %q", said, got)
		}
	}
}

// A service that refuses to start leaves a host that answers; one that goes on
// must not be cut off by the fault.
func TestOnlyAServiceThatEndedRefuses(t *testing.T) {
	for _, fatal := range []bool{true, false} {
		p := newVault()
		p.fatal = fatal
		i, err := New("f1", vaultFault(plan.SecretMissing), p, &notes{})
		if err != nil {
			t.Fatal(err)
		}
		if err := i.Inject(t.Context()); err != nil {
			t.Fatal(err)
		}
		refused := func() (n int) {
			_ = p.do("look", func() {
				for _, f := range p.network {
					if f.Kind == plan.Refuse && len(f.Toward) == 1 {
						n++
					}
				}
			})
			return n
		}
		if fatal {
			eventually(t, "both members that ended refuse", func() bool { return refused() == 2 })
		} else {
			time.Sleep(3 * deadLook)
			if n := refused(); n != 0 {
				t.Errorf("%d members that live are cut off", n)
			}
		}
		if err := i.Undo(t.Context()); err != nil || !p.whole() {
			t.Errorf("fatal %v: not put right: %v", fatal, err)
		}
	}
}
