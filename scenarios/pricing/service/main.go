// Command pricing prices orders: the order service asks it for an item before it
// takes an order for it. Release 1 knows one price; from release 2.0.0 on, a
// price is made of a tariff (a database of reference data), an exchange rate
// (the service rates) and a currency.
//
//	pricing               serve on :8080
//	pricing rates         serve exchange rates on :8080
//	pricing healthcheck   exit 0 if the service in this container answers
//
// Environment, from 2.0.0 on: CURRENCY, REFDATA_URL, RATES_ADDR.
//
// Release 2.0.0 has a defect that 2.0.1 mends: it connects to rates once.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"bascule/scenarios/orders/services/serve"
)

// version is the release, set by the linker.
var version = "dev"

const addr = ":8080"

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatalf("pricing %s: %v", version, err)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		return servePrices(ctx)
	case args[0] == "rates":
		return serveRates(ctx)
	case args[0] == "healthcheck":
		return serve.Healthy(ctx, "http://127.0.0.1"+addr+"/healthz")
	default:
		return fmt.Errorf("unknown command %q: none, rates or healthcheck", args[0])
	}
}

// price is what one item needs to be ordered; an error says what is not there.
type price func(ctx context.Context, item string) error

func servePrices(ctx context.Context) error {
	ask := price(func(context.Context, string) error { return nil })
	if version != "1.0.0" {
		t, err := openTariffs(ctx, os.Getenv("REFDATA_URL"))
		if err != nil {
			return err
		}
		defer t.close()
		r := &rates{addr: os.Getenv("RATES_ADDR"), again: version != "2.0.0"}
		defer r.close()
		ask = func(ctx context.Context, item string) error { return priced(ctx, item, t, r) }
	}
	log.Printf("pricing %s serves on %s", version, addr)
	return serve.Until(ctx, addr, handler(ask, &complaints{}))
}

// priced asks for everything, also after something was missing: all of it is
// then told at once.
func priced(ctx context.Context, item string, t *tariffs, r *rates) error {
	var errs []error
	currency := os.Getenv("CURRENCY")
	if currency == "" {
		errs = append(errs, errors.New("CURRENCY is not set"))
	}
	return errors.Join(append(errs, t.vat(ctx, item), r.ask(currency))...)
}

func handler(ask price, c *complaints) http.Handler {
	mux := http.NewServeMux()
	// The order service asks whether an item can be ordered: one without a
	// price cannot be told.
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		if err := ask(r.Context(), r.PathValue("id")); err != nil {
			c.log(err)
			serve.JSON(w, http.StatusServiceUnavailable, map[string]string{"error": err.Error()})
			return
		}
		serve.JSON(w, http.StatusOK, map[string]any{"item": r.PathValue("id"), "available": true})
	})
	// It says that the process is there, as many health checks do.
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, http.StatusOK, map[string]string{"status": "ok", "release": version})
	})
	return mux
}

// complaints logs each error, but not for each order.
type complaints struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (c *complaints) log(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || len(c.last) > 100 {
		c.last = map[string]time.Time{}
	}
	if text := err.Error(); time.Since(c.last[text]) > 5*time.Second {
		c.last[text] = time.Now()
		log.Printf("no price: %v", err)
	}
}
