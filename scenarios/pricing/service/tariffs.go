package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const tariffTimeout = 300 * time.Millisecond

// tariffs is the database of reference data.
type tariffs struct{ pool *pgxpool.Pool }

func openTariffs(ctx context.Context, url string) (*tariffs, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("REFDATA_URL: %w", err)
	}
	config.MaxConns = 4
	config.ConnConfig.ConnectTimeout = tariffTimeout
	config.HealthCheckPeriod = time.Second
	// What a query is prepared for may be gone: a database that is made anew.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("pool of the reference data: %w", err)
	}
	return &tariffs{pool: pool}, nil
}

// vat looks the tax code of an item up; every item has the same tariff.
func (t *tariffs) vat(ctx context.Context, item string) error {
	ctx, cancel := context.WithTimeout(ctx, tariffTimeout)
	defer cancel()
	var code string
	if err := t.pool.QueryRow(ctx, `SELECT vat_code FROM tariffs LIMIT 1`).Scan(&code); err != nil {
		return fmt.Errorf("the tax code of %q: %w", item, err)
	}
	return nil
}

func (t *tariffs) close() { t.pool.Close() }
