package containers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/stage"
)

var _ fault.Databases = (*Target)(nil)

const (
	loginBound   = 2 * time.Second
	adminBound   = 10 * time.Second
	restoreBound = 15 * time.Second // for a database that another fault has just given back
	restoreEvery = 300 * time.Millisecond
)

// Login logs in at a member's database as the services do, through its door.
func (t *Target) Login(ctx context.Context, m fault.Member) (state string, err error) {
	st, addr, err := t.storeAt(m)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, loginBound)
	defer cancel()
	c, err := dial(ctx, st, addr, stage.Login{User: st.User, Password: st.Password})
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said):
		return said.Code, nil
	case err != nil:
		return "", fmt.Errorf("%s/%s: store %s: %w", m.Site, m.Service, st.ID, err)
	}
	_ = c.Close(ctx) // it was let in: that is all there was to know
	return "", nil
}

// RevokePassword lets the password of the services' user expire on the running
// primary, and ends its sessions. The password itself stays as it is, so that
// any process can undo it, and no hash leaves the database.
func (t *Target) RevokePassword(ctx context.Context, m fault.Member) error {
	st, _, err := t.storeAt(m)
	if err != nil {
		return err
	}
	user := literal(st.User)
	was, err := t.asAdmin(ctx, m, st, "select case when pg_is_in_recovery() then 'standby' when rolpassword is null then 'none' else 'until ' || coalesce(rolvaliduntil::text, 'infinity') end from pg_authid where rolname = "+user)
	if err != nil {
		return err
	}
	until, known := strings.CutPrefix(was, "until ")
	switch {
	case was == "standby":
		return fmt.Errorf("%s/%s is a standby: passwords are changed on the primary", m.Site, m.Service)
	case was == "none" || !known:
		return fmt.Errorf("%s/%s: user %q has no password that could be revoked", m.Site, m.Service, st.User)
	}
	t.mu.Lock()
	if t.validUntil == nil {
		t.validUntil = map[string]string{}
	}
	t.validUntil[st.ID] = until
	t.mu.Unlock()
	_, err = t.asAdmin(ctx, m, st, alterUntil(st.User, "1970-01-01 00:00:00+00")+
		"; select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = "+user+" and pid <> pg_backend_pid()")
	return err
}

// RestorePassword makes the password valid again as it was, on each site whose
// database is a primary by now: after a failover that is another one.
func (t *Target) RestorePassword(ctx context.Context, m fault.Member) error {
	st, _, err := t.storeAt(m)
	if err != nil {
		return err
	}
	t.mu.Lock()
	until, revoked := t.validUntil[st.ID]
	t.mu.Unlock()
	if !revoked {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, restoreBound)
	defer cancel()
	tick := time.NewTicker(restoreEvery)
	defer tick.Stop()
	for {
		done, err := t.restoreOnce(ctx, st, until)
		if done {
			t.mu.Lock()
			delete(t.validUntil, st.ID)
			t.mu.Unlock()
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("store %s: no primary took the password back: %w", st.ID, errors.Join(err, ctx.Err()))
		}
	}
}

// restoreOnce tries every site's database.
func (t *Target) restoreOnce(ctx context.Context, st stage.Store, until string) (done bool, err error) {
	var errs []error
	for _, s := range t.sites {
		if !s.Own() {
			continue
		}
		m := fault.Member{Site: s.ID, Service: st.Service, Instance: 1}
		standby, err := t.asAdmin(ctx, m, st, "select pg_is_in_recovery()")
		if err == nil && standby == "f" {
			if _, err = t.asAdmin(ctx, m, st, alterUntil(st.User, until)); err == nil {
				done = true
			}
		}
		errs = append(errs, err)
	}
	return done, errors.Join(errs...)
}

