package containers

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/harness/workload"
)

// One stage for all of them, since each leaves it as it was: that is asserted.
func TestSecretsCertificatesAndDatabases(t *testing.T) {
	s := catalogue(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, *scene)
	}{
		{"the sites are compared", sitesCompared},
		{"a certificate expires", certificateExpires},
		{"a secret is missing", secretMissing},
		{"a variable is missing", variableMissing},
		{"what is not there cannot be taken", nothingToTake},
		{"a password is revoked", passwordRevoked},
		{"a password is revoked through the door", passwordRevokedByAdmin},
		{"every connection is taken", connectionsTaken},
		{"the third party is silent", thirdPartySilent},
		{"a database's faults heal after a failover", passwordRestoredAfterFailover},
	} {
		ok := t.Run(c.name, func(t *testing.T) {
			c.test(t, s)
			s.eventually(t, true, "after the fault")
		})
		if !ok {
			t.Fatal("the stage is not as it was")
		}
	}
}

func certificateExpires(t *testing.T, s *scene) {
	vault := fault.Member{Site: "paris", Service: "vault", Instance: 1}
	if err := s.CheckCertificate(t.Context(), vault, "vault"); err != nil {
		t.Fatalf("before the fault: %v", err)
	}
	before := s.vaultFile(t, vault)
	i := s.inject(t, "cert", plan.Fault{Kind: plan.CertExpired, Site: "paris", Service: "vault", Name: "vault"})
	s.eventually(t, false, "with an expired certificate")
	err := s.pay(t.Context())
	if err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("the service does not say that the certificate expired: %v", err)
	}
	var invalid x509.CertificateInvalidError
	if err := s.CheckCertificate(t.Context(), vault, "vault"); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("nothing but its age may be wrong with it: %v", err)
	}
	if err := s.CheckCertificate(t.Context(), fault.Member{Site: "lyon", Service: "vault", Instance: 1}, "vault"); err != nil {
		t.Errorf("the other site's certificate: %v", err)
	}
	if expired := s.vaultFile(t, vault); bytes.Equal(expired.Content, before.Content) || expired.Mode != before.Mode || expired.UID != before.UID || expired.GID != before.GID {
		t.Errorf("only the content was to change: %o %d:%d, before %o %d:%d", expired.Mode, expired.UID, expired.GID, before.Mode, before.UID, before.GID)
	}
	// A deployment does not renew it.
	if err := s.Recreate(t.Context(), "paris", "vault", "", nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.CheckCertificate(t.Context(), vault, "vault"); !errors.As(err, &invalid) {
		t.Errorf("a new container serves another certificate while the fault is in force: %v", err)
	}
	s.undo(t, i)
	if err := s.CheckCertificate(t.Context(), vault, "vault"); err != nil {
		t.Errorf("after the undo: %v", err)
	}
	if after := s.vaultFile(t, vault); !reflect.DeepEqual(after, before) {
		t.Error("the file is not as it was")
	}
	if err := s.RestoreCertificate(t.Context(), vault, "vault"); err != nil {
		t.Errorf("restored twice: %v", err)
	}
}

