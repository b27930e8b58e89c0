package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// schemaChannel is the schema version that has orders.channel.
	schemaChannel = 2
	// batches is into how many parts the backfill is cut; each gets at least
	// pace. So the load of a migration on the database is even, and it takes a
	// noticeable time, 5 s, also where there is little to fill.
	batches = 20
	pace    = 250 * time.Millisecond
	// migrateTimeout bounds each statement: a database that died silently
	// ends the migration instead of holding it.
	migrateTimeout = 5 * time.Second
	// lockTimeout bounds how long the short transaction may hold up orders
	// behind it while it waits for its own lock; it is then tried again.
	lockTimeout = "500ms"
	lockTries   = 10
	// migrationLock is the advisory lock that lets one migration in at a time.
	migrationLock = 150_001
)

// migration changes the schema. Every step can be run again: a migration that
// was interrupted goes on where it stopped.
type migration struct {
	conn *pgx.Conn
}

func openMigration(ctx context.Context, url string) (*migration, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	prepareConn(config)
	config.RuntimeParams["application_name"] = "orders-migrate"
	config.RuntimeParams["lock_timeout"] = lockTimeout
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("migrate: no connection to the database: %w", err)
	}
	m := &migration{conn: conn}
	var alone bool
	if err := m.row(ctx, `SELECT pg_try_advisory_lock($1)`, migrationLock).Scan(&alone); err != nil {
		m.close()
		return nil, fmt.Errorf("migrate: %w", err)
	}
	if !alone {
		m.close()
		return nil, errors.New("migrate: another migration runs on this database; wait for its end")
	}
	return m, nil
}

func (m *migration) close() {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	// The advisory lock goes with the session.
	_ = m.conn.Close(ctx)
}

// up adds orders.channel, fills it, and records the schema version. Release
// 1.4.0 works before, during and after.
func (m *migration) up(ctx context.Context) error {
	at, err := m.schema(ctx)
	if err != nil {
		return err
	}
	if at >= schemaChannel {
		log.Printf("migrate: the schema is at version %d already", at)
		return nil
	}
	// Nullable, so that no row is rewritten under the lock. The default is
	// for orders that release 1.4.0 takes from now on.
	err = m.short(ctx, "add orders.channel", `
		ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text;
		ALTER TABLE orders ALTER COLUMN channel SET DEFAULT '`+unknownChannel+`'`)
	if err != nil {
		return err
	}
	log.Print("migrate: orders.channel added")
	if err := m.backfill(ctx); err != nil {
		return err
	}
	_, err = m.exec(ctx, `INSERT INTO schema_version (version, release) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
		schemaChannel, version)
	if err != nil {
		return fmt.Errorf("migrate: record schema version %d: %w", schemaChannel, err)
	}
	log.Printf("migrate: the schema is at version %d", schemaChannel)
	return nil
}

// backfill gives every order without a channel one, in batches that commit
// each. Orders that come meanwhile have one.
func (m *migration) backfill(ctx context.Context) error {
	var todo int
	if err := m.row(ctx, `SELECT count(*) FROM orders WHERE channel IS NULL`).Scan(&todo); err != nil {
		return fmt.Errorf("migrate: count orders without a channel: %w", err)
	}
	size, done, last := batchSize(todo), 0, ""
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for k := 1; k <= batches; k++ {
		filled, upTo, err := m.batch(ctx, last, size)
		if err != nil {
			return fmt.Errorf("migrate: batch %d of %d: %w", k, batches, err)
		}
		done, last = done+filled, upTo
		if k%5 == 0 {
			log.Printf("migrate: batch %d of %d, %d of %d orders", k, batches, done, todo)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("migrate: interrupted after batch %d of %d: %w", k, batches, ctx.Err())
		}
	}
	return nil
}

// batch fills up to size orders behind the id after, and tells how many and up
// to which id.
func (m *migration) batch(ctx context.Context, after string, size int) (filled int, upTo string, err error) {
	err = m.row(ctx, `
		WITH part AS (SELECT id FROM orders WHERE channel IS NULL AND id > $1 ORDER BY id LIMIT $2),
		     done AS (UPDATE orders o SET channel = $3 FROM part WHERE o.id = part.id RETURNING o.id)
		SELECT count(*), coalesce(max(id), $1) FROM done`, after, size, unknownChannel).Scan(&filled, &upTo)
	return filled, upTo, err
}

// batchSize is how many of todo rows a batch takes, so that batches are enough.
func batchSize(todo int) int { return (todo + batches - 1) / batches }

// down returns to the schema of release 1.4.0. The channels are lost.
func (m *migration) down(ctx context.Context) error {
	err := m.short(ctx, "drop orders.channel", fmt.Sprintf(`
		ALTER TABLE orders DROP COLUMN IF EXISTS channel;
		DELETE FROM schema_version WHERE version >= %d`, schemaChannel))
	if err != nil {
		return err
	}
	log.Printf("migrate: the schema is at version %d", schemaChannel-1)
	return nil
}

func (m *migration) schema(ctx context.Context) (int, error) {
	var at int
	if err := m.row(ctx, `SELECT max(version) FROM schema_version`).Scan(&at); err != nil {
		return 0, fmt.Errorf("migrate: read the schema version: %w", err)
	}
	return at, nil
}

// short runs statements in one transaction that needs a lock on the whole
// table. It does not queue long for the lock, because every order would queue
// behind it.
func (m *migration) short(ctx context.Context, what, statements string) error {
	for try := 1; ; try++ {
		err := m.transaction(ctx, statements)
		if err == nil {
			return nil
		}
		if !lockNotAvailable(err) || try == lockTries {
			return fmt.Errorf("migrate: %s (try %d of %d): %w", what, try, lockTries, err)
		}
		if err := pause(ctx, pace); err != nil {
			return fmt.Errorf("migrate: %s: interrupted: %w", what, err)
		}
	}
}

func (m *migration) transaction(ctx context.Context, statements string) error {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	return pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		// The simple protocol takes several statements at once.
		_, err := tx.Exec(ctx, statements, pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

func lockNotAvailable(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == "55P03"
}

func (m *migration) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	tag, err := m.conn.Exec(ctx, statement, args...)
	return tag.RowsAffected(), err
}

// row is QueryRow bounded by migrateTimeout.
func (m *migration) row(ctx context.Context, statement string, args ...any) pgx.Row {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	return boundRow{m.conn.QueryRow(ctx, statement, args...), cancel}
}

type boundRow struct {
	pgx.Row
	cancel context.CancelFunc
}

func (r boundRow) Scan(into ...any) error {
	defer r.cancel()
	return r.Row.Scan(into...)
}

// pause waits for d, less if ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
