package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// replicateBound is how long the other site gets to confirm an order.
	replicateBound = time.Second
	// asyncDelay is how late an asynchronous replica is.
	asyncDelay = 800 * time.Millisecond
	// confirmEvery is how often a former primary asks whether it may go on.
	confirmEvery = 200 * time.Millisecond
)

// errPrimary says that the other ledger is primary, too.
var errPrimary = errors.New("the other ledger is primary")

// errDemoted says that this ledger is no longer the one that acknowledges.
var errDemoted = errors.New("no longer primary")

// replicate brings an order to the other site, and returns when it is there.
func (l *ledger) replicate(ctx context.Context, id string) error {
	switch l.is() {
	case alone:
		return nil
	case primary:
	default:
		if l.defect != bothTakeWrites {
			return errDemoted // since it was added: whoever is primary now has not got it
		}
		return nil
	}
	if l.defect == asyncReplication {
		go func() {
			ctx := context.WithoutCancel(ctx)
			if pause(ctx, asyncDelay) == nil {
				_ = l.ask(ctx, http.MethodPost, "/replicate", `{"id":"`+id+`"}`) // nobody looks: that is the defect
			}
		}()
		return nil
	}
	err := l.ask(ctx, http.MethodPost, "/replicate", `{"id":"`+id+`"}`)
	if errors.Is(err, errPrimary) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return errors.Join(err, l.become(standby))
	}
	return err
}

func (l *ledger) takeReplica(w http.ResponseWriter, r *http.Request) {
	id, ok := idOf(r)
	switch role := l.is(); {
	case !ok:
		w.WriteHeader(http.StatusBadRequest)
	case role != standby:
		w.WriteHeader(http.StatusConflict)
	default:
		if err := l.add(id); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
}

// ask sends a question to the other ledger and wants 200.
func (l *ledger) ask(ctx context.Context, method, path, body string) error {
	_, err := l.get(ctx, method, path, body)
	return err
}

func (l *ledger) get(ctx context.Context, method, path, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, l.peer+path, strings.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("ledger: %w", err)
	}
	res, err := l.client.Do(r)
	if err != nil {
		return "", fmt.Errorf("ledger: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return "", fmt.Errorf("ledger: %w", err)
	case res.StatusCode == http.StatusConflict:
		return "", errPrimary
	case res.StatusCode != http.StatusOK:
		return "", fmt.Errorf("ledger: the other one answered %s", res.Status)
	}
	return string(text), nil
}

// confirm lets a former primary go on once the other ledger says that it is not
// primary itself; where the other is, this one is its standby, with old rows,
// until a resync.
func (l *ledger) confirm(ctx context.Context) {
	for l.is() == waiting {
		other, err := l.get(ctx, http.MethodGet, "/role", "")
		if err == nil {
			l.mu.Lock()
			if l.role == waiting {
				next := primary
				if other != string(standby) {
					next = standby
				}
				if err := l.become(next); err != nil {
					fmt.Println(err)
				}
			}
			l.mu.Unlock()
		}
		if pause(ctx, confirmEvery) != nil {
			return
		}
	}
}

// promote makes this ledger the one that takes orders, alone.
func (l *ledger) promote(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.role == alone || l.role == primary {
		return nil
	}
	l.promoted = time.Now()
	return l.become(alone)
}

// follow: the other ledger has become the standby of this one.
func (l *ledger) follow(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.role != alone {
		return fmt.Errorf("%s: nothing to follow", l.role)
	}
	return l.become(primary)
}

// resync makes this ledger the standby of the other one, with every row of it.
// First it takes what is new, then it fetches what was before: nothing falls in
// between.
func (l *ledger) resync(ctx context.Context) error {
	l.mu.Lock()
	err := l.become(standby)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	if err := l.ask(ctx, http.MethodPost, "/follow", ""); err != nil {
		return err
	}
	if l.defect == resyncCopiesNone {
		return nil
	}
	rows, err := l.get(ctx, http.MethodGet, "/rows", "")
	if err != nil {
		return err
	}
	for id := range strings.FieldsSeq(rows) {
		if err := l.add(id); err != nil {
			return err
		}
	}
	return nil
}

// How a migration goes about it: in batches, so that orders pass in between.
const (
	batches    = 30
	batchPause = 100 * time.Millisecond
)

// migrate changes the schema, a little at a time, until whoever asked for it
// has gone.
func (l *ledger) migrate(ctx context.Context) error {
	switch l.defect {
	case migrationLocks:
		l.table.Lock()
		defer l.table.Unlock()
		return pause(ctx, 4*time.Second)
	case ignoresStop:
		go l.migrateRegardless(context.WithoutCancel(ctx))
	}
	for range batches {
		l.table.Lock()
		l.migrated++
		l.table.Unlock()
		if err := pause(ctx, batchPause); err != nil {
			return err
		}
	}
	return nil
}

// migrateRegardless is the defect of a migration that nobody can stop: it goes
// on by itself, and takes the table for its last part.
func (l *ledger) migrateRegardless(ctx context.Context) {
	if pause(ctx, batches*batchPause) != nil {
		return
	}
	l.table.Lock()
	defer l.table.Unlock()
	_ = pause(ctx, 5*time.Second) // nothing ends it: that is the defect
}