// vaultFile is the certificate's file in the container.
func (s *scene) vaultFile(t *testing.T, m fault.Member) engine.File {
	t.Helper()
	f, err := s.Engine.ReadFile(t.Context(), s.members[slices.IndexFunc(s.members, func(x *member) bool { return x.Member == m })].container(), "/etc/vault/tls.pem")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func secretMissing(t *testing.T, s *scene) {
	i := s.inject(t, "secret", plan.Fault{Kind: plan.SecretMissing, Site: "paris", Service: "web", Name: "api-key"})
	s.eventually(t, false, "without the secret")
	m := fault.Member{Site: "paris", Service: "web", Instance: 1}
	s.stopped(t, m)
	if said := s.LastWords(t.Context(), m); !strings.Contains(said, "api-key") {
		t.Errorf("the service does not name the secret: %q", said)
	}
	// The host lives and answers in the process's place: clients are refused at
	// once, they do not wait.
	refused := func() bool {
		began := time.Now()
		return s.pay(t.Context()) != nil && time.Since(began) < 500*time.Millisecond
	}
	end := time.Now().Add(5 * time.Second)
	for !refused() && time.Now().Before(end) {
		time.Sleep(50 * time.Millisecond)
	}
	if !refused() {
		t.Error("a service that refuses to start leaves its clients waiting")
	}
	s.undo(t, i)
	if has, err := s.HasSecret(t.Context(), m, "api-key"); err != nil || !has {
		t.Errorf("after the undo: %v, %v", has, err)
	}
}

// stopped waits until a member has ended.
func (s *scene) stopped(t *testing.T, m fault.Member) {
	t.Helper()
	end := time.Now().Add(5 * time.Second)
	for time.Now().Before(end) {
		if st, err := s.State(t.Context(), m); err == nil && !st.Running {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%v still runs", m)
}

func variableMissing(t *testing.T, s *scene) {
	i := s.inject(t, "variable", plan.Fault{Kind: plan.SecretMissing, Site: "paris", Service: "web", Instance: 2, Name: "CURRENCY"})
	m := fault.Member{Site: "paris", Service: "web", Instance: 2}
	s.stopped(t, m)
	if said := s.LastWords(t.Context(), m); !strings.Contains(said, "CURRENCY") {
		t.Errorf("the service does not name the variable: %q", said)
	}
	s.eventually(t, true, "with the other instance")
	s.undo(t, i)
}

func nothingToTake(t *testing.T, s *scene) {
	i, err := fault.New("none", plan.Fault{Kind: plan.SecretMissing, Site: "paris", Service: "web", Name: "api-kee"}, s.Target, s.notes)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Inject(t.Context()); err == nil || !strings.Contains(err.Error(), "api-kee") {
		t.Errorf("want an error that names it, got %v", err)
	}
	if err := s.TakeSecret(t.Context(), fault.Member{Site: "paris", Service: "web", Instance: 1}, "api-kee"); err == nil || !strings.Contains(err.Error(), "api-key") {
		t.Errorf("want an error that tells what there is, got %v", err)
	}
}

var primaryDB = fault.Member{Site: "paris", Service: "db", Instance: 1}

func wantLogin(t *testing.T, s *scene, m fault.Member, want string) {
	t.Helper()
	if state, err := s.Login(t.Context(), m); err != nil || state != want {
		t.Errorf("a login at %s/%s: SQLSTATE %q, %v, want %q", m.Site, m.Service, state, err, want)
	}
}

func passwordRevoked(t *testing.T, s *scene) {
	i := s.inject(t, "password", plan.Fault{Kind: plan.PasswordRevoked, Site: "paris", Service: "db"})
	wantLogin(t, s, primaryDB, "28P01")
	// Its sessions ended, so the service is locked out at once.
	if err := s.pay(t.Context()); err == nil {
		t.Error("a service with an old session goes on")
	}
	s.undo(t, i)
	wantLogin(t, s, primaryDB, "")
	if err := s.RevokePassword(t.Context(), fault.Member{Site: "lyon", Service: "db", Instance: 1}); err == nil || !strings.Contains(err.Error(), "standby") {
		t.Errorf("a standby's passwords cannot be changed, got %v", err)
	}
}

// With an administrator in stage.yaml, no command runs in the container.
func passwordRevokedByAdmin(t *testing.T, s *scene) {
	ctx := t.Context()
	if _, err := s.asAdmin(ctx, primaryDB, s.Stage.Stores[0], "alter role postgres password 'by-the-door'; alter role orders valid until '2098-05-01 00:00:00+00'"); err != nil {
		t.Fatal(err)
	}
	s.Stage.Stores[0].Admin = stage.Login{User: "postgres", Password: "by-the-door"}
	defer func() { s.Stage.Stores[0].Admin = stage.Login{} }()
	i := s.inject(t, "admin", plan.Fault{Kind: plan.PasswordRevoked, Site: "paris", Service: "db"})
	wantLogin(t, s, primaryDB, "28P01")
	// Who measures is not locked out.
	st, addr, err := s.storeAt(primaryDB)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := workload.StoreWritable(ctx, st, addr); err != nil || !ok {
		t.Errorf("the harness no longer sees the store: %v, %v", ok, err)
	}
	s.undo(t, i)
	wantLogin(t, s, primaryDB, "")
	if until, err := s.asAdmin(ctx, primaryDB, s.Stage.Stores[0], "select rolvaliduntil at time zone 'utc' from pg_authid where rolname = 'orders'"); err != nil || until != "2098-05-01 00:00:00" {
		t.Errorf("the password was valid until 2098-05-01, now until %q: %v", until, err)
	}
}

func connectionsTaken(t *testing.T, s *scene) {
	i := s.inject(t, "connections", plan.Fault{Kind: plan.DBConnections, Site: "paris", Service: "db"})
	wantLogin(t, s, primaryDB, "53300")
	// What a service gives back is taken, sooner or later: it may be quicker to
	// connect again, once or twice.
	for end := time.Now().Add(20 * time.Second); s.pay(t.Context()) == nil; {
		if time.Now().After(end) {
			t.Fatal("what services give back is not taken")
		}
		if _, err := s.asAdmin(t.Context(), primaryDB, s.Stage.Stores[0],
			"select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'orders' and application_name <> 'bascule'"); err != nil {
			t.Fatalf("the superuser's own connections must be left to him: %v", err)
		}
		time.Sleep(300 * time.Millisecond)
	}
	time.Sleep(time.Second)
	if err := s.pay(t.Context()); err == nil {
		t.Error("a service found a connection")
	}
	s.undo(t, i)
	end := time.Now().Add(5 * time.Second)
	for time.Now().Before(end) {
		if state, err := s.Login(t.Context(), primaryDB); err == nil && state == "" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the connections were not given back within 5 s")
}

func thirdPartySilent(t *testing.T, s *scene) {
	// The load is what meets the fault: it has to be there while it bites.
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = s.pay(ctx)
		}
	}()
	i := s.inject(t, "silent", plan.Fault{Kind: plan.Cut, To: "bank/acquirer"})
	stop()
	<-done
	err := s.pay(t.Context())
	if err == nil || !strings.Contains(err.Error(), "acquirer") {
		t.Errorf("the service does not say which third party is silent: %v", err)
	}
	s.undo(t, i)
}

// The role's change reaches the standby like any other: after a failover it is
// there that the password must be put back.
func passwordRestoredAfterFailover(t *testing.T, s *scene) {
	ctx := t.Context()
	i := s.inject(t, "moved", plan.Fault{Kind: plan.PasswordRevoked, Site: "paris", Service: "db"})
	lyon := fault.Member{Site: "lyon", Service: "db", Instance: 1}
	end := time.Now().Add(5 * time.Second)
	for time.Now().Before(end) {
		if state, _ := s.Login(ctx, lyon); state == "28P01" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	wantLogin(t, s, lyon, "28P01")
	if err := s.Kill(ctx, primaryDB); err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(ctx, "lyon", "db", []string{"promote"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SwitchEntry(ctx, "lyon"); err != nil {
		t.Fatal(err)
	}
	s.undo(t, i)
	wantLogin(t, s, lyon, "")
}
