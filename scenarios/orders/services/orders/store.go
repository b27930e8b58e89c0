package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Bounds, chosen so that an answer leaves within 2 s whatever the database does:
// acquire + insert, after at most stockTimeout.
const (
	connectTimeout = time.Second
	acquireTimeout = 400 * time.Millisecond
	insertTimeout  = time.Second
	queryTimeout   = time.Second
	listTimeout    = 30 * time.Second
	// statementTimeout is the server's own bound, under ours: a slow insert is
	// then withdrawn by the server, which says so, instead of being given up
	// by us, which leaves its outcome open. It does not cover a commit's wait
	// for the standby.
	statementTimeout = "900"
)

// unknownChannel is the channel of orders that were taken before there was one.
const unknownChannel = "unknown"

// order is what clients send and read. Channel is empty before release 1.5.0.
type order struct {
	ID       string `json:"id"`
	Item     string `json:"item"`
	Quantity int    `json:"quantity"`
	Channel  string `json:"channel,omitempty"`
}

// state is what the database says of itself.
type state struct {
	Schema   int
	Writable bool
}

// store is the orders table.
type store struct {
	pool    *pgxpool.Pool
	channel bool // this release reads and writes the channel, where the schema has it
}

func openStore(ctx context.Context, url string, channel bool) (*store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	config.MaxConns = 10
	config.MaxConnLifetime = 5 * time.Minute
	config.MaxConnIdleTime = 30 * time.Second
	config.HealthCheckPeriod = time.Second
	config.PingTimeout = acquireTimeout
	prepareConn(config.ConnConfig)
	config.ConnConfig.RuntimeParams["statement_timeout"] = statementTimeout

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database pool: %w", err)
	}
	return &store{pool: pool, channel: channel}, nil
}

// prepareConn sets what every connection of this program needs.
func prepareConn(config *pgx.ConnConfig) {
	config.ConnectTimeout = connectTimeout
	config.DialFunc = (&net.Dialer{
		Timeout: connectTimeout,
		// A peer that died silently is noticed on idle connections too.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2},
	}).DialContext
	config.OnNotice = func(conn *pgconn.PgConn, notice *pgconn.Notice) {
		if notice.SeverityUnlocalized == "WARNING" {
			conn.CustomData()[warnedKey] = true
		}
	}
}

const warnedKey = "warned"

func (s *store) close() { s.pool.Close() }

// insert adds an order. nil means that it is committed; else the error is
// errDuplicate, a *notDoneError or wraps errUnknown.
func (s *store) insert(ctx context.Context, o order) error {
	conn, err := s.acquire(ctx)
	if err != nil {
		return &notDoneError{"no connection to the database", err}
	}
	defer conn.Release()
	delete(conn.Conn().PgConn().CustomData(), warnedKey)

	statement, args := `INSERT INTO orders (id, item, quantity) VALUES ($1, $2, $3)`, []any{o.ID, o.Item, o.Quantity}
	if s.channel {
		// The schema may be the old one or the new one, and change between
		// two statements: keys that it has no column for are left out.
		row, err := json.Marshal(o)
		if err != nil {
			return &notDoneError{"the order cannot be encoded", err}
		}
		statement, args = `
			INSERT INTO orders SELECT * FROM jsonb_populate_record(NULL::orders,
				$1::jsonb || jsonb_build_object('created_at', now()))`, []any{row}
	}
	ctx, cancel := context.WithTimeout(ctx, insertTimeout)
	defer cancel()
	_, err = conn.Exec(ctx, statement, args...)
	warned, _ := conn.Conn().PgConn().CustomData()[warnedKey].(bool)
	return insertOutcome(err, warned)
}

// get reads an order, errNotFound when there is none.
func (s *store) get(ctx context.Context, id string) (order, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	var o order
	if !s.channel {
		err := s.pool.QueryRow(ctx, `SELECT id, item, quantity FROM orders WHERE id = $1`, id).
			Scan(&o.ID, &o.Item, &o.Quantity)
		return o, readError(err)
	}
	var row []byte
	if err := s.pool.QueryRow(ctx, `SELECT to_jsonb(o) FROM orders o WHERE id = $1`, id).Scan(&row); err != nil {
		return o, readError(err)
	}
	if err := json.Unmarshal(row, &o); err != nil {
		return o, fmt.Errorf("order %s: %w", id, err)
	}
	if o.Channel == "" {
		o.Channel = unknownChannel
	}
	return o, nil
}

func readError(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errNotFound
	}
	if err != nil {
		return fmt.Errorf("read from the database: %w", err)
	}
	return nil
}

// list calls yield with every id that starts with prefix, in order.
func (s *store) list(ctx context.Context, prefix string, yield func(id string) error) error {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	conn, err := s.acquire(ctx)
	if err != nil {
		return fmt.Errorf("no connection to the database: %w", err)
	}
	defer conn.Release()
	// A transaction, because a long list must not meet the statement timeout
	// of the other requests.
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("list orders: %w", err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
		return fmt.Errorf("list orders: %w", err)
	}
	rows, err := tx.Query(ctx, `SELECT id FROM orders WHERE id ^@ $1 ORDER BY id`, prefix)
	if err != nil {
		return fmt.Errorf("list orders: %w", err)
	}
	var id string
	if _, err = pgx.ForEachRow(rows, []any{&id}, func() error { return yield(id) }); err != nil {
		return fmt.Errorf("list orders: %w", err)
	}
	return nil
}

// state asks the database; an error means that it does not answer.
func (s *store) state(ctx context.Context) (state, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	var now state
	err := s.pool.QueryRow(ctx, `
		SELECT (SELECT max(version) FROM schema_version), current_setting('transaction_read_only') = 'off'`).
		Scan(&now.Schema, &now.Writable)
	if err != nil {
		return now, fmt.Errorf("the database does not answer: %w", err)
	}
	return now, nil
}

func (s *store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, acquireTimeout)
	defer cancel()
	return s.pool.Acquire(ctx)
}
