package main

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// What can become of an order. The three are told apart with care, because a
// client that is told "not done" will order again.
var (
	errDuplicate = errors.New("this id was ordered before")
	errNotFound  = errors.New("no such order")
	errUnknown   = errors.New("the outcome is not known")
)

// notDoneError is a failure after which the order certainly does not exist.
type notDoneError struct {
	why   string
	cause error
}

func (e *notDoneError) Error() string {
	if e.cause == nil {
		return e.why
	}
	return fmt.Sprintf("%s: %v", e.why, e.cause)
}

func (e *notDoneError) Unwrap() error { return e.cause }

// insertOutcome judges an insert that was handed to the server as a statement
// of its own, which commits by itself. warned tells that the server sent a
// warning with its answer.
//
// Only an answer of the server proves that nothing was committed. A connection
// that broke, whatever the driver thinks of retrying, proves nothing: the
// commit may have happened and its answer been lost.
func insertOutcome(err error, warned bool) error {
	if err == nil {
		if warned {
			// The one warning that an insert can meet: the wait for the
			// synchronous standby was cancelled. The row is committed here
			// and perhaps nowhere else, so it must not be acknowledged.
			return fmt.Errorf("%w: committed, but not known to be replicated", errUnknown)
		}
		return nil
	}
	var answer *pgconn.PgError
	if !errors.As(err, &answer) {
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	if answer.SeverityUnlocalized != "ERROR" && answer.Severity != "ERROR" {
		// FATAL or PANIC: the session ended, at a point that we cannot see.
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	switch answer.Code {
	case "23505": // unique_violation
		return errDuplicate
	case "25006": // read_only_sql_transaction
		return &notDoneError{"the database of this site is read-only", nil}
	case "57014": // query_canceled, by statement_timeout: before the commit
		return &notDoneError{"the database was too slow, the order was withdrawn", nil}
	default:
		return &notDoneError{"the database refused", err}
	}
}
