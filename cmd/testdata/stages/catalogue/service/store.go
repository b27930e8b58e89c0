package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	errTwice   = errors.New("this id was paid before")
	errUnknown = errors.New("the outcome is not known")
)

// store keeps a row a payment, in the table of the sample's database image.
type store struct{ pool *pgxpool.Pool }

func openStore(ctx context.Context, url string) (*store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	config.MaxConns = 8
	config.HealthCheckPeriod = time.Second
	config.PingTimeout = stepTimeout
	config.ConnConfig.ConnectTimeout = stepTimeout
	config.ConnConfig.DialFunc = (&net.Dialer{
		Timeout: stepTimeout,
		// A peer that died silently is noticed on idle connections too.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2},
	}).DialContext
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database pool: %w", err)
	}
	return &store{pool}, nil
}

// insert stores a payment. Without a connection nothing was asked; and a server
// that refuses the statement has not stored it, unless it was being shut down,
// which can hit a commit that is done here and still waits for the standby.
func (s *store) insert(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*stepTimeout)
	defer cancel()
	c, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	_, err = c.Exec(ctx, "insert into orders (id, item, quantity) values ($1, 'payment', 1)", id)
	var said *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said) && said.Code == "23505":
		return errTwice
	case errors.As(err, &said) && !strings.HasPrefix(said.Code, "57"):
		return err
	}
	return fmt.Errorf("%w: %w", errUnknown, err)
}

func (s *store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	c, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("no database connection: %w", err)
	}
	return c, nil
}

func (s *store) has(ctx context.Context, id string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*stepTimeout)
	defer cancel()
	var one int
	err := s.pool.QueryRow(ctx, "select 1 from orders where id = $1", id).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// list gives every id of a prefix, which holds no character that LIKE knows.
func (s *store) list(ctx context.Context, prefix string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	rows, err := s.pool.Query(ctx, "select id from orders where id like $1", prefix+"%")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
