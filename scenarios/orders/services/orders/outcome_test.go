package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestWhatAClientIsToldAboutAnInsert(t *testing.T) {
	answered := func(severity, code string) error {
		return fmt.Errorf("exec: %w", &pgconn.PgError{Severity: severity, SeverityUnlocalized: severity, Code: code})
	}
	for _, c := range []struct {
		name   string
		err    error
		warned bool
		status int
	}{
		{"committed", nil, false, http.StatusCreated},
		{"committed, the wait for the standby cancelled", nil, true, http.StatusGatewayTimeout},
		{"same id again", answered("ERROR", "23505"), false, http.StatusConflict},
		{"read-only site", answered("ERROR", "25006"), false, http.StatusServiceUnavailable},
		{"statement timeout", answered("ERROR", "57014"), false, http.StatusServiceUnavailable},
		{"lock timeout", answered("ERROR", "55P03"), false, http.StatusServiceUnavailable},
		{"disk full", answered("ERROR", "53100"), false, http.StatusServiceUnavailable},
		{"session ended by the administrator", answered("FATAL", "57P01"), false, http.StatusGatewayTimeout},
		{"another server process crashed", answered("FATAL", "57P02"), false, http.StatusGatewayTimeout},
		{"server panic", answered("PANIC", "XX000"), false, http.StatusGatewayTimeout},
		{"connection lost", io.ErrUnexpectedEOF, false, http.StatusGatewayTimeout},
		{"no answer in time", context.DeadlineExceeded, false, http.StatusGatewayTimeout},
		{"connection lost, called safe to retry by the driver", safeToRetry{}, false, http.StatusGatewayTimeout},
	} {
		status := http.StatusCreated
		if err := insertOutcome(c.err, c.warned); err != nil {
			status = createStatus(err)
		}
		if status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, status, c.status)
		}
	}
}

type safeToRetry struct{}

func (safeToRetry) Error() string     { return "conn closed" }
func (safeToRetry) SafeToRetry() bool { return true }

func TestReasonsStayReadable(t *testing.T) {
	cause := errors.New("dial tcp: refused")
	err := &notDoneError{"no connection to the database", cause}
	if got, want := err.Error(), "no connection to the database: dial tcp: refused"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
}

func TestKnowsChannel(t *testing.T) {
	for version, want := range map[string]bool{
		"1.4.0": false, "1.4.9": false, "0.9.0": false,
		"1.5.0": true, "1.5.0-rc1": true, "1.10.0": true, "2.0.0": true, "dev": true,
	} {
		if got := knowsChannel(version); got != want {
			t.Errorf("%s: %v, want %v", version, got, want)
		}
	}
}

func TestBatchesAreEnough(t *testing.T) {
	for _, todo := range []int{0, 1, 19, 20, 21, 100_000, 100_001} {
		if got := batchSize(todo) * batches; got < todo {
			t.Errorf("%d rows: %d batches of %d leave some", todo, batches, batchSize(todo))
		}
	}
}
