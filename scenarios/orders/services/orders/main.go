// Command orders is the order service of the sample stage. An order that it
// acknowledged (201) is committed; one that it refused (400, 409, 503) is not;
// of anything else the outcome is not known, and it says so (504).
//
//	orders                  serve on :8080
//	orders healthcheck      exit 0 if the service in this container answers
//	orders migrate          bring the schema to this release (1.5.0 and later)
//	orders migrate --down   return the schema to that of 1.4.0
//
// Environment: DATABASE_URL (or PGHOST and the like), STOCK_URL, SITE,
// ORDERS_CHANNEL (the channel of orders that name none; from 1.5.0 on).
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"bascule/scenarios/orders/services/serve"
)

// version is the release, set by the linker. What a release can do follows
// from it: the source of all of them is the same.
var version = "dev"

const addr = ":8080"

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatalf("orders %s: %v", version, err)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		return serveOrders(ctx)
	case args[0] == "healthcheck" && len(args) == 1:
		return serve.Healthy(ctx, "http://127.0.0.1"+addr+"/healthz")
	case args[0] == "migrate":
		return runMigrate(ctx, args[1:])
	default:
		return fmt.Errorf("unknown command %q: none, healthcheck, migrate or migrate --down", args)
	}
}

func serveOrders(ctx context.Context) error {
	stockURL := os.Getenv("STOCK_URL")
	if stockURL == "" {
		return errors.New("STOCK_URL is not set; give the address of the stock service, such as http://stock:8080")
	}
	store, err := openStore(ctx, os.Getenv("DATABASE_URL"), knowsChannel(version))
	if err != nil {
		return err
	}
	defer store.close()

	who := identity{release: version, site: os.Getenv("SITE")}
	if knowsChannel(version) {
		who.channel = cmp.Or(os.Getenv("ORDERS_CHANNEL"), unknownChannel)
	}
	log.Printf("orders %s serves on %s", version, addr)
	return serve.Until(ctx, addr, newServer(store, newStock(stockURL), who))
}

func runMigrate(ctx context.Context, args []string) error {
	down := len(args) == 1 && args[0] == "--down"
	if len(args) > 0 && !down {
		return fmt.Errorf("migrate takes --down or nothing, not %q", args)
	}
	if !knowsChannel(version) {
		log.Printf("release %s has nothing to migrate", version)
		return nil
	}
	migration, err := openMigration(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer migration.close()
	if down {
		return migration.down(ctx)
	}
	return migration.up(ctx)
}

// knowsChannel tells whether a release stores the channel of an order: from
// 1.5.0 on, and in a build that was given no version.
func knowsChannel(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return true
	}
	return major > 1 || major == 1 && minor >= 5
}