// alterUntil sets until when a password is valid. Its commit waits for no
// standby: one that is lost must not hold up a fault or its undo.
func alterUntil(user, until string) string {
	return "set synchronous_commit = local; alter role " + pgx.Identifier{user}.Sanitize() + " valid until " + literal(until)
}

// asAdmin runs statements as a superuser and gives the last value: through the
// door where stage.yaml tells one, else inside the container, where images of
// PostgreSQL let their own superuser in through the socket.
func (t *Target) asAdmin(ctx context.Context, m fault.Member, st stage.Store, sql string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, adminBound)
	defer cancel()
	if st.Admin.User != "" {
		return t.askAdmin(ctx, m, st, sql)
	}
	mem, id, err := t.at(m)
	if err != nil {
		return "", err
	}
	out, err := t.Engine.Exec(ctx, id, []string{"psql", "--username=postgres", "--dbname=" + st.Database, "--no-psqlrc", "--quiet",
		"--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command=" + sql})
	if err != nil {
		var said *engine.ExitError
		if errors.As(err, &said) {
			return "", fmt.Errorf("%s: as its own superuser (declare stores.%s.admin in stage.yaml if it has another): %w", mem, st.ID, err)
		}
		return "", fmt.Errorf("%s: %w", mem, err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1], nil
}

func (t *Target) askAdmin(ctx context.Context, m fault.Member, st stage.Store, sql string) (string, error) {
	_, addr, err := t.storeAt(m)
	if err != nil {
		return "", err
	}
	c, err := dial(ctx, st, addr, st.Admin)
	if err != nil {
		return "", fmt.Errorf("%s/%s: as %s: %w", m.Site, m.Service, st.Admin.User, err)
	}
	defer func() { _ = c.Close(ctx) }() // the answer is in hand
	got, err := c.Exec(ctx, sql).ReadAll()
	if err != nil {
		return "", fmt.Errorf("%s/%s: as %s: %w", m.Site, m.Service, st.Admin.User, err)
	}
	if last := got[len(got)-1]; len(last.Rows) > 0 {
		return string(last.Rows[0][0]), nil
	}
	return "", nil
}

// noStore says why no fault of a database is possible here, or "".
func (t *Target) noStore() history.Text {
	for _, st := range t.Stage.Stores {
		if st.Driver == "postgres" {
			return history.Text{}
		}
	}
	return history.Text{FR: "stage.yaml ne déclare aucune base PostgreSQL (« stores »)", EN: "stage.yaml declares no store that is a PostgreSQL database"}
}

// storeAt is the store that a member is, and its door.
func (t *Target) storeAt(m fault.Member) (stage.Store, string, error) {
	for _, st := range t.Stage.Stores {
		if st.Service != m.Service {
			continue
		}
		if st.Driver != "postgres" {
			return st, "", fmt.Errorf("store %s: this fault knows PostgreSQL only, not %q", st.ID, st.Driver)
		}
		addr, ok := t.StoreAddr(m.Site, st.ID)
		if !ok {
			return st, "", fmt.Errorf("site %s has no store %s", m.Site, st.ID)
		}
		return st, addr, nil
	}
	return stage.Store{}, "", fmt.Errorf("%s/%s is no store of stage %s", m.Site, m.Service, t.Stage.ID)
}

// dial connects as a user. Everything is named, so that no PG… variable of the
// caller's environment changes where this connects.
func dial(ctx context.Context, st stage.Store, addr string, as stage.Login) (*pgconn.PgConn, error) {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(as.User, as.Password), Host: addr, Path: "/" + st.Database}
	u.RawQuery = url.Values{"sslmode": {"allow"}, "application_name": {"bascule"}, "target_session_attrs": {"any"}}.Encode()
	cfg, err := pgconn.ParseConfig(u.String())
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	delete(cfg.RuntimeParams, "options")
	cfg.DialFunc = (&net.Dialer{Timeout: loginBound}).DialContext
	return pgconn.ConnectConfig(ctx, cfg)
}

// literal quotes a string for SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
