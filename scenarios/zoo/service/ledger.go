package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bascule/scenarios/orders/services/serve"
)

// role is what a ledger does.
type role string

const (
	primary role = "primary" // takes writes, and replicates each before it acknowledges
	alone   role = "alone"   // takes writes, with no standby: after a failover
	standby role = "standby" // takes what the primary replicates
	waiting role = "waiting" // was primary, and does not know yet whether another is now
)

// ledger keeps orders: in memory, and in a file that is synced before anything
// is acknowledged.
type ledger struct {
	site     string
	dir      string
	peer     string // base URL of the other site's ledger
	defect   defect
	client   *http.Client
	promoted time.Time // by a runbook; zero: never since the start

	table    sync.RWMutex // a migration holds it
	migrated int          // batches
	mu       sync.Mutex
	role     role
	rows     []string
	known    map[string]bool
	file     *os.File
	late     []string // acksBeforeDurable: not in the file yet
}

// loading is what a ledger needs to read what it holds, before it answers.
const loading = 500 * time.Millisecond

func runLedger(ctx context.Context, d defect) error {
	l := &ledger{site: os.Getenv("SITE"), dir: "/data", peer: "http://ledger.peer:8080", defect: d, known: map[string]bool{},
		client: &http.Client{Timeout: replicateBound, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if err := pause(ctx, loading); err != nil {
		return nil // stopped before it began
	}
	if err := l.open(role(os.Getenv("ROLE"))); err != nil {
		return err
	}
	defer l.file.Close()
	go l.confirm(ctx)
	if d == acksBeforeDurable {
		go l.flushLate(ctx)
	}
	certificate, err := certificateOf(l.expired())
	if err != nil {
		return err
	}
	if err := keep(certificate, filepath.Join(l.dir, "ledger")); err != nil {
		return err
	}
	secured := make(chan error, 1)
	go func() { secured <- serveTLS(ctx, ":8443", certificate, l.handler()) }()
	return errors.Join(serve.Until(ctx, ":8080", l.handler()), <-secured)
}

// expired: the certificate of the standby's ledger has run out.
func (l *ledger) expired() bool { return l.defect == expiredCertificate && l.site == "lyon" }

// open reads what a former life left. A ledger that was primary must not take
// writes before it knows that no other is primary now.
func (l *ledger) open(first role) error {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(l.dir, "rows"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		l.rows = append(l.rows, lines.Text())
		l.known[lines.Text()] = true
	}
	if err := lines.Err(); err != nil {
		return errors.Join(fmt.Errorf("ledger: %w", err), f.Close())
	}
	l.file, l.role = f, first
	was, err := os.ReadFile(filepath.Join(l.dir, "role"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return l.become(first)
	case err != nil:
		return errors.Join(fmt.Errorf("ledger: %w", err), f.Close())
	}
	if l.role = role(was); l.role == primary || l.role == alone {
		l.role = waiting
	}
	return nil
}

// become changes the role, durably. The lock is held, or nobody else is there.
func (l *ledger) become(r role) error {
	l.role = r
	if err := os.WriteFile(filepath.Join(l.dir, "role"), []byte(r), 0o600); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	fmt.Printf("ledger %s: %s\n", l.site, r)
	return nil
}

// add keeps an order, once. The file is synced when it returns.
func (l *ledger) add(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known[id] && l.defect != notIdempotent {
		return nil
	}
	if l.defect == acksBeforeDurable {
		l.late = append(l.late, id)
	} else if err := l.write(id); err != nil {
		return err
	}
	l.rows = append(l.rows, id)
	l.known[id] = true
	return nil
}

func (l *ledger) write(lines ...string) error {
	if _, err := l.file.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// flushLate is the defect of acknowledging first and writing now and then.
func (l *ledger) flushLate(ctx context.Context) {
	for pause(ctx, 20*time.Second) == nil {
		l.mu.Lock()
		if len(l.late) > 0 {
			if err := l.write(l.late...); err != nil {
				fmt.Println(err)
			}
			l.late = nil
		}
		l.mu.Unlock()
	}
}

// matching lists the orders of a prefix, one a line.
func (l *ledger) matching(prefix string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, id := range l.rows {
		if strings.HasPrefix(id, prefix) {
			b.WriteString(id + "\n")
		}
	}
	return b.String()
}

func (l *ledger) is() role {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.role
}

// writable tells whether orders of clients are taken.
func (l *ledger) writable() bool {
	r := l.is()
	return r == primary || r == alone || l.defect == bothTakeWrites
}

// pause waits within ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
