// Command zoo is a small order service in one binary: a front that clients talk
// to and a ledger that keeps the orders on both sites. It is sound; DEFECT, an
// environment variable that the stage's variants set, plants exactly one defect
// in it, so that the harness can be held against systems known to be bad.
//
//	client -> front --TLS--> ledger (primary) --replicates--> ledger (standby)
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"bascule/scenarios/orders/services/serve"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "zoo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("want a command: front, ledger, healthcheck, migrate, promote, demote, resync")
	}
	d := defect(os.Getenv("DEFECT"))
	if err := d.check(); err != nil {
		return err
	}
	switch args[0] {
	case "front":
		return runFront(ctx, d)
	case "ledger":
		return runLedger(ctx, d)
	case "healthcheck":
		return serve.Healthy(ctx, "http://127.0.0.1:8080/healthz")
	case "migrate":
		return migrate(ctx, d, args[1:])
	case "promote":
		if d == promoteDoesNothing {
			fmt.Println("promote: done")
			return nil
		}
		return tell(ctx, "http://127.0.0.1:8080/promote")
	case "demote", "resync":
		return tell(ctx, "http://127.0.0.1:8080/"+args[0])
	}
	return fmt.Errorf("%q is no command", args[0])
}

// migrate changes the ledger's schema through its own API; --down changes it
// back.
func migrate(ctx context.Context, d defect, args []string) error {
	path := "/migrate"
	if len(args) > 0 && args[0] == "--down" {
		if d == migrationNoWayBack {
			return errors.New("the old column is dropped: there is no way back")
		}
		path += "?down"
	}
	return tell(ctx, "http://ledger:8080"+path)
}

// tellBound is the longest that a command to a ledger may take.
const tellBound = 20 * time.Second

// tell posts a command and wants 200.
func tell(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, tellBound)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return fmt.Errorf("command: %w", err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("command: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	if err != nil {
		return fmt.Errorf("command %s: %w", url, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("command %s: %s: %s", url, res.Status, text)
	}
	fmt.Printf("%s", text)
	return nil
}
