package workload

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

	"bascule/harness/stage"
)

// Drivers are the stores that can be read.
func Drivers() []string { return []string{stage.DriverPostgres, stage.DriverHTTP} }

// ReadStore reads every row of prefix straight from the store at addr
// (host:port), past the service: what was really kept.
func ReadStore(ctx context.Context, s stage.Store, addr string, prefix string) (Rows, error) {
	read := selectIDs
	if s.Driver == stage.DriverHTTP {
		read = httpRows
	}
	rows, err := again(ctx, func(ctx context.Context) (Rows, error) { return read(ctx, s, addr, prefix) })
	if err != nil {
		return Rows{}, fmt.Errorf("read store %s at %s: %w", s.ID, addr, err)
	}
	return rows, nil
}

// StoreWritable asks the store at addr whether it takes writes: a database is
// not in recovery and not set read-only. ctx bounds it, connecting included.
func StoreWritable(ctx context.Context, s stage.Store, addr string) (bool, error) {
	if s.Driver == stage.DriverHTTP {
		ok, err := httpWritable(ctx, s, addr)
		if err != nil {
			return false, fmt.Errorf("store %s at %s: %w", s.ID, addr, err)
		}
		return ok, nil
	}
	c, err := openStore(ctx, s, addr)
	if err != nil {
		return false, fmt.Errorf("store %s at %s: %w", s.ID, addr, err)
	}
	defer closeStore(c)
	// One message each way: no statement is prepared for a single look.
	got, err := c.PgConn().Exec(ctx, "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'").ReadAll()
	if err != nil {
		return false, fmt.Errorf("store %s at %s: %w", s.ID, addr, err)
	}
	if len(got) != 1 || len(got[0].Rows) != 1 || len(got[0].Rows[0]) != 1 {
		return false, fmt.Errorf("store %s at %s: an answer without a row", s.ID, addr)
	}
	return string(got[0].Rows[0][0]) == "t", nil
}

// openStore connects to the store. The connection does not outlive ctx.
func openStore(ctx context.Context, s stage.Store, addr string) (*pgx.Conn, error) {
	if s.Driver != stage.DriverPostgres {
		return nil, fmt.Errorf("driver %q is not supported: use one of %s", s.Driver, strings.Join(Drivers(), ", "))
	}
	// As the administrator where one is told: a fault that locks the services out
	// must not blind who looks at what became of their writes.
	as := stage.Login{User: s.User, Password: s.Password}
	if s.Admin.User != "" {
		as = s.Admin
	}
	// Everything is named, so that no PG… variable of the caller's environment
	// changes where this connects. Plain first: within a stage there is no TLS.
	u := url.URL{Scheme: "postgres", User: url.UserPassword(as.User, as.Password), Host: addr, Path: "/" + s.Database}
	u.RawQuery = url.Values{"sslmode": {"allow"}, "application_name": {"bascule"}, "connect_timeout": {"10"}, "target_session_attrs": {"any"}}.Encode()
	cfg, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	delete(cfg.RuntimeParams, "options")
	// When a query is given up, pgx connects once more in the background to
	// cancel it, for up to 15 s. The server learns of it by the closed
	// connection as well, so nothing may dial once ctx has ended.
	cfg.DialFunc = func(dial context.Context, network, address string) (net.Conn, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var d net.Dialer
		return d.DialContext(dial, network, address)
	}
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, retryable(err)
	}
	return c, nil
}

// retryable marks err as worth another try unless the server itself answered no.
func retryable(err error) error {
	var said *pgconn.PgError
	if errors.As(err, &said) && !strings.HasPrefix(said.Code, "57P") && !strings.HasPrefix(said.Code, "08") {
		return err
	}
	return fmt.Errorf("%w: %w", errConnection, err)
}

// closeStore closes c, politely if that goes quickly.
func closeStore(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx) // read-only, and the result is in hand
	select {
	case <-c.PgConn().CleanupDone():
	case <-ctx.Done():
	}
}

// selectIDs does one reading.
func selectIDs(ctx context.Context, s stage.Store, addr, prefix string) (Rows, error) {
	if err := checkPrefix(prefix); err != nil {
		return Rows{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, storeBound)
	defer cancel()
	c, err := openStore(ctx, s, addr)
	if err != nil {
		return Rows{}, err
	}
	defer closeStore(c)
	column := pgx.Identifier{s.Column}.Sanitize()
	query := fmt.Sprintf("select %s::text from %s where %s::text like $1",
		column, pgx.Identifier(strings.Split(s.Table, ".")).Sanitize(), column)
	// A prefix holds no character that LIKE would take for a wildcard.
	found, err := c.Query(ctx, query, prefix+"-%")
	if err != nil {
		return Rows{}, retryable(err)
	}
	defer found.Close()
	count := newCounter(prefix)
	for found.Next() {
		if err := count.add(found.RawValues()[0]); err != nil {
			return Rows{}, err
		}
	}
	if err := found.Err(); err != nil {
		return Rows{}, retryable(err)
	}
	return count.rows, nil
}
